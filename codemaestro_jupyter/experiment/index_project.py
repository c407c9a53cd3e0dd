"""Write a synthetic project: Python files with words as frequent as in natural text, and a history of small commits."""

from __future__ import annotations

import random
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

COMMITS = 2_500
"""Small commits of a synthetic project: as many as prediction looks at."""
_SPOKEN = "ba co di fu ge hi jo ka lu me no pi qua re su ti vo wa xi yo zu ther ing lex mor pen tal"
_SYLLABLES = _SPOKEN.split()


@dataclass(frozen=True, slots=True)
class SyntheticProject:
    """How many files of how many bytes each; under git with a short history."""

    name: str
    files: int
    bytes_each: int


def write_project(root: Path, project: SyntheticProject, seed: int = 7) -> None:
    """Write a project of Python files, with words as frequent as in natural text, and a history of small commits."""
    chance = random.Random(seed)  # noqa: S311 - the same project each time
    words = _vocabulary(chance, 8_000 + project.files)
    weights = [1 / (rank + 10) for rank in range(len(words))]
    for number in range(project.files):
        drawn = iter(chance.choices(words, weights, k=project.bytes_each // 5))
        parts, size = [f'"""{next(drawn)} {next(drawn)}."""\n\nimport {next(drawn)}\n'], 0
        while size < project.bytes_each:
            a, b, c, d, e = (next(drawn) for _ in range(5))
            parts.append(f"\n\ndef {a}_{b}({c}, {d}):\n    # {e} {a} {d}\n    {b} = {c}.{e}({d})\n    return {b}\n")
            size += len(parts[-1])
        path = (
            root
            / f"package{number // 400}"
            / f"{words[number // 25 % 97]}{number // 25 % 16}"  # 25 files a folder
            / f"{words[number]}{number}.py"
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(parts), encoding="utf8")
    _write_history(root, chance, words)


def _write_history(root: Path, chance: random.Random, words: Sequence[str]) -> None:
    """Commit the files in three steps, then `COMMITS` changes of one to five of them, the last of which stay."""
    files = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.py"))
    git(root, "init", "-q", "-b", "main")
    with tempfile.TemporaryFile() as stream:
        for number in range(3):
            _write_commit(stream, number, f"Add {words[number]} and {words[number + 50]}", root, files[number::3])
        for number in range(3, COMMITS + 3):
            changed = sorted(chance.choices(files[: len(files) // 3], k=chance.randint(1, 5)))
            for path in dict.fromkeys(changed):
                with (root / path).open("a", encoding="utf8") as file:
                    file.write(f"# {number}\n")
            stem = changed[0].rpartition("/")[2].rstrip(".py0123456789")
            verb, one, other = chance.choice(("Fix", "Add", "Use", "Test")), *chance.choices(words[:4_000], k=2)
            _write_commit(stream, number, f"{verb} {one}_{other} of the {stem}", root, dict.fromkeys(changed))
        stream.seek(0)
        subprocess.run(["git", "-C", str(root), "fast-import", "--quiet"], stdin=stream, check=True)
    git(root, "reset", "-q", "--mixed")


def _write_commit(stream: IO[bytes], number: int, subject: str, root: Path, paths: Iterable[str]) -> None:
    """One commit in the form of `git fast-import`, an hour after the one before."""
    head = f"commit refs/heads/main\ncommitter Ada <ada@example.org> {1_700_000_000 + 3_600 * number} +0000\n"
    stream.write(f"{head}data {len(subject)}\n{subject}\n".encode())
    for path in paths:
        data = (root / path).read_bytes()
        stream.write(f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n")


def _vocabulary(chance: random.Random, size: int) -> list[str]:
    words: dict[str, None] = {}
    while len(words) < size:
        words["".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4)))] = None
    return list(words)


def git(root: Path, *arguments: str, given: str | None = None) -> None:
    settings = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "gc.auto=0")
    command = ["git", "-C", str(root), *settings, *arguments]
    subprocess.run(command, input=given, text=True, check=True, stdout=subprocess.DEVNULL)
