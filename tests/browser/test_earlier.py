"""The chat widget goes on after a kernel restart, with what was said in its notebook and Undo."""

from __future__ import annotations

from lab import Lab
from playwright.sync_api import expect

COMMAND = "rename make_token to forge_token"
LOAD = "%load_ext codemaestro"


def test_the_chat_widget_goes_on_and_takes_back_what_was_applied(lab: Lab) -> None:
    lab.open("chatty.ipynb", LOAD, "maestro.chat()")
    lab.run(0)
    lab.connected()
    lab.run(1)
    chat = lab.output(1)
    box = chat.locator("textarea").first
    box.fill(COMMAND)
    chat.get_by_role("button", name="Send").click()
    chat.get_by_role("button", name="Apply").click(timeout=30_000)
    expect(chat.get_by_role("button", name="Undo")).to_be_visible(timeout=20_000)
    lab.restart()
    expect(lab.prompt(1)).to_have_text("[ ]:")
    lab.run(0)
    expect(lab.prompt(0)).not_to_have_text("[*]:", timeout=30_000)
    lab.run(1)
    expect(chat).to_contain_text(COMMAND, timeout=30_000)
    chat.get_by_role("button", name="Undo").click(timeout=20_000)
    expect(chat.get_by_role("button", name="Redo")).to_be_visible(timeout=20_000)
