"""Uses are sorted into code, tests and prose; calls are told from mentions; one thing is said once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from codemaestro_jupyter.plan.members import base_names, collapsed
from codemaestro_jupyter.plan.prose import prose_lines
from codemaestro_jupyter.plan.scripted_sources import ScriptedSources
from codemaestro_jupyter.types import Answer, RelPath
from codemaestro_jupyter.workspace.symbols import symbols

Ask = Callable[..., Answer]

LIBRARY = '''"""Parts; `fetch` does the work."""
from typing import overload


class Base:
    def send(self):
        """Call fetch."""
        return fetch(1)

    @property
    def size(self):
        return 1

    @size.setter
    def size(self, value):
        pass


class Client(Base):
    pass


@overload
def fetch(a: int) -> int: ...
@overload
def fetch(a: str) -> str: ...
def fetch(a):
    # fetch again
    return a


__all__ = [
    "fetch",
]
x = "fetch" + str(fetch)
'''
TEST = "from lib import fetch\n\n\ndef test_fetch():\n    assert fetch(2) == 2\n"


@pytest.fixture
def library() -> ScriptedSources:
    return ScriptedSources({"lib.py": LIBRARY, "test_lib.py": TEST, "README.md": "Use fetch(1).\n"})


def test_lines_that_only_speak_of_things_are_told_from_those_that_use_them() -> None:
    assert prose_lines("lib.py", LIBRARY.splitlines()) == {1, 7, 28, 33}
    assert prose_lines("a.md", ["one", "two"]) == {1, 2}
    typescript = ["/**", " * call", " */", "call(); // call", "// call", "const x = `", "// not a comment`;"]
    assert prose_lines("a.ts", typescript) == {1, 2, 3, 5}
    notebook = ["# %% [md]", "text", "# %%", "run()", '"""', "# %%", "go()"]
    assert prose_lines("a.ipynb", notebook) == {2, 5}
    assert prose_lines("a.unknown", ["# x"]) == frozenset()


def test_uses_are_code_then_tests_and_mentions_are_counted(ask: Ask, library: ScriptedSources) -> None:
    answer = ask("find uses of fetch", library)
    assert answer.data["uses"] == [
        {"path": "lib.py", "line": 8}, {"path": "lib.py", "line": 35},
        {"path": "test_lib.py", "line": 1}, {"path": "test_lib.py", "line": 5},
    ]  # fmt: skip
    assert answer.data["mentions"] == 5
    assert "5 lines of comments and documentation speak of it" in answer.markdown
    assert "**Spoken of**" in ask("find uses of fetch in detail", library).markdown


def test_who_calls_lists_calls_only(ask: Ask, library: ScriptedSources) -> None:
    answer = ask("who calls fetch?", library)
    assert answer.data["uses"] == [{"path": "lib.py", "line": 8}, {"path": "test_lib.py", "line": 5}]
    assert "**Called on 2 lines of 2 files**" in answer.markdown
    assert "2 lines name it without calling it (`find uses of fetch`)" in answer.markdown
    assert "`send` is nowhere called" in ask("who calls send", library).markdown


def test_overloads_and_setters_are_one_thing(library: ScriptedSources) -> None:
    found = collapsed(symbols("lib.py", LIBRARY), lambda symbol: LIBRARY.splitlines())
    assert [(symbol.name, symbol.line) for symbol in found if symbol.name in ("fetch", "size")] == [
        ("size", 11),
        ("fetch", 27),
    ]


def test_an_inherited_member_is_found_where_it_is_defined(ask: Ask, library: ScriptedSources) -> None:
    assert "**`Base.send`** · method" in ask("explain Client.send", library).markdown
    assert "`Client.send` comes from there" in ask("show Client.send", library).markdown
    assert "`Client.sent` is neither defined nor used" in ask("explain Client.sent", library).markdown


@pytest.mark.parametrize(
    ("header", "bases"),
    [
        ("class A(B, c.D[int], metaclass=M):", ["B", "D"]),
        ("class A:", []),
        ("export abstract class A<T> extends B<T> implements C {", ["B", "C"]),
        ("from x import B as Old\nclass A(Old):", ["B"]),
    ],
)
def test_the_classes_above_are_read_from_a_class_header(header: str, bases: list[str]) -> None:
    path = "a.ts" if "extends" in header else "a.py"
    text = header + ("\n}" if path == "a.ts" else "\n    pass\n")
    [symbol] = [symbol for symbol in symbols(path, text) if symbol.name == "A"]
    assert base_names(symbol, text.splitlines()) == bases


def test_no_test_is_denied_that_may_be_one(ask: Ask) -> None:
    shop = ScriptedSources(
        {
            "shop.py": "class Shop:\n    def open(self):\n        pass\n",
            "test_shop.py": "def test_it(shop):\n    shop.open()\n",
        }
    )
    said = ask("explain Shop.open", shop).markdown
    assert "Tests use something of this name on 1 line: `tests for open`" in said
    assert "No test names it" not in said


def test_names_too_short_for_the_index_are_looked_for_beside_their_definition(ask: Ask) -> None:
    class Short(ScriptedSources):
        def uses(self, name: str):  # type: ignore[no-untyped-def]
            return super().uses(name) if len(name) > 2 else ()  # as the index does

    pieces = Short({"pieces.py": "g = 1\n", "user.py": "from pieces import g\n\nprint(g)\n"})
    assert ask("find uses of g", pieces).data["uses"] == [
        {"path": "user.py", "line": 1},
        {"path": "user.py", "line": 3},
    ]


def test_a_comment_above_is_the_docstring_of_other_languages(ask: Ask) -> None:
    text = "/**\n * Opens the door.\n */\nexport function open(\n  door: Door\n): void {\n  door.go();\n}\n"
    answer = ask("explain open", ScriptedSources({RelPath("door.ts"): text}))
    assert "> Opens the door." in answer.markdown
    assert "): void {\n```" in answer.markdown
    assert "door.go" not in answer.markdown


def test_where_the_class_is_written_out_other_attributes_of_that_name_do_not_count(ask: Ask) -> None:
    shop = ScriptedSources(
        {
            "shop.py": "class Shop:\n    def open(self):\n        pass\n",
            "test_shop.py": "def test_it():\n    Shop.open(Shop())\n    file.open()\n",
        }
    )
    assert ask("explain Shop.open", shop).data["tests"] == [{"path": "test_shop.py", "line": 2}]


def test_the_classes_below_a_class_are_found_by_their_headers(ask: Ask, library: ScriptedSources) -> None:
    answer = ask("who inherits from Base?", library)
    assert answer.data["uses"] == [{"path": "lib.py", "line": 19}]
    assert "**1 class derives from `Base`**" in answer.markdown
    assert "No class here derives from `Client`" in ask("subclasses of Client", library).markdown
    assert "neither defined nor used" in ask("subclasses of Clint", library).markdown


def test_a_name_alone_is_explained_if_it_is_there(ask: Ask) -> None:
    assert ask("load_user").tool == ask("Basket class").tool == ask("users").tool == "explain"
    assert ask("nowhere_at_all").tool == "brief"


def test_a_part_of_a_name_leads_to_the_names_that_hold_it(ask: Ask) -> None:
    answer = ask("where is user implemented")
    assert answer.markdown.startswith(
        "Nothing is called `user` alone; defined with it in the name:\n\n- [`shop/users.py"
    )


def test_a_method_named_like_one_of_a_dict_is_not_mistaken_for_it(ask: Ask) -> None:
    shop = ScriptedSources(
        {
            "engine.py": "class Engine:\n    def update(self):\n        pass\n",
            "user.py": "from engine import Engine\nengine = Engine()\nengine.update()\n{}.update()\n",
        }
    )
    assert ask("explain Engine.update", shop).data["callers"] == [{"path": "user.py", "line": 3}]


def test_what_the_index_cannot_know_is_not_denied(ask: Ask) -> None:
    assert "only words are indexed" in ask('find "("').markdown
    assert "only words are indexed" in ask("where is [").markdown
