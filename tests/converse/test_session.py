"""The session's state and the picture drawn from it."""

from __future__ import annotations

from concurrent.futures import CancelledError
from dataclasses import replace
from typing import Any

import pytest

from codemaestro_jupyter.converse.completion import Completion, complete
from codemaestro_jupyter.converse.picture import said, suggestions, turn_view
from codemaestro_jupyter.converse.session import RECENT, TURNS_SHOWN, Session
from codemaestro_jupyter.converse.turns import Pending
from codemaestro_jupyter.types import (
    Answer,
    AnswerPart,
    CellId,
    LikelyFile,
    LikelyTool,
    LiveContext,
    NotebookId,
    Prediction,
    PreparationKey,
    Rating,
    Receipt,
    RelPath,
    Turn,
    TurnId,
    TypingEvent,
    Variable,
)

EVENT = TypingEvent("chat", NotebookId("n"), CellId("c"), 7, "fix the login", 13, 0.0)
PREDICTION = Prediction(
    "fix the login",
    7,
    (LikelyFile(RelPath("auth/login.py"), 0.81234, ("named",)), LikelyFile(RelPath("auth/__init__.py"), 0.3)),
)
TURN = Turn(
    TurnId("t1"), "fix the login", "", "brief", NotebookId("n"), CellId("c"), 1.0, 0.0, 0.0, Receipt(), "running"
)


def asked(name: str, notebook: str, started: float, state: Any = "done") -> Turn:
    return replace(TURN, id=TurnId(name), request=name, notebook_id=NotebookId(notebook), started=started, state=state)


def test_a_conversation_is_recalled_in_order_and_once() -> None:
    session = Session(LiveContext())
    session.show(turn_view(asked("new", "n", 3.0, "running")))
    stored = [asked("first", "n", 1.0), asked("second", "n", 2.0), asked("new", "n", 3.0)]
    assert session.recall(NotebookId("n"), stored)
    assert [(turn["id"], turn["state"]) for turn in session.of(None)] == [
        ("first", "done"),
        ("second", "done"),
        ("new", "running"),
    ]
    assert session.live.recent_requests == ("second", "first")
    assert not session.recall(NotebookId("n"), stored)


def test_a_renamed_notebook_keeps_what_was_said_and_what_was_cleared() -> None:
    session = Session(LiveContext())
    session.show(turn_view(asked("old", "n", 1.0, "running")))
    session.clear(NotebookId("n"), 1.5)
    session.show(turn_view(asked("said", "n", 2.0)))
    assert session.recall(NotebookId("m"), (), NotebookId("n"))
    assert session.show(turn_view(asked("old", "m", 1.0, "cancelled"))) == {}  # its answer ends after the clearing
    assert [(turn["id"], turn["notebook_id"]) for turn in session.of(NotebookId("m"))] == [("said", "m")]


def test_a_notebook_is_cleared_alone_and_a_model_hears_only_of_it() -> None:
    session = Session(LiveContext())
    for name, notebook in (("a1", "a"), ("b1", "b"), ("nowhere", ""), ("a2", "a")):
        session.show(turn_view(asked(name, notebook, 1.0)))
    assert session.earlier(TurnId("a2")) == (("a1", ""),)
    session.clear(NotebookId("a"), 2.0)
    assert [turn["id"] for turn in session.of(None)] == ["b1"]
    assert not session.recall(NotebookId("a"), [asked("a1", "a", 1.0)])  # read before it was cleared
    session.show(turn_view(asked("a3", "a", 1.5)))  # somebody set the clock back
    assert [turn["id"] for turn in session.of(NotebookId("a"))] == ["a3"]


def test_the_picture_of_a_prediction_says_what_is_ready() -> None:
    session = Session(LiveContext())
    session.predict(PREDICTION, EVENT)
    assert session.typing_part({"auth/login.py"}) == {
        "prediction": {
            "seq": 7,
            "source": "chat",
            "cell_id": "c",
            "text_length": 13,
            "files": [
                {"path": "auth/login.py", "probability": 0.812, "why": ["named"], "prepared": True},
                {"path": "auth/__init__.py", "probability": 0.3, "why": [], "prepared": False},
            ],
            "words": [],
            "tools": [],
        },
        "suggestions": ["Fix in login.py", "Fix in auth/__init__.py"],
    }


def test_what_is_asked_is_no_longer_prepared_for() -> None:
    session = Session(LiveContext())
    session.predict(PREDICTION, EVENT)
    session.show(turn_view(asked("another thing", "n", 1.0, "running")))
    assert session.suggestions() == ["Fix in login.py", "Fix in auth/__init__.py"], "that is not what is typed"
    running = turn_view(asked("fix the login\n\n```\na cell\n```", "n", 2.0, "running"))
    assert session.show(running) == {"turns": [running], "suggestions": []}
    assert session.typing_part(())["suggestions"] == []
    session.predict(PREDICTION, EVENT, asked=True)  # it was still on its way
    assert session.suggestions() == []
    session.predict(PREDICTION, EVENT)
    assert session.suggestions() != []


def test_unlikely_files_are_not_announced_and_the_likely_tool_comes_first() -> None:
    prediction = replace(
        PREDICTION,
        text="explain Cl",
        files=(LikelyFile(RelPath("a.py"), 0.9), LikelyFile(RelPath("b.py"), 0.01)),
        tools=(LikelyTool("explain", 0.9, "Client"), LikelyTool("brief", 0.1, "x")),
    )
    assert suggestions(prediction) == ["Explaining Client", "Explain in a.py"]


def test_dismissing_takes_the_file_away_and_remembers() -> None:
    session = Session(LiveContext())
    session.predict(PREDICTION, EVENT)
    session.dismiss(RelPath("auth/login.py"))
    session.dismiss(RelPath("auth/login.py"))
    assert [file.path for file in session.prediction.files] == ["auth/__init__.py"]
    assert session.live.rejected == {"auth/login.py": 2.0}


def test_a_turn_grows_and_late_parts_change_nothing() -> None:
    session = Session(LiveContext())
    session.show(turn_view(TURN))
    assert session.grow(TURN.id, "a", 2.0)["turns"][0]["markdown"] == "a"
    done = replace(TURN, answer="ab", state="done", finished=3.0)
    session.show(turn_view(done))
    assert session.grow(TURN.id, "a", 2.0) == {}
    assert session.markdown(TURN.id) == "ab"
    assert session.rate(TURN.id)["turns"][0]["rated"] is True


def test_turns_recent_files_and_requests_are_bounded() -> None:
    session = Session(LiveContext())
    for number in range(TURNS_SHOWN + 50):
        turn = replace(TURN, id=TurnId(str(number)), files=(RelPath(f"f{number}.py"),), state="done")
        session.show(turn_view(turn))
        session.remember(turn)
    whole = session.whole((), {})
    assert len(whole["turns"]) == TURNS_SHOWN
    assert whole["turns"][-1]["id"] == str(TURNS_SHOWN + 49)
    assert len(session.live.recent_files) == len(session.live.recent_requests) == RECENT
    assert session.live.recent_files[0] == f"f{TURNS_SHOWN + 49}.py"


def test_the_ledger_adds_up_what_was_measured() -> None:
    session = Session(LiveContext())
    receipt = Receipt(prepared=3, used=2, wasted=1, prepared_seconds=0.5, waited_seconds=0.1)
    session.remember(replace(TURN, receipt=receipt))
    session.remember(replace(TURN, receipt=replace(receipt, waited_seconds=9.0)))
    assert session.ledger() == {
        "prepared": 6,
        "used": 4,
        "wasted": 2,
        "saved_seconds": 0.4,
        "tokens": 0,
        "dollars": 0.0,
    }


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ([], ""),
        ([("file", "src/auth/a.py"), ("file", "src/auth/b.py")], "I loaded auth files while you were typing"),
        ([("file", "a.py")], "I loaded a.py while you were typing"),
        ([("file", "x/auth.py"), ("file", "tests/test_auth.py")], "I loaded auth files while you were typing"),
        ([("file", "x/a.py"), ("file", "y/b.py")], "I loaded a.py and 1 more while you were typing"),
        (
            [("file", "a.py"), ("symbol", "Client"), ("history", "client")],
            "I loaded a.py, looked up Client and read the project's history while you were typing",
        ),
    ],
)
def test_what_was_done_is_said_in_a_sentence(keys: list[tuple[str, str]], sentence: str) -> None:
    used = tuple(PreparationKey(kind, subject) for kind, subject in keys)  # type: ignore[arg-type]
    assert said(Receipt(used_keys=used)) == sentence


def test_a_rated_turn_is_not_asked_again() -> None:
    assert turn_view(replace(TURN, state="done", rating=Rating(fast=5)))["rated"] is True
    assert turn_view(replace(TURN, state="done"))["rated"] is False


ANSWER = Answer("r", "brief", "ab", (), (), {})


def test_parts_reach_early_and_late_listeners_whole() -> None:
    pending = Pending(TURN.id, lambda turn: None)
    early = pending.parts(5)
    pending.say(AnswerPart("a"))
    assert next(early).markdown == "a"
    pending.say(AnswerPart("b"))
    seen: list[list[str]] = []
    pending.add_done_callback(lambda done: seen.append([part.markdown for part in done.parts(5)]))
    pending.finish(ANSWER)
    pending.finish(error=ValueError("too late"))
    assert [part.markdown for part in early] == ["b"]
    assert seen == [["a", "b"]]
    assert pending.result(0) == ANSWER


def test_a_part_that_does_not_come_is_a_timeout_and_a_failure_is_raised() -> None:
    pending = Pending(TURN.id, lambda turn: None)
    with pytest.raises(TimeoutError):
        next(pending.parts(0.01))
    pending.finish(error=CancelledError())
    with pytest.raises(CancelledError):
        pending.result(0)


def test_completion_offers_variables_first_and_starts_before_middles() -> None:
    variables = [Variable("users", "DataFrame", (100, 3), ("id", "name", "age")), Variable("all_users", "list", (3,))]
    paths = ["docs/old_users.md", "src/users.py", "src/accounts/users_test.py", "README.md"]
    assert complete("@users", paths, variables) == [
        Completion("users", "variable", "DataFrame 100 × 3: id, name, age"),
        Completion("src/users.py", "file", "src"),
        Completion("src/accounts/users_test.py", "file", "src/accounts"),
        Completion("all_users", "variable", "list 3"),
        Completion("docs/old_users.md", "file", "docs"),
    ]
    assert complete("users", paths, variables, limit=1) == [
        Completion("users", "variable", "DataFrame 100 × 3: id, name, age")
    ]
