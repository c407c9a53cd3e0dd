"""A command typed into the panel becomes a diff; what is accepted of it is applied to files and open cells at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from lab import CELL, PANEL, Lab, needs_subshells, write_notebook
from playwright.sync_api import Locator, expect

CLIENT = '''"""Talk to the server."""


def fetch_user(number: int) -> dict:
    """One user."""
    return {"number": number}


def greet(number: int) -> str:
    user = fetch_user(number)
    return f"Hello {user['number']}"
'''
REPORT = '''"""Report on users."""

from client import fetch_user

NAMES = ["fetch_user"]


def report() -> str:
    return str(fetch_user(7))
'''
IMPORT = "from client import fetch_user\nfetch_user(1)"
RENAMED = "from client import load_user\nload_user(1)"
SLOW = "import time; time.sleep(120)"
COMMAND = "rename fetch_user to load_user"


@pytest.fixture
def project(lab: Lab) -> Lab:
    for notebook in lab.root.glob("*.ipynb"):
        notebook.unlink()
    (lab.root / "client.py").write_text(CLIENT, encoding="utf8")
    (lab.root / "report.py").write_text(REPORT, encoding="utf8")
    return lab


def propose(lab: Lab, command: str = COMMAND) -> Locator:
    """Type a command into the chat; its card."""
    lab.chat.click()
    lab.page.keyboard.type(command, delay=10)
    lab.page.keyboard.press("Enter")
    card = lab.panel.locator(".maestro-Change").last
    expect(card).to_be_visible()
    return card


def content(lab: Lab, name: str) -> str:
    return (lab.root / name).read_text(encoding="utf8")


def hunk(card: Locator, name: str) -> Locator:
    return card.locator(f".maestro-Hunk[data-hunk='{name}']").get_by_role("checkbox")


def test_a_change_is_looked_at_applied_in_part_and_undone(project: Lab) -> None:
    lab = project
    lab.open("shop.ipynb", IMPORT, "x = 1", prefix="shop")
    lab.connected()
    saved = content(lab, "shop.ipynb")
    card = propose(lab)
    expect(card.locator(".maestro-Change-path")).to_have_text(["client.py", "report.py", "shop.ipynb"])
    assert content(lab, "client.py") == CLIENT, "nothing is written before Apply"
    expect(hunk(card, "report.py:2")).not_to_be_checked()
    hunk(card, "report.py:1").focus()
    lab.page.keyboard.press("Space")
    card.get_by_role("button", name="Apply").click()
    expect(card.get_by_role("button", name="Undo")).to_be_focused()
    assert content(lab, "client.py") == CLIENT.replace("fetch_user", "load_user")
    assert content(lab, "report.py") == REPORT.replace("str(fetch_user", "str(load_user")
    lab.reads(0, RENAMED)
    assert content(lab, "shop.ipynb") == saved, "saving the notebook is the person's"
    lab.page.keyboard.press("Enter")
    expect(card.get_by_role("button", name="Redo")).to_be_focused()
    assert (content(lab, "client.py"), content(lab, "report.py")) == (CLIENT, REPORT)
    lab.reads(0, IMPORT)


@needs_subshells
def test_cells_change_in_one_undo_step_while_the_kernel_is_busy(project: Lab) -> None:
    lab = project
    lab.open("busy.ipynb", SLOW, IMPORT, "fetch_user(2)", prefix="busy")
    lab.connected()
    lab.run(0)
    expect(lab.prompt(0)).to_have_text("[*]:")
    card = propose(lab)
    card.get_by_role("button", name="Apply").click()
    expect(card.get_by_role("button", name="Undo")).to_be_visible()
    expect(lab.prompt(0)).to_have_text("[*]:")
    lab.reads(1, RENAMED)
    lab.reads(2, "load_user(2)")
    lab.page.locator(CELL).nth(1).locator(".jp-InputPrompt").click()
    lab.page.keyboard.press("z")
    lab.reads(1, IMPORT)
    lab.reads(2, "fetch_user(2)")


def test_typing_meanwhile_is_a_message_and_the_plan_can_be_made_again(project: Lab) -> None:
    lab = project
    lab.open("typed.ipynb", IMPORT, prefix="typed")
    lab.connected()
    card = propose(lab)
    lab.cell(0)
    lab.page.keyboard.type("  # mine")
    card.get_by_role("button", name="Apply").click()
    message = card.locator(".maestro-Change-message")
    expect(message).to_contain_text("typed.ipynb was not changed: cell 1 changed meanwhile")
    assert (content(lab, "client.py"), content(lab, "report.py")) == (CLIENT, REPORT)
    lab.reads(0, f"{IMPORT}  # mine")
    message.get_by_role("button", name="Make the plan again").click()
    expect(message).to_have_text("")
    card.get_by_role("button", name="Apply").click()
    expect(card.get_by_role("button", name="Undo")).to_be_visible()
    lab.reads(0, f"{RENAMED}  # mine")


def test_a_command_in_a_cell_shows_its_diff_below_and_is_applied_there(project: Lab) -> None:
    lab = project
    lab.open("magic.ipynb", IMPORT, f"%%maestro\n{COMMAND}", prefix="magic")
    lab.connected()
    lab.run(1)
    output = lab.output(1)
    expect(output.get_by_role("button", name="Apply")).to_be_visible()
    expect(output).to_contain_text("+def load_user(number: int) -> dict:")
    output.get_by_role("checkbox").nth(1).uncheck()
    output.get_by_role("button", name="Apply").click()
    expect(output.get_by_role("button", name="Undo")).to_be_visible()
    lab.reads(0, RENAMED)
    lab.reads(1, f"%%maestro\n{COMMAND}")
    assert "user = fetch_user(number)" in content(lab, "client.py"), "the second hunk was rejected"
    output.get_by_role("button", name="Undo").click()
    expect(output.get_by_role("button", name="Redo")).to_be_visible()
    assert (content(lab, "client.py"), content(lab, "report.py")) == (CLIENT, REPORT)


def test_a_notebook_with_another_kernel_changes_in_the_page_and_a_closed_one_on_disk(project: Lab) -> None:
    lab = project
    write_notebook(lab.root / "closed.ipynb", IMPORT, prefix="closed")
    write_notebook(lab.root / "other.ipynb", IMPORT, prefix="other")
    lab.open("mine.ipynb", IMPORT, prefix="mine")
    lab.connected()
    lab.page.get_by_role("button", name="Refresh the file browser.").click()
    lab.page.locator(".jp-DirListing-content").get_by_text("other.ipynb", exact=True).dblclick()
    expect(lab.panel.locator("h2")).to_have_text("other.ipynb")
    lab.connected()
    lab.page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab").get_by_text("mine.ipynb").click()
    expect(lab.panel.locator("h2")).to_have_text("mine.ipynb")
    card = propose(lab)
    said = card.locator(".maestro-Change-fileHead", has_text="ipynb")
    expect(said).to_contain_text(["closed.ipynb", "mine.ipynbopen notebook", "other.ipynbopen notebook"])
    card.get_by_role("button", name="Apply").click()
    expect(card.get_by_role("button", name="Undo")).to_be_visible()
    lab.reads(0, RENAMED)
    assert "import load_user" in content(lab, "closed.ipynb")
    lab.page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab").get_by_text("other.ipynb").click()
    lab.reads(0, RENAMED)


def test_a_notebook_that_only_a_session_has_open_is_named_and_left_alone(
    pages: Callable[..., Lab], shop: tuple[str, Path]
) -> None:
    far = pages(shop)
    far.open("far.ipynb", IMPORT, prefix="far")
    far.connected()
    far.page.goto("about:blank")  # its session lives on
    lab = pages(shop)
    (lab.root / "client.py").write_text(CLIENT, encoding="utf8")
    lab.open("near.ipynb", "1", prefix="near")
    lab.connected()
    card = propose(lab)
    expect(card).to_contain_text("far.ipynb is open in JupyterLab where it cannot be reached from here.")
    expect(card.get_by_role("button", name="Apply")).to_have_count(0)


@needs_subshells
def test_the_magics_apply_and_undo_in_the_open_notebook_they_are_run_in(project: Lab) -> None:
    lab = project
    lab.open("line.ipynb", IMPORT, f"%maestro edit {COMMAND}", "%maestro apply", "%maestro undo", prefix="line")
    lab.connected()
    for number, said in ((1, "+def load_user"), (2, "Applied"), (3, "Undone")):
        lab.run(number)
        expect(lab.output(number)).to_contain_text(said)
        lab.reads(0, RENAMED if number == 2 else IMPORT)
    assert content(lab, "client.py") == CLIENT


def test_all_cells_are_run_and_the_change_is_applied_though_others_run_meanwhile(project: Lab) -> None:
    lab = project
    wait = "import time; time.sleep(4)"
    lab.open("all.ipynb", IMPORT, f"%maestro edit {COMMAND}", "%maestro apply", wait, prefix="all")
    lab.connected()
    lab.command("Run All Cells")
    expect(lab.output(2)).to_contain_text("Applied")
    lab.reads(0, RENAMED)
    assert "def load_user" in content(lab, "client.py")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_the_card_is_accessible_and_fits_a_narrow_panel(project: Lab, theme: str) -> None:
    lab = project
    lab.open("axe.ipynb", IMPORT, prefix="axe")
    lab.connected()
    lab.command(f"Theme: {theme}")
    lab.page.wait_for_function(
        "light => document.body.dataset.jpThemeLight === String(light)", arg=theme.endswith("Light")
    )
    propose(lab, f"{COMMAND}, then add logging to it")
    assert lab.serious_faults(PANEL) == []
    for width in (220, 300, 640):
        lab.panel.evaluate("(node, width) => { node.style.width = node.style.maxWidth = `${width}px`; }", width)
        too_wide = lab.panel.evaluate(
            """panel => [...panel.querySelectorAll('.maestro-Change *')].filter(node => {
                const box = node.getBoundingClientRect();
                return box.width > 1 && box.right > panel.getBoundingClientRect().right + 1
                    && !node.closest('.maestro-mod-hidden');
            }).map(node => node.className)"""
        )
        assert (width, too_wide) == (width, [])
    cells = lab.panel.locator(".maestro-Hunk-changed").first.locator("td")
    tops = cells.evaluate_all("cells => cells.map(cell => cell.getBoundingClientRect().top)")
    assert (len(tops), len(set(tops))) == (2, 1), "side by side where there is room"


def test_files_in_the_editor_follow_a_change_and_what_is_not_saved_is_not_written_beneath(project: Lab) -> None:
    page, lab = project.page, project
    lab.open("shop.ipynb", IMPORT)
    lab.connected()
    tab = lambda name: page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab", has_text=name)  # noqa: E731
    text = lambda: page.locator(".jp-FileEditor .cm-content:visible").inner_text()  # noqa: E731
    for name in ("client.py", "report.py"):
        page.locator(".jp-DirListing-item", has_text=name).dblclick()
        tab(name).wait_for()
    page.locator(".jp-FileEditor .cm-content:visible").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("# mine")
    dirty = page.locator(".jp-mod-dirty", has_text=".py")
    dirty.wait_for()
    card = propose(lab)
    for place in (card, card.get_by_role("group", name="report.py")):
        place.get_by_text("report.py has changes in JupyterLab that are not saved.").first.wait_for()
    assert card.get_by_role("button", name="Apply").count() == 0
    page.locator(".jp-FileEditor .cm-content:visible").click()
    page.keyboard.press("Control+s")
    dirty.wait_for(state="detached")
    card.get_by_role("button", name="Make the plan again once report.py is saved.").click()
    card.get_by_role("button", name="Apply").click()
    card.get_by_role("button", name="Undo").wait_for()
    page.locator(".jp-FileEditor .cm-content:visible", has_text="str(load_user(7))").wait_for()
    assert text().rstrip().endswith("# mine")
    tab("client.py").click()
    page.locator(".jp-FileEditor .cm-content:visible", has_text="def load_user").wait_for()
    card.get_by_role("button", name="Undo").click()
    page.locator(".jp-FileEditor .cm-content:visible", has_text="def fetch_user").wait_for()
    assert dirty.count() == 0
    assert page.locator(".jp-Dialog").count() == 0


def test_of_a_card_of_many_places_a_tick_sends_only_itself_and_every_line_can_be_seen(project: Lab) -> None:
    lab = project
    (lab.root / "long.txt").write_text(("old\n" + "same\n" * 7) * 1_500, encoding="utf8")
    lab.open("shop.ipynb", "x = 1")
    lab.connected()
    card = propose(lab, 'replace every "old" with "new" in long.txt')
    expect(card.get_by_text("lines not shown")).to_be_visible(timeout=60_000)
    frames: list[int] = []
    session = lab.page.context.new_cdp_session(lab.page)
    session.send("Network.enable")
    for event in ("webSocketFrameReceived", "webSocketFrameSent"):
        session.on(f"Network.{event}", lambda frame: frames.append(len(frame["response"]["payloadData"])))
    far = card.locator(".maestro-Hunk[data-hunk='long.txt:1480']")
    # only hunks that come near the screen are in the page
    card.locator(".maestro-Change-file > div").last.evaluate("node => node.scrollIntoView()")
    far.get_by_role("checkbox").uncheck()
    expect(card.get_by_role("button", name="Apply 1499 of 1500")).to_be_visible(timeout=20_000)
    lab.page.wait_for_timeout(1_500)
    assert 0 < sum(frames) < 50_000, frames
    far.get_by_role("button", name="Show its 8 lines").click()
    expect(far.locator("tbody tr")).to_have_count(7, timeout=20_000)
    expect(far.get_by_role("checkbox")).not_to_be_checked()
    card.get_by_role("button", name="Apply").click()
    expect(card.get_by_role("button", name="Undo")).to_be_visible(timeout=60_000)
    assert content(lab, "long.txt").count("old") == 1
    (lab.root / "long.txt").unlink()
