"""What the child process makes is what would be made here, and it hears when nobody wants it any more."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from codemaestro_jupyter.prepare import child
from codemaestro_jupyter.prepare.boundary import Allowed, StoppedError, made_from
from codemaestro_jupyter.prepare.candidates import IN_CHILD
from codemaestro_jupyter.prepare.changing import Opened
from codemaestro_jupyter.prepare.child import Asked, Desk, serve
from codemaestro_jupyter.prepare.kinds import KINDS
from codemaestro_jupyter.prepare.payloads import noun, plain
from codemaestro_jupyter.prepare.worker import difference
from codemaestro_jupyter.types import (
    Cell,
    CellId,
    Failure,
    Frame,
    LikelyTool,
    LiveContext,
    NotebookId,
    NotebookPicture,
    Prediction,
    PreparationKey,
    RelPath,
    Variable,
)
from tests.prepare.conftest import House, prediction, turn

LIVE = LiveContext(
    notebook=NotebookPicture(NotebookId("n"), RelPath("a.ipynb"), (Cell(CellId("c"), "code", "x = 1"),), CellId("c")),
    variables=(Variable("frame", "DataFrame", (3, 2), ("a", "b"), ("int64", "object"), "pandas"), Variable("x", "int")),
    failures=(Failure("traceback", "KeyError: 'a'", "detail", (Frame(RelPath("a.py"), 3, "f"),), 12.5, "kernel"),),
    recent_files=(RelPath("a.py"),),
    accepted={RelPath("a.py"): 1.5},
)
SUBJECTS = {
    "tool": "answer:explain fetch_orders",
    "symbol": "fetch_orders",
    "history": "topic:orders",
    "status": "working tree",
    "failure": "last",
    "scope": "app/",
    "change": "rename fetch_orders to load_orders",
}


class Unheard:
    """A job that is never cancelled and that nobody waits for."""

    def tell(self, listener: Callable[[str], None]) -> None:
        """Nothing to say."""


class Said:
    """A job of which something is said as soon as it is asked for."""

    def __init__(self, what: str) -> None:
        self.what = what

    def tell(self, listener: Callable[[str], None]) -> None:
        listener(self.what)


@pytest.mark.parametrize("value", [LIVE, LiveContext(), prediction(tool=LikelyTool("explain", 0.5, "x"))])
def test_what_goes_over_comes_back_the_same(value: Any) -> None:
    assert noun(type(value), orjson.loads(orjson.dumps(plain(value)))) == value


def test_only_what_a_session_knows_anew_is_sent() -> None:
    typed = LiveContext(notebook=LIVE.notebook, cell_text="y = 2")
    assert difference(LIVE, LIVE) == {}
    assert set(difference(LIVE, typed)) == {
        "cell_text",
        "variables",
        "failures",
        "recent_files",
        "accepted",
        "rejected",
    }


def test_every_kind_for_the_child_has_a_subject_here() -> None:
    assert set(SUBJECTS) == IN_CHILD


@pytest.mark.parametrize("kind", sorted(IN_CHILD))
def test_the_child_makes_what_would_be_made_here(house: House, kind: str) -> None:
    key = PreparationKey(kind, SUBJECTS[kind])  # type: ignore[arg-type]
    (house.root / "app/codec.py").write_text("changed = True\n")
    house.workspace.index.refresh(["app/codec.py"])
    assert house.workspace.index.wait(20)
    typed = prediction("explain fetch_orders")
    open_now = Opened({"a.ipynb": LIVE.notebook.cells}, journal=f"{house.root.parent}/data/journal")  # type: ignore[union-attr]
    there = house.engine._worker.make(key, LIVE, typed, house.workspace.index.path, Unheard(), open_now)
    here_too = Asked(house.engine._worker, house.workspace, open_now)  # type: ignore[arg-type]
    house.engine.opened = lambda: open_now
    allowed = Allowed(house.engine._direct(LIVE), here_too, lambda: False)
    here = orjson.loads(orjson.dumps(KINDS[key.kind](allowed, key.subject)))
    assert timeless(there.payload) == timeless(here)
    assert there.fingerprints == made_from(allowed)


def timeless(value: Any) -> Any:
    """A payload without the seconds that its parts took."""
    if isinstance(value, dict):
        return {name: timeless(item) for name, item in value.items() if name not in ("seconds", "work")}
    return [timeless(item) for item in value] if isinstance(value, list) else value


def test_a_cancelled_job_ends_in_the_child_too(house: House) -> None:
    with pytest.raises(StoppedError):
        ask(house, "answer:make fetch_orders faster", Said("cancel"))


def test_the_child_hands_over_what_it_has_when_somebody_waits(house: House) -> None:
    assert ask(house, "answer:make fetch_orders faster", Said("hurry")).payload["whole"] is False
    assert ask(house, "answer:make fetch_orders faster", Unheard()).payload["whole"] is True


def ask(house: House, subject: str, job: Any) -> Any:
    """Make a rehearsal in the child, which is stopped until the sign has surely arrived."""
    worker = house.engine._worker
    worker.warm()
    pid = worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    threading.Timer(0.2, os.kill, (pid, signal.SIGCONT)).start()
    return worker.make(PreparationKey("tool", subject), LIVE, prediction(), house.workspace.index.path, job)


def test_without_a_child_a_preparation_is_made_here(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.engine._worker._child, "start", lambda: False)
    house.engine._worker.close()
    house.update(prediction(tool=LikelyTool("explain", 0.9, "fetch_orders")))
    house.ready("symbol", "fetch_orders")
    assert house.engine.sources(turn(), LiveContext()).definitions("fetch_orders")


def test_a_child_killed_while_it_makes_something_costs_nothing_but_time(house: House) -> None:
    worker = house.engine._worker
    worker.warm()
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGSTOP)
    house.update(prediction(tool=LikelyTool("explain", 0.9, "fetch_orders")))
    house.wait(lambda: bool(worker._waiting))
    os.kill(worker.pid, signal.SIGKILL)
    house.ready("symbol", "fetch_orders")


def test_the_child_goes_on_after_a_question_that_fails(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(allowed: Allowed, subject: str) -> dict[str, Any]:
        raise RuntimeError(subject)

    monkeypatch.setattr(child, "KINDS", {**KINDS, "symbol": broken})
    made = {"do": "make", "kind": "symbol", "subject": "x", "index": "", "prediction": plain(Prediction())}
    lines = [orjson.dumps({"id": 1, **made}), orjson.dumps({"id": 2, "do": "outline", "path": "app/codec.py"})]
    answers: dict[int, dict[str, Any]] = {}
    serve(root, lines, lambda line: answers.update({orjson.loads(line)["id"]: orjson.loads(line)}))
    assert answers[1] == {"id": 1, "failed": "RuntimeError: x"}
    assert answers[2]["symbols"][0]["name"] == "decode"


def test_what_an_answer_looks_up_there_is_what_it_would_find_here(house: House) -> None:
    direct = house.engine._direct(LiveContext())
    index = house.workspace.index.path
    worker = house.engine._worker
    assert direct.search("fetch orders", 5) == house.workspace.search("fetch orders", 5) != ()
    assert direct.uses("decode") == house.workspace.uses("decode") != ()
    assert direct.history("orders") == house.workspace.history("orders") != ()
    assert direct.history(paths=(RelPath("app/codec.py"),), since=1.0, limit=1) != ()
    assert direct.history(since=4e9) == ()
    assert worker.look("uses", ("decode",), index) == plain(house.workspace.uses("decode"))
    worker.close()
    assert worker.look("uses", ("decode",), index) is None
    assert direct.uses("decode") == house.workspace.uses("decode")


def test_forgetting_reaches_the_child(root: Path) -> None:
    desk = Desk(root, lambda answer: None)
    desk.outline(RelPath("app/codec.py"))
    assert desk._workspace.reader._texts._texts
    desk.hear([orjson.dumps({"do": "forget"})])
    assert not desk._workspace.reader._texts._texts
    desk.end()


def test_what_is_said_of_a_question_long_answered_is_passed_over(root: Path) -> None:
    desk = Desk(root, lambda answer: None)
    desk.hear([orjson.dumps({"do": "cancel", "id": 7}), orjson.dumps({"do": "hurry", "id": 8})])
    desk.end()
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("maestro-desk")] == []
