"""The laws of every answer: nothing invented, whole, deterministic, and it says what it rests on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codemaestro_jupyter.plan import offline
from codemaestro_jupyter.plan.scripted_sources import ScriptedSources
from codemaestro_jupyter.plan.sources import Sources
from codemaestro_jupyter.types import Answer, AnswerPart, LikelyFile, Prediction, RelPath

REQUESTS = [
    "show shop/orders.py",
    "show orders.py:5-9",
    "show generated.py",
    "show generated.py in detail",
    "read lines 3-900 of generated.py",
    "show analysis.ipynb",
    "show cell 2 of analysis.ipynb",
    "show `tick`.py",
    'show "docs/read me [draft] #1 (old).md"',
    "show README.md",
    "show big/",
    "show load_user",
    "show ordrs.py",
    "show this notebook",
    "where is load_user defined",
    "find uses of load_user",
    "find checkout",
    "find Basket in detail",
    "find orders.py",
    "find *.md",
    "find fetch_nothing",
    "tests for Basket",
    'search for "sum(self.items)"',
    "search for discount price",
    "explain Basket",
    "explain Basket.total in detail",
    "explain load_user briefly",
    "explain Basket.totl",
    "explain shop/orders.py",
    "explain README.md",
    "explain @frame",
    "explain @frme",
    "explain this notebook",
    "what changed",
    "what changed since yesterday",
    "what changed in shop last week",
    "what changed in orders.py",
    "what changed about discount",
    "what changed today",
    "why did it fail",
    "why does test_nothing fail",
    "why did checkout fail",
    "add a discount for members to Basket.total",
    "fix the discount error when a user is missing",
    "rename load_user to find_user in @shop/users.py",
    "hello",
    "overview",
    "who calls load_user",
    "the last 2 commits",
    "what did Ada change",
    "who changed orders.py last",
    "uncommitted changes",
    "explain commit 1234567",
    "zzzz qqqq",
    "",
]
Run = Callable[..., tuple[list[AnswerPart], Answer]]
Facts = Callable[[Sources, Answer], list[str]]


@pytest.mark.parametrize("text", REQUESTS)
def test_nothing_is_invented(text: str, shop: ScriptedSources, run_parts: Run, facts: Facts) -> None:
    parts, answer = run_parts(text, shop)
    assert facts(shop, answer) == []
    assert "".join(part.markdown for part in parts) == answer.markdown
    assert answer.request == text
    assert {source for part in parts for source in part.sources} == set(answer.sources)
    assert all(path in shop.files() for path in answer.files)
    assert "A model would" in parts[-1].markdown
    assert "settings model" in parts[-1].markdown


@pytest.mark.parametrize("text", REQUESTS)
def test_the_same_sources_give_the_same_answer(
    text: str, make_shop: Callable[..., ScriptedSources], run_parts: Run
) -> None:
    assert run_parts(text, make_shop()) == run_parts(text, make_shop())


@pytest.mark.parametrize("text", REQUESTS)
def test_an_answer_holds_until_what_it_rests_on_changes(
    text: str, shop: ScriptedSources, make_shop: Callable[..., ScriptedSources], run_parts: Run
) -> None:
    _, answer = run_parts(text, shop)
    assert answer.fingerprints
    timeless = "clock" not in answer.fingerprints
    assert shop.holds(answer.fingerprints) == timeless
    assert timeless == (not any(word in text for word in ("yesterday", "last week", "today")))
    for path in answer.files:
        changed = make_shop(texts={**shop.texts, path: shop.texts[path] + "\n# changed\n"})
        assert not changed.holds(answer.fingerprints)


@given(
    st.text(max_size=80),
    st.sampled_from(["show {}", "find {}", "explain {}", "what changed in {}", "why did {} fail", "{}"]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
def test_every_request_is_answered_with_facts(
    shop: ScriptedSources, run_parts: Run, facts: Facts, subject: str, form: str
) -> None:
    _, answer = run_parts(form.format(subject), shop)
    assert answer.markdown
    assert facts(shop, answer) == []


WORDS = st.sampled_from(
    ["def fetch(a):", "    return a", "`", "```", "~~~", "# %%", "[x](y)", "", "\t", "class A:", "é", "<b>", "|", "$"]
)


@given(st.lists(st.lists(WORDS, max_size=4).map(" ".join), max_size=12).map("\n".join))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
def test_whatever_a_file_holds_it_is_quoted_as_it_is(run_parts: Run, facts: Facts, text: str) -> None:
    sources = ScriptedSources({"a.py": text, "n.ipynb": text, "c.md": text}, likely=("a.py", "c.md"))
    for request in (
        "show a.py",
        "show n.ipynb",
        "find fetch",
        "explain a.py",
        "explain fetch",
        "fetch the return of A",
    ):
        _, answer = run_parts(request, sources)
        assert facts(sources, answer) == []


def test_an_empty_project_is_answered_too(run_parts: Run) -> None:
    for text in REQUESTS:
        _, answer = run_parts(text, ScriptedSources({}))
        assert answer.markdown
        assert answer.files == ()


def test_a_brief_fits_a_screen_and_says_more_when_asked(shop: ScriptedSources, run_parts: Run) -> None:
    text = "add a discount for members to Basket.total"
    short, normal, full = (
        run_parts(text, shop, detail=detail)[1].markdown.count("\n") for detail in ("short", "normal", "full")
    )
    assert short < normal <= 60
    assert normal <= full


def test_the_first_part_of_a_brief_names_the_likeliest_file_before_anything_is_searched(
    make_shop: Callable[..., ScriptedSources],
) -> None:
    class Searchless(ScriptedSources):
        def search(self, text: str, k: int = 20) -> tuple[object, ...]:  # type: ignore[override]
            raise AssertionError("searched too early")

    sources = Searchless(make_shop().texts, likely=["shop/users.py"])
    part = next(offline.answer("give members a discount", sources, now=0.0))
    assert "shop/users.py" in part.markdown


def test_a_preview_reads_nothing_and_names_tool_and_files() -> None:
    prediction = Prediction("explain Basket", files=(LikelyFile(RelPath("a b.py"), 0.5, ("named in your text",)),))
    answer = offline.preview("explain Basket", prediction)
    assert answer.markdown == (
        "**Would do:** explain `Basket`\n\n- would read [`a b.py`](a%20b.py) (50%: named in your text)\n"
        "\nNothing was read, run or stored.\n"
    )
    assert (answer.tool, answer.files, answer.fingerprints) == ("explain", ("a b.py",), {})
