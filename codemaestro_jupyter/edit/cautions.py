"""What a person should know of a change that nothing forbids: a file's other names, names not every system takes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from codemaestro_jupyter.edit.blueprint import Change

RESERVED = frozenset(
    {"CON", "PRN", "AUX", "NUL", *(f"{port}{number}" for port in ("COM", "LPT") for number in range(1, 10))}
)
"""Names of devices on Windows, with any suffix (Microsoft, "Naming Files, Paths, and Namespaces")."""
FORBIDDEN = frozenset('<>:"|?*')


def cautions(root: Path, changes: Sequence[Change]) -> tuple[str, ...]:
    """One sentence for each file that is not what it seems."""
    found = []
    for change in changes:
        if change.before is None:
            found += on_other_systems(root, change.path)
        elif not change.before.live:
            with suppress(OSError):
                if os.stat(root / change.path).st_nlink > 1:
                    found.append(f"{change.path} has another name (a hard link), which keeps the file as it was.")
    return tuple(found)


def on_other_systems(root: Path, path: str) -> list[str]:
    """What keeps a new file from Windows, or from systems where capitals do not count."""
    name = path.rpartition("/")[2]
    odd = name.partition(".")[0].rstrip().upper() in RESERVED or name[-1:] in (".", " ") or FORBIDDEN & set(name)
    found = [f"{path} cannot be on Windows: choose another name if anybody works there."] if odd else []
    with suppress(OSError):
        twins = [other for other in os.listdir((root / path).parent) if other.casefold() == name.casefold()]
        found += [
            f"{path} differs from {other} only in capitals: on macOS and Windows they are one file."
            for other in sorted(set(twins) - {name})
        ]
    return found
