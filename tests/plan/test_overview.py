"""What a newcomer asks first, and small talk: an overview and what can be asked, not a guess at files."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from codemaestro_jupyter.plan.requests import classify
from codemaestro_jupyter.plan.scripted_sources import ScriptedSources
from codemaestro_jupyter.types import Answer, LikelyFile, Prediction, RelPath

Ask = Callable[..., Answer]
Make = Callable[..., ScriptedSources]


@pytest.mark.parametrize(
    "text",
    [
        "overview",
        "what does this project do?",
        "explain the code base",
        "how is this repository structured?",
        "what files are there",
        "list all files in the repo",
        "where should I start?",
    ],
)
def test_the_project_itself_can_be_asked_about(text: str) -> None:
    assert (classify(text).tool, classify(text).aspect) == ("explain", "project")


@pytest.mark.parametrize("text", ["hello", "hi there", "help", "what can you do?", "Thanks!"])
def test_small_talk_gets_what_can_be_asked(text: str) -> None:
    assert (classify(text).tool, classify(text).aspect) == ("explain", "help")


def test_an_overview_has_the_readme_folders_and_what_changes_most(ask: Ask, make_shop: Make) -> None:
    long = "A shop that sells things to people who have an account, with a discount for members.\n"
    shop = make_shop(texts={**make_shop().texts, "README.md": f"# Shop\n\n![badge](x.png) {long}\n{long}"})
    answer = ask("overview", shop)
    assert answer.markdown.startswith("> A shop that sells things")
    assert "([`README.md:5`](../README.md#line=4))" in answer.markdown
    assert "- `shop/` 3 files; e.g. [`shop/__init__.py`](../shop/__init__.py)" in answer.markdown
    assert "- [`shop/orders.py`](../shop/orders.py) in 2 of the last 3 commits" in answer.markdown
    assert "no files that can be read" in ask("overview", make_shop(texts={})).markdown


def test_a_folder_full_of_data_hides_neither_the_package_nor_its_tests(ask: Ask, make_shop: Make) -> None:
    data = {f"examples/data/{number}.arff": "x\n" for number in range(200)}
    told = ask("overview", make_shop(texts={**make_shop().texts, **data})).markdown
    folders = [line.split("`")[1] for line in told.splitlines() if line.startswith("- `") and "/` " in line]
    assert folders[:2] == ["examples/", "shop/"]
    assert "tests/" in folders


def test_help_speaks_of_this_project(ask: Ask, make_shop: Make) -> None:
    assert "- `explain Basket`: signature" in ask("help").markdown
    assert "- `show FILE`: the text" in ask("help", make_shop(texts={}, commits=())).markdown


def test_a_request_that_nothing_fits_names_no_files(ask: Ask, make_shop: Make) -> None:
    class Recent(ScriptedSources):
        def predict(self, text: str) -> Prediction:
            return Prediction(
                text=text,
                files=(LikelyFile(RelPath("shop/users.py"), 0.3, ("changed 2 days ago", "you used it before")),),
            )

    answer = ask("qqqq zzzz wwww", Recent(make_shop().texts))
    assert "fits the request: searched for `qqqq`, `zzzz`, `wwww`" in answer.markdown
    assert "**Files**" not in answer.markdown


@pytest.mark.parametrize("text", ["make it faster", "refactor", "hello world", "improve this code please"])
def test_a_request_that_would_fit_any_project_says_what_is_at_hand(ask: Ask, text: str) -> None:
    answer = ask(text)
    assert answer.markdown.startswith("The request does not say what it is about")
    assert "- what you are changing: `shop/users.py`" in answer.markdown
    assert "- the last failure, `KeyError: 'discount'`: `why did it fail`" in answer.markdown


def test_the_last_line_of_a_known_traceback_asks_why(ask: Ask, make_shop: Make) -> None:
    assert ask("KeyError: 'discount'").tool == "failure"
    assert ask("KeyError: 'other'").tool == "brief"
    assert ask("what's wrong with the log").tool == "failure"


def test_the_cell_that_asks_is_no_answer_to_itself(ask: Ask, make_shop: Make) -> None:
    asked = "let members of the club fill a basket of zebras"
    texts = {**make_shop().texts, "notebooks/analysis.ipynb": f"# %%\n%%maestro\n{asked}\n"}
    answer = ask(asked, make_shop(texts=texts, likely=("notebooks/analysis.ipynb", "shop/orders.py")))
    assert [file["path"] for file in answer.data["files"]] == ["shop/orders.py"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("readme", "said"),
    [
        (
            "# Gin Framework\n\nWe are excited to announce the next release of everything, with many changes.\n\n"
            "Gin is a [fast](x.md) framework that helps people to build web services in Go.\n",
            "Gin is a fast framework that helps people to build web services in Go.",
        ),
        (
            "ripgrep (rg)\n------------\nripgrep is a tool that searches directories for lines that match a pattern.\n",
            "ripgrep is a tool that searches directories for lines that match a pattern.",
        ),
        (
            "**[Installation](#installation-of-it)** |\n**[Documentation](https://example.org/docs)** |\n\n"
            "An extensible environment for interactive and reproducible computing.\n",
            "An extensible environment for interactive and reproducible computing.",
        ),
    ],
)
def test_a_readme_says_what_a_project_is(ask: Ask, make_shop: Make, readme: str, said: str) -> None:
    answer = ask("overview", make_shop(texts={**make_shop().texts, "README.md": readme}))
    assert answer.markdown.startswith(f"> {said}\n")
