"""What others wrote runs nothing and fetches nothing, and keeps its looks otherwise."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from codemaestro_jupyter.plan.harmless import harmless

EVIL = "<img src=x onerror=alert(1)>"
SHOWN = "&lt;img src=x onerror=alert(1)>"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"set x to {EVIL}", f"set x to {SHOWN}"),
        (f"**{EVIL}** `{EVIL}`", f"**{SHOWN}** `{EVIL}`"),
        (f"<details>\n{EVIL}\n</details>", f"<details>\n{SHOWN}\n</details>"),
        (f"| a |\n|---|\n| {EVIL} |", f"| a |\n|---|\n| {SHOWN} |"),
        (f"a `b\nc` {EVIL} `d`", f"a `b\nc` {SHOWN} `d`"),
        ("<script>\nalert(1)</script>", "&lt;script>\nalert(1)&lt;/script>"),
        ("[x](javascript:alert(1))", "[x]\\(javascript:alert(1))"),
        ("[x](java&#115;cript:alert(1))", "[x]\\(java&#115;cript:alert(1))"),
        ("[a](\njavascript:alert(1))", "[a\\](\njavascript:alert(1))"),
        ("[x][y]\n\n[y]: javascript:alert(1)", "[x\\][y\\]\n\n[y\\]: javascript:alert(1)"),
        ("<javascript:alert(1)>", "&lt;javascript:alert(1)>"),
        ("![all of it](https://example.org/?q=secret)", "[all of it](https://example.org/?q=secret)"),
    ],
)
def test_what_could_run_or_be_fetched_is_shown_as_text(text: str, shown: str) -> None:
    assert harmless(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "a < b, <b>bold</b>,<br> [a](src/a.py#line=3) and <https://example.org>",
        f"```html\n{EVIL}\n![x](y)\n```",
        f"- see\n\n  ```html\n  {EVIL}\n  ```",
        f"`{EVIL}` and \\<img src=x>",
        "| `a` | $x<y$ |",
    ],
)
def test_the_rest_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


def test_code_that_a_formula_could_take_apart_holds_no_tag() -> None:
    text = f"- a\n\n  $\n  ```\n  $\n  {EVIL}\n  $\n  ```\n  $"
    assert harmless(text) == text.replace("<img", "<\u200bimg")


PIECES = st.sampled_from(
    [EVIL, "<b>", "<!--", "-->", "<script>", "![a](b)", "[a](javascript:x)", "[a]: data:x", "[a]", "`", "``", "```",
     "~~~", "\n", "\n\n", "    ", "- ", "> ", "\\", "&lt;", "&#60;", "|", "a", " ", "$", "<details>",
     "<a href='", "'>", "]("]
)  # fmt: skip


@given(st.lists(PIECES, max_size=14).map("".join))
def test_nothing_is_left_that_could_run_or_be_fetched(text: str) -> None:
    found = harmless(text)
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    assert [token.content for token in flat(parser.parse(found)) if dangerous(token)] == []
    assert harmless(found) == found


def flat(tokens: list[Token]) -> list[Token]:
    return [inner for token in tokens for inner in (token, *flat(token.children or []))]


def dangerous(token: Token) -> bool:
    link = str(token.attrs.get("href", ""))
    return (
        token.type == "image"
        or re.match(r"\s*(javascript|data):", link) is not None
        or (token.type.startswith("html") and re.search(r"<(?!/?(b|details)>)[a-z!]", token.content) is not None)
    )
