"""Sentences to steps: the cache never changes a result, and what cannot be done is named."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemaestro_jupyter.edit import grammar
from codemaestro_jupyter.edit import steps as s
from codemaestro_jupyter.edit.decompose import decompose
from codemaestro_jupyter.edit.plan_json import plan_from_json, plan_to_json
from codemaestro_jupyter.errors import EditError, MaestroError, PathError

WORDS = st.sampled_from(
    [*sorted(grammar.WORDS), "fetch_user", "src/a.py", "n.ipynb", '"x y"', "`f`", "3", "10-20", ",", "."]
)
SENTENCES = st.lists(WORDS, max_size=14).map(" ".join)


def parsed(sentence: str, match: grammar.Matcher) -> list[s.Step] | str:
    try:
        return grammar.parse(sentence, match)
    except MaestroError as error:
        return str(error)


@settings(deadline=None)
@given(st.lists(SENTENCES, max_size=6) | st.lists(st.text(max_size=40), max_size=3))
def test_the_cache_never_changes_a_result(sentences: list[str]) -> None:
    for sentence in [*sentences, *sentences]:
        assert parsed(sentence, grammar.cached_match) == parsed(sentence, grammar.match_shape)


def test_the_cache_is_bounded_and_hits_for_similar_sentences() -> None:
    grammar.cached_match.cache_clear()
    for number in range(50):
        grammar.parse(f"rename a_{number} to b_{number} in src/x{number}.py")
    info = grammar.cached_match.cache_info()
    assert (info.misses, info.hits, info.maxsize) == (1, 49, grammar.SHAPE_CACHE)


@pytest.mark.parametrize(
    ("said", "steps"),
    [
        (
            "rename fetch_user to load_user, then add logging to it",
            [s.RenameSymbol("fetch_user", "load_user"), s.AddLogging("load_user")],
        ),
        (
            'replace "a, then b" with "c" in src/a.py and delete file x.txt; organise imports in src/a.py',
            [s.ReplaceText("src/a.py", "a, then b", "c"), s.DeleteFile("x.txt"), s.OrganizeImports("src/a.py")],
        ),
        ("rename src/a.py::f to g", [s.RenameSymbol("f", "g", "src/a.py")]),
        ("rename src/a.py to b.py then move it to lib/",
         [s.RenameFile("src/a.py", "b.py"), s.MoveFile("src/b.py", "lib/")]),
        ("add a parameter `t: float = 1` to Client.get in api.py",
         [s.AddParameter("Client.get", "t: float = 1", "api.py")]),
        ("extract lines 3 to 5 of a.py into a function called go", [s.ExtractFunction("a.py", 3, 5, "go")]),
        ('insert markdown cell "# Hi" after cell 2 of n.ipynb', [s.InsertCell("n.ipynb", "# Hi", 3, "markdown")]),
        ("rename test to check.", [s.RenameSymbol("test", "check")]),
        ("add type hints to f, add error handling to it and write a test for it",
         [s.AddTypeHints("f"), s.AddErrorHandling("f"), s.AddTestSkeleton("f")]),
    ],
)  # fmt: skip
def test_sentences(said: str, steps: list[s.Step]) -> None:
    assert [item.step for item in decompose(said).steps] == steps


STEPS = st.one_of(
    st.builds(s.ReplaceText, st.just("a.py"), st.text(), st.text(), st.booleans()),
    st.builds(
        s.InsertText, st.just("a.py"), st.text(), st.sampled_from(["before", "after", "start", "end"]), st.text()
    ),
    st.builds(s.MoveCell, st.just("n.ipynb"), st.text(), st.integers()),
    st.builds(s.RenameSymbol, st.text(), st.text(), st.text()),
)


@settings(deadline=None)
@given(st.lists(STEPS, max_size=5), st.dictionaries(st.sampled_from(["later", "x"]), st.integers()))
def test_a_plan_is_the_same_after_json_and_unknown_fields_survive(steps: list[s.Step], extra: dict[str, int]) -> None:
    plan = s.Plan(tuple(s.PlannedStep(at, step, (), "why") for at, step in enumerate(steps, 1)), "text", extra)
    assert plan_from_json(plan_to_json(plan)) == plan


def test_steps_come_after_what_they_need_and_otherwise_as_given() -> None:
    plan = s.Plan(
        (
            s.PlannedStep(1, s.DeleteFile("a"), (3,)),
            s.PlannedStep(2, s.DeleteFile("b")),
            s.PlannedStep(3, s.DeleteFile("c")),
        )
    )
    assert [item.id for item in decompose(plan).steps] == [2, 3, 1]


ROUND = s.Plan((s.PlannedStep(1, s.DeleteFile("a"), (2,)), s.PlannedStep(2, s.DeleteFile("b"), (1,))))


@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        ("", EditError, "nothing to do"),
        ([], EditError, "nothing to do"),
        ("frobnicate the widget", EditError, "Step 1: I do not understand 'frobnicate the widget'"),
        ("delete file a.py, then dance", EditError, "Step 2"),
        (ROUND, EditError, "circle"),
        (s.Plan((s.PlannedStep(1, s.DeleteFile("a"), (9,)),)), EditError, "Step 1 needs step 9"),
        (s.Plan((s.PlannedStep(1, s.DeleteFile("a")), s.PlannedStep(1, s.DeleteFile("b")))), EditError, "same number"),
        ({"schema": 99, "steps": []}, EditError, "version 99"),
        ({"do": "explode", "path": "a"}, EditError, "no step 'explode'"),
        ({"do": "replace_text", "path": "a"}, EditError, "lacks 'old'"),
        ({"do": "move_cell", "path": "a", "cell": "1", "position": "2"}, EditError, "has '2' as its position"),
        ([s.DeleteFile(f"f{at}") for at in range(10_000)], EditError, "one too many"),
        (["delete file a"] * 10_000, EditError, "10000 steps; step 51 is one too many"),
        ("; ".join(f"rename f{at} to g{at}" for at in range(10_000)), EditError, "has 10000 steps"),
        ("add logging to " + ", ".join(f"f{at}" for at in range(10_000)), EditError, "has 10000 steps"),
        ("in a.py: " + "; in b.py: ".join(["rename f to g"] * 51), EditError, "has 51 steps"),
        ({"schema": 1, "steps": [{"do": "delete_file", "path": "a"}] * 10_000}, EditError, "has 10000 steps"),
        (" ".join(f"f{at}" for at in range(10_000)), EditError, "do not understand 'f0 f1 "),
        ("delete file /etc/passwd", PathError, "Step 1 .delete file /etc/passwd"),
        ("delete file ../x", PathError, "leads out"),
        ("move a.py to ../../x/", PathError, "leads out"),
    ],
)
def test_bad_input_is_a_clear_error(bad: object, error: type[MaestroError], message: str) -> None:
    with pytest.raises(error, match=message):
        decompose(bad)  # type: ignore[arg-type]
