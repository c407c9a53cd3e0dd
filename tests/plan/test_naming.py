"""What a written name means among some files."""

from __future__ import annotations

import pytest

from codemaestro_jupyter.plan.naming import Found, close_names, find_file
from codemaestro_jupyter.types import RelPath

FILES = [
    RelPath(p) for p in ("a/util.py", "b/util.py", "src/pkg/__init__.py", "src/pkg/settings.py", "README.md", "x y.md")
]


@pytest.mark.parametrize(
    ("written", "paths"),
    [
        ("a/util.py", ["a/util.py"]),
        ("./a/util.py", ["a/util.py"]),
        ("util.py", ["a/util.py", "b/util.py"]),
        ("pkg/settings.py", ["src/pkg/settings.py"]),
        ("SETTINGS.PY", ["src/pkg/settings.py"]),
        ("pkg.settings", ["src/pkg/settings.py"]),
        ("src.pkg", ["src/pkg/__init__.py"]),
        ("settings", ["src/pkg/settings.py"]),
        ("readme", ["README.md"]),
        ("x y.md", ["x y.md"]),
        ("../../etc/passwd", []),
        ("", []),
    ],
)
def test_a_name_means_the_files_that_fit(written: str, paths: list[str]) -> None:
    assert find_file(written, FILES).paths == tuple(paths)


def test_of_several_the_one_in_the_root_or_beside_the_notebook_is_meant() -> None:
    files = [RelPath(path) for path in ("README.md", "a/README.md", "b/README.rst", "b/Setup.py", "c/setup.PY")]
    assert find_file("readme", files).one == "README.md"
    assert find_file("readme.md", files).one == "README.md"
    assert find_file("SETUP.py", files, "b").one == "b/Setup.py"
    assert find_file("SETUP.py", files).paths == ("b/Setup.py", "c/setup.PY")
    assert find_file("readme", files, "a").paths == ("README.md", "a/README.md", "b/README.rst")  # two are near


def test_a_path_is_first_seen_from_the_notebooks_folder() -> None:
    assert find_file("util.py", FILES, "b").one == "b/util.py"
    assert find_file("../a/util.py", FILES, "b").one == "a/util.py"


def test_a_folder_holds_its_files_and_is_no_file() -> None:
    found = find_file("src/", FILES)
    assert found == Found((RelPath("src/pkg/__init__.py"), RelPath("src/pkg/settings.py")), folder="src")
    assert found.one is None


SETTINGS = RelPath("src/pkg/settings.py")


def test_a_misspelt_name_is_answered_with_similar_ones() -> None:
    assert find_file("setings.py", FILES) == Found(similar=(SETTINGS,), nearly=SETTINGS)
    rivals = (RelPath("orders.py"), RelPath("ordens.py"))
    assert find_file("ordes.py", rivals).nearly is None  # either may be meant
    assert find_file("setti", FILES) == Found((SETTINGS,))  # a beginning that only one file has
    assert find_file("zebra.go", FILES) == Found()
    assert close_names("discont", ["discount", "user", "discont"]) == ("discount",)
