"""Which files stand close to a file, decided from paths and imports alone."""

from __future__ import annotations

import pytest

from codemaestro_jupyter.workspace.neighbours import (
    covering_tests,
    imported_paths,
    is_test,
    module_names,
    stem,
)


@pytest.mark.parametrize(
    ("path", "test"),
    [
        ("tests/test_a.py", True),
        ("a_test.go", True),
        ("src/a.spec.ts", True),
        ("testing/x.py", True),
        ("src/latest.py", False),
        ("contest/a.py", False),
        ("pkg/conftest.py", True),
        ("src/test.ts", False),
    ],
)
def test_what_a_test_is(path: str, test: bool) -> None:
    assert is_test(path) == test


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("tests/test_reader.py", "reader"),
        ("src/reader.spec.ts", "reader"),
        ("pkg/io/__init__.py", "io"),
        (".gitignore", ".gitignore"),
    ],
)
def test_what_a_test_and_its_subject_share(path: str, name: str) -> None:
    assert stem(path) == name


def test_tests_of_the_name_come_first_the_nearest_of_them_first() -> None:
    paths = ["tests/test_csv.py", "tests/io/test_csv.py", "tests/test_other.py", "src/io/csv.py", "tests/test_api.py"]
    found = covering_tests("src/io/csv.py", paths, importers=["tests/test_api.py", "src/api.py", "tests/test_csv.py"])
    assert found == ("tests/io/test_csv.py", "tests/test_csv.py", "tests/test_api.py")
    assert covering_tests("tests/test_csv.py", paths) == ()


@pytest.mark.parametrize(
    ("path", "modules", "found"),
    [
        ("pkg/a.py", ["pkg.b", "os", "pkg.c", "pkg.a"], ("pkg/b.py", "pkg/c/__init__.py")),
        ("pkg/a.py", [".b", ".", "..x", "...y"], ("pkg/b.py", "x.py")),
        ("pkg/c/d.py", ["..b", ".e.Name"], ("pkg/b.py", "pkg/c/e.py")),
        ("pkg/c/d.py", ["e"], ("pkg/c/e.py",)),
        ("tests/t.py", ["lib_of_mine.z"], ("src/lib_of_mine/z.py",)),
        ("n.ipynb", ["pkg.b"], ("pkg/b.py",)),
        (
            "web/a.ts",
            ["./b", "../x.js", "./folder", "react", "../../../out"],
            ("web/b.tsx", "x.ts", "web/folder/index.ts"),
        ),
        ("c/a.c", ["b.h", "k.h", "stdio.h"], ("c/b.h", "include/k.h")),
    ],
)
def test_what_a_file_imports(path: str, modules: list[str], found: tuple[str, ...]) -> None:
    paths = {
        "pkg/a.py",
        "pkg/b.py",
        "pkg/c/__init__.py",
        "pkg/c/e.py",
        "pkg/__init__.py",
        "x.py",
        "y.py",
        "src/lib_of_mine/z.py",
    }
    paths |= {"web/b.tsx", "x.ts", "web/folder/index.ts", "c/b.h", "include/k.h"}
    assert tuple(name for name in imported_paths(path, modules, paths) if name != "pkg/__init__.py") == found


def test_names_that_others_may_import_a_file_by() -> None:
    assert module_names("src/io/csv.py") == ("src.io.csv", "io.csv", "csv")
    assert module_names("io/__init__.py") == ("io",)
