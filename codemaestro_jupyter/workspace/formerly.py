"""Files as they were while a line still stood in them: in HEAD, or before the newest commit that took it away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from codemaestro_jupyter.workspace.secrets import is_secret_path

MOST = 4
"""Files read; a name is defined in one or two."""
SECONDS = 2.0
"""What a person waits at most for a look through all commits."""
LARGEST = 400_000


class Repository(Protocol):
    """A git repository that can be asked (`Git`)."""

    def ask(self, *arguments: str, seconds: float = 10.0) -> bytes | None:
        """What git prints; None where it cannot."""
        ...


def former_files(git: Repository, pattern: str, wanted: Callable[[str], bool], *, old: bool) -> list[tuple[str, bytes]]:
    """Paths and bytes of the files, among those wanted, in which a line last matched an extended regular expression.

    `old`: also before HEAD, where HEAD has none; that is looked for in all its ancestors, for two seconds at most.
    """
    found = matching(git, "HEAD", pattern, wanted)
    if found or not old:
        return found
    log = ("log", "-1", "--format=%H", "--no-renames", "--no-ext-diff", "--no-textconv", "--pickaxe-regex")
    commit = (git.ask(*log, f"-S{pattern}", "--", ".", seconds=SECONDS) or b"").decode("ascii", "replace").strip()
    return matching(git, f"{commit}^", pattern, wanted) if commit else []


def matching(git: Repository, revision: str, pattern: str, wanted: Callable[[str], bool]) -> list[tuple[str, bytes]]:
    """The files of a revision with a line that matches."""
    listed = git.ask("grep", "-l", "-z", "-I", "-E", "-e", pattern, revision, "--", ".", seconds=SECONDS) or b""
    found: list[tuple[str, bytes]] = []
    for name in listed.decode("utf8", "surrogateescape").split("\0"):
        path = name.removeprefix(f"{revision}:")
        if not path or not wanted(path) or is_secret_path(path) or len(found) == MOST:
            continue
        data = git.ask("cat-file", "blob", f"{revision}:./{path}", seconds=SECONDS)
        if data is not None and len(data) <= LARGEST:
            found.append((path, data))
    return found
