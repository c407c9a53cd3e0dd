"""What an answer needs is told by a request's form, where it has one: who asks for a mean needs no file."""

from __future__ import annotations

import pytest

from codemaestro_jupyter.plan.requests import classify
from codemaestro_jupyter.prepare.needs import HISTORY, NEEDS, NEWEST, NOTHING, PROJECT, needed, sure
from codemaestro_jupyter.types import (
    Failure,
    LikelyTool,
    LiveContext,
    Prediction,
    Variable,
)

FRAME = Variable("df", "DataFrame", (3, 2), ("price", "shop"), ("float64", "object"), "pandas.core.frame")
LIVE = LiveContext(variables=(FRAME, Variable("total", "float")))
FAILED = LiveContext(failures=(Failure("traceback", "KeyError: 'a'", ""),))


@pytest.mark.parametrize(
    "text",
    [
        "mean of",
        "mean of pri",
        "mean of price in df",
        "average price by shop",
        "rows of df where shop is Berlin",
        "how many missing values are in df",
        "explain @df",
        "explain @d",
        "what is in df",
        "show me the columns of df",
        "what type is total",
        "hello",
        "help",
    ],
)
def test_a_request_about_variables_needs_nothing_of_the_project(text: str) -> None:
    assert sure(classify(text), LIVE) is NOTHING
    assert needed(Prediction(text), LIVE).shares == needed(Prediction(text), LIVE, model=True).shares == {}


@pytest.mark.parametrize(
    ("text", "live", "needs"),
    [
        ("mean of price in df", LiveContext(), None),  # there is no frame
        ("sort the imports", LIVE, None),
        ("what is the total timeout", LIVE, None),
        ("make it faster", LIVE, None),
        ("what does this project do", LIVE, PROJECT),
        ("what changed since yesterday", LIVE, NEWEST),
        ("what changed in the client", LIVE, NEEDS["history"]),
        ("who changed client.py last", LIVE, HISTORY["last"]),
        ("show the last three commits", LIVE, {"history:recent": 0.9}),
        ("find uses of fetch", LIVE, NEEDS["find"]),
        ("explain fetch", LIVE, NEEDS["explain"]),
        ("show src/a.py", LIVE, {"file": 0.95}),
        ("show fetch", LIVE, NEEDS["read"]),
        ("why did it fail", FAILED, NEEDS["failure"]),
        ("why did it fail", LIVE, {"failure": 0.95, "tool": 0.9}),
        ("why does the client fail", LIVE, None),  # nothing did
    ],
)
def test_what_a_form_needs(text: str, live: LiveContext, needs: object) -> None:
    assert sure(classify(text), live) == needs


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("show src/cl", "src/cl"),
        ("explain fetch", "fetch"),
        ("who changed client.py last", "client.py"),
        ("what changed in the client", ""),
        ("why does the client fail", ""),
        ("make it faster", ""),
    ],
)
def test_who_names_one_thing_wants_its_files_and_no_others(text: str, name: str) -> None:
    assert needed(Prediction(text), LiveContext()).about == name


def test_what_begins_like_reading_is_about_the_name_that_it_has() -> None:
    begun = Prediction("show the last th", tools=(LikelyTool("read", 0.9, "last"),))
    assert needed(begun, LiveContext()).about == "last"


def test_the_verb_of_a_sentence_alone_names_no_file_unless_it_rests() -> None:
    def file(text: str, **pause: bool) -> float:
        return needed(Prediction(text, tools=(LikelyTool("edit", 1.0),)), LiveContext(), **pause)("file")

    assert file("improve", rested=False) == file("add ret", rested=False) == 0.0
    assert file("improve", rested=True) == file("add retries to", rested=False) == NEEDS["edit"]["file"]


def test_with_a_model_only_what_needs_nothing_is_told_by_its_form() -> None:
    assert needed(Prediction("explain fetch"), LIVE, model=True).shares == {"file": 0.35, "failure": 0.0}
