"""The panel finds its kernel again after everything that happens to kernels and pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from lab import PANEL, Lab, needs_subshells, write_notebook, write_settings
from playwright.sync_api import expect


def ask(lab: Lab, request: str) -> None:
    lab.chat.fill(request)
    lab.chat.press("Enter")
    turn = lab.panel.locator(".maestro-Turn").last
    expect(turn.locator(".maestro-Request p")).to_have_text(request)
    expect(turn).to_have_attribute("aria-busy", "false")


def predicts(lab: Lab) -> None:
    lab.chat.click()
    lab.page.keyboard.type("explain make_token", delay=40)
    expect(lab.files.first).to_have_text("auth.py")
    lab.chat.fill("")


def test_the_first_cell_is_still_the_first(lab: Lab) -> None:
    lab.open("first.ipynb", "sorted(name for name in globals() if 'maestro' in name.lower())")
    lab.connected()
    lab.run(0)
    expect(lab.prompt(0)).to_have_text("[1]:")
    expect(lab.output(0)).to_contain_text("[")
    assert "find_spec" not in lab.output(0).inner_text()


def test_a_restart_keeps_the_conversation_and_connects_again(lab: Lab) -> None:
    lab.open("restart.ipynb", "1")
    lab.connected()
    ask(lab, "explain make_token")
    turns = lab.panel.locator(".maestro-Turn").count()
    lab.restarted()
    expect(lab.panel.locator(".maestro-Turn")).to_have_count(turns)
    predicts(lab)


def test_a_restart_that_failed_is_told_and_the_old_kernel_goes_on(lab: Lab) -> None:
    lab.open("stayed.ipynb", "x = 7", "x")
    lab.connected()
    lab.run(0)
    expect(lab.prompt(0)).to_have_text("[1]:")
    lab.page.route("**/api/kernels/*/restart**", lambda route: route.fulfill(status=500, json={"message": "no"}))
    lab.restart()
    notice = lab.page.locator(f"{PANEL} .maestro-Notice")
    expect(notice.filter(has_text="could not be restarted")).to_be_visible()
    predicts(lab)
    lab.run(1)
    expect(lab.output(1)).to_contain_text("7")
    lab.page.unroute("**/api/kernels/*/restart**")
    lab.restart()
    expect(notice.filter(has_text="could not be restarted")).to_have_count(0)
    lab.connected()
    predicts(lab)


@needs_subshells
def test_after_a_restart_that_failed_a_busy_kernel_is_talked_to_while_its_cell_runs(lab: Lab) -> None:
    lab.open("busy.ipynb", "import time; time.sleep(600)")
    lab.connected()
    lab.run(0)
    expect(lab.prompt(0)).to_have_text("[*]:")
    lab.page.route("**/api/kernels/*/restart**", lambda route: route.fulfill(status=500, json={"message": "no"}))
    lab.restart()
    notice = lab.page.locator(f"{PANEL} .maestro-Notice")
    expect(notice.filter(has_text="could not be restarted")).to_be_visible(timeout=60_000)
    predicts(lab)


def test_a_reload_of_the_page_keeps_the_conversation(lab: Lab) -> None:
    lab.open("reload.ipynb", "1")
    lab.connected()
    ask(lab, "explain make_token")
    turns = lab.panel.locator(".maestro-Turn").count()
    lab.page.goto(f"{lab.address}/lab")  # without reset: the layout comes back too
    lab.settled()
    expect(lab.page.locator(PANEL)).to_be_visible()
    lab.connected()
    expect(lab.panel.locator(".maestro-Turn")).to_have_count(turns)
    assert lab.page.evaluate("document.activeElement.closest('.jp-Notebook') !== null")  # the panel did not take it
    predicts(lab)


def test_a_reload_of_the_extension_is_followed(lab: Lab) -> None:
    lab.open("extension.ipynb", "%reload_ext codemaestro", "%unload_ext codemaestro", "%load_ext codemaestro")
    lab.connected()
    lab.run(0)
    expect(lab.prompt(0)).to_have_text("[1]:")
    lab.connected()
    predicts(lab)
    lab.run(1)
    expect(lab.page.locator(f"{PANEL} .maestro-Notice")).to_contain_text("not loaded")
    lab.run(2)
    lab.connected()
    predicts(lab)


def test_a_lost_connection_comes_back(lab: Lab) -> None:
    lab.page.add_init_script(
        """const Real = window.WebSocket;
        window.opened = [];
        window.WebSocket = class extends Real {
            constructor(...options) { super(...options); window.opened.push(this); }
        };"""
    )
    lab.open("cut.ipynb", "1")
    lab.connected()
    before = lab.page.evaluate("window.opened.length")
    lab.page.evaluate("window.opened.forEach(socket => socket.close(4000))")
    lab.page.wait_for_function("before => window.opened.length > before", arg=before)
    lab.connected()
    predicts(lab)


def test_two_notebooks_have_a_conversation_each(lab: Lab) -> None:
    lab.open("one.ipynb", "1")
    lab.connected()
    ask(lab, "explain make_token")
    lab.chat.fill("half a thought")
    write_notebook(lab.root / "two.ipynb", "2")
    lab.page.get_by_role("button", name="Refresh the file browser.").click()
    lab.page.locator(".jp-DirListing-content").get_by_text("two.ipynb").dblclick()
    expect(lab.panel.locator("h2")).to_have_text("two.ipynb")
    lab.connected()
    expect(lab.chat).to_have_value("")
    ask(lab, "explain invoice_total")
    lab.page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab").get_by_text("one.ipynb").click()
    expect(lab.panel.locator("h2")).to_have_text("one.ipynb")
    expect(lab.chat).to_have_value("half a thought")


def test_a_kernel_without_the_package_says_how_to_install_it(lab: Lab) -> None:
    lab.open("bare.ipynb", "", kernel="bare")
    notice = lab.panel.locator(".maestro-Notice")
    expect(notice).to_contain_text("not installed in this kernel")
    notice.get_by_role("button", name="Put into a cell").click()
    lab.reads(1, "%pip install codemaestro-jupyter")


def test_a_kernel_of_another_language_is_left_alone(lab: Lab) -> None:
    lab.open("echo.ipynb", "hello", kernel="echo", language="echo")
    expect(lab.panel.locator(".maestro-Notice")).to_contain_text("This kernel speaks echo")
    expect(lab.chat).to_have_count(0)
    lab.run(0)
    expect(lab.prompt(0)).to_have_text(re.compile(r"\[1\]:"))
    expect(lab.output(0)).to_have_text("'hello' silent=False")


def test_without_autoload_no_code_runs_until_somebody_loads_it(
    pages: Callable[..., Lab], stage: tuple[str, Path]
) -> None:
    state = stage[1].parent / "state"
    write_settings(state, "codemaestro-jupyter:plugin", {"autoload": False})
    try:
        scripted = pages(stage)
        scripted.open("off.ipynb", "'codemaestro' in get_ipython().extension_manager.loaded", "%load_ext codemaestro")
        expect(scripted.panel.locator(".maestro-Notice")).to_contain_text("not loaded in this kernel")
        scripted.run(0)
        expect(scripted.output(0)).to_contain_text("False")
        scripted.run(1)
        scripted.connected()
    finally:
        write_settings(state, "codemaestro-jupyter:plugin", {})


def test_autoload_switched_on_reaches_the_kernels_that_are_open(lab: Lab) -> None:
    lab.open("switched.ipynb", "1")
    lab.connected()
    lab.command("Settings Editor")
    lab.page.locator(".jp-PluginList-entry", has_text="CodeMaestro").first.click()
    box = lab.page.locator(".jp-SettingsPanel input[id$='autoload']")
    box.uncheck()
    try:
        lab.page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab", has_text="switched.ipynb").click()
        lab.stored("user-settings", '"autoload": false')
        lab.restart()
        expect(lab.panel).to_contain_text("CodeMaestro is not loaded in this kernel.")
    finally:
        lab.page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab", has_text="Settings").first.click()
        box.check()
    lab.connected()
    expect(lab.panel).not_to_contain_text("CodeMaestro is not loaded")
