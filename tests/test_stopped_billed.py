"""The receipt of a stop names everything that was billed by what it closed, and nothing more is asked for that turn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from codemaestro_jupyter.converse.turns import Pending
from codemaestro_jupyter.experiment.model_server import Behaviour, ModelServer
from codemaestro_jupyter.experiment.prompt_cache import PromptCache
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.view import SessionView

from .conftest import eventually
from .test_bad_models import served
from .test_costs_said import ASKED, ledger
from .test_dialogue import draft, last, question
from .test_maestro import type_out

pytestmark = pytest.mark.usefixtures("no_remains")
PLAN = draft("auth.py", "TIMEOUT = 30", "TIMEOUT = 60")


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer("word " * 2_000, speed=40.0) as running:
        yield running


def stopped(maestro: Maestro, pending: Pending) -> int:
    """The tokens that the receipt of a stop names."""
    pending.cancel()
    with pytest.raises(CancelledError):
        pending.result(30)
    said = last(maestro)["markdown"]
    billed = re.search(r"\*Stopped, (about )?([\d,]+) tokens billed\b[^*]*\.\*", said)
    assert billed, said
    return int(billed[2].replace(",", ""))


def drafting(server: ModelServer) -> None:
    """Wait until two drafts are under way; the SDK's first import takes long on a busy machine."""
    eventually(lambda: len([call for call in server.calls if call.sent > 3]) == 2, 60.0)


@pytest.mark.parametrize("first", ["both under way", "one is ready"])
def test_drafts_under_way_are_in_the_receipt(project: Path, server: ModelServer, first: str) -> None:
    if first == "one is ready":
        server.behaviours = [Behaviour(), Behaviour(reply=PLAN)]  # the first call reads for both
    with served(project, server) as maestro:
        pending = maestro.submit(ASKED, source="chat", asks=True)
        drafting(server)
        if first == "one is ready":
            eventually(lambda: any(option["ready"] for option in question(maestro)["options"]))
        assert stopped(maestro, pending) == ledger(maestro) > 0


def test_a_draft_under_way_for_an_answer_that_was_not_given_is_in_the_receipt(
    project: Path, server: ModelServer
) -> None:
    with served(project, server) as maestro:
        pending = maestro.submit(ASKED, source="chat", asks=True)
        drafting(server)
        maestro.choose(question(maestro)["id"], "small")
        eventually(lambda: maestro.view().get("question") is None)
        assert stopped(maestro, pending) == ledger(maestro) > 0


def test_what_is_read_for_two_drafts_is_in_the_receipt(project: Path, server: ModelServer) -> None:
    server.marks, server.cache, server.prefill = {"total_slots": 2}, PromptCache(slots=2), 8.0
    with served(project, server) as maestro:
        pending = maestro.submit(ASKED, source="chat", asks=True)
        question(maestro)
        eventually(lambda: server.calls)
        assert stopped(maestro, pending) == ledger(maestro) > 0


def test_what_was_read_ahead_for_a_stopped_request_is_closed_and_in_the_receipt(
    project: Path, server: ModelServer
) -> None:
    server.prefill = 8.0
    with served(project, server) as maestro:
        type_out(maestro, "how is the token made in auth.py?")
        eventually(lambda: server.calls)
        pending = maestro.submit("how is the token made in auth.py?", source="chat")
        eventually(lambda: maestro.view()["turns"])
        assert stopped(maestro, pending) == ledger(maestro) > 0


def test_nothing_is_asked_for_a_turn_that_was_stopped(project: Path, server: ModelServer) -> None:
    with served(project, server) as maestro:
        pending = maestro.submit(ASKED, source="chat", asks=True)
        drafting(server)
        pending.cancel()
        pending.cancel()  # pressed twice
        assert stopped(maestro, pending) == ledger(maestro)
        before = len(server.calls)
        server.behaviours = [Behaviour(reply="From the name.")]
        assert maestro.submit("how is the token made?").result(60).markdown == "From the name."
        assert len(server.calls) == before + 1


def test_the_sums_that_every_screen_shows_follow_a_stop(project: Path, server: ModelServer) -> None:
    with served(project, server) as maestro:
        parts: list[SessionView] = []
        maestro.subscribe(parts.append)
        pending = maestro.submit("how does a session end?", source="chat")
        eventually(lambda: any(call.sent > 3 for call in server.calls))
        billed = stopped(maestro, pending)
        eventually(lambda: [part["ledger"]["tokens"] for part in parts if "ledger" in part][-1:] == [billed])
