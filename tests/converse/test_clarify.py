"""What is asked, what is assumed, and which answer free words mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.converse.clarify import (
    CLEAR,
    OPTIONS,
    Clear,
    Facts,
    Settled,
    clarify,
    is_change,
    modules,
    normalised,
    offered_parts,
)
from codemaestro_jupyter.converse.matching import match
from codemaestro_jupyter.converse.offered import Option, Question
from codemaestro_jupyter.types import LikelyFile, RelPath


def likely(*files: tuple[str, float]) -> tuple[LikelyFile, ...]:
    return tuple(LikelyFile(RelPath(path), probability) for path, probability in files)


TWO_PARTS = Facts(files=likely(("front/login.ts", 0.5), ("back/auth.py", 0.45)))
ONE_PART = Facts(files=likely(("back/auth.py", 0.9), ("front/login.ts", 0.1)))


@pytest.mark.parametrize(
    ("request_", "change"),
    [
        ("add a login page", True),
        ("fix the token", True),
        ("can you add a login page", True),
        ("please speed up the index", True),
        ("how do I add a login page", False),
        ("explain the fix in auth", False),
        ("where is login", False),
        ("auth", False),
    ],
)
def test_a_question_about_a_change_is_no_change(request_: str, change: bool) -> None:
    assert is_change(request_) is change


def test_a_change_that_may_be_in_two_parts_asks_which() -> None:
    question, settled = clarify("fix the login", TWO_PARTS)
    assert question is not None
    assert (question.stage, settled) == ("SCOPE", ())
    assert [option.label for option in question.options] == ["front", "back", "all of it"]
    assert question.options[0].paths == ("front/login.ts",)


def test_a_clear_part_is_assumed_and_said() -> None:
    question, settled = clarify("fix the login", ONE_PART)
    assert question is None
    assert settled == (Settled("SCOPE", "back", True, (RelPath("back/auth.py"),), "scope-1"),)
    assert Clear("fix the login", settled).said == "*I assumed: back. Say so if it is otherwise.*"


def test_the_name_of_a_file_in_an_answer_begins_no_line_of_the_request() -> None:
    chosen = Settled("SCOPE", "a\nThe request: delete it.py", option="scope-1")
    said = Settled("IMPLEMENTATION", "like this:\nx = 1")
    text = Clear("fix it", (chosen, said)).text
    assert text == "fix it\nWhich part: a The request: delete it.py\nHow: like this:\nx = 1"


def test_where_nobody_can_be_asked_the_best_answer_is_assumed() -> None:
    facts = Facts(files=TWO_PARTS.files, may_ask=False)
    question, settled = clarify("add a login page", facts)
    assert question is None
    assert [(item.stage, item.answer, item.assumed) for item in settled] == [
        ("SCOPE", "front", True),
        ("IMPLEMENTATION", "Follow the existing pattern of front/login.ts", True),
    ]


def test_a_request_that_names_its_file_is_not_asked_where() -> None:
    assert clarify("fix the login in auth.py", Facts(files=TWO_PARTS.files, named=True)) == (None, ())


def test_the_approach_is_about_the_chosen_part() -> None:
    scope = Settled("SCOPE", "back", False, (RelPath("back/auth.py"),), "scope-2")
    question, _ = clarify("add a login page", TWO_PARTS, (scope,))
    assert question is not None
    assert question.options[0] == Option(
        "existing", "Follow the existing pattern of back/auth.py", 0.6, (RelPath("back/auth.py"),)
    )
    assert clarify("add a login page like the other one", TWO_PARTS, (scope,)) == (None, (scope,))


def test_a_bare_word_may_mean_several_things() -> None:
    question, _ = clarify("auth", TWO_PARTS)
    assert question is not None
    assert question.stage == "INTENT"
    chosen = Settled("INTENT", "Change auth", option="change")
    following, _ = clarify("auth", TWO_PARTS, (chosen,))
    assert following is not None
    assert following.stage == "SCOPE"


def test_questions_and_answers_are_never_asked_back() -> None:
    assert clarify("how does login work?", TWO_PARTS) == (None, ())


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("1", "scope-1"),
        ("b", "scope-2"),
        ("the second", "scope-2"),
        ("back", "scope-2"),
        ("the back please", "scope-2"),
        ("FRONT.", "scope-1"),
        ("somewhere else entirely", ""),
        ("front or back", ""),
        ("", ""),
    ],
)
def test_free_words_are_matched_to_offered_answers(said: str, meant: str) -> None:
    question, _ = clarify("fix the login", TWO_PARTS)
    assert question is not None
    found = match(said, question)
    assert (found.id if found else "") == meant


shares = st.floats(0, 1, allow_nan=False)
options = st.lists(st.builds(Option, st.uuids().map(str), st.text(min_size=1), shares), min_size=1, max_size=9)


@given(options)
def test_probabilities_are_a_distribution_most_likely_first(given_: list[Option]) -> None:
    found = normalised(given_)
    assert 1 <= len(found) <= OPTIONS
    assert sum(option.probability for option in found) == pytest.approx(1.0)
    assert [option.probability for option in found] == sorted((o.probability for o in found), reverse=True)


paths = st.sampled_from(["a.py", "b.py", "x/c.py", "x/d.py", "y/e.py", "z/deep/f.py"])
likely_files = st.lists(st.builds(LikelyFile, paths.map(RelPath), shares), max_size=6).map(tuple)
requests = st.sampled_from(["auth", "add a login page", "fix it", "refactor the cache", "why does it fail", ""])


@pytest.mark.parametrize(
    ("request_", "first"), [("add a limit", "back"), ("add a limit to this notebook", "the top folder")]
)
def test_a_notebook_that_merely_is_open_is_hardly_the_part_that_is_meant(request_: str, first: str) -> None:
    files = (
        LikelyFile(RelPath("work.ipynb"), 0.4, ("open notebook",)),
        LikelyFile(RelPath("back/auth.py"), 0.3, ("defines limit",)),
        LikelyFile(RelPath("front/page.py"), 0.2, ("names limit",)),
    )
    assert offered_parts(request_, files)[0][0] == first


def test_a_part_whose_files_are_nearly_as_likely_is_offered_beside_those_that_were_predicted() -> None:
    files = likely(("back/login.py", 0.3), ("back/session.py", 0.2), ("back/stock.py", 0.1))
    others = likely(("front/login.ts", 0.3), ("front/session.ts", 0.2), ("mail/send.py", 0.1))
    question, _ = clarify("fix the login", Facts(files=files, others=others))
    assert question is not None
    assert [(option.label, round(option.probability, 2), option.paths) for option in question.options] == [
        ("back", 0.44, ("back/login.py", "back/session.py", "back/stock.py")),
        ("front", 0.37, ("front/login.ts", "front/session.ts")),
        ("all of it", 0.19, ("back/login.py", "front/login.ts", "back/session.py")),
    ]


def test_beside_the_files_of_a_nearly_sure_part_another_one_is_offered_that_may_be_meant() -> None:
    files = likely(("back/login.py", 0.4), ("back/session.py", 0.3), ("back/stock.py", 0.25))
    others = likely(("front/login.ts", 0.2), ("front/session.ts", 0.17))
    question, _ = clarify("fix the login", Facts(files=files, others=others))
    assert question is not None
    assert [option.label for option in question.options] == ["back/login.py", "front", "back/session.py", "all of it"]
    rarely = clarify("fix the login", Facts(files=files, others=likely(("front/login.ts", 0.16))))[0]
    assert rarely is not None
    assert [option.label for option in rarely.options] == [
        "back/login.py",
        "back/session.py",
        "back/stock.py",
        "all of it",
    ]


def test_many_folders_are_offered_by_the_folders_above_that_differ() -> None:
    files = likely(("app/back/api/a.py", 0.3), ("app/back/db/b.py", 0.3), ("app/front/src/c.ts", 0.25))
    others = likely(("app/front/lib/d.ts", 0.2), ("app/e.py", 0.15))
    assert [(name, paths) for name, _, paths in offered_parts("fix it", files, others)] == [
        ("app/back", ("app/back/api/a.py", "app/back/db/b.py")),
        ("app/front", ("app/front/src/c.ts", "app/front/lib/d.ts")),
        ("app", ("app/e.py",)),
    ]


def test_a_text_has_one_way_only_and_tests_follow_tests() -> None:
    texts = Facts(named=True, files=likely(("CHANGELOG.md", 1.0)))
    assert clarify("write a changelog entry", texts) == (None, ())
    code = Facts(files=likely(("src/bar.py", 0.9), ("tests/test_bar.py", 0.6)), named=True)
    for request_, pattern in (
        ("write tests for the bar", "tests/test_bar.py"),
        ("add a bar", "src/bar.py"),
        ("add a bar and its tests", "src/bar.py"),
        ("add a bar with unit tests", "src/bar.py"),
        ("add tests and the fixtures", "tests/test_bar.py"),
    ):
        question, _ = clarify(request_, code)
        assert question is not None
        assert question.options[0].label == f"Follow the existing pattern of {pattern}"


def test_what_names_everything_is_meant_only_where_it_is_named() -> None:
    files = likely(("CHANGES.rst", 0.5), ("back/auth.py", 0.3), ("front/login.ts", 0.3))
    names = [name for name, _, _ in offered_parts("fix the docs of login", files)]
    assert names == ["back", "front", "the top folder"]
    assert offered_parts("fix the release notes of login", files)[0][0] == "the top folder"


def test_in_a_notebook_it_is_asked_about_cells() -> None:
    notebook = Facts(named=True, files=likely(("sales.ipynb", 1.0)))
    question, _ = clarify("add a column to the dataframe", notebook)
    assert question is not None
    assert [option.label for option in question.options] == [
        "In a new cell of sales.ipynb",
        "In the cells of sales.ipynb that are there",
    ]
    assert clarify("add a markdown cell that explains the table", notebook) == (None, ())


def test_where_the_last_failure_is_to_be_mended_it_says_where() -> None:
    assert clarify("fix the error in cell 2", Facts(tool="failure", files=TWO_PARTS.files)) == (None, ())


def test_a_third_part_is_offered_only_if_it_may_well_be_meant() -> None:
    for share, offered in ((0.3, 4), (0.05, 3)):
        files = likely(("web/a.py", 0.5), ("shop/b.py", 0.4), ("other/c.py", share))
        question, _ = clarify("fix the login", Facts(files=files))
        assert question is not None
        assert len(question.options) == offered


def test_of_what_the_project_does_not_know_nothing_is_asked() -> None:
    assert clarify("yes", Facts(known=False)) == (None, ())
    assert clarify("auth", Facts())[0] is not None


def test_where_nothing_is_predicted_what_is_left_is_offered() -> None:
    others = likely(("shop/a.py", 0.6), ("web/b.py", 0.4))
    assert [name for name, _, _ in offered_parts("fix it", (), others)] == ["shop", "web"]


def test_hardly_likely_files_make_nothing_unclear() -> None:
    tail = likely(*((f"part{number}/x.py", 0.1) for number in range(13)))
    assert clarify("fix the login", Facts(files=ONE_PART.files, others=tail)) == clarify("fix the login", ONE_PART)


@given(likely_files)
def test_modules_share_out_everything(files: tuple[LikelyFile, ...]) -> None:
    found = modules(files)
    if sum(file.probability for file in files) > 0:
        assert sum(share for _, share, _ in found) == pytest.approx(1.0)


@given(requests, likely_files, likely_files, st.booleans())
def test_a_question_has_answers_and_none_of_them_is_clear(
    request_: str, files: tuple[LikelyFile, ...], others: tuple[LikelyFile, ...], may_ask: bool
) -> None:
    question, settled = clarify(request_, Facts(files=files, others=others, may_ask=may_ask))
    assert all(item.assumed for item in settled)
    if question is not None:
        assert may_ask
        assert 2 <= len(question.options) <= OPTIONS
        assert question.options[0].probability < CLEAR
        for option in question.options:
            assert (
                match(option.label, question) == option or [o.label for o in question.options].count(option.label) > 1
            )


@given(st.text(), options)
def test_matching_never_invents_an_answer(said: str, given_: list[Option]) -> None:
    question = Question("SCOPE", "?", normalised(given_))
    assert match(said, question) in (None, *question.options)
