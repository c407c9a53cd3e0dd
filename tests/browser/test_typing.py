"""What is typed reaches the kernel, whole and in order, whatever the kernel is doing, and disturbs nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from lab import CHAT, PANEL, Lab, needs_subshells, write_settings
from playwright.sync_api import expect

SLEEP = "import time; time.sleep(600)"
LOOP = "while True:\n    pass"
FIGURE = """%matplotlib inline
import matplotlib.pyplot as plt, os, time
plt.plot([1, 2])
print("first line", flush=True)
while not os.path.exists("typed"):
    time.sleep(0.1)
plt.plot([2, 1])
print(len(plt.get_fignums()), "figure with", len(plt.gca().lines), "lines")"""


def type_in(lab: Lab, where: str, request: str) -> None:
    if where == "chat":
        lab.chat.click()
        lab.page.keyboard.type(request, delay=40)
    else:
        lab.cell(1)
        lab.page.keyboard.type(f"%%maestro\n{request}" if where == "request cell" else f"# {request}", delay=40)


@pytest.mark.parametrize("where", ["chat", "request cell", "code cell"])
@pytest.mark.parametrize(
    "busy",
    [
        pytest.param("", id="idle"),
        pytest.param(SLEEP, id="sleeping", marks=needs_subshells),
        pytest.param(LOOP, id="computing", marks=needs_subshells),
    ],
)
def test_typing_shows_the_likely_files(lab: Lab, where: str, busy: str) -> None:
    lab.open("typing.ipynb", busy, "")
    lab.connected()
    if busy:
        lab.run(0)
        expect(lab.prompt(0)).to_have_text("[*]:")
    type_in(lab, where, "explain make_token")
    expect(lab.files.first).to_have_text("auth.py")
    if busy:
        expect(lab.prompt(0)).to_have_text("[*]:")  # all of that happened beside the running cell


def test_a_figure_is_whole_although_somebody_typed_while_it_was_drawn(lab: Lab) -> None:
    lab.open("figure.ipynb", FIGURE, "")
    lab.connected()
    lab.run(0)
    expect(lab.prompt(0)).to_have_text("[*]:")
    expect(lab.output(0)).to_contain_text("first line")
    type_in(lab, "request cell", "explain make_token and then the invoice")
    type_in(lab, "chat", "explain make_token")
    (lab.root / "typed").touch()
    expect(lab.prompt(0)).to_have_text("[1]:")
    expect(lab.output(0)).to_contain_text("1 figure with 2 lines")
    expect(lab.output(0).locator("img")).to_have_count(1)


@pytest.mark.parametrize("where", ["chat", "cell"])
def test_nothing_is_lost_or_reordered_at_600_words_a_minute(scripted: Lab, where: str) -> None:
    text = " ".join(f"word{number} of the request" for number in range(20))
    scripted.open(
        "fast.ipynb", "import json; print(json.dumps([m for m in maestro_seen if m['type'] == 'user_typing']))", ""
    )
    scripted.connected()
    if where == "chat":
        scripted.chat.click()
    else:
        scripted.cell(1)
        scripted.page.keyboard.type("%%maestro\n")
    scripted.page.keyboard.type(text, delay=20)
    if where == "chat":
        assert scripted.page.locator(CHAT).input_value() == text
    else:
        scripted.reads(1, f"%%maestro\n{text}")
    whole = text if where == "chat" else f"%%maestro\n{text}"
    seen = scripted.prints(0, lambda events: events and events[-1]["text"] == whole)
    seen = [event for event in seen if event["source"] == where]
    numbers = [event["seq"] for event in seen]
    assert numbers == sorted(set(numbers))
    texts = [event["text"] for event in seen]
    assert all(later.startswith(earlier) for earlier, later in pairwise(texts))
    assert seen[-1]["text"] == whole
    assert seen[-1]["cursor"] == len(seen[-1]["text"])


def test_ghost_text_is_taken_with_tab_in_a_request_cell(scripted: Lab) -> None:
    scripted.open("ghost.ipynb", "", "")
    scripted.connected()
    scripted.cell(0)
    scripted.page.keyboard.type("%%maestro\nfix the auth", delay=30)
    ghost = scripted.page.locator(".jp-Notebook .maestro-Ghost")
    expect(ghost).to_have_text("entication")
    scripted.page.keyboard.type("en")
    expect(ghost).to_have_text("tication")
    scripted.page.keyboard.press("Tab")
    scripted.reads(0, "%%maestro\nfix the authentication")
    scripted.page.keyboard.press("Control+z")
    scripted.reads(0, "%%maestro\nfix the authen")  # what was taken is a step of its own


def test_ghost_text_steps_aside_for_what_jupyterlab_itself_completes(
    pages: Callable[..., Lab], stage: tuple[str, Path]
) -> None:
    providers = {"@jupyterlab/inline-completer:history": {"enabled": True}}
    state = stage[1].parent / "state"
    write_settings(state, "@jupyterlab/completer-extension:inline-completer", {"providers": providers})
    try:
        lab = pages(stage)
        lab.open("inline.ipynb", "author = 1", "fix the authentication of tokens", "%%maestro", "")
        lab.connected()
        lab.run(1)  # an error, but in the history from now on
        expect(lab.prompt(1)).to_have_text("[1]:")
        lab.cell(2)
        lab.page.keyboard.type("\nfix the auth", delay=40)
        theirs, ours = lab.page.locator(".jp-GhostText"), lab.page.locator(".jp-Notebook .maestro-Ghost")
        expect(theirs).to_have_text("entication of tokens")
        expect(ours).to_have_text("entication")
        expect(ours).not_to_be_visible()
        lab.page.keyboard.press("Tab")
        lab.reads(2, "%%maestro\nfix the authentication of tokens")
    finally:
        write_settings(state, "@jupyterlab/completer-extension:inline-completer", {})


def test_ghost_text_is_seen_only_where_the_cursor_is(scripted: Lab) -> None:
    scripted.open("leave.ipynb", "", "")
    scripted.connected()
    scripted.cell(0)
    scripted.page.keyboard.type("%%maestro\nfix the auth", delay=40)
    inside = scripted.page.locator(".jp-Notebook .maestro-Ghost")
    expect(inside).to_be_visible()
    scripted.chat.click()
    expect(inside).not_to_be_visible()
    scripted.page.keyboard.type("fix the auth", delay=40)
    beside = scripted.panel.locator(".maestro-Ghost", has_text="entication")
    expect(beside).to_be_visible()
    scripted.cell(1)
    expect(beside).not_to_be_visible()


def test_ghost_text_taken_in_the_chat_box_is_one_undo_step(scripted: Lab) -> None:
    scripted.open("chat.ipynb", "")
    scripted.connected()
    scripted.chat.click()
    scripted.page.keyboard.type("fix the auth", delay=30)
    expect(scripted.panel.locator(".maestro-Composer .maestro-Ghost")).to_have_text("entication")
    scripted.page.keyboard.press("Tab")
    expect(scripted.chat).to_have_value("fix the authentication")
    scripted.page.keyboard.press("Control+z")
    expect(scripted.chat).to_have_value("fix the auth")


def test_ghost_text_stays_out_of_ordinary_cells_and_tab_still_completes_there(scripted: Lab) -> None:
    frames: list[bytes | str] = []
    scripted.page.on("websocket", lambda socket: socket.on("framesent", lambda frame: frames.append(frame)))
    scripted.open("plain.ipynb", "")
    scripted.connected()
    scripted.cell(0)
    scripted.page.keyboard.type("# about auth", delay=30)
    expect(scripted.files).to_have_count(3)
    expect(scripted.page.locator(".jp-Notebook .maestro-Ghost")).to_have_count(0)
    scripted.page.keyboard.type("\niss", delay=30)
    scripted.page.keyboard.press("Tab")
    asked = lambda: any(b"complete_request" in frame for frame in frames if isinstance(frame, bytes))  # noqa: E731
    assert scripted.until(asked)  # JupyterLab shows only what comes back within a second


def test_the_outline_goes_over_when_opened_and_when_still(scripted: Lab) -> None:
    scripted.open(
        "outline.ipynb", "import json; print(json.dumps([m for m in maestro_seen if m['type'] == 'notebook']))", ""
    )
    scripted.connected()
    scripted.cell(1)
    scripted.page.keyboard.type("answer = 42")
    outlines = scripted.prints(0, lambda outlines: outlines[-1]["cells"][1]["source"] == "answer = 42")
    assert outlines[0]["path"] == outlines[0]["notebook_id"] == "outline.ipynb"
    assert [(cell["id"], cell["kind"]) for cell in outlines[0]["cells"]] == [("c0", "code"), ("c1", "code")]
    assert outlines[-1]["cells"][1]["source"] == "answer = 42"
    assert len(outlines) < len("answer = 42")  # one for each stillness, none for each key


def test_settings_decide_what_is_watched(scripted: Lab) -> None:
    scripted.open(
        "watch.ipynb", "import json; print(json.dumps([m for m in maestro_seen if m['type'] == 'user_typing']))", ""
    )
    scripted.connected()
    scripted.command("Watch What I Type")
    scripted.cell(1)
    scripted.page.keyboard.type("%%maestro\nfix the auth", delay=20)
    scripted.chat.click()
    scripted.page.keyboard.type("fix the auth", delay=20)
    scripted.page.wait_for_timeout(300)
    scripted.run(0)
    expect(scripted.output(0)).to_have_text(re.compile(r"\[\]"))
    expect(scripted.page.locator(f"{PANEL} .maestro-Preparing")).to_have_count(0)
    scripted.command("Watch What I Type")  # the settings outlive the test


def test_what_is_switched_off_is_gone_at_once(lab: Lab) -> None:
    lab.open("off.ipynb", "")
    lab.connected()
    lab.cell(0)
    lab.page.keyboard.type("%%maestro\nexplain make_tok", delay=40)
    ghost = lab.page.locator(".jp-Notebook .maestro-Ghost")
    expect(ghost).to_have_text("en")
    expect(lab.panel.locator(".maestro-Preparing")).to_be_visible()
    lab.command("Watch What I Type")
    try:
        expect(ghost).to_have_count(0)
        expect(lab.panel.locator(".maestro-Preparing")).to_have_count(0)
    finally:
        lab.command("Watch What I Type")


WIDGET = """import threading, time
from IPython.display import display
from codemaestro_jupyter.jupyter.widgets import StageWidget
widget = StageWidget(print)
display(widget.box)
def move():
    for step in range(1001):
        stage = {"stage": "INTENT", "message": "Loading relevant files…", "progress": step / 1000}
        widget.draw({"stage": stage}, None)
        time.sleep(0.1)
threading.Thread(target=move, daemon=True).start()"""


def test_the_widget_s_bar_moves_while_the_kernel_is_busy(lab: Lab) -> None:
    lab.open("widget.ipynb", WIDGET, SLEEP)
    lab.connected()
    lab.run(0)
    bar = lab.output(0).locator(".progress-bar")
    expect(bar).to_have_count(1)
    lab.run(1)
    expect(lab.prompt(1)).to_have_text("[*]:")
    before = bar.evaluate("node => parseFloat(node.style.width)")
    lab.page.wait_for_function(
        "before => parseFloat(document.querySelector('.jp-OutputArea .progress-bar').style.width) > before + 1",
        arg=before,
    )
    expect(lab.prompt(1)).to_have_text("[*]:")
