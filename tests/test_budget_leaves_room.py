"""A dear model under the default budget: its prompt is made to fit, and the answer says what was left out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.settings import Settings

from .conftest import eventually
from .test_dialogue import draft, made, text_of

pytestmark = pytest.mark.usefixtures("no_remains")
QUESTION = "how do auth.py, billing.py and report.py go together?"


@pytest.fixture
def large(project: Path) -> Path:
    """Three files that a request can name, 5 kB each; the double has no published price: $15 a million tokens."""
    for name in ("auth", "billing", "report"):
        body = f"\n\ndef {name}_total(values):\n    return sum(values)  # of {name}\n" * 80
        path = project / f"{name}.py"
        before = path.read_text("utf8") if path.exists() else f'"""The {name}."""\n'
        path.write_text(before + body[:5_000] + "\n", "utf8")
    return project


def settings(**budgets: float) -> Settings:
    return Settings(environment={}, policy={}, **budgets)


def shown(call: Any) -> list[str]:
    return re.findall(r"^<<<data file (.*)>>>$", text_of(call), re.MULTILINE)


def test_files_that_the_budget_does_not_bear_are_left_out_from_the_end_and_the_answer_says_so(large: Path) -> None:
    maestro, model = made(large, ["They do."], local=False)
    with maestro:
        pending = maestro.submit(QUESTION)
        answer = pending.result(30)
        assert maestro.store.ledger.of_turn(pending.turn).dollars <= 0.25
    assert shown(model.calls[0]) == ["auth.py", "billing.py"]
    assert "[… " in text_of(model.calls[0]), "the second one is there in part"
    said = "The budget of a turn left room for 2 of 3 files, one of them in part; raise `turn_budget` for more."
    assert answer.markdown == f"They do.\n\n{said}"
    assert answer.fingerprints == {}, "it is asked anew once there is more room"


def test_with_enough_room_everything_is_sent_and_nothing_is_said(large: Path) -> None:
    maestro, model = made(large, ["They do."], local=False, settings=settings(turn_budget=0.9))
    with maestro:
        assert maestro.submit(QUESTION).result(30).markdown == "They do."
    assert shown(model.calls[0]) == ["auth.py", "billing.py", "report.py"]


def test_where_not_even_the_floor_fits_it_is_answered_without_the_model(large: Path) -> None:
    maestro, model = made(large, ["They do."], local=False, settings=settings(turn_budget=0.02))
    with maestro:
        answer = maestro.submit(QUESTION).result(30)
    assert model.calls == []
    assert "The budget of $0.02 a turn for models does not reach" in answer.markdown


def test_the_budget_of_the_day_is_named_where_that_is_the_narrower_one(large: Path) -> None:
    maestro, model = made(large, ["They do."], local=False, settings=settings(daily_budget=0.2))
    with maestro:
        answer = maestro.submit(QUESTION).result(30)
    assert len(shown(model.calls[0])) < 3
    assert "The budget of a day left room for" in answer.markdown
    assert answer.markdown.endswith("raise `daily_budget` for more.")


def test_a_plan_is_drafted_from_what_there_is_room_for(large: Path) -> None:
    plan = draft("auth.py", "TIMEOUT = 30", "TIMEOUT = 60")
    maestro, model = made(large, [plan], local=False)
    with maestro:
        answer = maestro.submit("change the timeout of auth.py to 60 as in billing.py and report.py").result(60)
    assert shown(model.calls[0])[:1] == ["auth.py"]
    assert "+TIMEOUT = 60" in answer.markdown
    assert "The budget of a turn left room for" in answer.markdown


def test_nothing_is_drafted_ahead_that_would_leave_no_room_for_the_plan_itself(large: Path) -> None:
    plan = draft("auth.py", "TIMEOUT = 30", "TIMEOUT = 60")
    maestro, model = made(large, [plan] * 3, local=False)
    with maestro:
        maestro.models.offer()
        pending = maestro.submit("improve the timeout of Session in auth.py", source="chat", asks=True)
        asked = _question(maestro, "IMPLEMENTATION")
        maestro.choose(asked["id"], text="with a decorator")
        _question(maestro, "READY")
        assert [text_of(call).count("with a decorator") for call in model.calls] == [1]
        pending.cancel()


def _question(maestro: Maestro, stage: str) -> dict[str, Any]:
    return dict(eventually(lambda: (q := maestro.view()["question"]) and q["stage"] == stage and q))  # type: ignore[call-overload]
