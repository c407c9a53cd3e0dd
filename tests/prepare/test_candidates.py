from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from codemaestro_jupyter.prepare.candidates import Known, candidates, names
from codemaestro_jupyter.prepare.economics import wanted
from codemaestro_jupyter.prepare.kinds import KINDS
from codemaestro_jupyter.prepare.needs import NEEDS, needs
from codemaestro_jupyter.types import (
    Cell,
    CellId,
    Failure,
    LikelyFile,
    LikelyTool,
    LiveContext,
    NotebookId,
    NotebookPicture,
    Prediction,
    PreparationKey,
    PreparationKind,
    RelPath,
    Tool,
)

SIZES = {"src/a.py": 1000, "src/b.py": 3000, "tests/test_a.py": 500}
DEFINED = {"fetch": ("src/a.py",), "get": ("src/a.py", "src/b.py"), "Client": ("src/b.py",)}


def known(repository: bool = True, useful: dict[str, float] | None = None, rehearsed: tuple[str, ...] = ()) -> Known:
    return Known(
        size=SIZES.get,
        spread=lambda name: len(DEFINED.get(name, ())),
        places=lambda name: DEFINED.get(name.rpartition(".")[2], ()),
        files=3,
        estimate=lambda kind, size: 0.001 + size * 1e-6,
        usefulness=lambda kind: (useful or {}).get(kind, 0.7),
        repository=repository,
        rehearsed=rehearsed,
    )


def prediction(text: str = "fix the login", *tools: LikelyTool, **files: float) -> Prediction:
    likely = tuple(LikelyFile(RelPath(f"src/{name}.py"), value) for name, value in files.items())
    return Prediction(text=text, files=likely, tools=tools)


def chosen(found: Prediction, live: LiveContext | None = None, **options: bool) -> dict[tuple[str, str], float]:
    result = candidates(found, live or LiveContext(), known(), **options)
    return {(item.key.kind, item.key.subject): item.probability for item in result}


def test_nothing_is_prepared_for_nothing() -> None:
    assert candidates(Prediction(), LiveContext(), known()) == ()
    assert candidates(Prediction(text="abcd"), LiveContext(), known()) == ()


def test_every_tool_needs_kinds_that_can_be_prepared() -> None:
    assert set(NEEDS) == set(get_args(Tool))
    assert {thing.partition(":")[0] for row in NEEDS.values() for thing in row} == set(KINDS) - {"scope", "change"}


def test_a_request_without_a_likely_tool_is_a_brief() -> None:
    assert needs(prediction(a=0.5)) == pytest.approx(NEEDS["brief"])
    mixed = needs(prediction("x", LikelyTool("read", 0.5)))
    assert mixed["file"] == pytest.approx(0.5 * 0.95 + 0.5 * 0.65)


@pytest.mark.parametrize(("dial", "kept"), [(0.0, []), (0.5, ["src/a.py"]), (1.0, ["src/a.py", "src/b.py"])])
def test_with_a_model_only_a_file_is_prepared_that_is_likelier_than_the_share_that_is_to_be_used(
    dial: float, kept: list[str]
) -> None:
    answered = replace(known(), model=True, estimate=lambda kind, size: 0.01)
    items = candidates(prediction(a=0.75, b=0.65), LiveContext(), answered)
    assert sorted(item.key.subject for item in wanted(items, dial=dial) if item.key.kind == "file") == kept


def test_the_predicted_files_and_what_goes_with_them() -> None:
    found = chosen(prediction(a=0.5, b=0.2, gone=0.9))
    assert found["file", "src/a.py"] == pytest.approx(0.5 * 0.65)
    assert found["file", "src/b.py"] == pytest.approx(0.2 * 0.65)
    assert ("neighbours", "src/a.py") in found
    assert ("history", "file:src/a.py") in found
    assert not any("gone" in subject for _, subject in found)


def test_a_path_in_the_text_counts_as_much_as_the_tool_that_reads_it() -> None:
    found = chosen(prediction("show src/b.py", LikelyTool("read", 0.9, "src/b.py"), a=0.1, b=0.3))
    assert found["file", "src/b.py"] > 0.8
    assert found["neighbours", "src/b.py"] < 0.2


def test_names_that_the_project_defines() -> None:
    assert names(prediction("explain why fetch and Client.get fail, get going"), known()) == [
        ("Client.get", 0.9),
        ("fetch", 0.4),
        ("get", 0.2),
    ]
    assert names(prediction("fetch it"), known()) == []  # a verb, not a name
    assert names(prediction("explain", LikelyTool("explain", 0.8, "fetch")), known()) == [("fetch", 1.0)]


def test_where_a_name_is_defined_will_be_shown() -> None:
    found = chosen(prediction("explain fetch", LikelyTool("explain", 0.9, "fetch"), b=0.1))
    assert found["file", "src/a.py"] > 0.5 > found["file", "src/b.py"]
    assert found["symbol", "fetch"] > 0.8


def test_what_depends_on_every_word_waits_for_a_pause() -> None:
    moving = chosen(prediction("fix the log", a=0.5), settled=False, rested=False)
    still = chosen(prediction("fix the log", a=0.5), settled=True)
    for key in [("tool", "answer:fix the log")]:
        assert moving[key] < 0.05 < 0.3 < still[key]


@pytest.mark.parametrize(
    ("text", "tool", "likely"),
    [
        ("find uses of", "find", False),  # of what?
        ("explain", "explain", False),
        ("explain Clie", "explain", False),
        ("explain Client", "explain", True),
        ("show src/a.py", "read", False),  # the file is all it shows
        ("show fetch", "read", True),
        ("where is `fetch`?", "find", True),
        ("make it faster", "edit", True),
    ],
)
def test_what_needs_a_name_is_not_rehearsed_before_it_is_there(text: str, tool: Tool, likely: bool) -> None:
    found = chosen(prediction(text, LikelyTool(tool, 0.9), a=0.5), settled=True)
    assert (found["tool", f"answer:{text}"] > 0.1) is likely


def test_all_commits_are_looked_at_only_by_who_asks_what_changed() -> None:
    brief = chosen(prediction("make it faster", a=0.5))
    history = chosen(prediction("what changed", LikelyTool("history", 0.9), a=0.5))
    assert brief.get(("history", "recent"), 0.0) == 0.0 < 0.5 < history["history", "recent"]


@pytest.mark.parametrize(
    ("rehearsed", "likely"),
    [
        ((), True),
        (("make it faster when",), False),  # one word more
        (("make it",), True),  # three
        (("show it",), True),  # another text
    ],
)
def test_a_sentence_is_rehearsed_again_when_it_has_grown_or_rests(rehearsed: tuple[str, ...], likely: bool) -> None:
    text = prediction("make it faster when idle", LikelyTool("edit", 0.9), a=0.5)
    key = PreparationKey("tool", f"answer:{text.text}")

    def probability(**pause: bool) -> float:
        found = candidates(text, LiveContext(), known(rehearsed=rehearsed), **pause)
        return next(item.probability for item in found if item.key == key)

    assert probability(settled=False, rested=False) < 0.05
    assert (probability(settled=True, rested=False) > 0.3) is likely
    assert probability(settled=True, rested=True) > 0.3


def test_what_is_rehearsed_goes_on_while_the_sentence_grows_and_ends_with_a_changed_mind() -> None:
    def rehearsals(text: str) -> set[str]:
        there = known(rehearsed=("make it", text))
        found = candidates(prediction(text, a=0.5), LiveContext(), there)
        return {item.key.subject for item in found if item.key.kind == "tool" and item.probability > 0.1}

    assert rehearsals("make it faster") == {"answer:make it", "answer:make it faster"}
    assert rehearsals("rename it") == {"answer:rename it"}


def test_a_secret_in_the_text_is_no_subject() -> None:
    token = "ghp_" + "a1B2" * 9
    assert not any(token in subject for _, subject in chosen(prediction(f"use {token} for login", a=0.5)))


def test_a_paste_is_no_topic() -> None:
    kinds = {kind for kind, _ in chosen(prediction("x" * 1_000_000, a=0.5))}
    assert "tool" not in kinds


def test_no_repository_no_history_and_no_status() -> None:
    found = candidates(prediction(a=0.5), LiveContext(), known(repository=False))
    assert not {item.key.kind for item in found} & {"history", "status"}


def test_a_failure_and_a_notebook_belong_to_the_context() -> None:
    cell = Cell(CellId("c"), "code", "x = 1")
    notebook = NotebookPicture(NotebookId("n"), RelPath("n.ipynb"), (cell,), cell.id)
    live = LiveContext(notebook=notebook, failures=(Failure("traceback", "KeyError: 'a'", ""),))
    with_it = chosen(prediction("why did it fail", LikelyTool("failure", 0.9), a=0.5), live)
    without = chosen(prediction("why did it fail", LikelyTool("failure", 0.9), a=0.5))
    assert with_it["failure", "last"] > 0.8 > without["failure", "last"]
    assert ("cell", "n.ipynb") in with_it
    assert ("cell", "n.ipynb") not in without


def test_usefulness_moves_the_probability() -> None:
    def of(kind: PreparationKind, useful: float) -> float:
        found = candidates(prediction(a=0.5), LiveContext(), known(useful={kind: useful}))
        return max(item.probability for item in found if item.key.kind == kind)

    assert of("status", 0.1) < of("status", 0.7) < of("status", 0.9)


def test_what_is_saved_is_the_work_less_the_check() -> None:
    found = {item.key.kind: item for item in candidates(prediction(a=0.5), LiveContext(), known())}
    assert found["file"].saved == pytest.approx(0.95 * found["file"].seconds)
    assert found["status"].saved == pytest.approx(0.3 * found["status"].seconds)


def test_a_name_that_may_still_grow_is_looked_up_in_a_pause() -> None:
    text = prediction("explain Client", LikelyTool("explain", 0.9, "Client"))
    assert chosen(text, settled=False)["symbol", "Client"] < 0.1 < 0.5 < chosen(text)["symbol", "Client"]


def test_a_name_is_looked_up_once_as_it_is_written() -> None:
    folded = replace(known(), spread=lambda name: len(DEFINED.get(name.title(), ())))
    found = prediction("explain Client now", LikelyTool("explain", 0.9, "client"))
    assert names(found, folded) == [("Client", 1.0)]


def test_a_word_that_may_still_grow_is_no_end_of_a_sentence_unless_it_rests() -> None:
    def rehearsed(text: str, **pause: bool) -> bool:
        there = replace(known(), word=lambda word: word in ("make", "docstring"))
        found = candidates(prediction(text, LikelyTool("edit", 0.9), a=0.5), LiveContext(), there, **pause)
        return any(item.key.kind == "tool" and item.probability > 0.1 for item in found)

    assert not rehearsed("make a docstrin", settled=True, rested=False)
    assert rehearsed("make a docstrin", settled=True, rested=True)
    assert rehearsed("make a docstring", settled=True, rested=False)
    assert rehearsed("make it then", settled=True, rested=False)
    assert rehearsed("make a docstrin ", settled=True, rested=False)


def test_a_file_is_prepared_for_the_one_who_names_it() -> None:
    read = LikelyTool("read", 0.9)
    assert ("file", "src/a.py") in chosen(prediction("show src/a.py", read, a=0.9))
    assert ("file", "src/a.py") not in chosen(prediction("show src/b.py", read, a=0.9, b=0.9))
    assert ("file", "src/a.py") not in chosen(prediction("show src/", read, a=0.9))  # it may be any
    assert ("file", "src/a.py") in chosen(prediction("show fetch", read, a=0.9, b=0.9))
    assert ("file", "src/b.py") not in chosen(prediction("show fetch", read, a=0.9, b=0.9))  # fetch is in a.py
    assert ("file", "src/a.py") in chosen(prediction("explain fetch", LikelyTool("explain", 0.9, "fetch"), a=0.9))
    assert ("file", "src/a.py") not in chosen(prediction("explain fet", LikelyTool("explain", 0.9, "fet"), a=0.9))


def test_commits_and_what_is_not_committed_wait_for_a_pause_while_their_topic_may_follow() -> None:
    tool = LikelyTool("history", 0.9)

    def recent(text: str, **pause: bool) -> float:
        return chosen(prediction(text, tool), **pause)["history", "recent"]

    assert recent("what changed", settled=False) < 0.1 < 0.5 < recent("what changed")
    assert recent("what changed since yesterday", settled=False) > 0.5


def test_the_topic_is_what_the_request_is_about() -> None:
    found = chosen(prediction("what changed in the client", LikelyTool("history", 0.9, "changed")))
    assert [subject for kind, subject in found if kind == "history" and "topic" in subject] == ["topic:client"]
