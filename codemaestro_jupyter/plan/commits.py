"""Commits as an answer tells them: a list by day, one of them whole, or who touched a thing last."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from codemaestro_jupyter.plan import markdown as md
from codemaestro_jupyter.plan.diffs import SHORT_DIFF, summarise
from codemaestro_jupyter.plan.evidence import Evidence
from codemaestro_jupyter.plan.naming import close_names
from codemaestro_jupyter.plan.periods import Period
from codemaestro_jupyter.types import AnswerPart, BranchWork, Commit, RelPath

MOST = 500
"""Commits gone through for a time or a person."""
MOST_DIFFS = 30
"""Files of one commit whose diffs are counted: a call of git each, some 5 ms."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What the question is about: certain paths, or a topic, or everything."""

    paths: tuple[RelPath, ...] = ()
    topic: str = ""
    label: str = ""
    name: str = ""
    """The name that was asked for, if the paths are those that define it."""

    def holds(self, path: str) -> bool:
        """Whether a path is within it; a topic's paths have one of its words in them."""
        if self.paths:
            return any(path == other or path.startswith(f"{other}/") for other in self.paths)
        words = re.findall(r"\w{3,}", self.topic.lower())
        return not words or any(word.rstrip("s") in path.lower() for word in words)


def commits(evidence: Evidence, scope: Scope, period: Period) -> Iterator[AnswerPart]:
    """The commits of a scope, a time and a person, newest first, by day; and the files they touched most."""
    request = evidence.request
    many = period.since is not None or request.who
    found = evidence.history(scope.topic, scope.paths, period.since, limit=MOST if many else max(60, request.count))
    by = [commit for commit in found if period.holds(commit.timestamp) and _is_by(commit, request.who)]
    by.sort(key=lambda commit: -commit.timestamp)
    chosen = by[: request.count] if request.count else by
    label = _label(evidence, scope, period)
    evidence.note("git log")
    if not chosen:
        yield _none(evidence, scope, label)
        return
    evidence.data["commits"] = [_data(commit) for commit in chosen]
    most = request.count or evidence.limits.items * (3 if period.since else 2)
    full = len(found) >= MOST or (not many and not request.count and len(found) >= 60)
    total = "" if request.count > 1 and not full else f"{len(chosen)}{'+' if full else ''}"
    more = f", the newest {most}" if len(chosen) > most else ""
    lines = _by_day(evidence, chosen[:most], scope)
    yield evidence.part(f"**Commits** ({', '.join(part for part in (label, total) if part)}{more})\n", *lines)
    if often := _often(evidence, chosen, scope):
        evidence.note("git log")
        yield evidence.part(f"Touched most often by these: {', '.join(often)}.")


def last(evidence: Evidence, scope: Scope) -> Iterator[AnswerPart]:
    """Who changed something last and when, then the few changes before."""
    found = sorted(
        evidence.history(scope.topic, scope.paths, limit=60), key=lambda commit: -commit.timestamp
    )  # a topic's come best first
    evidence.note("git log")
    if not found:
        yield _none(evidence, scope, md.code(scope.label) if scope.label else "")
        return
    evidence.data["commits"] = [_data(commit) for commit in found]
    newest = found[0]
    day = f"{datetime.fromtimestamp(newest.timestamp, evidence.zone):%a %Y-%m-%d %H:%M}"
    evidence.note(f"commit {newest.sha[:7]}")
    about = md.code(scope.label) if scope.label else "The project"
    if scope.name:
        about = f"{about}, where {md.code(scope.name)} is defined,"
    if scope.topic and not scope.paths:  # found by its words: who changed what they stand for is not known
        about = f"The newest commit about {about}"
    says = "is" if scope.topic and not scope.paths else "was last changed"
    yield evidence.part(
        f"{about} {says} by **{md.plain(newest.author)}** on {day}:"
        f" {md.code(newest.sha[:7])} {md.plain(newest.subject[:120])}."
    )
    if found[1:]:
        yield evidence.part("**Before that**\n", *_by_day(evidence, found[1 : evidence.limits.items + 1], scope))
    people = Counter(commit.author for commit in found).most_common(evidence.limits.items)
    if len(people) > 1:
        evidence.note("git log")
        told = md.listed([f"{md.plain(name)} ({number})" for name, number in people], evidence.limits.items)
        least = "at least " if len(found) >= 60 else ""
        yield evidence.part(f"By whom, in {least}{md.count(len(found), 'commit')}: {told}.")


def one(evidence: Evidence, sha: str) -> Iterator[AnswerPart]:
    """One commit: what it says, what it touched and how much; the whole diff where it is short."""
    known = evidence.history(limit=3_000)
    found = [commit for commit in known if commit.sha.startswith(sha)]
    if not found:
        evidence.note("git log")
        count = md.count(len(known), "commit")
        yield evidence.part(f"No commit {md.code(sha)} is among the last {count} before HEAD (merges left out).")
        return
    commit = found[0]
    evidence.data["commits"] = [_data(commit)]
    evidence.note(f"commit {commit.sha[:7]}")
    when = f"{datetime.fromtimestamp(commit.timestamp, evidence.zone):%a %Y-%m-%d %H:%M}"
    yield evidence.part(
        f"**{md.code(commit.sha[:7])}** {md.plain(commit.subject)}\n", f"{md.plain(commit.author)}, {when}"
    )
    diffs = {path: summarise(evidence.sources.diff(path, commit.sha)) for path in commit.files[:MOST_DIFFS]}
    numbers = [
        (path, diffs[path].added, diffs[path].removed) if path in diffs else (path, 0, 0) for path in commit.files
    ]
    evidence.note(f"commit {commit.sha[:7]}")
    yield evidence.part(f"**Touched** ({md.count(len(commit.files), 'file')})\n", *_numbered(evidence, numbers))
    small = [path for path, diff in diffs.items() if 0 < diff.added + diff.removed <= SHORT_DIFF]
    for path in small[: evidence.limits.items]:
        evidence.note(f"commit {commit.sha[:7]}")
        yield evidence.part(f"{md.code(path)}\n", md.fence(diffs[path].text, "diff"))
    if len(small) < len(commit.files):
        evidence.note(f"commit {commit.sha[:7]}")
        yield evidence.part(f"Its whole diff: {md.code(f'git show {commit.sha[:7]}')}.")


def branch(evidence: Evidence, work: BranchWork) -> Iterator[AnswerPart]:
    """What a branch has of its own: its commits, and what they changed together."""
    evidence.note(f"git log {work.fork[:7]}..HEAD")
    here, base = md.code(evidence.status().branch), md.code(work.base)
    evidence.data |= {"base": work.base, "fork": work.fork, "commits": [_data(commit) for commit in work.commits]}
    if not work.commits and not work.files:
        yield evidence.part(f"{here} has nothing that {base} has not.")
        return
    most = 2 * evidence.limits.items
    more = f", the newest {most}" if len(work.commits) > most else ""
    yield evidence.part(
        f"**{here} has {md.count(len(work.commits), 'commit')} of its own**, since it left {base} at"
        f" {md.code(work.fork[:7])}{more}\n",
        *_by_day(evidence, list(work.commits[:most]), Scope()),
    )
    added, removed = sum(file[1] for file in work.files), sum(file[2] for file in work.files)
    evidence.note(f"git diff {work.fork[:7]} HEAD")
    yield evidence.part(
        f"**Changed together** ({md.count(len(work.files), 'file')}, +{added} −{removed})\n",
        *_numbered(evidence, sorted(work.files, key=lambda file: (-file[1] - file[2], file[0]))),
    )


def _numbered(evidence: Evidence, files: Sequence[tuple[RelPath, int, int]]) -> list[str]:
    """A line for each file, with the lines added and removed where they are known."""
    there = set(evidence.files())
    most = 4 * evidence.limits.items
    lines = []
    for path, added, removed in files[:most]:
        counted = f" +{added} −{removed}" if added or removed else ""
        lines.append(f"- {evidence.link(path) if path in there else md.code(path)}{counted}")
    return lines + ([f"- … {len(files) - most} more"] if len(files) > most else [])


def told(evidence: Evidence, commit: Commit, scope: Scope | None = None) -> str:
    """One commit in a line: within a list by day its time, else its date; what is in the scope first."""
    evidence.note(f"commit {commit.sha[:7]}")
    time = datetime.fromtimestamp(commit.timestamp, evidence.zone).strftime("%H:%M" if scope else "%Y-%m-%d %H:%M")
    files = sorted(commit.files, key=lambda path: (scope is None or not scope.holds(path), path))
    touched = f": {md.listed([md.code(path) for path in files], 3)}" if files else ""
    return f"{md.code(commit.sha[:7])} {time} {md.plain(commit.subject[:120])} ({md.plain(commit.author)}){touched}"


def _by_day(evidence: Evidence, chosen: list[Commit], scope: Scope) -> list[str]:
    lines, day = [], ""
    for commit in chosen:
        date = _day(commit, evidence.zone)
        if date != day:
            day = date
            lines.append(f"- {day}")
        lines.append(f"  - {told(evidence, commit, scope)}")
    return lines


def _day(commit: Commit, zone: tzinfo | None) -> str:
    return datetime.fromtimestamp(commit.timestamp, zone).strftime("%a %Y-%m-%d")


def _label(evidence: Evidence, scope: Scope, period: Period) -> str:
    request = evidence.request
    parts = [md.code(scope.label) if scope.label else "", f"by {md.plain(request.who)}" if request.who else ""]
    parts += [period.label, f"the last {request.count}" if request.count > 1 else ""]
    return " ".join(part for part in parts if part)


def _none(evidence: Evidence, scope: Scope, label: str) -> AnswerPart:
    """Nothing fits: what the last one was, and who there is, so that an empty answer still helps."""
    request = evidence.request
    last = evidence.history(scope.topic, scope.paths, limit=1) or evidence.history(limit=1)
    newest = f" The last one: {told(evidence, last[0])}" if last else ""
    people = ""
    if request.who:
        names = list(dict.fromkeys(commit.author for commit in evidence.history(limit=MOST)))
        near = close_names(request.who, names) or names[: evidence.limits.items]
        people = f" Names in the last commits: {', '.join(md.plain(name) for name in near)}."
    return evidence.part(f"**Commits** ({label or 'HEAD'}): none.{people}{newest}")


def _often(evidence: Evidence, chosen: list[Commit], scope: Scope) -> list[str]:
    if len(chosen) < 3:
        return []
    counts = Counter(path for commit in chosen for path in commit.files)
    often = [
        pair
        for pair in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        if pair[1] > 1 and pair[0] not in scope.paths
    ]
    known = set(evidence.files())
    return [
        f"{evidence.link(path) if path in known else md.code(path)} ({number})"
        for path, number in often[: evidence.limits.items]
    ]


def _is_by(commit: Commit, who: str) -> bool:
    return all(word in commit.author.lower() for word in who.lower().split())


def _data(commit: Commit) -> dict[str, object]:
    return {
        "sha": commit.sha,
        "timestamp": commit.timestamp,
        "author": commit.author,
        "subject": commit.subject,
        "files": list(commit.files),
    }
