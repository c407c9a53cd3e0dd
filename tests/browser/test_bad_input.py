"""Whatever a model's server does, the panel says it where the person looks, with what to do next; nothing is lost."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lab import Lab, serve
from playwright.sync_api import expect

from codemaestro_jupyter.experiment.model_server import MODEL, Behaviour, ModelServer
from tests.browser.conftest import SHOP, write_shop

HOW = "how is the token of a session made?"
CHANGE = "change the timeout in auth.py to 60"


def plan(path: str, old: str) -> str:
    return json.dumps(
        {"summary": "Wait longer.", "steps": [{"do": "replace_text", "path": path, "old": old, "new": "b"}]}
    )


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with ModelServer("It is made in `auth.py`.", models=(MODEL, "other")) as server:
        yield server


@pytest.fixture(scope="module")
def project(
    chromium: object, model: ModelServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """A server whose kernels are told where a model is, but not which."""
    base = tmp_path_factory.mktemp("bad")
    root, state = base / "project", base / "state"
    write_shop(root)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("CODEMAESTRO_BASE_URL", model.url)
        with serve(root, state) as address:
            yield address, root


def files(root: Path) -> dict[str, str]:
    return {name: (root / name).read_text("utf8") for name in SHOP}


def said(lab: Lab, request: str, reason: str) -> None:
    """Send a request: why the model did not answer is seen where the answer ends, and what was asked still stands."""
    before = files(lab.root)
    lab.chat.fill(request)
    lab.chat.press("Enter")
    turn = lab.panel.locator(".maestro-Turn").last
    expect(turn.locator(".maestro-Request p")).to_have_text(request)
    expect(turn).to_have_attribute("aria-busy", "false")
    expect(turn.locator(".maestro-Answer")).to_contain_text("Files, likeliest first")
    expect(turn.get_by_text(re.compile("Made from the project alone[.,] .*" + re.escape(reason)))).to_be_in_viewport()
    assert files(lab.root) == before


def test_what_goes_wrong_with_a_model_is_said_in_the_turn(
    pages: Callable[..., Lab], project: tuple[str, Path], model: ModelServer
) -> None:
    lab = pages(project)
    lab.open("bad.ipynb", "%maestro settings ask_rating False\n%maestro settings model nobody-has-it", prefix="bad")
    lab.connected()
    picker = lab.panel.get_by_role("combobox", name="Model that answers")
    expect(picker).to_have_value(MODEL)  # before anything was typed, or asked of it
    assert model.calls == []
    lab.run(0)
    expect(picker).to_have_value("nobody-has-it")
    said(lab, HOW, "has no model 'nobody-has-it'.")
    picker.focus()  # now it is looked which there are
    picker.select_option(MODEL)
    for request, behaviour, reason in (
        (HOW + " again", Behaviour(status=401), "wants a key. Set CODEMAESTRO_API_KEY."),
        (HOW + " precisely", Behaviour(garbage=True), "answered in a form that cannot be read"),
        (CHANGE, Behaviour(reply="That is easy."), "holds no JSON object"),
        (
            CHANGE + " please",
            Behaviour(reply=plan("../outside.py", "a")),
            "not inside the project. Nothing was written.",
        ),
        ("now " + CHANGE, Behaviour(reply=plan("auth.py", "no such line")), "the model's plan cannot be applied."),
    ):
        model.behaviours[:] = [behaviour] * 50  # as often as it is called: it may read ahead, and is asked once more
        said(lab, request, reason)
    model.behaviours.clear()
    expect(lab.panel.get_by_text("This plan cannot be applied:").last).to_be_attached()
    expect(lab.panel.get_by_role("region", name="Proposed change")).to_have_count(0)
    expect(picker).to_have_value(MODEL)
