"""What people type instead of choosing: by place, with slips, in other words and languages, ruling out, giving up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.converse.answerwords import NO, YES
from codemaestro_jupyter.converse.machine import CONFIRM
from codemaestro_jupyter.converse.matching import ends, match, none_of_them
from codemaestro_jupyter.converse.offered import Option, Question

APP, CTX = "src/flask/app.py", "src/flask/ctx.py"
THREE = Question("SCOPE", "Which part is it about?", (
    Option("scope-1", APP, 0.43), Option("scope-2", CTX, 0.26), Option("scope-3", "docs", 0.2),
    Option("scope-all", "all of it", 0.1),
))  # fmt: skip
TWO = Question("SCOPE", "Which part is it about?", (
    Option("scope-1", "front", 0.5), Option("scope-2", "back", 0.4), Option("scope-all", "all of it", 0.1),
))  # fmt: skip
ADD = Question("IMPLEMENTATION", "How shall it be done?", (
    Option("existing", f"Follow the existing pattern of {APP}", 0.6),
    Option("new", "Write it new, in a file of its own in src/flask", 0.4),
))  # fmt: skip
RESHAPE = Question("IMPLEMENTATION", "How shall it be done?", (
    Option("small", f"The smallest change that works, in {CTX}", 0.65), Option("reshape", f"Restructure {CTX}", 0.35),
))  # fmt: skip
INTENT = Question("INTENT", "What about auth?", (
    Option("explain", "Explain auth", 0.4), Option("change", "Change auth", 0.3),
    Option("find", "Find where auth is used", 0.2), Option("history", "Say what changed in auth", 0.1),
))  # fmt: skip


@pytest.mark.parametrize(
    ("question", "meant", "said"),
    [
        (THREE, "scope-2", ["2.", "(2)", "#2", "2nd", "two"]),
        (THREE, "scope-2", ["option 2", "the second one, please", "b)", "take the second"]),
        (THREE, "scope-2", ["das zweite", "le deuxième", "la segunda", "第二个"]),
        (THREE, "scope-2", ["ctx", "the ctx one", "src/flask/ctx.py"]),
        (THREE, "scope-1", ["app", "ap.py", "the app, not the docs"]),
        (THREE, "scope-1", ["app.py rather than ctx.py", "I'd say the first"]),
        (THREE, "scope-3", ["the docs", "documentation", "no, docs"]),
        (THREE, "scope-all", ["all of them", "everything", "everywhere", "the last one", "alles", "tout", "全部"]),
        (THREE, "scope-1", ["yes", "you choose", "I don't know", "not sure", "whatever", "egal", "no idea", "随便"]),
        (THREE, "", ["not the docs", "app and ctx", "1 and 2", "flask"]),
        (THREE, "", ["?", "not any", "5", "app.py, but keep its name"]),
        (TWO, "scope-2", ["not the front", "anything but front", "no front", "backend", "back instead of front"]),
        (TWO, "scope-all", ["both", "front and back", "the first and the second", "beide"]),
        (TWO, "", ["front or back", "neither", "somewhere else"]),
        (ADD, "existing", ["like the others", "same way", "as before", "exsiting"]),
        (ADD, "existing", ["wie bisher", "not new", "the former"]),
        (ADD, "new", ["from scratch", "its own file", "neu", "not the existing pattern", "the latter", "a new file"]),
        (ADD, "", ["a class in app.py", "in a new module called cache.py beside the others of json"]),
        (RESHAPE, "small", ["minimal", "the simplest", "klein", "a quick fix"]),
        (RESHAPE, "reshape", ["refactor it", "rewrite", "restucture", "not the smallest", "重构"]),
        (INTENT, "change", ["fix it", "change it", "modify", "ändern"]),
        (INTENT, "find", ["where is it used", "usages"]),
        (INTENT, "history", ["what changed", "git log"]),
        (INTENT, "explain", ["explian", "describe it", "erkläre"]),
        (CONFIRM, "apply", ["yes, please", "yep", "go ahead", "looks good", "do it", "ja"]),
        (CONFIRM, "apply", ["oui", "sí", "是", "1", "Apply"]),
        (CONFIRM, "leave", ["no!", "not yet", "don't apply", "dont apply", "not apply"]),
        (CONFIRM, "leave", ["apply later", "wait", "nein", "2"]),
        (CONFIRM, "leave", ["no, do not apply it", "never mind", "不要"]),
        (CONFIRM, "", ["aply", "apply all but the second", "looks good but rename x"]),
        (CONFIRM, "", ["on", "only the docs", "maybe"]),
    ],
)  # fmt: skip
def test_own_words_are_taken_for_what_they_mean(question: Question, meant: str, said: list[str]) -> None:
    found = {text: match(text, question) for text in said}
    assert {text: option.id if option else "" for text, option in found.items()} == dict.fromkeys(said, meant)


@given(st.lists(st.sampled_from(sorted(YES | NO | {"it", "please", "but", "rename", "the", "second", "all"}))))
def test_a_yes_never_holds_a_no_or_anything_that_is_not_yes(words: list[str]) -> None:
    found = match(" ".join(words), CONFIRM)
    if found is not None and found.id == "apply":
        assert not NO.intersection(words)
        assert "rename" not in words


@pytest.mark.parametrize("said", ["cancel", "never mind", "Forget it.", "stop", "ok, stop please", "abbrechen", "取消"])
def test_a_request_can_be_given_up_in_words(said: str) -> None:
    assert ends(said)
    assert match(said, THREE) is None


@pytest.mark.parametrize("said", ["stop the server", "cancel the task", "drop", "", "no"])
def test_other_words_give_nothing_up(said: str) -> None:
    assert not ends(said)


def test_none_of_them_is_told_from_other_words() -> None:
    said = [
        "neither",
        "none of these",
        "no",
        "none of them.",
        "keins von beiden",
        "no, docs",
        "another file",
        "",
        "not docs",
    ]
    assert [text for text in said if none_of_them(text)] == said[:4]
