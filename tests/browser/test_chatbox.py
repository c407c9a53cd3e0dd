"""What a chat box has to bear: a pasted file, scripts from right to left, and names for all that it shows."""

from __future__ import annotations

from lab import PANEL, Lab
from playwright.sync_api import expect

LONG = ("word " * 15 + "\n") * 400


def test_a_pasted_file_is_laid_out_once_and_scrolls(scripted: Lab) -> None:
    scripted.open("paste.ipynb", "")
    scripted.connected()
    scripted.chat.fill(LONG)
    scripted.page.keyboard.type("end")
    end = scripted.chat.evaluate("box => [box.value.length, box.value.slice(-4), box.scrollHeight > box.clientHeight]")
    assert end == [len(LONG) + 3, "\nend", True]
    assert scripted.page.locator(f"{PANEL} .maestro-Composer-mirror").inner_text().strip() == ""
    scripted.page.keyboard.press("Control+a")
    scripted.page.keyboard.type("fix the auth", delay=30)
    expect(scripted.page.locator(f"{PANEL} .maestro-Ghost")).to_have_text("entication")


def test_what_is_written_from_right_to_left_begins_at_the_right(scripted: Lab) -> None:
    scripted.open("hebrew.ipynb", "")
    scripted.connected()
    scripted.chat.click()
    for text, direction in (("שלום fix the auth", "rtl"), ("fix the auth", "ltr")):
        scripted.page.keyboard.press("Control+a")
        scripted.page.keyboard.type(text)
        expect(scripted.page.locator(f"{PANEL} .maestro-Ghost")).to_have_text("entication")
        expect(scripted.chat).to_have_css("direction", direction)
        expect(scripted.page.locator(f"{PANEL} .maestro-Composer-mirror")).to_have_css("direction", direction)
        scripted.page.keyboard.press("Tab")
        expect(scripted.chat).to_have_value(f"{text}entication")
