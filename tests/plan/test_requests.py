"""Requests as people write them, and that any text at all is a request."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.plan.requests import Reference, Request, classify

TABLE = [
    ("show src/a.py", "read", "src/a.py", {}),
    ("Show me src/a.py, please.", "read", "src/a.py", {}),
    ("src/a.py", "read", "src/a.py", {}),
    ("a.py:12", "read", "a.py", {"lines": (12, 12)}),
    ("read lines 10-40 of a.py", "read", "a.py", {"lines": (10, 40)}),
    ("read lines 40 to 10 of a.py", "read", "a.py", {"lines": (10, 40)}),
    ("read a.py from line 10 to 40", "read", "a.py", {"lines": (10, 40)}),
    ("show a.py:10-20", "read", "a.py", {"lines": (10, 20)}),
    ("show the last 20 lines of run.log", "read", "run.log", {"lines": (-20, -1)}),
    ("show me the first 5 lines of README.md", "read", "README.md", {"lines": (1, 5)}),
    ("show cell 3 of analysis.ipynb", "read", "analysis.ipynb", {"cell": 3}),
    ("show cell 3", "read", "", {"cell": 3}),
    ('open the file "my notes.md"', "read", "my notes.md", {}),
    ("show this notebook", "read", "this notebook", {}),
    ("where is fetch_user defined?", "find", "fetch_user", {"aspect": "definition"}),
    ("where's Client.get", "find", "Client.get", {}),
    ("find the fetch_user function", "find", "fetch_user", {}),
    ("find uses of X", "find", "X", {"aspect": "uses"}),
    ("who calls fetch_user()", "find", "fetch_user", {"aspect": "calls"}),
    ("where do we use asyncio", "find", "asyncio", {"aspect": "uses"}),
    ("tests for Client.get", "find", "Client.get", {"aspect": "tests"}),
    ('search for "connection refused"', "find", "connection refused", {"aspect": "text"}),
    ("explain Client.get", "explain", "Client.get", {}),
    ("can you explain the Client class briefly", "explain", "Client", {"detail": "short"}),
    ("what does fetch_user do?", "explain", "fetch_user", {}),
    ("what is the shape of df", "explain", "df", {}),
    ("which columns does df have?", "explain", "df", {}),
    ("how many rows and columns are in the df", "explain", "df", {}),
    ("list the column names of df", "explain", "df", {}),
    ("how big is df", "explain", "df", {}),
    ("explain @df in detail", "explain", "df", {"detail": "full", "references": (Reference("df"),)}),
    ("show @src/a.py:3-9", "read", "src/a.py", {"lines": (3, 9), "references": (Reference("src/a.py", (3, 9)),)}),
    ("what changed", "history", "", {}),
    ("what changed since yesterday", "history", "", {"when": "since yesterday"}),
    ("what changed in auth last week?", "history", "auth", {"when": "last week"}),
    ("what changed in this file", "history", "this file", {}),
    ("what did I change today", "history", "", {"when": "today"}),
    ("show recent commits about retries", "history", "retries", {"aspect": "text"}),
    ("when was settings.py last changed", "history", "settings.py", {"aspect": "last"}),
    ("git status", "history", "", {"aspect": "tree"}),
    ("why did it fail", "failure", "", {}),
    ("why does the cell fail?", "failure", "", {}),
    ("why does test_login fail", "failure", "test_login", {}),
    ("what went wrong?", "failure", "", {}),
    ("explain the last error", "failure", "", {}),
    ("which tests fail", "failure", "", {}),
    ("Why?", "failure", "", {}),
    ("fix the error in cell 2", "failure", "", {}),
    ("please fix this exception", "failure", "", {}),
    ("fix the error handling in auth", "brief", "fix the error handling in auth", {}),
    ("whats in app.py", "explain", "app.py", {}),
    ("where’s url_for", "find", "url_for", {}),
    ("where can I find Config?", "find", "Config", {}),
    ("which file defines Flask", "find", "Flask", {"aspect": "definition"}),
    ("in which file is url_for?", "find", "url_for", {"aspect": "definition"}),
    ("subclasses of Scaffold", "find", "Scaffold", {"aspect": "below"}),
    ("which classes inherit from Scaffold", "find", "Scaffold", {"aspect": "below"}),
    ("is jsonify used anywhere?", "find", "jsonify", {"aspect": "uses"}),
    ("are there tests for jsonify?", "find", "jsonify", {"aspect": "tests"}),
    ("how is url_for tested", "find", "url_for", {"aspect": "tests"}),
    ("list todos", "find", "TODO", {"aspect": "text"}),
    ("what are the parameters of url_for", "explain", "url_for", {}),
    ("how do I use url_for?", "explain", "url_for", {}),
    ("what happens in Flask.run", "explain", "Flask.run", {}),
    ("explain app.py lines 10-20", "read", "app.py", {"lines": (10, 20)}),
    ("why am I getting a KeyError", "failure", "KeyError", {}),
    ("compare app.py with HEAD", "history", "app.py", {"aspect": "tree"}),
    ("what's the latest commit about sessions", "history", "sessions", {"aspect": "text", "count": 1}),
]
BRIEFS = [
    "add retries to the HTTP client",
    "find a way to make the parser faster",
    "show me how to use the index",
    "fix the KeyError in load_users",
    "what is the best way to add a cache",
    "why do we use sqlite",
    "why is this slow",
    "explain how the retries work",
    "make the error message better",
    "mach es schneller",
    "",
]


@pytest.mark.parametrize(("text", "tool", "argument", "others"), TABLE, ids=[row[0] for row in TABLE])
def test_a_request_is_read_as_tool_and_argument(text: str, tool: str, argument: str, others: dict[str, object]) -> None:
    assert classify(text) == Request(text, tool, argument, **others)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", BRIEFS)
def test_anything_else_is_a_brief(text: str) -> None:
    assert classify(text) == Request(text, "brief", text)


def test_references_are_found_but_not_in_addresses_or_decorated_code() -> None:
    request = classify("rename @src/a.py:3 using @frame and mail ada@example.org")
    assert request.references == (Reference("src/a.py", (3, 3)), Reference("frame"))


def test_a_question_may_be_followed_by_more() -> None:
    request = classify("where is Client defined? I cannot find {it} in 'a.py'")
    assert (request.tool, request.argument, request.aspect) == ("find", "Client", "definition")
    assert classify("can the cache expire? add a limit").tool == "brief"
    both = classify("explain Predictor and who uses it")
    assert (both.tool, both.argument) == ("explain", "Predictor")
    assert classify("rename a and b and show the diff").tool == "brief"


def test_only_the_first_paragraph_is_said_the_rest_is_pasted() -> None:
    assert classify("why did it fail?\n\nshow src/a.py").tool == "failure"


@given(st.text(max_size=300))
def test_every_text_is_a_request(text: str) -> None:
    request = classify(text)
    assert request.text == text
    assert request.lines is None or request.lines[0] <= request.lines[1]


@given(
    st.sampled_from(TABLE),
    st.sampled_from(["", "please ", "Hey, ", "could you "]),
    st.sampled_from(["", "?", ".", " please"]),
)
def test_politeness_changes_nothing(row: tuple[str, str, str, dict[str, object]], before: str, after: str) -> None:
    text = before + row[0].rstrip("?.") + after
    assert (classify(text).tool, classify(text).argument) == (row[1], row[2])


@pytest.mark.parametrize(
    ("text", "tool", "argument", "lines"),
    [
        ("show pyproject.toml of checkpoint", "read", "checkpoint/pyproject.toml", None),
        ("open the README.md in libs/sdk folder", "read", "libs/sdk/README.md", None),
        ("show src/a.py first 20 lines", "read", "src/a.py", (1, 20)),
        ("list all notebooks", "find", "*.ipynb", None),
        ("which python files are there", "find", "*.py", None),
        ("which notebooks use keras", "find", "keras", None),
        ("where is the Button widget implemented", "find", "Button", None),
        ("who changed a/base.py and why", "history", "a/base.py", None),
    ],
)
def test_what_working_people_say(text: str, tool: str, argument: str, lines: tuple[int, int] | None) -> None:
    found = classify(text)
    assert (found.tool, found.argument, found.lines) == (tool, argument, lines)


@pytest.mark.parametrize("run", [".", "?!", "…"])
def test_a_run_of_marks_inside_a_request_is_read_at_once(run: str) -> None:
    """`Loading.......... done` once took twice the time with each mark more; this would not end."""
    request = classify(f"where is Client{run * 40}x")
    assert (request.tool, request.text) == ("find", f"where is Client{run * 40}x")
