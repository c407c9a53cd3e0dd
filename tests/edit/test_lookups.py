"""Attributes that are looked up by their name as text: renamed where it is certain who is asked, else listed."""

from __future__ import annotations

import pytest

from codemaestro_jupyter.edit.blueprint import Blueprint, Component
from codemaestro_jupyter.edit.pipeline import Outcome, run

API = (
    "class Client:\n    def get_user(self):\n        return 1\n\n\ndef fetch_user():\n    return Client().get_user()\n"
)


def outcome(said: str, use: str) -> Outcome:
    files = {"pkg/__init__.py": "", "pkg/api.py": API, "use.py": use}
    return run(said, Blueprint((Component(k, v.encode()) for k, v in files.items()), known=frozenset(files)))


def used(found: Outcome) -> str:
    return next(item.data.decode() for item in found.blueprint if item.path == "use.py")


@pytest.mark.parametrize(
    "line",
    [
        "getattr(api, '{}')",
        "hasattr(api, '{}')",
        "mock.patch.object(api, '{}')",
        "monkeypatch.setattr(api, '{}', None)",
        "vars(api)['{}']",
        "api.__dict__.get('{}')",
        "inspect.getattr_static(api, '{}')",
    ],
)
def test_what_is_looked_up_in_the_module_is_renamed(line: str) -> None:
    found = outcome("rename fetch_user to load_user", f"from pkg import api\n\n{line.format('fetch_user')}\n")
    assert used(found) == f"from pkg import api\n\n{line.format('load_user')}\n"
    assert found.candidates == ()


@pytest.mark.parametrize(
    "line",
    [
        "getattr(Client(), '{}')",
        "patch.object(Client, '{}')",
        "object.__setattr__(Client(), '{}', 1)",
        "Client().__getattribute__('{}')",
    ],
)
def test_what_is_looked_up_in_the_class_or_its_object_is_renamed(line: str) -> None:
    found = outcome(
        "rename Client.get_user to get_person", f"from pkg.api import Client\n\n{line.format('get_user')}\n"
    )
    assert used(found) == f"from pkg.api import Client\n\n{line.format('get_person')}\n"
    assert found.candidates == ()


def test_what_another_module_is_asked_for_is_no_mention_of_it() -> None:
    found = outcome("rename fetch_user to load_user", "import json\n\ngetattr(json, 'fetch_user')\n")
    assert (used(found), found.candidates, found.warnings) == (
        "import json\n\ngetattr(json, 'fetch_user')\n",
        (),
        (),
    )


def test_what_nobody_can_tell_who_is_asked_is_listed_and_said() -> None:
    use = "import operator\n\n\ndef f(one):\n    return getattr(one, 'get_user'), operator.methodcaller('get_user')\n"
    found = outcome("rename Client.get_user to get_person", use)
    assert used(found) == use
    assert [(item.path, item.line, item.why) for item in found.candidates] == [
        ("use.py", 5, "read by its name as text"),
    ]
    assert found.warnings == ("get_user is asked for by its name as text (use.py:5): tick what is meant.",)


def test_the_module_s_own_globals_are_followed() -> None:
    files = {"a.py": "def fetch_user():\n    return globals()['fetch_user']\n"}
    found = run("rename fetch_user to load_user", Blueprint(Component(k, v.encode()) for k, v in files.items()))
    assert [item.data for item in found.blueprint] == [b"def load_user():\n    return globals()['load_user']\n"]
