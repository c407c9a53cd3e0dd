"""What keeps that which runs in a copy inside it: neither the network nor any other folder is within its reach.

Each system offers other walls, and what it offers is tried, once a process; the best that stand are used. `left` says
in words what they leave open.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

PATIENCE = 20.0
"""Seconds to try a wall; it takes less than a tenth of one."""
NOTHING = "this system offers nothing that keeps it from the network and from other folders"


@dataclass(frozen=True, slots=True)
class Walls:
    """How a command is begun that may write below a folder only, and what is `left` open ("": nothing)."""

    around: Callable[[Path, Sequence[str]], list[str]]
    left: str = ""


def on_linux(walls: str, folder: Path, command: Sequence[str]) -> list[str]:
    """See `confine.py`."""
    return [sys.executable, "-I", "-S", str(Path(__file__).with_name("confine.py")), walls, str(folder), *command]


def on_macos(folder: Path, command: Sequence[str]) -> list[str]:
    """Apple's seatbelt: deprecated for years, and what browsers and build systems on it use."""
    place = str(folder).replace("\\", "\\\\").replace('"', '\\"')
    profile = (
        '(version 1)(allow default)(deny network*)(allow network* (local ip "localhost:*"))'
        '(allow network-outbound (remote ip "localhost:*"))(deny signal)(allow signal (target same-sandbox))'
        f'(deny file-write*)(allow file-write* (subpath "{place}") (literal "/dev/null") (literal "/dev/zero"))'
    )
    return ["/usr/bin/sandbox-exec", "-p", profile, *command]


def unconfined(folder: Path, command: Sequence[str]) -> list[str]:
    """As it is."""
    return list(command)


CANDIDATES = {
    "linux": (
        Walls(partial(on_linux, "namespaces,landlock")),
        Walls(partial(on_linux, "namespaces")),
        Walls(partial(on_linux, "landlock,sockets"), "modes and times of other files are within its reach"),
    ),
    "darwin": (Walls(on_macos),),
}
"""By system, best first."""


@cache
def walls() -> Walls:
    """The best that this system offers; tried at the first call, in about a tenth of a second."""
    standing = (item for item in CANDIDATES.get(sys.platform, ()) if stands(item))
    return next(standing, Walls(unconfined, NOTHING))


def stands(candidate: Walls) -> bool:
    """Whether a command runs inside, can write there, and nowhere else."""
    with TemporaryDirectory(prefix="maestro-check-") as made:
        inside, outside = Path(made).resolve() / "inside", Path(made).resolve() / "outside"
        inside.mkdir()
        text = f"open({str(inside / 'a')!r}, 'w').close(); open({str(outside)!r}, 'w').close()"
        command = candidate.around(inside, [sys.executable, "-I", "-S", "-c", text])
        try:
            subprocess.run(
                command, cwd=inside, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return (inside / "a").exists() and not outside.exists()
