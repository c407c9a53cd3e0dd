"""The chat widget goes on after a kernel restart, with what was said in its notebook and Undo."""

from __future__ import annotations

from lab import Lab
from playwright.sync_api import expect

COMMAND = "rename make_token to forge_token"
LOAD = "%load_ext codemaestro"


def test_the_chat_widget_goes_on_and_takes_back_what_was_applied(lab: Lab) -> None:
    lab.open("chatty.ipynb", LOAD, "maestro.chat()", "'all ran'")
    lab.run(0)
    lab.connected()
    lab.run(1)
    chat = lab.output(1).first  # outputs inside the widget have the same class
    chat.locator("textarea").first.fill(COMMAND)
    chat.get_by_role("button", name="Send").click()
    chat.get_by_role("button", name="Apply").click()
    expect(chat.get_by_role("button", name="Undo")).to_be_visible()
    lab.command("Restart Kernel and Run All Cells…")
    lab.page.locator(".jp-Dialog .jp-mod-accept").click()
    expect(lab.output(2)).to_contain_text("all ran")
    expect(chat).to_contain_text(COMMAND)
    chat.get_by_role("button", name="Undo").click()
    expect(chat.get_by_role("button", name="Redo")).to_be_visible()
