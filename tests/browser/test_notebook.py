"""The same panel in Notebook 7, which shows one notebook on a page of its own."""

from __future__ import annotations

import pytest
from lab import CELL, Lab, write_notebook
from playwright.sync_api import expect

pytest.importorskip("notebook", reason="Notebook 7 is not installed (pip install notebook)")


def test_typing_shows_the_likely_files_and_an_answer_beside_the_notebook(lab: Lab) -> None:
    write_notebook(lab.root / "seven.ipynb", "")
    lab.page.goto(f"{lab.address}/notebooks/seven.ipynb?reset")
    lab.page.locator(CELL).first.wait_for()
    lab.page.locator(".jp-Notebook:focus-within").wait_for()
    lab.page.keyboard.press("Alt+Shift+M")
    lab.panel.wait_for()
    lab.connected()
    lab.cell(0)
    lab.page.keyboard.type("%%maestro\nexplain make_token", delay=40)
    expect(lab.files.first).to_have_text("auth.py")
    lab.chat.click()
    lab.page.keyboard.type("where is make_token")
    lab.page.keyboard.press("Enter")
    expect(lab.panel.locator(".maestro-Turn").last).to_contain_text("auth.py")
    # Notebook 7.6 raises this by itself while it loads its settings, without our extension too
    lab.errors[:] = [error for error in lab.errors if "codemaestro" in error or "notebook_core" not in error]
