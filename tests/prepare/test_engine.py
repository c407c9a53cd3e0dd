from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemaestro_jupyter.errors import PathError
from codemaestro_jupyter.prepare import kinds
from codemaestro_jupyter.prepare.boundary import Allowed
from codemaestro_jupyter.prepare.economics import Candidate
from codemaestro_jupyter.prepare.jobs import Job
from codemaestro_jupyter.types import (
    Answer,
    FileText,
    LiveContext,
    Prediction,
    Preparation,
    PreparationKey,
    RelPath,
)
from tests.prepare.conftest import FILES, House, prediction, turn

CLIENT = PreparationKey("file", "app/client.py")


def answer(markdown: str, *sources: str) -> Answer:
    return Answer("explain fetch_orders", "explain", markdown, sources, (), {})


# -- preparing --------------------------------------------------------------------------------------


def test_a_prediction_is_prepared_and_stored(house: House) -> None:
    house.update(prediction())
    house.ready("file", "app/client.py")
    stored = house.store.preparations.latest(CLIENT)
    assert stored is not None
    assert (stored.version, stored.stage, stored.request) == (1, "INTENT", "explain fetch_orders")
    assert stored.payload["text"] == FILES["app/client.py"]
    assert stored.fingerprints == {"file:app/client.py": house.workspace.reader.fingerprint("app/client.py")}
    assert stored.tokens > 20
    assert stored.seconds > 0
    assert house.engine.status().ready == {"app/client.py"}


def test_everything_a_brief_needs_is_prepared_and_the_bar_says_ready(house: House) -> None:
    house.update(prediction("make fetch_orders faster"))
    house.wait(lambda: house.engine.status().stage["stage"] == "READY")
    assert house.engine.status().stage == {"stage": "READY", "message": "Ready for your input", "progress": 1.0}
    house.ready("tool", "answer:make fetch_orders faster")  # after the pause
    house.wait(lambda: set(house.states().values()) == {"ready"})
    assert {kind for kind, _ in house.states()} == {
        "file", "neighbours", "history", "symbol", "tool",
    }  # fmt: skip


def test_the_bar_never_moves_backwards_within_a_turn(house: House) -> None:
    seen: list[float] = []
    house.engine.on_change = lambda: seen.append(house.engine.status().stage["progress"])
    for text, path in (
        ("fix the", "README.md"),
        ("fix the client", "app/client.py"),
        ("fix the codec", "app/codec.py"),
    ):
        house.update(prediction(text, path))
        house.ready("file", path)
    assert seen == sorted(seen)
    house.engine.sources(turn(), LiveContext())
    assert house.engine.status().stage["progress"] == 0.0


def test_nothing_is_prepared_while_switched_off(house: House) -> None:
    house.settings.set("enabled", False)
    house.update(prediction())
    assert house.engine.status().preparations == []
    assert house.store.preparations.list() == ()


def test_a_file_that_cannot_be_read_fails_alone(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    read = house.workspace.reader.read

    def refuse(path: str | Path) -> FileText:
        if path == "app/client.py":
            raise PathError("It cannot be read.", hint="")
        return read(path)

    monkeypatch.setattr(house.workspace.reader, "read", refuse)
    house.update(prediction("explain it", "app/client.py", "app/codec.py"))
    house.wait(lambda: house.states().get(("file", "app/client.py")) == "failed")
    house.ready("file", "app/codec.py")
    assert house.store.preparations.latest(CLIENT) is None


def test_costs_are_learned(house: House) -> None:
    before = house.store.costs.estimate("file", 200)
    house.update(prediction())
    house.ready("file", "app/client.py")
    assert house.store.costs.estimate("file", 200) != before


# -- cancelling -------------------------------------------------------------------------------------


class Gate:
    """A kind of preparation that begins, and goes on only when told."""

    def __init__(self) -> None:
        self.began, self.go, self.ended = threading.Event(), threading.Event(), threading.Event()

    def __call__(self, allowed: Allowed, subject: str) -> dict[str, Any]:
        if subject != "app/client.py":
            return {"tests": [], "modules": []}
        self.began.set()
        assert self.go.wait(20)
        try:
            found = allowed.neighbours(RelPath(subject))
        finally:
            self.ended.set()
        return {"tests": list(found.tests), "modules": []}


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    gate = Gate()
    monkeypatch.setattr(kinds, "KINDS", {**kinds.KINDS, "neighbours": gate})
    monkeypatch.setattr("codemaestro_jupyter.prepare.jobs.KINDS", kinds.KINDS)
    return gate


def test_a_changed_mind_cancels_and_what_was_cancelled_never_reaches_the_store(house: House, gate: Gate) -> None:
    house.update(prediction("explain the client"))
    assert gate.began.wait(20)
    house.update(prediction("explain the codec", "app/codec.py"))
    assert house.states()["neighbours", "app/client.py"] == "cancelled"
    gate.go.set()
    assert gate.ended.wait(20)
    house.ready("neighbours", "app/codec.py")
    house.close_engine()  # joins the threads
    assert house.store.preparations.latest(PreparationKey("neighbours", "app/client.py")) is None


def test_cancelling_everything(house: House, gate: Gate) -> None:
    house.update(prediction("explain the client"))
    assert gate.began.wait(20)
    house.on_loop(house.engine.cancel_all)
    gate.go.set()
    house.close_engine()
    assert house.store.preparations.latest(PreparationKey("neighbours", "app/client.py")) is None
    assert house.states()["neighbours", "app/client.py"] == "cancelled"


def test_an_answer_waits_for_what_is_under_way_and_counts_the_wait(house: House, gate: Gate) -> None:
    house.update(prediction("explain the client"))
    assert gate.began.wait(20)
    sources = house.engine.sources(turn(), LiveContext())
    threading.Timer(0.1, gate.go.set).start()
    assert sources._get("neighbours", "app/client.py", wait=False) is None
    assert sources._get("neighbours", "app/client.py") is not None
    receipt = sources.receipt(answer("Covered by tests/test_client.py."))
    assert receipt.used_keys == (PreparationKey("neighbours", "app/client.py"),)
    assert 0.05 < receipt.waited_seconds < 5
    assert receipt.saved_seconds == max(0.0, receipt.prepared_seconds - receipt.waited_seconds)


def test_what_the_index_says_at_once_waits_for_nothing(house: House, gate: Gate) -> None:
    house.update(prediction("explain the client"))
    assert gate.began.wait(20)
    sources = house.engine.sources(turn(), LiveContext())
    assert sources.neighbours(RelPath("app/client.py")).tests == ("tests/test_client.py",)  # the gate is still shut
    gate.go.set()


def test_what_is_under_way_is_not_stored_after_it_was_forgotten(house: House, gate: Gate) -> None:
    house.update(prediction("explain the client"))
    assert gate.began.wait(20)
    house.ready("file", "app/client.py")
    assert house.engine.forget(lambda: house.store.forget("preparations")) > 0
    gate.go.set()
    house.close_engine()  # joins the threads
    assert house.store.preparations.list() == ()


def test_what_is_just_being_stored_is_forgotten_as_well(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    put, storing, go = house.store.preparations.put, threading.Event(), threading.Event()

    def slow(preparation: Preparation) -> Preparation:
        storing.set()
        assert go.wait(20)
        return put(preparation)

    monkeypatch.setattr(house.store.preparations, "put", slow)
    house.update(prediction())
    assert storing.wait(20)
    forgetting = threading.Thread(target=house.engine.forget, args=(lambda: house.store.forget("everything"),))
    forgetting.start()
    go.set()
    forgetting.join(20)
    house.close_engine()
    assert house.store.preparations.list() == ()
    assert house.engine.status().ready == frozenset()


@settings(max_examples=200)
@given(st.lists(st.sampled_from(["cancel", "finish", "resolve"]), min_size=1, max_size=6))
def test_a_job_is_either_cancelled_or_finished_for_good(steps: list[str]) -> None:
    job = Job(Candidate(CLIENT, 1.0, 0.1, 0.1), 0.0, "")
    outcome: set[str] = set()
    for step in steps:
        if step == "cancel":
            outcome |= {"cancelled"} if job.cancel() else set()
        elif step == "finish":
            outcome |= {"finished"} if job.finish() else set()
        elif not job.future.done():
            job.resolve(None)
            outcome |= set() if job.cancelled() else {"finished"}
    assert len(outcome) == 1


def test_the_newest_text_wins_whatever_the_speed_of_typing(house: House) -> None:
    text = "explain the codec please"
    for end in range(4, len(text) + 1):
        path = "app/client.py" if end < 12 else "app/codec.py"
        house.update(prediction(text[:end], path))
    house.ready("file", "app/codec.py")
    assert house.states().get(("file", "app/codec.py")) == "ready"
    assert len(house.engine.status().preparations) <= 24


def test_100_000_keystrokes_in_a_row_leave_the_engine_bounded(house: House) -> None:
    def type_all() -> None:
        for number in range(5_000):  # the loop's own part of 100,000: the front end and Maestro coalesce the rest
            house.engine.update(Prediction(text=f"typing {number}", seq=number), LiveContext())

    house.on_loop(type_all)
    assert len(house.engine.status().preparations) <= 24
    assert len(house.engine._jobs) <= 2


def test_a_running_cell_makes_preparing_dearer(house: House) -> None:
    house.settings.set("dial", 0.65)
    house.on_loop(house.engine.set_busy, True)
    unlikely = prediction("improve the client", "app/client.py", "app/codec.py", "README.md")
    house.update(unlikely)
    house.ready("file", "app/client.py")
    assert ("file", "app/codec.py") not in house.states()
    house.on_loop(house.engine.set_busy, False)
    house.ready("file", "app/codec.py")
