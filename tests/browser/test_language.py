"""With a language pack of JupyterLab no word of the interface stays English: neither ours nor what the kernel says."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lab import Lab, serve
from pack import LANGUAGE, write_pack
from playwright.sync_api import expect

from codemaestro_jupyter.experiment.model_server import MODEL, ModelServer
from tests.browser.conftest import write_shop

STEPS = [{"do": "replace_text", "path": "auth.py", "old": "TIMEOUT = 30", "new": "TIMEOUT = 60"}]
PLAN = json.dumps({"summary": "WAIT LONGER", "steps": STEPS})
CONTENT = (
    ".maestro-Request p, h2, code, pre, .maestro-File-name, .maestro-File-folder, .maestro-Change-path, textarea,"
    " .maestro-Hunk-side, .maestro-Markdown a, .maestro-Composer-mirror"
)
"""What is no word of the interface: requests, names, code, and what a model says (in capitals here)."""
OURS = "#codemaestro-panel, .maestro-Status, .Toastify, .maestro-WhyFailed"
SCRAPE = """([selector, content]) => [...document.querySelectorAll(selector)].flatMap(node => {
    const texts = [], said = [];
    const walk = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const text = walk.currentNode;
        texts.push(text.parentElement.closest(content + ', style') ? ' ' : text.textContent);
    }
    for (const each of [node, ...node.querySelectorAll('*')]) {
        for (const name of ['title', 'aria-label', 'aria-description', 'placeholder', 'alt']) {
            if (each.hasAttribute(name) && !each.closest('.maestro-Markdown')) said.push(each.getAttribute(name));
        }
    }
    return [texts.join('|'), ...said];
})"""


REQUESTS = (
    "improve the token timeout and its tests",
    "how is the token of a session made?",
    "explain make_token",
    "rename no_such_name to another",
    "rename make_token to invoice; rename make_token to third",
    "delete make_token",
    "rename make_token to new_token",
)


def reply(messages: list[dict[str, str]]) -> str:
    return PLAN if "one JSON object" in messages[-1]["content"] else "THE TOKEN. " * 60


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with ModelServer(reply) as server:
        yield server


@pytest.fixture(scope="module")
def abroad(
    chromium: object, model: ModelServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """A server that speaks another language, whose kernels find a model."""
    base = tmp_path_factory.mktemp("abroad")
    root, state, pack = base / "project", base / "state", base / "pack"
    write_shop(root)
    write_pack(pack)
    settings = {"@jupyterlab/translation-extension:plugin": {"locale": LANGUAGE}}
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("CODEMAESTRO_BASE_URL", model.url)
        environment.setenv("CODEMAESTRO_MODEL", MODEL)
        with serve(root, state, pythonpath=[pack], settings=settings) as address:
            yield address, root


@pytest.fixture
def lab(pages: Callable[..., Lab], abroad: tuple[str, Path]) -> Lab:
    return pages(abroad)


class Look:
    """Looks at a page for English words, stage by stage."""

    def __init__(self, lab: Lab, content: str = CONTENT) -> None:
        self.missed: dict[str, list[str]] = {}
        self._lab, self._content = lab, content

    def __call__(self, stage: str, selector: str = OURS) -> None:
        self._lab.page.wait_for_timeout(300)  # until what is announced and drawn late is there
        if found := english(self._lab, selector, self._content):
            self.missed[stage] = found
        if folder := os.environ.get("CODEMAESTRO_PICTURES"):
            self._lab.page.screenshot(path=Path(folder) / f"{stage}.png")


def english(lab: Lab, selector: str, content: str) -> list[str]:
    """Words that stand in no brackets, in texts and attributes; names, numbers and what was asked are none."""
    left = set()
    for text in lab.page.evaluate(SCRAPE, [selector, content]):
        text = re.sub("|".join(map(re.escape, (*REQUESTS, MODEL))), " ", text)
        while (bare := re.sub(r"⟦[^⟦⟧]*⟧", " ", text)) != text:
            text = bare
        text = re.sub(r"[\w./-]*[\w]\.(?:py|md|ipynb)\b|\btests\b|%%maestro", " ", text)
        left.update(part.strip() for part in text.split("|") if re.search(r"[a-z]{2,}", part))
    return sorted(left)


def test_no_word_of_a_conversation_with_a_model_stays_english(lab: Lab, model: ModelServer) -> None:
    page, panel, look = lab.page, lab.panel, Look(lab)
    lab.open("talk.ipynb", "1 / 0", "x = 1")
    lab.connected()
    look("welcome")
    lab.run(0)
    expect(lab.prompt(0)).to_have_text("[1]:")
    lab.chat.click()
    page.keyboard.type(REQUESTS[0], delay=20)
    expect(lab.files.first).to_be_visible()
    expect(panel.locator(".maestro-Suggestions li").first).to_be_visible()
    look("typing")
    page.keyboard.press("Enter")
    question, card = panel.locator(".maestro-Question"), panel.locator(".maestro-Change")
    options = question.locator(".maestro-Question-options button")
    for stage in ("which part", "how"):
        expect(question.locator("legend")).to_contain_text(stage.split()[0], ignore_case=True)
        expect(options.locator(".maestro-Icon").first).to_be_attached()
        look(stage)
        options.first.click()
    expect(card).to_be_visible()
    look("plan")
    card.locator(".maestro-PlanText-open").click()
    text = card.locator("textarea")
    plan = text.input_value()
    text.fill("=== 7 nothing ===\n")
    card.locator(".maestro-PlanText-actions button").first.click()
    expect(panel.locator(".maestro-Notice", has_text="No step of the plan")).to_be_visible()
    look("a plan that is none")
    text.fill(plan)
    card.locator(".maestro-Change-actions button").first.click()
    expect(card).to_have_attribute("data-state", "applied")
    look("applied")
    card.locator(".maestro-Change-actions button").first.click()
    expect(card).to_have_attribute("data-state", "undone")
    panel.locator(".maestro-Rating-toggle").first.click()
    panel.locator(".maestro-Ledger-more .maestro-Link").first.click()
    expect(panel.locator(".maestro-Ledger-report table").first).to_be_visible()
    look("undone, rating and ledger")
    model.speed = 5.0
    try:
        ask(lab, REQUESTS[1])
        turn = panel.locator(".maestro-Turn").last
        expect(turn.get_by_text("THE TOKEN").first).to_be_visible()
        turn.locator(".maestro-Working button").click()
        expect(turn).to_have_attribute("aria-busy", "false")
    finally:
        model.speed = 0.0
    look("stopped")
    assert not look.missed, json.dumps(look.missed, indent=1, ensure_ascii=False)


def ask(lab: Lab, request: str) -> None:
    lab.chat.fill(request)
    lab.chat.press("Enter")
    expect(lab.panel.locator(".maestro-Request p").last).to_have_text(request)


def test_no_word_without_a_model_stays_english(lab: Lab) -> None:
    panel, look = lab.panel, Look(lab, f"{CONTENT}, .maestro-Answer > .maestro-Markdown")  # what is said of the project
    lab.open("alone.ipynb", "1 / 0", "x = 1")
    lab.connected()
    panel.locator("select").select_option("off")
    turn, card = panel.locator(".maestro-Turn").last, panel.locator(".maestro-Change").last
    for request in REQUESTS[2:]:
        ask(lab, request)
        expect(turn).to_have_attribute("aria-busy", "false")
        look(request)
    expect(card).to_have_attribute("data-state", "proposed")
    card.locator(".maestro-Change-actions button").first.click()
    expect(card).to_have_attribute("data-state", "applied")
    (lab.root / "auth.py").write_text("nothing\n", encoding="utf8")
    card.locator(".maestro-Change-actions button").first.click()
    expect(card.locator(".maestro-Change-message p")).to_be_visible()
    look("cannot be undone")
    lab.chat.fill("explain @au")
    expect(panel.locator(".maestro-Completions li").first).to_be_visible()
    look("completions")
    lab.chat.fill("")
    assert not look.missed, json.dumps(look.missed, indent=1, ensure_ascii=False)


def test_no_word_of_commands_and_settings_stays_english(lab: Lab) -> None:
    page, look = lab.page, Look(lab)
    lab.open("settings.ipynb", "x = 1")
    lab.connected()
    page.keyboard.press("Control+Shift+C")
    page.locator(".lm-CommandPalette-input").fill("codemaestro")
    item = page.locator(".lm-CommandPalette-item[data-command^=codemaestro]")
    expect(item).to_have_count(9)
    look("commands", ".lm-CommandPalette-item[data-command^=codemaestro] .lm-CommandPalette-itemLabel")
    page.keyboard.press("Escape")
    lab.panel.locator(".maestro-Header button").last.click()
    expect(page.locator(".jp-SettingsForm input").first).to_be_visible()
    look("settings", ".jp-SettingsForm")
    assert not look.missed, json.dumps(look.missed, indent=1, ensure_ascii=False)
