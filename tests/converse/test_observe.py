"""What is meant by what is typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.converse.observe import LONGEST, Observed, code_intent, observe, strip_magic
from codemaestro_jupyter.types import CellId, NotebookId, TypingEvent


def typed(text: str, source: str = "cell", cursor: int | None = None) -> TypingEvent:
    return TypingEvent(
        source,  # type: ignore[arg-type]
        NotebookId("a.ipynb"),
        CellId("c1"),
        1,
        text,
        len(text) if cursor is None else cursor,
        0.0,
    )


@pytest.mark.parametrize(
    ("cell", "request_text"),
    [
        ("%%maestro\nfix the login", "fix the login"),
        ("%%maestro fix the login", "fix the login"),
        ("%%maestro -f json --into x\nfix {the: login}", "fix {the: login}"),
        ("%%maestro --fresh\n", ""),
        ("%%maestro", ""),
        ("\n%%maestro --wait explain\nClient", "explain\nClient"),
    ],
)
def test_a_maestro_cell_is_its_request(cell: str, request_text: str) -> None:
    assert observe(typed(cell)) == Observed("request", request_text)


def test_the_line_magic_asks_too() -> None:
    assert observe(typed("%maestro ask where is Client")) == Observed("request", "where is Client")


def test_the_chat_box_is_a_request_even_if_it_looks_like_code() -> None:
    assert observe(typed("import os", "chat")) == Observed("request", "import os")


def test_comments_and_names_of_a_code_cell_drive_the_prediction() -> None:
    code = "# load the user accounts\nimport pandas as pd\nframe = pd.read_csv(path)\nframe.gro"
    assert observe(typed(code)) == Observed("code", "load the user accounts pandas pd frame read_csv path frame gro")


def test_a_comment_being_typed_is_what_it_is_about() -> None:
    assert code_intent("x = 1  # retry the downl", 24) == "retry the downl"


def test_words_that_merely_start_like_the_magic_are_code() -> None:
    assert observe(typed("%%maestros\nx")).kind == "code"
    assert strip_magic("%%time\nx = 1") == "%%time\nx = 1"


@given(st.text(max_size=300), st.integers(-5, 400))
def test_any_text_and_any_cursor_give_a_bounded_text(text: str, cursor: int) -> None:
    assert len(observe(typed(text, cursor=cursor)).text) <= LONGEST


def test_a_huge_paste_is_cut_to_what_is_near_the_cursor() -> None:
    observed = observe(typed("%%maestro\n" + "word " * 200_000 + "login"))
    assert len(observed.text) == LONGEST
    assert observed.text.endswith("login")
