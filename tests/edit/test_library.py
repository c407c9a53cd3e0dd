"""Trees that are kept from command to command are the same trees, and what comes of them is the same."""

from __future__ import annotations

import ast
from pathlib import Path

from codemaestro_jupyter.edit.python.library import Library, noted, tree_from
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


def test_what_is_noted_is_found_out_once_until_it_was_too_much() -> None:
    asked = []

    def find(about: str) -> str:
        asked.append(about)
        return about.upper()

    library = Library(most=4)
    with library.open():
        for about in ("one", "two", "one", "three", "one"):
            assert noted(about, lambda about=about: find(about), 5) == about.upper()  # type: ignore[misc]
    assert asked == ["one", "two", "three", "one"], "three times five are more than three times four"
    noted("one", lambda: find("one"))
    assert asked[-2:] == ["one", "one"], "only while it is open"


def test_proposals_are_the_same_with_and_without(root: Path) -> None:
    (root / "src/pkg/more.py").write_text(
        "from .api import fetch_user\n\n\nclass Client:\n    def load(self, load_users):\n        self.rows = 1\n"
        "        return fetch_user(load_users)\n\n\nn\u00e4me = Client().load(1)\nﬁnd_user = fetch_user\n",
        encoding="utf8",
    )
    commands = [
        RENAME,
        f"{RENAME}s",
        f"{RENAME}, then add logging to it",
        "rename fetch_user to load_users",
        "rename fetch_user to find_user",
        "rename Client.load to read",
        "rename Client.load to fetch_user",
        "rename Client.load to rows",
        "rename load_users in Client.load to users",
        "rename load_users in Client.load to fetch_user",
    ]
    reading, library = Reading(root, Reader(root)), Library()
    plain = [reading.propose(command) for command in commands]
    assert any(item.problem for item in plain)
    with library.open():
        for _ in range(2):
            assert [reading.propose(command) for command in commands] == plain
    assert len(library) > 0
    (root / "src/pkg/more.py").write_text("from .api import fetch_user as other\n")
    changed = reading.propose(RENAME)
    assert changed not in plain
    with library.open():
        assert reading.propose(RENAME) == changed
