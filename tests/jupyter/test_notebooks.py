"""A notebook's path as the server has it, and as the project has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemaestro_jupyter.jupyter.notebooks import REMEMBERED, Notebooks
from codemaestro_jupyter.jupyter.protocol import NotebookOutline
from codemaestro_jupyter.types import Cell, CellId, NotebookId, NotebookPicture, RelPath


def outline(path: str, *cells: str, notebook: str = "", formerly: str = "") -> NotebookOutline:
    return {
        "type": "notebook",
        "notebook_id": notebook or path,
        "path": path,
        "formerly": formerly,
        "active": cells[0] if cells else "",
        "cells": [{"id": cell, "kind": "code", "source": f"# {cell}"} for cell in cells],
    }


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("home/shop/shop.ipynb", "home/shop/nested/other.ipynb", "home/elsewhere.ipynb"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}", encoding="utf8")
    return tmp_path / "home" / "shop"


@pytest.mark.parametrize("session", [True, False], ids=["the server says where", "the kernel's folder decides"])
@pytest.mark.parametrize("path", ["shop/shop.ipynb", "RTC:shop/shop.ipynb", "/shop/shop.ipynb"])
def test_the_kernels_own_notebook_is_found(project: Path, path: str, session: bool) -> None:
    notebooks = Notebooks(project, project, str(project / "shop.ipynb") if session else "")
    assert notebooks.picture(outline(path, "c1", "c2", notebook="n")) == NotebookPicture(
        NotebookId("n"),
        RelPath("shop.ipynb"),
        (Cell(CellId("c1"), "code", "# c1"), Cell(CellId("c2"), "code", "# c2")),
        CellId("c1"),
    )


def test_another_notebook_of_the_same_kernel_is_found(project: Path) -> None:
    notebooks = Notebooks(project, project, str(project / "shop.ipynb"))
    assert notebooks.project_path("shop/nested/other.ipynb") == "nested/other.ipynb"


@pytest.mark.parametrize("path", ["", "elsewhere.ipynb", "../elsewhere.ipynb"])
def test_outside_the_root_is_no_path(project: Path, path: str) -> None:
    assert Notebooks(project, project.parent, str(project / "shop.ipynb")).project_path(path) is None


def test_a_new_name_is_told_on_unless_the_old_file_is_still_there(project: Path) -> None:
    notebooks = Notebooks(project, project, str(project / "shop.ipynb"))
    moved = notebooks.picture(outline("shop/nested/other.ipynb", formerly="shop/gone.ipynb"))
    assert moved.formerly == "shop/gone.ipynb"
    copied = notebooks.picture(outline("shop/nested/other.ipynb", formerly="shop/shop.ipynb"))
    assert copied.formerly == ""


def test_outside_of_the_project_the_file_is_told(project: Path) -> None:
    notebooks = Notebooks(project, project, str(project / "shop.ipynb"))
    outside = notebooks.picture(outline("elsewhere.ipynb"))
    assert (outside.path, outside.file) == (None, str(project.parent / "elsewhere.ipynb"))
    assert notebooks.picture(outline("nowhere.ipynb")).file == ""


def test_a_cell_belongs_to_the_notebook_that_holds_it(project: Path) -> None:
    notebooks = Notebooks(project, project, str(project / "shop.ipynb"))
    assert notebooks.of_cell("c1") == "shop.ipynb"
    notebooks.picture(outline("a.ipynb", "c1"))
    notebooks.picture(outline("b.ipynb", "c2"))
    assert [notebooks.of_cell(cell) for cell in ("c1", "c2", "c3")] == ["a.ipynb", "b.ipynb", "shop.ipynb"]
    notebooks.picture(outline("a.ipynb", "c2"))  # cut there, pasted here
    assert notebooks.of_cell("c2") == "a.ipynb"
    for number in range(REMEMBERED):
        notebooks.picture(outline(f"{number}.ipynb"))
    assert notebooks.of_cell("c2") == "shop.ipynb"


def test_untold_a_notebook_is_its_place_in_the_project(project: Path) -> None:
    """Two of one name in two folders are two, and the same under whatever name a page has for it."""
    notebooks = Notebooks(project, project / "nested", str(project / "nested" / "other.ipynb"))
    assert notebooks.home == notebooks.of_cell("") == "nested/other.ipynb"
    notebooks.picture(outline("other.ipynb", "c1"))  # a server that was started in that folder
    assert notebooks.home == notebooks.of_cell("c9") == "other.ipynb"
    assert Notebooks(project, project, str(project.parent / "elsewhere.ipynb")).home == str(
        project.parent / "elsewhere.ipynb"
    )
    assert Notebooks(project, project).home == ""


@pytest.mark.parametrize(
    ("path", "inside"),
    [("shop/nested/other.ipynb", False), ("nested/other.ipynb", False), ("other.ipynb", True)],
    ids=["started above", "started in the project", "started inside it"],
)
def test_where_the_server_was_started_inside_the_project_the_cure_is_known(
    project: Path, path: str, inside: bool
) -> None:
    notebooks = Notebooks(project, project / "nested", str(project / "nested" / "other.ipynb"))
    assert notebooks.above is None
    assert notebooks.picture(outline(path)).path == "nested/other.ipynb"
    assert notebooks.above == (
        (
            "JupyterLab was started for nested/: files of the project outside it open for reading only",
            f"To edit them too, start it with: jupyter lab --ServerApp.root_dir={project.resolve()} nested/other.ipynb",
        )
        if inside
        else None
    )
