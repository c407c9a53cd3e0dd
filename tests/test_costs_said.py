"""What a turn took stands in its own line, whatever became of it: a call that failed was paid all the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from codemaestro_jupyter.converse.picture import took
from codemaestro_jupyter.experiment.model_server import Behaviour, ModelServer
from codemaestro_jupyter.maestro import Maestro

from .conftest import eventually
from .test_bad_models import CHANGE, EXPLAIN, OFFLINE, WRONG_SCHEMA, served
from .test_dialogue import last, question

pytestmark = pytest.mark.usefixtures("no_remains")
ASKED = "improve the timeout of Session in auth.py"


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer("It is made in auth.py.") as running:
        yield running


def ledger(maestro: Maestro) -> int:
    """Tokens that the ledger has for requests that were submitted."""
    return sum(spent.sent + spent.received for spent in maestro.store.ledger.by("purpose").values())


def test_a_call_that_failed_is_in_the_line_of_the_answer_that_took_its_place(
    project: Path, server: ModelServer
) -> None:
    server.behaviours = [Behaviour(cut_after=3)]
    with served(project, server) as maestro:
        answer = maestro.submit(EXPLAIN).result(60)
        assert OFFLINE in answer.markdown
        spent = last(maestro)["spent"]
        assert spent["tokens"] == ledger(maestro) > 0
        assert f"about {spent['tokens']:,} tokens" in took(maestro.view()["turns"][-1])
        stored = maestro.store.turns.list(1)[0]
        assert (stored.data["tokens"], stored.data["model"]) == (spent["tokens"], "served")


def test_plans_that_could_not_be_used_are_in_the_line_of_the_answer_that_took_their_place(
    project: Path, server: ModelServer
) -> None:
    server.reply = WRONG_SCHEMA
    with served(project, server) as maestro:
        assert "This answer was made without a model." in maestro.submit(CHANGE).result(60).markdown
        assert len(server.calls) == 2
        assert last(maestro)["spent"]["tokens"] == ledger(maestro) > 0


def test_a_refusal_costs_nothing_and_nothing_is_said_of_it(project: Path, server: ModelServer) -> None:
    server.behaviours = [Behaviour(status=400)]
    with served(project, server) as maestro:
        assert OFFLINE in maestro.submit(EXPLAIN).result(60).markdown
        assert last(maestro)["spent"] is None


@pytest.mark.parametrize("asks", [False, True], ids=["planned now", "drafted ahead"])
def test_stopping_a_plan_says_what_was_billed(project: Path, server: ModelServer, asks: bool) -> None:
    server.reply, server.speed = "word " * 2_000, 100.0
    with served(project, server) as maestro:
        pending = maestro.submit(ASKED, source="chat", asks=asks)
        if asks:
            maestro.choose(question(maestro)["id"], "small")
        eventually(lambda: any(call.sent > 3 for call in server.calls))
        pending.cancel()
        with pytest.raises(CancelledError):
            pending.result(30)
        said = last(maestro)["markdown"]
        assert re.search(r"Stopped, (about )?[\d,]+ tokens billed", said), said
        assert "nothing billed" not in said


def test_a_draft_that_failed_ahead_is_in_the_line_of_the_plan_made_in_its_place(
    project: Path, server: ModelServer
) -> None:
    with served(project, server) as maestro:
        server.reply = "no plan, sorry"
        pending = maestro.submit(ASKED, source="chat", asks=True)
        asked = question(maestro)
        eventually(lambda: len(server.calls) >= 4)
        maestro.choose(asked["id"], "small")
        pending.result(60)
        by = maestro.store.ledger.by("purpose")
        mine = by["plan"].sent + by["plan"].received
        assert last(maestro)["spent"]["tokens"] > mine, "the draft that came to nothing was paid as well"
