"""The commonest requests in other languages, and the commonest slips, mean what they mean in English."""

from __future__ import annotations

import pytest

from codemaestro_jupyter.plan.requests import classify
from codemaestro_jupyter.plan.tongues import in_english, without_slip


@pytest.mark.parametrize(
    ("text", "tool", "aspect", "argument"),
    [
        ("Wo ist die Klasse Router definiert?", "find", "definition", "Router"),
        ("wo wird `Router.add` aufgerufen", "find", "calls", "Router.add"),
        ("Erkläre mir Router", "explain", "", "Router"),
        ("Was macht src/app.py?", "explain", "", "src/app.py"),
        ("zeig mir app.py", "read", "", "app.py"),
        ("Was hat sich in auth geändert?", "history", "", "auth"),
        ("Was hat sich geändert?", "history", "", ""),
        ("où est défini Router ?", "find", "definition", "Router"),
        ("explique la fonction fetch_user", "explain", "", "fetch_user"),
        ("¿Dónde está definida la clase Router?", "find", "definition", "Router"),
        ("哪里定义了 Context？", "find", "definition", "Context"),
        ("Context 在哪里定义", "find", "definition", "Context"),
        ("解释一下 Router.add", "explain", "", "Router.add"),
        ("为什么失败了", "failure", "", ""),
        ("explian Context.Bind", "explain", "", "Context.Bind"),
        ("wher is Context defined", "find", "definition", "Context"),
        ("explain Searcher::search_path", "explain", "", "Searcher.search_path"),
        ("who calls Queue#push", "find", "calls", "Queue.push"),
        ('find "a::b"', "find", "text", "a::b"),
    ],
)
def test_a_request_is_understood(text: str, tool: str, aspect: str, argument: str) -> None:
    found = classify(text)
    assert (found.tool, found.aspect, found.argument) == (tool, aspect, argument)


@pytest.mark.parametrize(
    "text", ["wo der Router neu gestartet wird, gehört geändert", "add a wat to X", "where is Router", "wat"]
)
def test_other_sentences_stay_as_they_are(text: str) -> None:
    assert in_english(text) == without_slip(text) == ""
