"""A kernel that several things of the page talk to: only one of them hears what it says of its own accord."""

from __future__ import annotations

import time

from lab import CELL, Lab
from playwright.sync_api import expect
from test_lifecycle import ask, predicts


def open_console(lab: Lab) -> None:
    """A console with a kernel of its own."""
    lab.command("New Launcher")
    lab.page.locator('.jp-LauncherCard[data-category="Console"]').get_by_text("Python 3").click()
    expect(lab.page.locator(".jp-CodeConsole .jp-InputPrompt").last).to_be_visible(timeout=30_000)


def use_kernel_of_console(lab: Lab) -> None:
    """Choose the console's kernel for the notebook in front."""
    lab.cell(0)
    lab.command("Change Kernel…")
    chooser = lab.page.locator(".jp-Dialog select")
    chooser.select_option(chooser.locator("option", has_text="Console 1").get_attribute("value"))
    lab.page.locator(".jp-Dialog .jp-mod-accept").click()
    lab.page.wait_for_function(
        """async () => {
            const sessions = await (await fetch('/api/sessions')).json();
            return new Set(sessions.map(each => each.kernel.id)).size === 1;
        }"""
    )


def runs_there(lab: Lab) -> None:
    """Run the first cell until the console's kernel has answered: what is run while the kernel changes is lost."""
    deadline = time.monotonic() + 20
    while "Console 1" not in lab.output(0).inner_text():
        assert time.monotonic() < deadline, lab.output(0).inner_text()
        lab.run(0)
        lab.page.wait_for_timeout(500)


def front(lab: Lab, title: str) -> None:
    lab.page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab").get_by_text(title).click()


def test_a_notebook_that_shares_a_console_s_kernel_is_reached(lab: Lab) -> None:
    lab.open("shared.ipynb", "import os; os.environ['JPY_SESSION_NAME']")
    lab.connected()
    open_console(lab)
    front(lab, "shared.ipynb")
    use_kernel_of_console(lab)
    runs_there(lab)
    lab.connected()
    predicts(lab)
    ask(lab, "explain make_token")
    turns = lab.panel.locator(".maestro-Turn").count()
    lab.cell(0)
    lab.restart()
    lab.connected()
    expect(lab.panel.locator(".maestro-Turn")).to_have_count(turns)
    predicts(lab)
    front(lab, "Console 1")
    lab.page.locator(".lm-TabBar-tab.lm-mod-current .lm-TabBar-tabCloseIcon").last.click()
    expect(lab.page.locator(CELL).first).to_be_visible()
    lab.connected()
    predicts(lab)
