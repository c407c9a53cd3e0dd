"""Renaming what belongs to objects and functions: instance attributes, fields, slots, local functions, mentions."""

from __future__ import annotations

import json

from codemaestro_jupyter.edit.blueprint import Blueprint, Component
from codemaestro_jupyter.edit.pipeline import Outcome, run


def outcome(said: str, files: dict[str, str]) -> Outcome:
    return run(said, Blueprint((Component(k, v.encode()) for k, v in files.items()), known=frozenset(files)))


def texts(found: Outcome) -> dict[str, str]:
    return {item.path: item.data.decode() for item in found.blueprint}


def test_an_attribute_that_methods_set_is_renamed_with_its_slots_and_full_paths() -> None:
    files = {
        "pkg/__init__.py": "",
        "pkg/api.py": (
            "class Client:\n    __slots__ = ('timeout',)\n\n    def __init__(self, timeout):\n"
            "        self.timeout = timeout\n\n\nclass Heir(Client):\n    def f(self, other):\n"
            "        return self.timeout, other.timeout, getattr(self, 'timeout')\n"
        ),
        "use.py": "from pkg.api import Client\n\npatch('pkg.api.Client.timeout')\nprint(Client(timeout=3).timeout)\n",
    }
    found = outcome("rename Client.timeout to wait", files)
    assert texts(found) == {
        "pkg/__init__.py": "",
        "pkg/api.py": (
            "class Client:\n    __slots__ = ('wait',)\n\n    def __init__(self, timeout):\n"
            "        self.wait = timeout\n\n\nclass Heir(Client):\n    def f(self, other):\n"
            "        return self.wait, other.timeout, getattr(self, 'wait')\n"
        ),
        "use.py": "from pkg.api import Client\n\npatch('pkg.api.Client.wait')\nprint(Client(timeout=3).wait)\n",
    }
    assert {(item.path, item.line) for item in found.candidates} == {("pkg/api.py", 10), ("use.py", 4)}


def test_a_field_is_renamed_where_its_class_is_made() -> None:
    files = {
        "a.py": "from dataclasses import dataclass\n\n\n@dataclass\nclass Options:\n    timeout: int = 3\n",
        "b.py": "from a import Options\n\nprint(Options(timeout=4).timeout, dict(timeout=1))\n",
    }
    found = texts(outcome("rename Options.timeout to wait", files))
    assert found["b.py"] == "from a import Options\n\nprint(Options(wait=4).wait, dict(timeout=1))\n"


def test_a_function_inside_a_function_is_renamed_there_only() -> None:
    files = {"a.py": "def f():\n    def g():\n        return g\n\n    return g()\n\n\ndef h(g):\n    return g\n"}
    assert texts(outcome("rename f.g to k", files)) == {
        "a.py": "def f():\n    def k():\n        return k\n\n    return k()\n\n\ndef h(g):\n    return g\n"
    }


def test_markdown_cells_and_docs_that_mention_a_name_are_listed_unticked() -> None:
    cells = [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# Call fetch_user\n\nfetch_user is it."},
        {"cell_type": "code", "id": "b", "metadata": {}, "outputs": [], "execution_count": None,
         "source": "from api import fetch_user\n%timeit fetch_user()\nfetch_user()"},
    ]  # fmt: skip
    book = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    files = {"n.ipynb": book, "api.py": "def fetch_user(): ...\n", "docs/a.rst": ":func:`fetch_user`\n"}
    found = outcome("rename fetch_user to load_user", files)
    code = json.loads(texts(found)["n.ipynb"])["cells"][1]["source"]
    assert "".join(code) == "from api import load_user\n%timeit load_user()\nload_user()"
    assert {(item.path, item.after) for item in found.candidates} == {
        ("n.ipynb#1", "# Call load_user"),
        ("n.ipynb#1", "load_user is it."),
        ("docs/a.rst", ":func:`load_user`"),
    }


def test_a_module_called_like_the_symbol_is_no_mention_of_it() -> None:
    files = {"pkg/__init__.py": "", "pkg/kinds.py": "kinds = {}\n", "a.py": "from pkg.kinds import kinds\n"}
    found = outcome("rename pkg/kinds.py::kinds to types_", files)
    assert texts(found)["a.py"] == "from pkg.kinds import types_\n"
    assert found.candidates == ()


def test_what_annotations_returns_and_attributes_say_is_followed() -> None:
    files = {
        "a.py": (
            "from typing import Optional\n\n\nclass Client:\n    def get_all(self): ...\n\n    @property\n"
            "    def other(self) -> 'Client': ...\n\n\n"
            "def make():\n    return Client()\n\n\ndef maybe(a) -> Optional['Client']: ...\n\n\n"
            "class Holder:\n    def __init__(self, client: 'Client | None' = None, loose=None):\n"
            "        self.client = client or make()\n        self.loose = loose\n\n"
            "    def f(self):\n        self.client.get_all()\n        self.loose.get_all()\n"
        ),
        "b.py": (
            "import a\nfrom a import make, maybe, Holder\n\none = make()\none.get_all()\none = a.Client()\n"
            "maybe(1).get_all()\nHolder().client.other.get_all()\n\n\ndef f(x):\n    x.get_all()\n"
        ),
    }
    found = outcome("rename Client.get_all to get_every", files)
    after = texts(found)
    assert after["a.py"] == files["a.py"].replace("get_all", "get_every").replace("loose.get_every", "loose.get_all")
    assert after["b.py"] == files["b.py"].replace("get_all", "get_every").replace("x.get_every", "x.get_all")
    assert {(item.path, item.why) for item in found.candidates} == {
        ("a.py", "only Client defines it"),
        ("b.py", "only Client defines it"),
    }


def test_a_class_that_a_package_hands_on_is_known_though_the_package_does_not_name_the_member() -> None:
    files = {
        "pkg/__init__.py": "from .stats import Summary\n",
        "pkg/stats.py": "class Summary:\n    def mean_of(self): ...\n",
        "use.py": "from pkg import Summary\n\nSummary().mean_of()\n",
    }
    found = outcome("rename Summary.mean_of to average", files)
    assert texts(found)["use.py"] == "from pkg import Summary\n\nSummary().average()\n"


def test_what_another_library_made_is_none_of_ours() -> None:
    files = {
        "a.py": (
            "import threading\nfrom threading import Event\n\n\nclass Flag:\n    def is_set(self): ...\n\n\n"
            "class Worker:\n    def __init__(self, x):\n        self.stop = threading.Event()\n"
            "        self.flag = Flag()\n        self.x = x\n\n    def run(self):\n        event = Event()\n"
            "        return self.stop.is_set(), event.is_set(), Event().is_set(), self.flag.is_set(), self.x.is_set()\n"
        )
    }
    found = outcome("rename Flag.is_set to is_up", files)
    expected = files["a.py"].replace("def is_set", "def is_up").replace("self.flag.is_set", "self.flag.is_up")
    assert texts(found)["a.py"] == expected
    # an event has it too, so the last one may be either
    assert [item.why for item in found.candidates] == ["cannot tell what it belongs to"]


def test_a_string_is_no_attribute_and_what_is_imported_elsewhere_is_not_unique() -> None:
    files = {
        "a.py": "class Pool:\n    def fork_now(self): ...\n\n\ndef f(x):\n    x.fork_now()\n    patch('lib.fork_now')\n"
    }
    whys = [item.why for item in outcome("rename Pool.fork_now to go", files).candidates]
    assert whys == ["only Pool defines it", "in a string or a comment"]
    files["b.py"] = "from lib import fork_now\n"
    whys = [item.why for item in outcome("rename Pool.fork_now to go", files).candidates if item.path == "a.py"]
    assert whys == ["cannot tell what it belongs to", "in a string or a comment"]


def test_code_is_listed_before_comments_where_not_all_is_listed() -> None:
    files = {
        "a.py": "class A:\n    def fetch_it(self): ...\n" + "# fetch_it\n" * 300,
        "b.py": "class B:\n    def fetch_it(self): ...\n\n\ndef f(x):\n    return x.fetch_it()\n",
    }
    found = run("rename method A.fetch_it to g", Blueprint([Component(k, v.encode()) for k, v in files.items()]))
    assert (found.candidates[0].path, found.candidates[0].before) == ("b.py", "    return x.fetch_it()")
    assert len(found.candidates) == 200
    assert found.warnings == ("101 more mentions of fetch_it are not listed.",)
