"""A rename warns, before it is applied, of each place that reads the name as text when the code runs; of no other."""

from __future__ import annotations

import pytest

from codemaestro_jupyter.edit.blueprint import Blueprint, Component
from codemaestro_jupyter.edit.pipeline import run


def warnings(said: str, files: dict[str, str]) -> list[str]:
    found = run(said, Blueprint((Component(k, v.encode()) for k, v in files.items()), known=frozenset(files)))
    return list(found.warnings)


VISITOR = (
    "class Visitor:\n    def visit(self, node):\n"
    "        return getattr(self, f'visit_{type(node).__name__}')(node)\n\n\n"
    "class If:\n    pass\n\n\nclass Writer(Visitor):\n    def visit_If(self, node):\n        return 1\n"
)


def test_a_name_that_is_put_together_is_said() -> None:
    assert warnings("rename Writer.visit_If to visit_Cond", {"a.py": VISITOR}) == [
        "Names are put together and looked up (a.py:3 (visit_…)): visit_If may be one of them."
    ]


def test_a_method_that_is_found_by_the_name_of_a_class_is_said() -> None:
    assert warnings("rename class If to Cond", {"a.py": VISITOR}) == [
        "a.py:3 finds visit_If (a.py) by the name of the class: rename it to visit_Cond too."
    ]


@pytest.mark.parametrize(
    "made",
    ["'do_' + kind", "'do_%s' % kind", "'do_{}'.format(kind)", "f'do_{kind}'"],
)
def test_each_way_to_put_a_name_together_is_seen(made: str) -> None:
    text = (
        "class A:\n    def do_this(self): ...\n\n"
        f"    def go(self, kind):\n        name = {made}\n        getattr(self, name)()\n"
    )
    assert warnings("rename A.do_this to make_this", {"a.py": text}) == [
        "Names are put together and looked up (a.py:6 (do_…)): do_this may be one of them."
    ]
    other = text.replace("do_' ", "un_' ").replace("do_%", "un_%").replace("do_{", "un_{")
    assert warnings("rename A.do_this to make_this", {"a.py": other}) == []


def test_another_class_that_puts_names_together_is_not_taken_for_this_one() -> None:
    text = (
        "class A:\n    def do_this(self): ...\n\n\n"
        "class B:\n    def go(self, kind):\n        return getattr(self, f'do_{kind}')\n"
    )
    assert warnings("rename A.do_this to make_this", {"a.py": text}) == []


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("self.kind = self.__class__.__name__.lower()", True),
        ("return type(self).__name__", True),
        ("return TABLE[type(self).__name__]", True),
        ("return getattr(other, f'to_{type(self).__name__}')", True),
        ("raise ValueError(f'no {type(self).__name__}')", False),
        ("raise ValueError('no %s' % type(self).__name__)", False),
        ("log.info('made', type(self).__name__)", False),
        ("text = 'a {}'.format(type(self).__name__)", False),
        ("name = type(self).__name__\n        raise ValueError(f'no {name}')", False),
    ],
)
def test_a_class_that_reads_its_name_for_more_than_a_message_is_said(line: str, read: bool) -> None:
    files = {
        "a.py": f"class Base:\n    def go(self, other):\n        {line}\n",
        "b.py": "from a import Base\n\n\nclass Color(Base): ...\n",
    }
    said = "The name of this class is read when the code runs (a.py:3): what comes of it will say Tint."
    assert warnings("rename class Color to Tint", files) == ([said] if read else [])


def test_how_a_class_shows_itself_is_not_said() -> None:
    text = "class Color:\n    def __repr__(self):\n        return type(self).__name__\n"
    assert warnings("rename class Color to Tint", {"a.py": text}) == []


def test_a_string_that_is_just_a_name_of_several_words_is_said_and_a_plain_word_is_not() -> None:
    text = "def load_user(): ...\n\n\nTABLE = {'load_user': 1}\nload = 2\nprint('load', 'say load_user()')\n"
    assert warnings("rename load_user to fetch_user", {"a.py": text}) == [
        "load_user is also a string (a.py:4): tick it where the code reads it when it runs."
    ]
    assert warnings("rename load to fetch", {"a.py": text}) == []


def test_a_table_of_names_in_the_module_itself_is_said_for_plain_words_too() -> None:
    text = "class Macro: ...\n\n\nnames = ['Macro', 'other']\n"
    assert warnings("rename class Macro to Rule", {"a.py": text}) == [
        "Macro is also a string (a.py:4): tick it where the code reads it when it runs."
    ]
    assert warnings("rename class Macro to Rule", {"a.py": text.replace("names", "__all__")}) == []


def test_code_that_is_put_together_as_text_is_said_and_a_sentence_is_not() -> None:
    files = {
        "a.py": "def await_it(x): ...\n",
        "b.py": "def write(out):\n    out('(await await_it(')\n    exec('x = 1')\n    out('please call await_it()')\n",
    }
    assert warnings("rename await_it to wait_for", files) == [
        "await_it stands in code that is put together as text (b.py:2): tick what means it."
    ]
    assert warnings("rename await_it to wait_for", files | {"b.py": files["b.py"].replace("exec", "run")}) == []


def test_what_a_library_s_class_has_too_is_said() -> None:
    text = (
        "import logging\n\n\nclass Mine(logging.Handler):\n"
        "    def emit(self, record): ...\n\n    def other_one(self): ...\n"
    )
    assert warnings("rename Mine.emit to send", {"a.py": text}) == [
        "Mine is made from logging.Handler, which has emit as well: what calls it by that name will not find send."
    ]
    assert warnings("rename Mine.other_one to this_one", {"a.py": text}) == []
    assert warnings("rename D.get to take", {"a.py": "class D(dict):\n    def get(self, key): ...\n"}) == [
        "D is made from dict, which has get as well: what calls it by that name will not find take."
    ]


def test_a_method_that_nothing_uses_but_a_library_knows_is_said() -> None:
    text = "import argparse\n\n\nclass Mine:\n    def parse_known_args(self): ...\n\n    def other_one(self): ...\n"
    assert warnings("rename Mine.parse_known_args to parse_some", {"a.py": text}) == [
        "Nothing here is seen to use parse_known_args of Mine, but argparse knows that name: it may call this one by"
        " it."
    ]
    assert (
        warnings("rename Mine.parse_known_args to parse_some", {"a.py": text + "\n\nMine().parse_known_args()\n"}) == []
    )
    assert warnings("rename Mine.other_one to this_one", {"a.py": text}) == []


def test_what_a_library_may_be_asked_for_is_not_only_ours() -> None:
    text = (
        "import argparse\n\n\nclass Mine:\n    def parse_known_args(self): ...\n    def other_one(self): ...\n\n\n"
        "def f(x):\n    return x.parse_known_args(), x.other_one()\n"
    )
    whys = {}
    for name in ("parse_known_args", "other_one"):
        found = run(f"rename Mine.{name} to this_one", Blueprint([Component("a.py", text.encode())]))
        whys[name] = [item.why for item in found.candidates]
    assert whys == {
        "parse_known_args": ["cannot tell what it belongs to"],
        "other_one": ["only Mine defines it"],
    }


def test_a_field_that_is_data_is_said() -> None:
    text = "from typing import TypedDict\n\n\nclass Row(TypedDict):\n    user: str\n"
    assert warnings("rename Row.user to person", {"a.py": text}) == [
        "Row is a TypedDict: the data it reads and writes still say user."
    ]


def test_a_template_that_names_it_is_said() -> None:
    files = {"a.py": "class User:\n    def full_name(self): ...\n", "t/a.txt": "full_name\n{{ user.full_name }}\n"}
    assert warnings("rename User.full_name to whole_name", files) == [
        "full_name stands in a template (t/a.txt:2): tick what means it."
    ]


def test_a_test_that_would_not_be_found_is_said() -> None:
    files = {"tests/test_a.py": "def test_one(): ...\n"}
    assert warnings("rename test_one to check_one", files) == [
        "pytest finds test_one by its name; it will not find check_one."
    ]
    assert warnings("rename test_one to test_two", files) == []


def test_a_module_that_is_loaded_by_a_part_of_its_path_is_said() -> None:
    files = {
        "pkg/__init__.py": "lazy = ['deep', 'other']\n",
        "pkg/deep.py": "",
        "pkg/use.py": "from pkg import loaded\n\nloaded.pkg_deep\nPATTERN = r'pkg\\.deep\\.X'\nWORD = 'deep'\n",
    }
    assert warnings("rename pkg/deep.py to flat.py", files) == [
        "pkg.deep may be meant by a text that is no import (pkg/__init__.py:1, pkg/use.py:3, pkg/use.py:4): change what"
        " means it."
    ]
