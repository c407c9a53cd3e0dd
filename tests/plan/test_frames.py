"""What is asked of a data frame is answered by the line that computes it: columns checked, nothing run."""

from __future__ import annotations

import ast

import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.plan.framewords import REDUCTIONS, begins, wanted
from codemaestro_jupyter.plan.scripted_sources import ScriptedSources
from codemaestro_jupyter.types import Answer, Variable
from codemaestro_jupyter.workspace.kernel import picture

from .conftest import run

FRAME = pandas.DataFrame(
    {
        "day": pandas.date_range("2026-01-01", periods=4),
        "price": [3.0, 4.0, 6.0, 9.0],
        "qty": [4, 3, 2, 1],
        "shop": pandas.Categorical(["a", "b", "a", "b"]),
        "Unit Price": [1, 2, 3, 4],
    }
)
VARIABLES = picture({"df": FRAME, "n": 3})


def answered(text: str, sources: ScriptedSources) -> Answer:
    return run(text, sources)[1]


POLARS = Variable("pf", "DataFrame", (3, 2), ("cost", "kind"), ("Float64", "String"), "polars.dataframe.frame")


@pytest.mark.parametrize(
    ("text", "code", "value"),
    [
        ("mean of price in df", 'df["price"].mean()', 5.5),
        ("What's the average price?", 'df["price"].mean()', 5.5),
        ("show me the sum of qty in @df", 'df["qty"].sum()', 10),
        ("maximum unit price", 'df["Unit Price"].max()', 4),
        ("mean of price in df by shop", 'df.groupby("shop")["price"].mean()', None),
        ("how many rows in df", "len(df)", 4),
        ("number of different shops in df", 'df["shop"].nunique()', 2),
        ("correlation between price and qty", 'df["price"].corr(df["qty"])', None),
        ("top 2 rows of df by price", 'df.nlargest(2, "price")', None),
        ("sort df by price descending", 'df.sort_values("price", ascending=False)', None),
        ("rows of df where price is at least 6", 'df[df["price"] >= 6]', None),
        ("filter df where shop is a", 'df[df["shop"] == "a"]', None),
        ("missing values in df", "df.isna().sum()", None),
        ("how many missing values are in df", "df.isna().sum()", None),
    ],
)
def test_the_line_computes_what_was_asked(text: str, code: str, value: object) -> None:
    answer = answered(text, ScriptedSources({}, variables=VARIABLES))
    assert (answer.tool, answer.data["code"]) == ("explain", code)
    assert f"```python\n{code}\n```" in answer.markdown
    assert "Nothing was run" in answer.markdown
    found = eval(code, {"df": FRAME})
    assert value is None or found == value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("plot price by day", 'df.sort_values("day").plot(x="day", y="price")'),
        ("plot price by shop", 'df.groupby("shop")["price"].mean().plot.bar()'),
        ("plot a histogram of price in df", 'df["price"].plot.hist()'),
        ("scatter plot of price against qty", 'df.plot.scatter(x="qty", y="price")'),
        ("plot df", "df.plot()"),
        ("average cost by kind", 'import polars as pl\n\npf.group_by("kind").agg(pl.col("cost").mean())'),
        ("rows of pf where kind is not a", 'import polars as pl\n\npf.filter(pl.col("kind") != "a")'),
    ],
)
def test_plots_and_other_libraries(text: str, code: str) -> None:
    answer = answered(text, ScriptedSources({}, variables=(*VARIABLES, POLARS)))
    assert answer.data["code"] == code
    ast.parse(code)


def test_a_column_that_is_not_there_is_said_with_those_that_are() -> None:
    sources = ScriptedSources({}, variables=VARIABLES)
    said = answered("mean of prise in df", sources)
    assert "`df` has no column `prise`. Spelt like it: `price`." in said.markdown
    assert said.data["code"] == 'df["price"].mean()'
    said = answered("mean of colour in df", sources)
    assert "Its columns: `day`, `price`, `qty`, `shop`, `Unit Price`." in said.markdown
    assert "code" not in said.data


def test_what_no_mean_can_be_made_of_is_warned_of() -> None:
    said = answered("mean of shop in df", ScriptedSources({}, variables=VARIABLES)).markdown
    assert "⚠ `shop` holds `CategoricalDtype`" in said or "⚠ `shop` holds `category`" in said


def test_a_frame_that_only_the_notebook_has_is_not_checked() -> None:
    sources = ScriptedSources({"sales.ipynb": "# %%\nsales = load()\n"})
    said = answered("mean of price in sales", sources)
    assert said.data["code"] == 'sales["price"].mean()'
    assert "so its columns are not checked" in said.markdown


@pytest.mark.parametrize(
    "text",
    ["mean of price in nothing", "sum of the lines in billing", "plot the course of the project", "mean of colour",
     "mean of n in n", "explain df", "fix the mean of price in df"],
)  # fmt: skip
def test_other_requests_stay_what_they_were(text: str) -> None:
    assert "code" not in answered(text, ScriptedSources({}, variables=VARIABLES)).data


FRAMES = {each.name: each.columns for each in VARIABLES if each.columns}


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("mean of price in df", "mean"),
        ("what's the average unit price?", "what's the average"),
        ("correlation between price and qty", "correlation"),
        ("top 2 rows of df by price", "top"),
        ("sort df by price descending", "sort"),
        ("filter df where shop is a", "filter"),
        ("how many missing values are in df", "how many missing"),
        ("plot a histogram of price in df", "plot"),
        ("mean of colour in df", "mean of c"),
    ],
)
def test_such_a_sentence_is_known_from_its_first_words_on(text: str, first: str) -> None:
    for end in (*range(len(first), text.find("colour") + 1 or len(text)), len(text)):
        assert begins(text[:end], FRAMES), text[:end]


@pytest.mark.parametrize(
    "text",
    ["", "explain df", "df", "plot the course of the project", "sort the imports", "what is the total timeout ",
     "count words in the readme", "fix the mean of price in df"],
)  # fmt: skip
def test_no_other_sentence_is_taken_for_one(text: str) -> None:
    assert not begins(text, FRAMES)


@given(
    st.sampled_from(sorted(REDUCTIONS)),
    st.text(st.characters(categories=["L", "N"], include_characters=" _'\"\\-%"), min_size=1, max_size=20),
    st.text(max_size=20),
)
def test_any_column_is_written_as_code(do: str, name: str, tail: str) -> None:
    wanted(f"{do} of {name} {tail}")
    frame = Variable("df", "DataFrame", (1, 1), (name,), ("float64",), "pandas")
    answer = answered(f"mean of {name} in df", ScriptedSources({}, variables=(frame,)))
    if "code" in answer.data:
        index = ast.parse(answer.data["code"]).body[0].value.func.value.slice  # type: ignore[attr-defined]
        assert index.value == name
