"""Links of answers open the file at its line, also above the folder that JupyterLab was started for."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lab import CELL, Lab, serve, write_notebook
from playwright.sync_api import Locator, expect

MODULE = '"""What somebody owes."""\n' + "\n".join(f"FILLER_{n} = {n}" for n in range(80)) + "\n\n\n"
MODULE += 'def invoice_total(lines):\n    """The sum of an invoice."""\n    return sum(lines)\n'
LINE = MODULE.split("\n").index("def invoice_total(lines):") + 1


@pytest.fixture(scope="module")
def nested(chromium: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A server as `jupyter lab examples/quick.ipynb` starts it: its root is the notebook's folder."""
    base = tmp_path_factory.mktemp("nested")
    root, state = base.resolve() / "project", base / "state"
    files = {
        "shop/billing.py": MODULE,
        "billing.py": "other = 1\n",
        "examples/near.py": "def nearby():\n    return 1\n",
    }
    files |= {".env": "PASSWORD=1\n", ".github/ci.yml": "on: push\n"}
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf8")
    (root / "examples" / "billing.py").write_text("wrong = True\n", encoding="utf8")
    subprocess.run(["git", "init", "-q", root], check=True)
    with serve(root / "examples", state) as address:
        yield address, root / "examples"


@pytest.fixture
def inside(pages: Callable[..., Lab], nested: tuple[str, Path]) -> Lab:
    """A page of that server."""
    return pages(nested)


def tab(lab: Lab) -> Locator:
    return lab.page.locator(".lm-DockPanel-tabBar .lm-mod-current")


def editor(lab: Lab) -> Locator:
    return lab.page.locator(".jp-FileEditor:visible")


def at_line(lab: Lab, text: str, line: int) -> None:
    """Wait until a text is in sight with the cursor in its line."""
    expect(editor(lab).get_by_text(text)).to_be_in_viewport()
    expect(lab.page.locator("#jp-main-statusbar")).to_contain_text(f"Ln {line}")


def test_a_link_in_a_cells_answer_opens_the_file_above_the_servers_folder(inside: Lab) -> None:
    inside.open("quick.ipynb", "%%maestro\nwhere is invoice_total defined")
    inside.connected()
    inside.run(0)
    inside.output(0).get_by_role("link", name=f"shop/billing.py:{LINE}").first.click()
    at_line(inside, "def invoice_total(lines):", LINE)
    expect(tab(inside)).to_contain_text("billing.py")
    inside.page.keyboard.type("x")  # for reading only
    expect(editor(inside).get_by_text("def invoice_total(lines):")).to_be_visible()
    expect(tab(inside)).not_to_have_class("jp-mod-dirty")


def test_a_file_that_only_the_kernel_reads_is_there_again_after_a_reload(inside: Lab) -> None:
    inside.open("again.ipynb", "from IPython.display import Markdown\nMarkdown('[up](../shop/billing.py)')")
    inside.connected()
    inside.run(0)
    inside.output(0).get_by_role("link", name="up").click()
    expect(editor(inside).get_by_text("What somebody owes.")).to_be_visible()
    inside.stored("workspaces", "shop/billing.py")
    inside.page.reload()
    expect(editor(inside).get_by_text("What somebody owes.")).to_be_visible()
    inside.page.locator("#jupyterlab-splash").wait_for(state="detached")
    expect(inside.page.locator(".jp-Dialog")).to_have_count(0)


def test_links_of_the_panel_open_what_the_notebooks_folder_makes_of_them(inside: Lab) -> None:
    inside.open("panel.ipynb", "")
    inside.connected()
    for name, shown, path in [
        ("invoice_total", "def invoice_total(lines):", f"shop/billing.py:{LINE}"),
        ("nearby", "def nearby():", "examples/near.py:1"),
    ]:
        inside.chat.fill(f"where is {name} defined")
        inside.chat.press("Enter")
        turn = inside.panel.locator(".maestro-Turn").last
        link = turn.get_by_role("link", name=path).first
        link.wait_for()
        painted = "node => getComputedStyle(node).color"  # as a link, not as the code that it is
        assert link.locator("code").evaluate(painted) == link.evaluate(painted)
        link.click()
        at_line(inside, shown, int(path.rpartition(":")[2]))


def test_a_predicted_file_opens_and_is_read_again_when_it_changed(inside: Lab) -> None:
    inside.open("predicted.ipynb", "")
    inside.connected()
    inside.chat.click()
    inside.page.keyboard.type("fix invoice_total in shop/billing.py", delay=30)
    likely = inside.panel.get_by_role("button", name="Open shop/billing.py")
    likely.click()
    expect(editor(inside).get_by_text("What somebody owes.")).to_be_visible()
    path = inside.root.parent / "shop" / "billing.py"
    try:
        path.write_text(MODULE.replace("owes", "owes us"), encoding="utf8")
        likely.click()
        expect(editor(inside).get_by_text("What somebody owes us.")).to_be_visible()
    finally:
        path.write_text(MODULE, encoding="utf8")


def test_links_of_markdown_cells_open_by_the_same_rules(inside: Lab) -> None:
    links = "[root](../billing.py) [hidden](../.github/ci.yml) [secret](../.env) [gone](../gone.py) [out](../../x.py)"
    inside.open("cells.ipynb", f"from IPython.display import Markdown\nMarkdown({links!r})")
    inside.connected()
    inside.run(0)
    for name, text in [("root", "other = 1"), ("hidden", "on: push")]:  # and not examples/billing.py
        inside.output(0).get_by_role("link", name=name).click()
        expect(editor(inside).get_by_text(text)).to_be_visible()
        inside.page.locator(".lm-DockPanel-tabBar").get_by_text("cells.ipynb").click()
    for name, said in [
        ("secret", "'.env' is not read"),
        ("gone", "There is no file 'gone.py'"),
        ("out", "leads out of the project"),
    ]:
        inside.output(0).get_by_role("link", name=name, exact=True).click()
        expect(inside.page.locator(".Toastify__toast").get_by_text(said)).to_be_visible()


def test_without_a_kernel_a_link_says_what_is_missing(inside: Lab) -> None:
    inside.open("alone.ipynb", "from IPython.display import Markdown\nMarkdown('[up](../billing.py)')")
    inside.connected()
    inside.run(0)
    expect(inside.output(0).get_by_role("link", name="up")).to_be_visible()
    inside.page.get_by_role("menuitem", name="Kernel", exact=True).click()
    inside.page.get_by_text("Shut Down Kernel", exact=True).click()
    inside.page.get_by_text("No Kernel").first.wait_for()
    inside.output(0).get_by_role("link", name="up").click()
    expect(inside.page.locator(".Toastify__toast")).to_contain_text("can be read by its kernel only")


def test_notebook_7_says_how_to_open_what_lies_above(inside: Lab) -> None:
    pytest.importorskip("notebook", reason="Notebook 7 is not installed (pip install notebook)")
    write_notebook(inside.root / "seven.ipynb", "from IPython.display import Markdown\nMarkdown('[up](../billing.py)')")
    inside.page.goto(f"{inside.address}/notebooks/seven.ipynb?reset")
    inside.page.locator(CELL).first.wait_for()
    inside.page.keyboard.press("Alt+Shift+M")
    inside.connected()
    inside.run(0)
    inside.output(0).get_by_role("link", name="up").click()
    expect(inside.page.locator(".Toastify__toast")).to_contain_text("--ServerApp.root_dir=")
    inside.errors[:] = [error for error in inside.errors if "codemaestro" in error or "notebook_core" not in error]
