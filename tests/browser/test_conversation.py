"""Each notebook has a conversation that outlives its page and its kernel, until somebody clears it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from lab import Lab, write_notebook
from playwright.sync_api import expect

TITLE = ".lm-DockPanel-tabBar .lm-TabBar-tab"


def ask(lab: Lab, request: str) -> None:
    lab.chat.fill(request)
    lab.chat.press("Enter")
    turn = lab.panel.locator(".maestro-Turn").last
    expect(turn.locator(".maestro-Request p")).to_have_text(request)
    expect(turn).to_have_attribute("aria-busy", "false")


def requests(lab: Lab, *texts: str) -> None:
    expect(lab.panel.locator(".maestro-Request p")).to_have_text(list(texts))


def open_again(lab: Lab, name: str) -> None:
    lab.page.goto(f"{lab.address}/lab/tree/{name}?reset")
    lab.settled()
    lab.show_panel()
    lab.connected()


def open_beside(lab: Lab, name: str, *sources: str) -> None:
    """Open another notebook on the same page."""
    write_notebook(lab.root / name, *sources, prefix=Path(name).stem)
    lab.page.get_by_role("button", name="Refresh the file browser.").click()
    lab.page.locator(".jp-DirListing-content").get_by_text(name, exact=True).dblclick()
    expect(lab.panel.locator("h2")).to_have_text(name)


def rename(lab: Lab, old: str, new: str) -> None:
    lab.page.locator(TITLE).get_by_text(old).click(button="right")
    lab.page.get_by_role("menuitem", name="Rename Notebook…").click()
    lab.page.locator(".jp-Dialog input").fill(new)
    lab.page.locator(".jp-Dialog .jp-mod-accept").click()
    expect(lab.panel.locator("h2")).to_have_text(new)


def test_the_conversation_is_there_again_after_restart_and_reload(lab: Lab) -> None:
    lab.open("again.ipynb", "1", prefix="again")
    lab.connected()
    ask(lab, "explain make_token")
    ask(lab, "where is invoice_total")
    lab.restarted()
    open_again(lab, "again.ipynb")
    requests(lab, "explain make_token", "where is invoice_total")


def test_a_cleared_conversation_is_gone_on_every_page_and_stays_gone(
    pages: Callable[..., Lab], shop: tuple[str, Path]
) -> None:
    lab = pages(shop)
    lab.open("cleared.ipynb", "1", prefix="cleared")
    lab.connected()
    ask(lab, "explain make_token")
    other = pages(shop)
    open_again(other, "cleared.ipynb")
    requests(other, "explain make_token")
    lab.panel.get_by_role("button", name="Clear the conversation").click()
    requests(lab)
    requests(other)
    ask(other, "where is invoice_total")
    requests(lab, "where is invoice_total")
    lab.restarted()
    open_again(lab, "cleared.ipynb")
    requests(lab, "where is invoice_total")


def test_a_renamed_notebook_keeps_its_conversation(lab: Lab) -> None:
    lab.open("before.ipynb", "1", prefix="before")
    lab.connected()
    ask(lab, "explain make_token")
    rename(lab, "before.ipynb", "after.ipynb")
    requests(lab, "explain make_token")
    ask(lab, "where is invoice_total")
    lab.restarted()
    open_again(lab, "after.ipynb")
    requests(lab, "explain make_token", "where is invoice_total")


ELSEWHERE = """import os, tempfile
os.environ["CODEMAESTRO_ROOT"] = tempfile.mkdtemp()
get_ipython().run_line_magic("reload_ext", "codemaestro")"""


def test_a_notebook_without_ids_outside_of_the_project_keeps_its_conversation_too(lab: Lab) -> None:
    lab.open("outside.ipynb", ELSEWHERE, prefix="outside")
    lab.connected()
    file = lab.root / "outside.ipynb"
    old = json.loads(file.read_text(encoding="utf8"))
    for cell in old["cells"]:
        del cell["id"]
    file.write_text(json.dumps({**old, "nbformat_minor": 4}), encoding="utf8")
    open_again(lab, "outside.ipynb")
    lab.run(0)
    expect(lab.prompt(0)).to_have_text("[1]:")
    open_again(lab, "outside.ipynb")  # what the page says from now on goes to the session that was just made
    ask(lab, "help")
    rename(lab, "outside.ipynb", "moved.ipynb")
    requests(lab, "help")
    open_again(lab, "moved.ipynb")
    requests(lab, "help")
    assert "help" not in (lab.root / "moved.ipynb").read_text(encoding="utf8")


def test_notebooks_that_share_a_kernel_keep_their_conversations_apart_and_outlive_each_other(lab: Lab) -> None:
    lab.open("owner.ipynb", "1", prefix="owner")
    lab.connected()
    ask(lab, "explain make_token")
    kernel = lab.panel.locator(".maestro-Header").get_attribute("data-kernel")
    open_beside(lab, "guest.ipynb", "2")
    lab.connected()
    lab.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-KernelName").click()
    kernels = lab.page.locator(".jp-Dialog select")
    kernels.select_option(kernels.locator("option", has_text="owner.ipynb").get_attribute("value"))
    lab.page.locator(".jp-Dialog .jp-mod-accept").click()
    expect(lab.panel.locator(".maestro-Header")).to_have_attribute("data-kernel", kernel)
    lab.connected()
    requests(lab)
    ask(lab, "where is invoice_total")
    requests(lab, "where is invoice_total")
    lab.page.locator(TITLE).get_by_text("owner.ipynb").click()
    requests(lab, "explain make_token")
    lab.page.locator(TITLE).filter(has_text="owner.ipynb").locator(".lm-TabBar-tabCloseIcon").click()
    lab.page.locator(".jp-Dialog").get_by_role("button", name="Save").click()  # its kernel's name was noted in it
    expect(lab.panel.locator("h2")).to_have_text("guest.ipynb")
    lab.connected()
    requests(lab, "where is invoice_total")
    lab.chat.click()
    lab.page.keyboard.type("explain make_token", delay=40)
    expect(lab.files.first).to_have_text("auth.py")


SLOW = """%maestro settings ask_rating False
import time
from codemaestro_jupyter.jupyter import output
output.LiveAnswer._finish = lambda self: None  # as if the answer were still being made"""


def test_a_notebook_saved_with_a_live_widget_shows_only_the_answer_without_its_kernel(lab: Lab) -> None:
    lab.open("saved.ipynb", SLOW, "%%maestro\nexplain make_token", prefix="saved")
    lab.connected()
    lab.run(0)
    expect(lab.prompt(0)).to_have_text("[1]:")
    lab.run(1)
    expect(lab.output(1).locator(".widget-vbox").first).to_be_visible()
    expect(lab.output(1)).to_contain_text("A token that names its user")
    lab.page.keyboard.press("Control+s")
    expect(lab.page.locator(TITLE).filter(has_text="saved.ipynb")).not_to_have_class(re.compile("jp-mod-dirty"))
    assert "widget-view" in (lab.root / "saved.ipynb").read_text(encoding="utf8")
    lab.restarted()
    open_again(lab, "saved.ipynb")
    expect(lab.output(1)).to_contain_text("A token that names its user")
    expect(lab.output(1).locator(".jupyter-widgets, .widget-vbox")).to_have_count(0)
    assert "widget" not in lab.output(1).inner_text()
