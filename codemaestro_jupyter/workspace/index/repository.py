"""Git as the index asks it: lists as they come, and only those commits that are not known yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from codemaestro_jupyter.types import Commit
from codemaestro_jupyter.workspace.git import _DIFF, Git, _commits, _names

COMMITS_AT_ONCE = 500
"""Ids on one command line: 20 kB, under Windows' limit of 32."""


class Repository(Git):
    """The repository that the root is in; everything is empty where there is none."""

    def names(self, *choice: str, among: Sequence[str] = ()) -> Iterator[str] | None:
        """Files below the root: `--cached` ones, or with `--others` and `--exclude-standard` those not ignored.

        None if git fails or takes too long: an unreadable list is not an empty one.
        """
        output = self._guest.run("ls-files", "-z", *choice, "--", *among, seconds=30.0) if self._guest else None
        return None if output is None else _names(output)

    def ancestors(self, head: str, limit: int) -> list[str]:
        """Ids of `head` and its ancestors without merges that touched the root, newest first."""
        if not head:
            return []
        within = ("--", ".") if self._prefix else ()
        return self._lines("rev-list", "--no-merges", f"--max-count={limit}", head, *within, seconds=30.0).split()

    def commits(self, shas: Sequence[str]) -> list[Commit]:
        """These commits, with the files they added or modified, relative to the root."""
        found: list[Commit] = []
        for start in range(0, len(shas), COMMITS_AT_ONCE):
            output = self._lines(
                "log", "--no-walk=unsorted", "--name-status", "-z", "--encoding=UTF-8", *_DIFF, "--no-notes",
                "--no-mailmap", "--format=tformat:%H%x00%ct%x00%an%x00%s%x00", *shas[start : start + COMMITS_AT_ONCE],
                "--", seconds=30.0,
            )  # fmt: skip
            found += _commits(output.split("\0"), self._shallow())
        return found
