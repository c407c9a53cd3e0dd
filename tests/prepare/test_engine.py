from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemaestro_jupyter.errors import PathError
from codemaestro_jupyter.plan import offline
from codemaestro_jupyter.prepare import kinds
from codemaestro_jupyter.prepare.boundary import Allowed
from codemaestro_jupyter.prepare.economics import Candidate
from codemaestro_jupyter.prepare.jobs import Job
from codemaestro_jupyter.types import (
    Answer,
    FileText,
    LikelyTool,
    LiveContext,
    Prediction,
    Preparation,
    PreparationKey,
    RelPath,
)
from tests.prepare.conftest import FILES, House, git, prediction, turn

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
    unlikely = prediction("explain the client", "app/client.py", "app/codec.py", "README.md")
    house.update(unlikely)
    house.ready("file", "app/client.py")
    assert ("file", "app/codec.py") not in house.states()
    house.on_loop(house.engine.set_busy, False)
    house.ready("file", "app/codec.py")


# -- using ------------------------------------------------------------------------------------------


def test_an_answer_is_given_from_what_was_prepared(house: House) -> None:
    house.update(prediction(tool=LikelyTool("explain", 0.9, "fetch_orders")))
    for kind, subject in (("file", "app/client.py"), ("symbol", "fetch_orders"), ("history", "file:app/client.py")):
        house.ready(kind, subject)
    sources = house.engine.sources(turn(), LiveContext())
    direct = house.engine._direct(LiveContext())
    path = RelPath("app/client.py")

    assert sources.read(path) == direct.read(path)
    assert sources.symbols(path) == direct.symbols(path)
    assert sources.definitions("fetch_orders") == direct.definitions("fetch_orders")
    assert sources.uses("fetch_orders") == direct.uses("fetch_orders")
    assert sources.history(paths=(path,), limit=3) == direct.history(paths=(path,), limit=3)

    receipt = sources.receipt(answer("`app/client.py`\n```\n        return decode(day)\n```", "app/client.py:9-10"))
    assert set(receipt.used_keys) == {CLIENT}
    assert receipt.prepared == receipt.used + receipt.wasted >= 3
    assert receipt.waited_seconds == 0.0
    used = house.store.preparations.latest(CLIENT)
    assert used is not None
    assert used.turn == "t1"
    assert used.used is not None
    assert house.states()["file", "app/client.py"] == "used"
    assert sources.receipt(answer("")) is receipt


def test_what_is_stale_is_remade_never_used(house: House) -> None:
    house.update(prediction())
    house.ready("file", "app/client.py")
    sources = house.engine.sources(turn(), LiveContext())
    (house.root / "app/client.py").write_text("changed = True\n")
    assert sources.read(RelPath("app/client.py")).text == "changed = True\n"
    receipt = sources.receipt(answer("`app/client.py` changed = True", "app/client.py:1"))
    assert CLIENT not in receipt.used_keys
    assert receipt.waited_seconds > 0.0


def test_a_file_that_went_away_is_not_shown_from_memory(house: House) -> None:
    house.update(prediction())
    house.ready("file", "app/client.py")
    sources = house.engine.sources(turn(), LiveContext())
    (house.root / "app/client.py").unlink()
    with pytest.raises(PathError):
        sources.read(RelPath("app/client.py"))


def test_a_new_commit_makes_the_history_stale(house: House) -> None:
    house.update(prediction())
    house.ready("history", "file:app/client.py")
    (house.root / "app/client.py").write_text("changed = True\n")
    git(house.root, "commit", "-qam", "Change everything")
    sources = house.engine.sources(turn(), LiveContext())
    commits = sources.history(paths=(RelPath("app/client.py"),))
    assert [commit.subject for commit in commits] == ["Change everything", "Fetch orders from the server"]


def test_a_file_changed_while_typing_is_prepared_again_as_the_next_version(house: House) -> None:
    house.update(prediction())
    house.ready("file", "app/client.py")
    (house.root / "app/client.py").write_text("changed = True\n")
    house.workspace.index.refresh(["app/client.py"])
    assert house.workspace.index.wait(20)

    def remade() -> bool:
        found = house.store.preparations.latest(CLIENT)
        return found is not None and found.version == 2

    house.wait(remade)
    versions = house.store.preparations.versions(CLIENT)
    assert [item.version for item in versions] == [2, 1]
    difference = house.store.preparations.difference(versions[1].id, versions[0].id)
    assert "+changed = True" in difference


def test_what_a_restart_finds_is_used_again_if_it_holds(house: House) -> None:
    house.update(prediction("explain it", "app/client.py", "app/codec.py"))
    house.ready("file", "app/client.py")
    house.ready("file", "app/codec.py")
    house.close_engine()
    (house.root / "app/codec.py").write_text("changed = True\n")
    house.start()
    house.update(prediction("explain it", "app/client.py", "app/codec.py"))
    house.ready("file", "app/client.py")
    house.ready("file", "app/codec.py")
    kept = house.store.preparations.latest(CLIENT)
    remade = house.store.preparations.latest(PreparationKey("file", "app/codec.py"))
    assert kept is not None
    assert remade is not None
    assert (kept.version, remade.version) == (1, 2)


def test_one_turn_has_one_picture_of_what_was_prepared(house: House) -> None:
    house.update(prediction())
    house.ready("file", "app/client.py")
    first = house.engine.sources(turn(), LiveContext())
    again = house.engine.sources(turn(), LiveContext())
    other = house.engine.sources(turn("t2"), LiveContext())
    assert first._prepared is again._prepared
    assert other._prepared.ready == {}
    assert other.read(RelPath("app/client.py")).text == FILES["app/client.py"]  # still on the shelf
    assert other.receipt(answer("app/client.py return decode(day)", "app/client.py:1")).used_keys == (CLIENT,)


def test_usefulness_is_learned_from_what_was_used_and_wasted(house: House) -> None:
    before = house.store.learning.usefulness("neighbours")
    house.update(prediction())
    house.ready("neighbours", "app/client.py")
    house.engine.sources(turn(), LiveContext()).receipt(answer("nothing of it"))
    assert house.store.learning.usefulness("neighbours") < before


def test_no_thread_and_no_process_survives_close(house: House) -> None:
    house.update(prediction())
    house.ready("file", "app/client.py")
    house.close_engine()
    names = [thread.name for thread in threading.enumerate() if thread.name.startswith("maestro-prepare")]
    assert names == []
    assert house.engine._worker.pid is None
    house.update(prediction("another text"))  # too late, and harmless
    house.close_engine()


def test_memory_is_bounded_by_the_setting(house: House) -> None:
    house.settings.set("memory_limit", 8)
    for number in range(30):
        (house.root / f"large{number}.txt").write_text("word " * 70_000)
    house.workspace.index.refresh()
    assert house.workspace.index.wait(30)
    for number in range(30):
        house.update(prediction(f"show large{number}", f"large{number}.txt", tool=LikelyTool("read", 1.0)))
        house.ready("file", f"large{number}.txt")
        house.engine.sources(turn(str(number)), LiveContext())
    assert house.engine._shelf.size <= 8_000_000


def test_preparing_changes_nothing(house: House, tmp_path: Path) -> None:
    def picture() -> dict[str, tuple[int, bytes]]:
        every = (path for path in house.root.rglob("*") if path.is_file())
        return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in every}

    (house.root / "app/codec.py").write_text(FILES["app/codec.py"] + "# edited\n")
    house.workspace.index.refresh()
    assert house.workspace.index.wait(20)
    before = picture()
    house.update(prediction("make fetch_orders faster", "app/client.py", "app/codec.py"))
    house.wait(lambda: house.engine.status().stage["stage"] == "READY")
    house.ready("tool", "answer:make fetch_orders faster")
    assert picture() == before


def test_a_rehearsed_answer_asks_the_project_nothing_again(house: House) -> None:
    text = "explain fetch_orders"
    house.update(prediction(text))
    house.ready("tool", f"answer:{text}")
    sources = house.engine.sources(turn(), LiveContext())
    direct = house.engine._direct(LiveContext())
    expected = offline_answer(text, direct)
    asked: list[str] = []
    for question in ("read", "symbols", "definitions", "uses", "neighbours", "history"):
        setattr(sources._direct, question, lambda *_, question=question, **__: asked.append(question))
    assert offline_answer(text, sources) == expected
    assert asked == []
    receipt = sources.receipt(answer(expected))
    assert PreparationKey("tool", f"answer:{text}") in receipt.used_keys


def test_a_rehearsal_hands_over_what_it_has_when_somebody_waits(house: House) -> None:
    allowed = Allowed(house.engine._direct(LiveContext()), house.engine._worker, lambda: False, hurried=lambda: True)
    assert kinds.tool(allowed, "answer:explain fetch_orders") == {
        "whole": False, "asked": [], "seconds": 0.0, "files": {},
    }  # fmt: skip


def offline_answer(text: str, sources: Any) -> str:
    return "".join(part.markdown for part in offline.answer(text, sources, now=1e9))
