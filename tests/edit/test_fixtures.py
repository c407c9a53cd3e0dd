"""Fixtures, and what asks for them by name, are renamed together; what pytest gives by name keeps that name."""

from __future__ import annotations

import pytest

from codemaestro_jupyter.edit.blueprint import Blueprint, Component
from codemaestro_jupyter.edit.pipeline import Outcome, run
from codemaestro_jupyter.errors import ConflictError

CONFTEST = (
    "import pytest\n\n\n@pytest.fixture\ndef db():\n    return 1\n\n\n"
    '@pytest.fixture(name="web")\ndef make_web(db):\n    return db\n'
)
TESTS = (
    "from unittest import mock\nimport pytest\n\n\n"
    '@pytest.mark.parametrize("value, other", [(1, 2)])\ndef test_one(db, value, other):\n    assert db == value\n\n\n'
    "class TestTwo:\n    async def test_two(self, *, db):\n        assert db\n\n\n"
    "def helper(db):\n    return db\n\n\ndef test_own(db=1):\n    assert db\n"
)
OWN = "import pytest\n\n\n@pytest.fixture()\ndef db():\n    return 2\n\n\ndef test_three(db):\n    assert db\n"
FILES = {"tests/conftest.py": CONFTEST, "tests/a/test_a.py": TESTS, "tests/test_own.py": OWN, "other/test_b.py": TESTS}


def outcome(said: str, files: dict[str, str] = FILES) -> Outcome:
    return run(said, Blueprint((Component(k, v.encode()) for k, v in files.items()), known=frozenset(files)))


def texts(found: Outcome) -> dict[str, str]:
    return {item.path: item.data.decode() for item in found.blueprint}


def test_what_asks_for_a_fixture_follows_it() -> None:
    found = outcome("rename tests/conftest.py::db to data")
    assert texts(found) == {
        **FILES,
        "tests/conftest.py": CONFTEST.replace("db", "data"),
        "tests/a/test_a.py": TESTS.replace("test_one(db", "test_one(data")
        .replace("db == value", "data == value")
        .replace("*, db):\n        assert db", "*, data):\n        assert data"),
    }
    assert found.warnings == (
        "These ask for a fixture called db too, left as they are: other/test_b.py::test_one,"
        " other/test_b.py::TestTwo.test_two, tests/test_own.py::test_three.",
    )


def test_a_fixture_of_one_file_is_renamed_in_that_file() -> None:
    found = outcome("rename tests/test_own.py::db to data")
    assert texts(found) == {**FILES, "tests/test_own.py": OWN.replace("db", "data")}


@pytest.mark.parametrize("owner", ["tests/conftest.py::make_web", "tests/a/test_a.py::test_one"])
def test_a_parameter_that_pytest_gives_keeps_its_name(owner: str) -> None:
    with pytest.raises(ConflictError) as refused:
        outcome(f"rename parameter db of {owner} to data")
    assert refused.value.message == (
        f"Step 1 (rename symbol {owner.rpartition('::')[2]}.db to data): pytest gives {owner} its db by that name."
    )
    assert refused.value.hint == "Rename the fixture db; what asks for it follows."


def test_a_parameter_is_renamed_where_parametrize_names_it() -> None:
    found = outcome("rename parameter value of tests/a/test_a.py::test_one to number")
    assert texts(found) == {**FILES, "tests/a/test_a.py": TESTS.replace("value", "number")}


def test_parameters_that_nobody_gives_by_name_are_renamed() -> None:
    found = outcome("rename parameter db of tests/a/test_a.py::helper to data")
    changed = TESTS.replace("helper(db):\n    return db", "helper(data):\n    return data")
    assert texts(found) == {**FILES, "tests/a/test_a.py": changed}


SAID = (
    "import pytest\n\npytestmark = [pytest.mark.usefixtures('db', 'other')]\n\n\n"
    '@pytest.mark.usefixtures("db")\nclass TestOne:\n    def test_it(self, request):\n'
    '        assert request.getfixturevalue("db")\n        assert "db" in {"db": 1}\n\n\n'
    '@pytest.mark.parametrize("db, x", [(1, 2)], indirect=["db"])\ndef test_two(db, x):\n    assert db\n\n\n'
    "@pytest.mark.parametrize('db', [1], indirect=True)\ndef test_three(db):\n    assert db\n\n\n"
    "@pytest.mark.parametrize('db', [1])\ndef test_four(db):\n    assert db\n"
)


def test_what_asks_in_a_text_follows_too() -> None:
    files = {"tests/conftest.py": CONFTEST, "tests/test_a.py": SAID, "other/test_b.py": SAID}
    found = outcome("rename tests/conftest.py::db to data", files)
    changed = (
        SAID.replace("usefixtures('db'", "usefixtures('data'")
        .replace('usefixtures("db")', 'usefixtures("data")')
        .replace('getfixturevalue("db")', 'getfixturevalue("data")')
        .replace('"db, x"', '"data, x"')
        .replace('indirect=["db"]', 'indirect=["data"]')
        .replace("test_two(db, x):\n    assert db", "test_two(data, x):\n    assert data")
        .replace(
            "'db', [1], indirect=True)\ndef test_three(db):\n    assert db",
            "'data', [1], indirect=True)\ndef test_three(data):\n    assert data",
        )
    )
    assert texts(found) == {
        "tests/conftest.py": CONFTEST.replace("def db", "def data").replace(
            "def make_web(db):\n    return db", "def make_web(data):\n    return data"
        ),
        "tests/test_a.py": changed,
        "other/test_b.py": SAID,
    }
    assert found.warnings == (
        "These ask for a fixture called db too, left as they are: other/test_b.py::test_two,"
        " other/test_b.py::test_three, other/test_b.py:3, other/test_b.py:6, other/test_b.py:9.",
    )


def test_a_fixture_that_is_asked_for_is_not_deleted() -> None:
    files = {"tests/conftest.py": CONFTEST, "tests/test_a.py": SAID}
    with pytest.raises(ConflictError) as refused:
        outcome("delete tests/conftest.py::db", files)
    assert refused.value.message == (
        "Step 1 (delete symbol db): tests/conftest.py::db is still used: tests/conftest.py::make_web,"
        " tests/test_a.py::test_two, tests/test_a.py::test_three, tests/test_a.py:3, tests/test_a.py:6,"
        " tests/test_a.py:9."
    )
