"""A thing may be called by its words, or be found by its test; what shares only letters with a name is not close."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from codemaestro_jupyter.plan.scripted_sources import ScriptedSources
from codemaestro_jupyter.types import Answer, Match

Ask = Callable[..., Answer]
TEXTS = {
    "net/config.py": "class Wait:\n    pass\n\n\nDEFAULT_TIMEOUT_CONFIG = Wait()\n",
    "net/client.py": "from net.config import DEFAULT_TIMEOUT_CONFIG\n\n\n"
    "def send(timeout=DEFAULT_TIMEOUT_CONFIG): ...\n",
    "net/economics.py": "def decide(price):\n    return price > 1\n",
    "net/tests/test_economics.py": "from net.economics import decide\n\n\n"
    "def test_the_budget_is_kept():\n    decide(1)\n",
    "tests/test_timeouts.py": "DEFAULT_TIMEOUT = 1\n",
}


class Stemming(ScriptedSources):
    """Takes every line for one that fits, as a search for word stems may."""

    def search(self, text: str, k: int = 20) -> tuple[Match, ...]:
        return tuple(
            Match(path, number, line)
            for path, whole in self.texts.items()
            for number, line in enumerate(whole.split("\n"), 1)
        )


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        ("where is the default timeout set", ["DEFAULT_TIMEOUT_CONFIG"]),
        ("double the default timeout", ["DEFAULT_TIMEOUT_CONFIG"]),
        ("default mode of the timeout", []),  # not side by side
    ],
)
def test_words_side_by_side_name_what_is_called_so(ask: Ask, request_: str, found: list[str]) -> None:
    answer = ask(request_, ScriptedSources(TEXTS, likely=["net/client.py"]))
    named = [symbol["name"] for symbol in answer.data["symbols"]]
    assert [name for name in named if name == "DEFAULT_TIMEOUT_CONFIG"] == found
    assert ("defines DEFAULT\\_TIMEOUT\\_CONFIG" in answer.markdown) == bool(found)


def test_a_test_that_fits_leads_to_what_it_tests(ask: Ask) -> None:
    answer = ask("how is the budget decided", ScriptedSources(TEXTS, likely=["net/tests/test_economics.py"]))
    assert [file["path"] for file in answer.data["files"]][:2] == ["net/economics.py", "net/tests/test_economics.py"]


def test_lines_that_share_no_word_with_a_name_are_not_close(ask: Ask) -> None:
    lines = "# 1.2 (6th of June)\n\nA thin thing.\n"
    said = ask("find uses of nonexistent_thing", Stemming({"NEWS.md": lines})).markdown
    assert ("6th" in said, "A thin thing." in said) == (False, True)


ENCODERS = {
    "enc/__init__.py": "from enc.count import *\n",
    "enc/count.py": "from enc.base import Base\n\n\nclass CountEncoder(Base):\n"
    "    def fit(self, rows, handle_unknown='value'):\n        return handle_unknown\n",
    "enc/other.py": '"""Example.\n\n>>> from enc.count import *\n"""\nMISSING_VALUES = {None}\n',
    "tests/test_count.py": "def test_of_handle_missing():\n    odd_one = 1\n    assert odd_one\n",
}


@pytest.mark.parametrize(
    ("request_", "tool", "said"),
    [
        ("where is handle unknown", "find", "handle_unknown"),
        ("Where is handle unknown?", "find", "handle_unknown"),
        ("who uses handle unknown?", "find", "handle_unknown"),
        ("explain count encoder", "explain", "`CountEncoder`"),
        ("where is the count encoder", "find", "`CountEncoder`"),
        ("where is odd one", "brief", ""),  # a test's own name
        ("where is handle nothing", "brief", ""),
        ("how shall handle unknown be changed for the rows of a frame", "brief", ""),
    ],
)
def test_a_question_may_spell_a_name_as_words(ask: Ask, request_: str, tool: str, said: str) -> None:
    answer = ask(request_, ScriptedSources(ENCODERS))
    assert (answer.tool, answer.request) == (tool, request_)
    assert said in answer.markdown


def test_the_words_of_an_attached_path_are_not_looked_for(ask: Ask) -> None:
    quoted = ask("which missing values does it know? @enc/other.py", ScriptedSources(ENCODERS)).markdown
    assert "MISSING_VALUES = {None}" in quoted
    assert ">>> from enc.count" not in quoted
    assert "enc/other.py" in ask("@enc/other.py, please", ScriptedSources(ENCODERS)).markdown
