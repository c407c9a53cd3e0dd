"""Cases from a project's own history: its commit subjects are the requests, the files they modified the truth.

The parent's tree is the project, only its ancestors are known. Changelogs, lock files and the like, which convention
changes with nearly every commit, are neither truth nor answers.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from codemaestro_jupyter.errors import InputError
from codemaestro_jupyter.experiment.commit_view import Repository
from codemaestro_jupyter.predict.kinds import PROSE, SOURCE, extension

SHARES = (25, 50, 75, 100)
"""How much of the request is typed, in percent."""
SHORTEST, LONGEST = 20, 105
"""Characters of a request, as in the shared cases."""
MOST_TRUTH = 5
_MACHINES = re.compile(r"dependabot|pre-commit|renovate|\[bot\]|github-actions|copybara", re.I)
_ROUTINE = re.compile(
    r"^(?:merge|revert|bump|release|version|v?\d+\.\d|wip\b|\[pre-commit|update pre-commit|prepare|back to dev"
    r"|changelog|update changelog)",
    re.I,
)
_REFERENCE = re.compile(r",?\s*\b(?:refs?|closes?|fixes|fixed|resolves|see|gh)\b:?\s+(?:gh-)?#\d+.*$", re.I)
_TYPE = re.compile(r"^(?:feat|fix|docs?|chore|refactor|tests?|perf|style|ci|build)(?:\([^)]*\))?!?:\s*", re.I)
_CONVENTION = re.compile(
    r"(?:^|/)(?:changes|changelog|history|news|whats[-_]?new|what's[-_]new|release[-_]?notes?|releases?|authors"
    r"|contributors|credits|\.mailmap)(?:[-_.][^/]*)?$"
    r"|(?:^|/)(?:changelog|changes|newsfragments|whats_?new|release[-_]?notes|news|releases|upcoming_changes|towncrier)/",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Case:
    """One request and the files that it changed."""

    repository: str
    parent: str
    request: str
    truth: frozenset[str]
    prefixes: tuple[int, ...]
    """Characters typed at each of `SHARES`."""
    kind: str
    """`src` (source), `ipynb` (notebooks only) or `md` (prose only)."""
    when: float = 0.0


def clean(subject: str) -> str:
    """A commit subject as a person would say it: no references, no type prefix."""
    subject = re.sub(r"^\[[\w -]+\]\s*", "", re.sub(r"\s*\(#\d+\)", "", subject))
    subject = _TYPE.sub("", _REFERENCE.sub("", subject)).replace("()", "")
    return re.sub(r"\s+", " ", re.sub(r"#\d+", "", subject)).strip()


def changes_by_convention(path: str) -> bool:
    """Changelogs and the like."""
    return extension(path) not in SOURCE and bool(_CONVENTION.search(path))


def cases_of(repository: Repository, count: int, *, newest: bool = True, pool: int = 4000, seed: int = 7) -> list[Case]:
    """The newest `count` usable commits, or as many drawn from the newest `pool`; newest first."""
    candidates = list(repository.commits().values())[:pool]
    if not newest:
        random.Random(seed).shuffle(candidates)  # noqa: S311 - a sample, not a secret
    found: list[Case] = []
    seen: set[str] = set()
    for commit in candidates:
        if len(found) >= count:
            break
        request = clean(commit.subject)
        unusual = _MACHINES.search(commit.author) or _ROUTINE.search(commit.subject) or request in seen
        if unusual or not SHORTEST <= len(request) <= LONGEST or len(request.split()) < 3:
            continue
        if len(commit.files) > 2 * MOST_TRUTH:
            continue
        parents = repository.git("rev-list", "--parents", "-n1", commit.sha).split()[1:]
        if len(parents) != 1:
            continue
        tree = repository.tree(parents[0])
        truth = frozenset(path for path in commit.files if path in tree and not changes_by_convention(path))
        if 1 <= len(truth) <= MOST_TRUTH and len(tree) >= 15 and (kind := kind_of(truth)):
            seen.add(request)
            ends = tuple(max(1, round(len(request) * share / 100)) for share in SHARES)
            found.append(Case(repository.folder.name, parents[0], request, truth, ends, kind, commit.timestamp))
    return sorted(found, key=lambda case: -case.when)


def kind_of(truth: frozenset[str]) -> str:
    """What a change is about, by its files; empty if about none of source, notebooks, prose."""
    kinds = {extension(path) for path in truth}
    if "ipynb" in kinds and "py" not in kinds:
        return "ipynb"
    if kinds & (SOURCE - {"ipynb"}):
        return "src"
    return "md" if kinds <= PROSE | {"ipynb"} else ""


def read_cases(file: Path) -> list[Case]:
    """Cases of a shared harness: lines with repo, parent, request, prefixes, truth, kind, ts. Raises `InputError`."""
    try:
        rows = [json.loads(line) for line in file.read_text(encoding="utf8").splitlines() if line.strip()]
        return [
            Case(
                row["repo"], row["parent"], row["request"], frozenset(row["truth"]),
                tuple(int(row["prefixes"][str(share)]) for share in SHARES), row["kind"], float(row["ts"]),
            )
            for row in rows
        ]  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{file.name} holds no cases: {error}", hint="It must be the harness's dev.jsonl.") from error


def by_repository(cases: Sequence[Case]) -> Iterator[tuple[str, list[Case]]]:
    """Cases of one repository after the other, oldest first: consecutive trees share most files."""
    for name in dict.fromkeys(case.repository for case in cases):
        yield name, sorted((case for case in cases if case.repository == name), key=lambda case: case.when)
