"""Imports and new lines are laid out as the project has it: its configuration, else the file itself."""

from __future__ import annotations

import pytest

from codemaestro_jupyter.edit.blueprint import Blueprint, Component
from codemaestro_jupyter.edit.pipeline import run
from codemaestro_jupyter.edit.python.style import Style, style_of
from codemaestro_jupyter.edit.state import State


def blueprint(files: dict[str, str]) -> Blueprint:
    return Blueprint((Component(path, text.encode()) for path, text in files.items()), known=frozenset(files))


def result(said: str, files: dict[str, str], path: str) -> str:
    found = run(said, blueprint(files)).blueprint.get(path)
    assert found is not None
    return found.data.decode()


@pytest.mark.parametrize(
    ("files", "style"),
    [
        ({}, Style()),
        ({"pyproject.toml": "[tool.ruff]\nline-length = 120\n"}, Style(width=120)),
        (
            {"pyproject.toml": "[tool.ruff.lint]\nisort = {known-first-party = ['a'], force-single-line = true}\n"},
            Style(single=True, own=frozenset({"a"})),
        ),
        ({"ruff.toml": "line-length = 79\n[lint.isort]\norder-by-type = false\n"}, Style(width=79, by_type=False)),
        ({"setup.cfg": "[isort]\nprofile = black\nline_length=100\n"}, Style(width=100)),
        ({".isort.cfg": "[settings]\nknown_first_party = a, b\n"}, Style(width=79, own=frozenset({"a", "b"}))),
        ({"pyproject.toml": "[tool.black]\nline-length = 99\n[tool.isort]\n"}, Style(width=99)),
        ({"pyproject.toml": "[tool.isort]\nprofile = 'django'\n"}, Style(width=79, combined=True)),
        ({"setup.cfg": "[flake8]\nmax-line-length = 100\n"}, Style(width=100)),
        ({"src/ruff.toml": "line-length = 100\n", "ruff.toml": "line-length = 79\n"}, Style(width=100)),
        ({"pyproject.toml": "not [toml", "setup.cfg": "nor ini\n"}, Style()),
        ({"pyproject.toml": "[tool.ruff]\nline-length = 'wide'\nlint = 3\n"}, Style()),
    ],
)  # fmt: skip
def test_the_style_is_the_configured_one(files: dict[str, str], style: Style) -> None:
    assert style_of(State(blueprint({**files, "src/m.py": ""})), "src/m.py") == style


def test_one_name_for_each_from_stays_so() -> None:
    text = "from b import c\nfrom b import a\nfrom b import D\nfrom b import D\nimport a\n"
    single = "import a\nfrom b import D\nfrom b import a\nfrom b import c\n"
    assert result("organise imports in m.py", {"m.py": text}, "m.py") == single
    config = {"ruff.toml": "[lint.isort]\nforce-single-line = true\norder-by-type = false\n"}
    by_alphabet = "import a\nfrom b import a\nfrom b import c\nfrom b import D\n"
    assert result("organise imports in m.py", {"m.py": text, **config}, "m.py") == by_alphabet
    several = "from b import a, c\nfrom b import D\n"
    assert result("organise imports in m.py", {"m.py": several}, "m.py") == "from b import D, a, c\n"


def test_both_kinds_of_import_are_sorted_as_one_where_the_project_has_it_so() -> None:
    config = {"setup.cfg": "[isort]\nforce_sort_within_sections = True\n"}
    assert result("organise imports in m.py", {"m.py": "import c\nfrom b import a\n", **config}, "m.py") == (
        "from b import a\nimport c\n"
    )


def test_an_import_in_order_stays_as_it_is_broken_into_lines() -> None:
    text = "import b\nfrom a import (\n    c, d,\n)\n"
    assert result("organise imports in m.py", {"m.py": text}, "m.py") == text
    long = f"from a import {'b' * 50}, {'c' * 50}\n"
    wide = {"ruff.toml": "line-length = 120\n"}
    assert result("organise imports in m.py", {"m.py": "import z\n" + long, **wide}, "m.py") == "import z\n" + long
    assert "(\n" in result("organise imports in m.py", {"m.py": "import z\n" + long}, "m.py")


def test_a_package_elsewhere_in_the_repository_is_not_the_projects_own() -> None:
    files = {
        "app/__init__.py": "",
        "app/m.py": "import app\nimport numpy\nimport core\n",
        "core-project/core/__init__.py": "",
    }
    assert result("organise imports in app/m.py", files, "app/m.py") == "import core\nimport numpy\n\nimport app\n"


LONG = "first_argument, second_argument, third_argument"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_line_that_is_written_fits_the_projects_width_and_quotes(newline: str) -> None:
    text = f"x = ['a', 'b']\n\n\nclass C:\n    def m(self, {LONG}):\n        return 'c'\n".replace("\n", newline)
    lines = result("add logging to C.m", {"m.py": text}, "m.py").split(newline)
    at = lines.index("        logger.debug(")
    assert lines[at : at + 7] == [
        "        logger.debug(",
        "            'C.m(first_argument=%r, second_argument=%r, third_argument=%r)',",
        "            first_argument,",
        "            second_argument,",
        "            third_argument,",
        "        )",
        "        return 'c'",
    ]
    wide = {"m.py": text, "ruff.toml": "line-length = 160\n"}
    logged = f"logger.debug('C.m(first_argument=%r, second_argument=%r, third_argument=%r)', {LONG})"
    assert logged in result("add logging to C.m", wide, "m.py")
    assert "logger.exception('C.m failed')" in result("add error handling to C.m", {"m.py": text}, "m.py")


def test_logging_that_is_there_is_not_added_again_however_it_is_broken() -> None:
    files = {"m.py": f"class C:\n    def m(self, {LONG}):\n        return 'c'\n"}
    once = result("add logging to C.m", files, "m.py")
    again = run("add logging to C.m", blueprint({"m.py": once}))
    assert [item.kind for item in again.corrections] == ["duplicate insertion"]
    assert not again.changes
