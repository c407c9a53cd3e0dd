"""The panel from the first key to the inserted answer, by mouse, by keyboard and for a screen reader."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from lab import CELL, PANEL, Lab
from playwright.sync_api import expect


def test_a_request_from_typing_to_the_inserted_answer(lab: Lab) -> None:
    lab.open("whole.ipynb", "")
    lab.connected()
    lab.chat.click()
    lab.page.keyboard.type("explain make_token", delay=40)
    expect(lab.files.first).to_have_text("auth.py")
    expect(lab.panel.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100")
    lab.page.keyboard.press("Enter")
    expect(lab.chat).to_have_value("")
    answer = lab.panel.locator(".maestro-Turn").last
    expect(answer.locator(".maestro-Request p")).to_have_text("explain make_token")
    expect(answer).to_have_attribute("aria-busy", "false")
    expect(answer.locator(".maestro-Markdown").first).to_contain_text("A token that names its user")
    expect(answer.locator(".maestro-Receipt")).to_contain_text(re.compile(r"[1-9]\d* of \d+ prepared used"))
    expect(lab.chat).to_be_focused()
    answer.get_by_role("button", name="Insert the answer below the active cell").click()
    expect(lab.page.locator(".jp-Notebook .jp-MarkdownCell")).to_contain_text("make_token")


def test_a_link_in_an_answer_opens_the_file_at_its_line(scripted: Lab) -> None:
    scripted.open("links.ipynb", "import os; maestro_pages[-1].part(root=os.getcwd())")
    scripted.connected()
    scripted.run(0)
    expect(scripted.prompt(0)).to_have_text("[1]:")
    scripted.chat.fill("explain login")
    scripted.chat.press("Enter")
    scripted.panel.get_by_role("link", name="src/auth/login.py:42").click()
    expect(scripted.page.locator(".lm-DockPanel-tabBar .lm-mod-current")).to_contain_text("login.py")


def test_why_did_it_fail_is_one_click_away(lab: Lab) -> None:
    lab.open("fails.ipynb", "def divide(a):\n    return a / 0\n\ndivide(1)", "print('fine')")
    lab.connected()
    lab.run(1)
    expect(lab.prompt(1)).to_have_text("[1]:")
    expect(lab.page.get_by_role("button", name="CodeMaestro: why did it fail?")).to_have_count(0)
    lab.run(0)
    lab.page.get_by_role("button", name="CodeMaestro: why did it fail?").click()
    answer = lab.panel.locator(".maestro-Turn").last
    expect(answer.locator(".maestro-Request p")).to_contain_text("why did it fail?")
    expect(answer).to_have_attribute("aria-busy", "false")
    expect(answer.locator(".maestro-Markdown").first).to_contain_text("ZeroDivisionError")


def test_a_cell_and_its_error_are_attached_by_a_click(scripted: Lab) -> None:
    scripted.open("attach.ipynb", "print([m['attachments'] for m in maestro_seen if m['type'] == 'submit'])", "1/0")
    scripted.connected()
    scripted.run(1)
    expect(scripted.output(1)).to_contain_text("ZeroDivisionError")
    scripted.panel.get_by_role("button", name="Attach the active cell", exact=True).click()
    scripted.panel.get_by_role("button", name="Attach the active cell's error").click()
    expect(scripted.panel.get_by_role("list", name="Attached").get_by_role("listitem")).to_have_count(2)
    scripted.chat.fill("why?")
    scripted.chat.press("Enter")
    expect(scripted.panel.get_by_role("list", name="Attached")).to_have_count(0)
    scripted.run(0)
    expect(scripted.output(0)).to_contain_text("'kind': 'cell', 'name': 'c1', 'text': '1/0'")
    expect(scripted.output(0)).to_contain_text("ZeroDivisionError: division by zero'")


def test_code_goes_below_or_replaces_the_cell_and_comes_back_with_one_undo(scripted: Lab) -> None:
    scripted.open("insert.ipynb", "old = 1", "last = 1")
    scripted.connected()
    scripted.cell(0)
    scripted.chat.fill("explain refresh")
    scripted.chat.press("Enter")
    expect(scripted.panel.locator(".maestro-Turn")).to_have_attribute("aria-busy", "false")
    code = scripted.panel.locator(".maestro-Code")
    code.hover()
    code.get_by_role("button", name="Insert code below").click()
    assert scripted.source(1).startswith("def refresh(session: Session) -> Token:")
    scripted.reads(2, "last = 1")
    below = scripted.page.locator(CELL).nth(1).locator(".cm-content")
    # JupyterLab focuses what became active a moment later, whatever was clicked meanwhile
    expect(below).to_be_focused()
    scripted.cell(0)
    code.hover()
    code.get_by_role("button", name="Replace the active cell").click()
    scripted.reads(0, scripted.source(1))
    scripted.cell(0)
    scripted.page.keyboard.press("Control+z")
    scripted.reads(0, "old = 1")


def test_everything_can_be_done_by_keyboard(scripted: Lab) -> None:
    scripted.open("keys.ipynb", "")
    scripted.connected()
    scripted.cell(0)
    scripted.page.keyboard.press("Alt+Shift+M")
    expect(scripted.chat).to_be_focused()
    scripted.page.keyboard.type("read @log", delay=30)
    expect(scripted.panel.get_by_role("listbox")).to_be_visible()
    scripted.page.keyboard.press("ArrowDown")
    scripted.page.keyboard.press("Enter")
    expect(scripted.chat).to_have_value("read @tests/test_login.py ")
    scripted.page.keyboard.press("Enter")
    expect(scripted.panel.locator(".maestro-Turn")).to_have_attribute("aria-busy", "false")
    expect(scripted.chat).to_be_focused()
    scripted.page.keyboard.press("ArrowUp")
    expect(scripted.chat).to_have_value("read @tests/test_login.py")
    scripted.page.keyboard.press("Control+a")
    scripted.page.keyboard.type("fix the auth", delay=30)
    scripted.page.keyboard.press("Shift+Tab")  # backwards: out of the chat box, into the files
    expect(scripted.panel.locator(".maestro-File-dismiss").last).to_be_focused()
    scripted.page.keyboard.press("Enter")
    expect(scripted.files).to_have_text(["login.py", "tokens.py"])
    scripted.chat.focus()
    scripted.page.keyboard.press("Escape")
    assert scripted.page.evaluate("document.activeElement.closest('.jp-Notebook') !== null")


def test_stop_clear_and_rate(scripted: Lab) -> None:
    scripted.open("rate.ipynb", "print([m for m in maestro_seen if m['type'] in ('rate', 'clear')])")
    scripted.connected()
    scripted.chat.fill("explain refresh")
    scripted.chat.press("Enter")
    rating = scripted.panel.get_by_role("form", name="How did that feel?")
    rating.get_by_role("button", name="How did that feel?").click()
    rating.get_by_role("group", name="How fast did it feel?").get_by_role("radio").nth(4).check()
    rating.get_by_role("button", name="Send").click()
    expect(rating).to_have_count(0)
    expect(scripted.chat).to_be_focused()  # what had the focus is gone
    scripted.panel.get_by_role("button", name="Clear the conversation").click()
    expect(scripted.panel.locator(".maestro-Turn")).to_have_count(0)
    scripted.run(0)
    expect(scripted.output(0)).to_contain_text(
        "'fast': 5, 'smooth': None, 'anticipated': None}, {'type': 'clear', 'notebook_id': 'rate.ipynb'}]"
    )


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_finds_no_serious_fault(scripted: Lab, theme: str) -> None:
    scripted.open("axe.ipynb", SCENE, "1/0")
    scripted.connected()
    scripted.command(f"Theme: {theme}")
    scripted.page.wait_for_function(
        "light => document.body.dataset.jpThemeLight === String(light)", arg=theme.endswith("Light")
    )
    scripted.run(0)
    expect(scripted.panel.locator(".maestro-Turn")).to_have_count(2)
    scripted.run(1)
    expect(scripted.page.locator(".maestro-WhyFailed")).to_be_visible()
    scripted.panel.get_by_role("button", name="Attach the active cell", exact=True).click()
    scripted.chat.click()
    expect(scripted.chat).to_be_focused()
    scripted.page.keyboard.type("fix the auth of @l", delay=30)
    expect(scripted.chat).to_have_value("fix the auth of @l")
    scripted.panel.get_by_role("listbox").wait_for()
    assert scripted.serious_faults(PANEL, ".maestro-WhyFailed", ".maestro-Status") == []


SCENE = """
maestro_pages[-1].part(
    turns=[maestro_turn(1, "explain refresh", "Some `code` and [a link](src/a.py).\\n\\n```python\\nx = 1\\n```"),
           maestro_turn(2, "and then?", "More", state="running")],
    question={"id": "q", "turn": "t2", "stage": "SCOPE", "text": "Frontend or backend?",
              "options": [{"id": "a", "label": "Frontend", "probability": 0.3, "ready": False},
                          {"id": "b", "label": "Backend", "probability": 0.7, "ready": True}]},
    notices=[{"level": "warning", "message": "This kernel is old.", "hint": "Upgrade it."}],
    index={"state": "indexing", "done": 3, "total": 9},
)
"""


def test_the_panel_is_whole_when_it_is_narrow_and_still_when_motion_is_unwanted(
    pages: Callable[..., Lab], stage: tuple[str, Path]
) -> None:
    scripted = pages(stage, reduced_motion="reduce")
    scripted.open("narrow.ipynb", SCENE)
    scripted.connected()
    scripted.run(0)
    expect(scripted.panel.locator(".maestro-Turn")).to_have_count(2)
    scripted.chat.click()
    scripted.page.keyboard.type("fix the auth", delay=30)
    expect(scripted.files).to_have_count(3)
    panel = scripted.page.locator(PANEL)
    for width in (200, 260, 420):
        panel.evaluate("(node, width) => { node.style.width = node.style.maxWidth = `${width}px`; }", width)
        too_wide = panel.evaluate(
            """panel => [...panel.querySelectorAll('*')].filter(node => {
                const box = node.getBoundingClientRect();
                return box.width > 1 && box.right > panel.getBoundingClientRect().right + 1
                    && !node.closest('pre, .maestro-mod-hidden');
            }).map(node => node.className)"""
        )
        assert (width, too_wide) == (width, [])
    moving = panel.evaluate(
        """panel => panel.getAnimations({subtree: true}).filter(each => each.playState === 'running').length"""
    )
    assert moving == 0
