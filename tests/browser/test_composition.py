"""An input method composes text that is none yet: nothing of it is sent or completed before the person has chosen."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from lab import Lab
from playwright.sync_api import CDPSession, expect

SEEN = "import json; print(json.dumps([m['text'] for m in maestro_seen if m['type'] == 'user_typing']))"
HEARD = "import json; print(json.dumps(maestro_seen, ensure_ascii=False))"
GHOST = ".maestro-Ghost:not(:empty)"
STILL = 400
"""Milliseconds: longer than a pause in typing after which a text goes out."""


def compose(lab: Lab, *steps: str) -> CDPSession:
    """What an input method does while somebody types, with a pause after each step; no ghost text is there then."""
    browser = lab.page.context.new_cdp_session(lab.page)
    for text in steps:
        browser.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
        lab.page.wait_for_timeout(STILL)
        expect(lab.page.locator(GHOST)).to_have_count(0)
    return browser


def focus_cell(lab: Lab, before: str) -> None:
    lab.cell(1)
    lab.page.keyboard.type(f"%%maestro\n{before}")


def focus_code(lab: Lab, before: str) -> None:
    lab.cell(1)
    lab.page.keyboard.type(f"# {before}")


def focus_chat(lab: Lab, before: str) -> None:
    lab.chat.click()
    lab.page.keyboard.type(before)


@pytest.mark.parametrize(("focus", "magic"), [(focus_cell, "%%maestro\n"), (focus_chat, "")], ids=["cell", "chat"])
def test_only_the_composed_text_is_sent_and_completed(
    scripted: Lab, focus: Callable[[Lab, str], None], magic: str
) -> None:
    scripted.open("ime.ipynb", SEEN, "")
    scripted.connected()
    focus(scripted, "fix the ")
    scripted.page.wait_for_timeout(STILL)
    browser = compose(scripted, "ｚ", "ざ", "auth")  # its last proposal is what the person chooses
    browser.send("Input.insertText", {"text": "auth"})
    expect(scripted.page.locator(GHOST)).to_have_text("entication")
    compose(scripted, "e")  # although it is what the ghost text says
    browser.send("Input.insertText", {"text": "e"})
    expect(scripted.page.locator(GHOST)).to_have_text("ntication")
    typed = scripted.prints(0, lambda typed: typed and typed[-1].endswith("fix the authe"))
    texts = [text.removeprefix(magic) for text in typed]
    assert texts[-2:] == ["fix the auth", "fix the authe"]
    assert all("fix the ".startswith(text) or magic.startswith(text) for text in texts[:-2])


@pytest.mark.parametrize(
    ("focus", "before"),
    [(focus_cell, "fix "), (focus_code, "fix "), (focus_chat, "fix "), (focus_chat, "read @")],
    ids=["cell", "code", "chat", "mention"],
)
def test_no_message_of_any_kind_has_what_is_only_proposed(
    scripted: Lab, focus: Callable[[Lab, str], None], before: str
) -> None:
    scripted.open("heard.ipynb", HEARD, "", "")
    scripted.connected()
    focus(scripted, before)
    scripted.page.wait_for_timeout(STILL)
    listed = scripted.panel.get_by_role("listbox")
    expect(listed).to_have_count(1 if before.endswith("@") else 0)
    browser = compose(scripted, "ざ")
    expect(listed).to_have_count(0)
    scripted.page.wait_for_timeout(1500)  # a notebook that is still for a second is told whole
    browser.send("Input.insertText", {"text": "log"})
    expect(listed).to_have_count(1 if before.endswith("@") else 0)
    texts = lambda heard: [each["text"] for each in heard if each["type"] == "user_typing"] or [""]  # noqa: E731
    heard = scripted.prints(0, lambda heard: texts(heard)[-1].endswith(f"{before}log"))
    assert "ざ" not in json.dumps(heard, ensure_ascii=False)
    assert texts(heard)[-1].endswith(f"{before}log")


def test_the_notebook_is_told_whole_once_what_was_composed_is_text(scripted: Lab) -> None:
    scripted.open("whole-ime.ipynb", HEARD, "")
    scripted.connected()
    focus_code(scripted, "read ")
    compose(scripted, "ざ", "漢").send("Input.insertText", {"text": "漢"})
    told = lambda heard: [cell["source"] for each in heard for cell in each.get("cells", ())]  # noqa: E731
    heard = scripted.prints(0, lambda heard: "# read 漢" in told(heard))
    assert "# read 漢" in told(heard)


@pytest.mark.parametrize("focus", [focus_cell, focus_code, focus_chat], ids=["cell", "code", "chat"])
def test_what_was_composed_is_predicted_from(lab: Lab, focus: Callable[[Lab, str], None]) -> None:
    lab.open("composed.ipynb", "", "")
    lab.connected()
    focus(lab, "")
    browser = compose(lab, "expl", "explain", "explain make_token")
    expect(lab.files).to_have_count(0)
    browser.send("Input.insertText", {"text": "explain make_token"})
    expect(lab.files.first).to_have_text("auth.py")
