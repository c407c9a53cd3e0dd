"""Trees that are kept from command to command are the same trees, and what comes of them is the same."""

from __future__ import annotations

import ast
from pathlib import Path

from codemaestro_jupyter.edit.python.library import Library, tree_from
from codemaestro_jupyter.edit.reading import Reading
from codemaestro_jupyter.workspace.reader import Reader

from .engine_project import RENAME


def test_a_tree_is_made_once_and_only_while_the_library_is_open() -> None:
    made = []

    def make(source: str) -> ast.Module:
        made.append(source)
        return ast.parse(source)

    library = Library(most=12)
    with library.open():
        assert tree_from("x = 1", make) is tree_from("x = 1", make)
        tree_from("y = 123456789", make)
        tree_from("y = 123456789", make)
    assert made == ["x = 1", "y = 123456789", "y = 123456789"], "what does not fit is made each time"
    tree_from("x = 1", make)
    assert len(made) == 4
    library.clear()
    assert len(library) == 0


def test_proposals_are_the_same_with_and_without(root: Path) -> None:
    reading, library = Reading(root, Reader(root)), Library()
    plain = [reading.propose(command) for command in (RENAME, f"{RENAME}s", f"{RENAME}, then add logging to it")]
    with library.open():
        kept = [reading.propose(command) for command in (RENAME, f"{RENAME}s", f"{RENAME}, then add logging to it")]
    assert kept == plain
    assert len(library) > 0
