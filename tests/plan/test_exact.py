"""Which requests need no model though one is on: those that name what the project holds, and ask for nothing more."""

from __future__ import annotations

import pytest

from codemaestro_jupyter.plan.exact import in_exact_form, is_exact
from codemaestro_jupyter.types import RelPath

FILES = tuple(map(RelPath, ("auth.py", "shop/basket.py", "tests/test_auth.py", "README.md")))
DEFINED = frozenset({"Session", "make_token"})


@pytest.mark.parametrize(
    "request_",
    [
        "show auth.py",
        "read lines 3-9 of auth.py",
        "please open shop/basket.py",
        "show make_token",
        "where is Session defined?",
        "where is make_token",
        "find uses of make_token",
        "who calls make_token?",
        "which files use Session",
        "list all TODOs",
        "grep 'TIMEOUT'",
        "history of auth.py",
        "git log auth.py",
        "recent commits",
        "git status",
        "who changed auth.py last",
        "show cell 3",
        "show this file",
        "undo",
        "please undo the last change",
    ],
)
def test_what_the_project_says_word_for_word_needs_no_model(request_: str) -> None:
    assert is_exact(request_, FILES, DEFINED.__contains__)


@pytest.mark.parametrize(
    "request_",
    [
        "undo the renaming of Session",
        "explain auth.py",
        "what is Session",
        "why does auth.py fail",
        "what changed in auth.py",
        "show auth.py and explain it",
        "show auth.py. Is it safe?",
        "where is Session used, and is that safe?",
        "how is make_token used",
        "find bugs in auth.py",
        "find the bug",
        "show me how login works",
        "find a good name for Session",
        "where do we handle retries?",
        "summarize the recent commits",
        "rename make_token to build_token",
        "auth.py\n\nAttached cell 3",
        "",
        "show auth.py " + "x" * 200,
    ],
)
def test_what_asks_for_words_or_for_more_is_the_models(request_: str) -> None:
    assert not is_exact(request_, FILES, DEFINED.__contains__)


@pytest.mark.parametrize(
    "request_", ["where is Sesion", "show missing.py", "find uses of login", "history of payments"]
)
def test_a_name_that_the_project_does_not_have_is_the_models(request_: str) -> None:
    assert in_exact_form(request_)
    assert not is_exact(request_, FILES, DEFINED.__contains__)
