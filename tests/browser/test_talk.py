"""With a model behind real HTTP: a question answered by keys, its draft edited and applied; an answer stopped while the
kernel is busy; the ledger and the list of models."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lab import Lab, needs_subshells, serve
from playwright.sync_api import expect

from codemaestro_jupyter.experiment.model_server import MODEL, ModelServer
from tests.browser.conftest import write_shop

STEPS = [{"do": "replace_text", "path": "auth.py", "old": "TIMEOUT = 30", "new": "TIMEOUT = 60"}]
PLAN = json.dumps({"summary": "Wait longer.", "steps": STEPS})


def reply(messages: list[dict[str, str]]) -> str:
    """A plan where one is asked for, else many words."""
    return PLAN if "one JSON object" in messages[-1]["content"] else "`make_token` makes it. " * 60


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with ModelServer(reply) as server:
        yield server


@pytest.fixture(scope="module")
def talking(
    chromium: object, model: ModelServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """A server whose kernels find a model."""
    base = tmp_path_factory.mktemp("talk")
    root, state = base / "project", base / "state"
    write_shop(root)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("CODEMAESTRO_BASE_URL", model.url)
        environment.setenv("CODEMAESTRO_MODEL", MODEL)
        with serve(root, state) as address:
            yield address, root


@pytest.fixture
def lab(pages: Callable[..., Lab], talking: tuple[str, Path]) -> Lab:
    lab = pages(talking)
    lab.open("talk.ipynb", "import time; time.sleep(60)")
    lab.connected()
    return lab


def test_a_question_is_answered_by_keys_alone_and_its_edited_plan_applied(lab: Lab) -> None:
    page, question = lab.page, lab.panel.locator(".maestro-Question")
    lab.chat.click()
    page.keyboard.type("improve the timeout in auth.py and its tests")
    page.keyboard.press("Enter")
    expect(question.locator("legend")).to_have_text("How shall it be done?")
    expect(question.get_by_text("already prepared").first).to_be_attached()
    drafted = lab.panel.locator(".maestro-Suggestions li")
    expect(drafted).to_have_count(2)
    for place, option in enumerate(question.locator(".maestro-Question-options button").all()[:2]):
        expect(option).to_contain_text(drafted.nth(place).inner_text())
    question.locator("input").focus()
    page.keyboard.type("as make_token does")
    expect(lab.files.first).to_have_text("auth.py")
    question.locator("input").fill("")
    question.locator(".maestro-Question-options button").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    card = lab.panel.get_by_role("region", name="Proposed change")
    expect(card.get_by_role("group", name="Apply this?")).to_be_visible()
    expect(lab.panel.get_by_role("button", name="Apply", exact=True)).to_have_count(1)
    shown_twice = lab.panel.locator(".maestro-Answer").get_by_text("+TIMEOUT = 60")  # drawn late, it would stay
    expect(shown_twice).to_have_count(0)
    leave = card.get_by_role("button", name="Discard")
    expect(leave).to_be_focused()
    assert "TIMEOUT = 30" in (lab.root / "auth.py").read_text("utf8")
    card.get_by_role("button", name="Edit the plan's text").press("Enter")
    box = card.locator("textarea")
    expect(box).to_be_focused()
    expect(box).to_have_value(re.compile("TIMEOUT = 60"))
    box.fill(box.input_value().replace("60", "75"))
    card.get_by_role("button", name="Show the changed diff").click()
    expect(card.locator(".maestro-Hunk").get_by_text("TIMEOUT = 75")).to_be_visible()
    expect(leave).to_be_enabled()
    leave.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(lab.panel.get_by_text("Done:")).to_be_visible()
    expect(shown_twice).to_have_count(0)
    expect(card.get_by_role("button", name="Undo")).to_be_focused()
    assert "TIMEOUT = 75" in (lab.root / "auth.py").read_text("utf8")


@needs_subshells
def test_an_answer_is_stopped_while_a_cell_runs_and_says_what_was_billed(lab: Lab, model: ModelServer) -> None:
    page = lab.page
    model.speed = 5.0
    try:
        lab.run(0)
        expect(lab.prompt(0)).to_have_text("[*]:")
        lab.chat.fill("how is the token of a session made?")
        lab.chat.press("Enter")
        turn = lab.panel.locator(".maestro-Turn").last
        expect(turn.get_by_text("makes it.").first).to_be_visible()
        turn.get_by_role("button", name="Stop this answer").click()
        expect(turn.get_by_text(re.compile(r"Stopped, .*tokens billed"))).to_be_visible()
        expect(lab.prompt(0)).to_have_text("[*]:")
        page.get_by_role("button", name="Details").click()
        report = lab.panel.get_by_role("region", name="Ledger")
        expect(report.locator("td", has_text="answers")).to_be_visible()
        expect(report.locator(".MathJax, mjx-container")).to_have_count(0)
        picker = lab.panel.get_by_role("combobox", name="Model that answers")
        expect(picker).to_have_value(MODEL)
        picker.select_option("off")
        expect(picker).to_have_value("off")
        picker.select_option(MODEL)
        expect(picker).to_have_value(MODEL)
    finally:
        model.speed = 0.0
