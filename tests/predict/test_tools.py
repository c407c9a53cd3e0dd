from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.predict.question import ask
from codemaestro_jupyter.predict.tools import MOST, likely_tools
from codemaestro_jupyter.types import Failure, LiveContext


@pytest.mark.parametrize(
    ("text", "tool", "argument"),
    [
        ("show src/a.py", "read", "src/a.py"),
        ("where is fetch_user defined", "find", "fetch_user"),
        ("explain fetch in the client", "explain", "fetch"),
        ("explain HTTPClient", "explain", "HTTPClient"),
        ("what changed in the parser", "history", "parser"),
        ("why did the test fail", "failure", "fail"),
        ("add a parameter to read_csv", "edit", "read_csv"),
        ("run the tests", "test", "tests"),
        ("expl", "explain", ""),
    ],
)
def test_the_form_of_a_request_tells_its_tool(text: str, tool: str, argument: str) -> None:
    first = likely_tools(ask(text), LiveContext())[0]
    assert (first.tool, first.argument) == (tool, argument)


def test_a_failure_makes_asking_about_it_possible() -> None:
    live = LiveContext(failures=(Failure("traceback", "KeyError", ""),))
    assert "failure" in {tool.tool for tool in likely_tools(ask("what now"), live)}
    assert "failure" not in {tool.tool for tool in likely_tools(ask("what now"), LiveContext())}


@given(st.text(max_size=50))
def test_any_text_has_a_tool_and_each_at_most_once(text: str) -> None:
    found = likely_tools(ask(text), LiveContext())
    assert 1 <= len(found) <= MOST
    assert len({tool.tool for tool in found}) == len(found)
    assert [tool.probability for tool in found] == sorted((tool.probability for tool in found), reverse=True)
