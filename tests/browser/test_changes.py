"""A command typed into the panel becomes a diff; what is accepted of it is applied to files and open cells at once."""

from __future__ import annotations

import pytest
from lab import Lab
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


def report() -> str:
    return str(fetch_user(7))
'''
COMMAND = "rename fetch_user to load_user"


@pytest.fixture
def project(lab: Lab) -> Lab:
    (lab.root / "client.py").write_text(CLIENT, encoding="utf8")
    (lab.root / "report.py").write_text(REPORT, encoding="utf8")
    return lab


def propose(lab: Lab, command: str = COMMAND) -> Locator:
    """Type a command into the chat; its card."""
    lab.chat.click()
    lab.page.keyboard.type(command, delay=10)
    lab.page.keyboard.press("Enter")
    card = lab.panel.locator(".maestro-Change").last
    expect(card).to_be_visible(timeout=20_000)
    return card


def content(lab: Lab, name: str) -> str:
    return (lab.root / name).read_text(encoding="utf8")


def test_a_change_is_looked_at_applied_in_part_and_undone(project: Lab) -> None:
    lab = project
    lab.open("shop.ipynb", "from client import fetch_user\nfetch_user(1)", "x = 1", prefix="shop")
    lab.connected()
    saved = content(lab, "shop.ipynb")
    card = propose(lab)
    expect(card.locator(".maestro-Change-path")).to_have_text(["client.py", "report.py", "shop.ipynb"])
    assert content(lab, "client.py") == CLIENT, "nothing is written before Apply"
    rejected = card.locator(".maestro-Hunk[data-hunk='client.py:2']")
    rejected.get_by_role("checkbox").uncheck()
    rejected.get_by_role("checkbox").check()
    card.get_by_role("button", name="Apply").click()
    expect(card.get_by_role("button", name="Undo")).to_be_focused(timeout=20_000)
    assert content(lab, "client.py") == CLIENT.replace("fetch_user", "load_user")
    assert content(lab, "report.py") == REPORT.replace("fetch_user", "load_user")
    lab.reads(0, "from client import load_user\nload_user(1)")
    assert content(lab, "shop.ipynb") == saved, "saving the notebook is the person's"
    lab.page.keyboard.press("Enter")
    expect(card.get_by_role("button", name="Redo")).to_be_focused(timeout=20_000)
    assert (content(lab, "client.py"), content(lab, "report.py")) == (CLIENT, REPORT)
    lab.reads(0, "from client import fetch_user\nfetch_user(1)")
