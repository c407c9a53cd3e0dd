"""What is known of a symbol that is gone: files as they were, by our own journal and by git, while they defined it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from codemaestro_jupyter.edit.blueprint import Blueprint
from codemaestro_jupyter.edit.history import History
from codemaestro_jupyter.edit.journal import Journal
from codemaestro_jupyter.errors import EditError
from codemaestro_jupyter.workspace.formerly import Repository, former_files

MOST = 8
"""Transactions whose bytes are read."""


def defines(name: str) -> str:
    """The extended regular expression of a line that defines a name in Python; the letters of git, `re` and `grep`."""
    return rf"^[[:space:]]*((async +)?def +|class +){name}[^A-Za-z0-9_]|^[[:space:]]*{name} *(:|=[^=])"


def journalled(journal: Journal, history: History, name: str) -> Iterator[tuple[str, bytes]]:
    """Files as they were before the newest of our own changes that spoke of a name, Python only."""
    spoken = re.compile(rf"\b{re.escape(name)}\b")
    about = [entry for entry in history.applied() if spoken.search(entry.title)]
    for entry in about[: -MOST - 1 : -1]:
        try:
            changes = journal.changes(entry)
        except EditError:  # its bytes are kept no longer
            continue
        for change in changes:
            if change.before is not None and change.path.endswith((".py", ".pyi")) and not change.before.live:
                yield change.path, change.before.data


def committed(git: Repository, name: str, *, old: bool) -> Iterator[tuple[str, bytes]]:
    """Files as they were when they were last committed with a definition of a name."""
    if name.isascii():
        yield from former_files(git, defines(name), lambda path: path.endswith((".py", ".pyi")), old=old)


def called_now(
    name: str, journal: Journal, history: History, git: Repository, now: Blueprint, *, old: bool
) -> tuple[str, ...]:
    """Addresses of what a name is called now, likeliest first; `old`: all commits are looked through, not only HEAD."""
    from codemaestro_jupyter.edit.python import renamed

    last = name.rpartition(".")[2]
    for files in (journalled(journal, history, last), committed(git, last, old=old)):
        if found := renamed.called_now(name, files, now):
            return found
    return ()
