"""A kernel that several things of the page talk to: only one of them hears what it says of its own accord."""

from __future__ import annotations

import time

from lab import CELL, PANEL, Lab
from playwright.sync_api import expect
from test_lifecycle import ask

KEPT = "Restart or reconnect it; your conversation is kept."


def open_console(lab: Lab) -> None:
    """A console with a kernel of its own."""
    lab.command("New Launcher")
    lab.page.locator('.jp-LauncherCard[data-category="Console"]').get_by_text("Python 3").click()
    expect(lab.page.locator(".jp-CodeConsole .jp-InputPrompt").last).to_be_visible()


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


def predicts_soon(lab: Lab) -> None:
    """Type until the panel predicts from it: what is typed while it finds its kernel again is not heard."""
    began, deadline = time.time() * 1000, time.monotonic() + 60
    card = lab.panel.locator(".maestro-Preparing")
    while not card.count() or int(card.get_attribute("data-seq") or 0) < began:  # numbers are the page's clock
        assert time.monotonic() < deadline, lab.panel.inner_text()
        if lab.chat.count():
            lab.chat.fill("")
            lab.chat.press_sequentially("explain make_token", delay=40)
        lab.page.wait_for_timeout(1000)
    expect(lab.files.first).to_have_text("auth.py")
    lab.chat.fill("")


def watch_panel(lab: Lab) -> None:
    """From now on, note what the panel says about its connection and how many requests it shows."""
    lab.page.evaluate(
        """panel => {
            const look = () => {
                const notices = [...document.querySelectorAll(`${panel} .maestro-Notice p`)];
                window.noted.add(notices.map(each => each.textContent).join());
                window.least = Math.min(window.least, document.querySelectorAll(`${panel} .maestro-Turn`).length);
            };
            window.noted = new Set();
            window.least = Infinity;
            new MutationObserver(look).observe(document.querySelector(panel), {childList: true, subtree: true});
        }""",
        PANEL,
    )


def noted(lab: Lab) -> tuple[set[str], int]:
    """What was noted: the notices, except that of an old ipykernel, and the least number of requests."""
    notices = {each for each in lab.page.evaluate("[...window.noted]") if each and "ipykernel 7" not in each}
    return notices, lab.page.evaluate("window.least")


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
    predicts_soon(lab)
    ask(lab, "explain make_token")
    lab.cell(0)
    watch_panel(lab)
    lab.restart()
    lab.page.wait_for_function("[...window.noted].some(each => each.includes('starting'))")
    predicts_soon(lab)
    assert noted(lab) == ({"The kernel is starting…"}, 1)
    expect(lab.panel.locator(".maestro-Request p")).to_have_text(["explain make_token"])
    front(lab, "Console 1")
    lab.page.locator(".lm-TabBar-tab.lm-mod-current .lm-TabBar-tabCloseIcon").last.click()
    expect(lab.page.locator(CELL).first).to_be_visible()
    predicts_soon(lab)


def test_a_kernel_that_a_console_restarts_is_found_again(lab: Lab) -> None:
    lab.open("restarted.ipynb", "1")
    lab.connected()
    ask(lab, "explain make_token")
    lab.cell(0)
    lab.command("New Console for Notebook")
    lab.page.locator(".jp-CodeConsole .jp-CodeConsole-promptCell .cm-content").click()
    watch_panel(lab)
    lab.restart()
    lab.page.wait_for_function("[...window.noted].some(each => each.includes('starting'))")
    lab.connected()
    predicts_soon(lab)
    notices, least = noted(lab)
    assert notices <= {"The kernel is starting…", f"The kernel cannot be reached.,{KEPT}"}
    assert least == 1
