"""Nothing that is quoted breaks out of its quotation, and every link leads back to its path."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.plan import markdown as md

LINE = st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=60)
NAME = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12
).filter(lambda name: name not in (".", ".."))


def read_span(span: str) -> str:
    """What CommonMark makes of a code span that fills the whole text."""
    ticks = re.match(r"`+", span)
    assert ticks
    inside = span[len(ticks[0]) : -len(ticks[0])]
    assert ticks[0] not in re.findall(r"`+", inside)
    return inside[1:-1] if inside[:1] == inside[-1:] == " " and inside.strip() else inside


@given(LINE)
def test_a_code_span_gives_back_its_text(text: str) -> None:
    wanted = text.strip()
    assert read_span(md.code(wanted)).strip() == wanted


@given(st.text(st.sampled_from("`~ab\n"), max_size=40))
def test_a_fence_ends_only_at_its_end(text: str) -> None:
    first, *inside, last = md.fence(text, "python").split("\n")
    assert "\n".join(inside) == text
    assert first == f"{last}python"
    assert all(not re.match(rf" {{0,3}}`{{{len(last)},}}\s*$", line) for line in inside)


@given(st.lists(NAME, min_size=1, max_size=4), st.lists(NAME, max_size=3), st.integers(1, 9))
def test_a_link_leads_from_the_notebook_to_the_path(parts: list[str], folder: list[str], line: int) -> None:
    path, base = "/".join([*parts, "x.py"]), "/".join(folder)
    url, _, fragment = md.target(path, base, line).partition("#")
    assert fragment == f"line={line - 1}"
    assert not re.search(r"[\s()\[\]<>#?:]", url)
    assert posixpath.normpath(posixpath.join(base, unquote(url))) == posixpath.normpath(path)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Fix `get` (#12)", "Fix `get` (#12)"),
        ("![x](http://evil/x.png)", "!\\[x\\](http://evil/x.png)"),
        ("<img src=x>", "\\<img src=x>"),
        ("a_b_c and *args and **kwargs", "a\\_b\\_c and \\*args and \\*\\*kwargs"),
        ("costs $5 or $6", "costs \\$5 or \\$6"),
        ("a &lt; b & c", "a &amp;lt; b & c"),
        ("odd ` tick", "odd \\` tick"),
    ],
)
def test_text_of_others_stays_text(text: str, shown: str) -> None:
    assert md.plain(text) == shown


def test_quoted_lines_cannot_begin_a_block() -> None:
    assert md.quoted("# no heading\n- no list\n1. no number") == "> \\# no heading  \n> \\- no list  \n> 1\\. no number"


def test_counts_and_lists_read_like_english() -> None:
    assert [md.count(1, "line"), md.count(2, "match"), md.listed(["a", "b", "c", "d"], 2)] == [
        "1 line",
        "2 matches",
        "a, b and 2 more",
    ]


def test_what_is_listed_in_a_docstring_begins_a_line_of_its_own() -> None:
    text = "Run it, and\nthen stop.\n\n:param sql: what\n:param n: how\n  often\n- one\nx : int"
    assert md.quoted(text).split("\n") == [
        *("> Run it, and", "> then stop.", ">"),
        *("> :param sql: what  ", "> :param n: how", "> often  ", "> \\- one  ", "> x : int"),
    ]
