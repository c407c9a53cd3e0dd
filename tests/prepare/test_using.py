"""What was prepared is used while it holds, and what was used is counted."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from codemaestro_jupyter.errors import PathError
from codemaestro_jupyter.plan import offline
from codemaestro_jupyter.prepare import kinds
from codemaestro_jupyter.prepare.boundary import Allowed
from codemaestro_jupyter.types import (
    Answer,
    LikelyTool,
    LiveContext,
    PreparationKey,
    RelPath,
)
from tests.prepare.conftest import FILES, House, git, prediction, turn

CLIENT = PreparationKey("file", "app/client.py")


def answer(markdown: str, *sources: str) -> Answer:
    return Answer("explain fetch_orders", "explain", markdown, sources, (), {})


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
    house.engine.record()
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
    (house.root / "app/client.py").write_text("def fetch_orders() -> None: ...\n")
    house.workspace.index.refresh(["app/client.py"])
    assert house.workspace.index.wait(20)

    def remade() -> bool:
        found = house.store.preparations.latest(CLIENT)
        return found is not None and found.version == 2

    house.wait(remade)
    versions = house.store.preparations.versions(CLIENT)
    assert [item.version for item in versions] == [2, 1]
    difference = house.store.preparations.difference(versions[1].id, versions[0].id)
    assert "+def fetch_orders() -> None: ..." in difference


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
    house.engine.record()
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


def test_what_a_turn_asked_for_before_its_answer_counts_as_well(house: House) -> None:
    house.update(prediction())
    house.ready("file", "app/client.py")
    asked = house.engine.sources(turn(), LiveContext())
    assert asked.read(RelPath("app/client.py"))
    receipt = house.engine.sources(turn(), LiveContext()).receipt(
        answer("`app/client.py`\n```\n        return decode(day)\n```", "app/client.py:9-10")
    )
    assert CLIENT in receipt.used_keys
