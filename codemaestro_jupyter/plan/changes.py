"""What changed: what is not committed yet, then the commits of a time, a path or a topic, and what they touched."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo

from codemaestro_jupyter.plan import markdown as md
from codemaestro_jupyter.plan.evidence import Evidence
from codemaestro_jupyter.plan.grammar import HERE
from codemaestro_jupyter.plan.naming import find_file
from codemaestro_jupyter.plan.periods import Period, resolve
from codemaestro_jupyter.types import AnswerPart, Commit, RelPath

SHORT_DIFF = 24
"""Changed lines up to which a diff is shown whole."""
_HUNK = re.compile(r"^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Scope:
    """What the question is about: certain paths, or a topic, or everything."""

    paths: tuple[RelPath, ...] = ()
    topic: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class DiffSummary:
    """One file's diff in numbers; `lines` are the new lines that changed, from 1."""

    added: int
    removed: int
    lines: tuple[int, ...]
    text: str


def changes(evidence: Evidence) -> Iterator[AnswerPart]:
    """The working tree, then commits; both within the scope and time asked for."""
    request = evidence.request
    scope = scope_of(evidence, request.argument)
    zone = evidence.zone
    period = resolve(request.when, evidence.now, zone)
    if period.since is not None and not re.search(r"\d{4}-", request.when):
        evidence.moment()
    status = evidence.status()
    if not status.head and not status.branch and not evidence.history(limit=1):
        yield evidence.part("This project has no git history, so nothing is known of its changes.")
        return
    evidence.data |= {"scope": scope.label, "since": period.since, "until": period.until}
    if period.until is None or period.until > evidence.now:
        yield from _working_tree(evidence, scope)
    yield from _commits(evidence, scope, period, zone)


def scope_of(evidence: Evidence, argument: str) -> Scope:
    """What a topic stands for: a file, a folder, a file's name, else words."""
    if not argument or argument.lower() in ("project", "repository", "repo", "everything", "code", "all", "here", "."):
        return Scope()
    if argument.lower() in HERE:
        notebook = evidence.notebook()
        return Scope((notebook.path,), label=notebook.path) if notebook and notebook.path else Scope()
    if evidence.request.aspect == "text":
        return Scope(topic=argument, label=argument)
    found = find_file(argument, evidence.files(), evidence.base, folder_first=True)
    if found.folder:
        folders = {
            RelPath(re.split(rf"(?<=/){re.escape(found.folder)}/", f"/{path}", maxsplit=1)[0][1:] + found.folder)
            for path in found.paths
        }
        return Scope(tuple(sorted(folders)), label=f"{found.folder}/")
    if found.paths:
        return Scope(found.paths, label=md.listed(list(found.paths)))
    return Scope(topic=argument, label=argument)


# -- not committed ----------------------------------------------------------------------------------


def _working_tree(evidence: Evidence, scope: Scope) -> Iterator[AnswerPart]:
    status = evidence.status()
    changed = [path for path in status.changed if _inside(path, scope)]
    untracked = [path for path in status.untracked if _inside(path, scope)]
    evidence.note("git status")
    evidence.data |= {"branch": status.branch, "changed": changed, "untracked": untracked}
    where = f"on {md.code(status.branch)}" if status.branch else "detached HEAD"
    scoped = f" in {md.code(scope.label)}" if scope.label else ""
    if not changed and not untracked:
        yield evidence.part(f"**Not committed** ({where}): nothing{scoped}.")
        return
    counts = [md.count(len(changed), "changed file")] if changed else []
    counts += [md.count(len(untracked), "new file")] if untracked else []
    yield evidence.part(f"**Not committed** ({where}): {' and '.join(counts)}{scoped}")
    most = 2 * evidence.limits.items
    summaries = {path: summarise(evidence.sources.diff(path)) for path in changed[:most]}
    lines = [_changed(evidence, path, summaries[path]) for path in changed[:most]]
    if len(changed) > most:
        lines.append(f"- … {md.count(len(changed) - most, 'more changed file')}")
    lines += [f"- {evidence.link(path)} is new" for path in untracked[:most]]
    if len(untracked) > most:
        lines.append(f"- … {md.count(len(untracked) - most, 'more new file')}")
    evidence.note("git diff")
    yield evidence.part(*lines)
    small = [path for path, diff in summaries.items() if 0 < diff.added + diff.removed <= SHORT_DIFF]
    wanted = small if evidence.request.detail == "full" or scope.paths or len(changed) <= 2 else []
    for path in wanted[: evidence.limits.items]:
        evidence.note(f"git diff {path}")
        yield evidence.part(f"{evidence.link(path)}\n", md.fence(summaries[path].text, "diff"))


def _changed(evidence: Evidence, path: RelPath, diff: DiffSummary) -> str:
    if not diff.added and not diff.removed:
        return f"- {md.code(path)}"
    names = []
    for line in diff.lines:
        around = evidence.enclosing(path, line)
        if around:
            names.append(around.qualified or around.name)
    inside = [md.code(name) for name in dict.fromkeys(names)]
    where = f" in {md.listed(inside, evidence.limits.items)}" if inside else ""
    deleted = not evidence.lines(path)
    linked = md.code(path) if deleted else evidence.link(path)
    return f"- {linked} +{diff.added} −{diff.removed}{where}{' (deleted)' if deleted else ''}"


def summarise(diff: str) -> DiffSummary:
    """Count a unified diff of one file, and name the new lines that it adds or that stand where it removed some."""
    added = removed = 0
    lines: list[int] = []
    number = 0
    inside = False
    body: list[str] = []
    for text in diff.split("\n"):
        hunk = _HUNK.match(text)
        if hunk:
            number, inside = int(hunk[1]), True
        elif inside and text.startswith("+"):
            added += 1
            lines.append(number)
            number += 1
        elif inside and text.startswith("-"):
            removed += 1
            lines.append(max(1, number))
        elif inside and text.startswith(" "):
            number += 1
        if inside:
            body.append(text)
    return DiffSummary(added, removed, tuple(dict.fromkeys(lines)), "\n".join(body).rstrip("\n"))


# -- commits ----------------------------------------------------------------------------------------


def _commits(evidence: Evidence, scope: Scope, period: Period, zone: tzinfo | None) -> Iterator[AnswerPart]:
    found = evidence.history(scope.topic, scope.paths, period.since, limit=500 if period.since else 60)
    commits = sorted((c for c in found if period.holds(c.timestamp)), key=lambda commit: -commit.timestamp)
    label = " ".join(part for part in (md.code(scope.label) if scope.label else "", period.label) if part)
    evidence.note("git log")
    if not commits:
        # Commits named nothing in that time: say what the last one was, so that an empty answer still helps.
        last = evidence.history(scope.topic, scope.paths, limit=1) or evidence.history(limit=1)
        newest = f" The last one: {_told(evidence, last[0], zone)}" if last else ""
        yield evidence.part(f"**Commits** ({label or 'HEAD'}): none.{newest}")
        return
    evidence.data["commits"] = [
        {"sha": commit.sha, "timestamp": commit.timestamp, "subject": commit.subject, "files": list(commit.files)}
        for commit in commits
    ]
    most = evidence.limits.items * (3 if period.since else 2)
    lines, day = [], ""
    for commit in commits[:most]:
        date = datetime.fromtimestamp(commit.timestamp, zone).strftime("%a %Y-%m-%d")
        if date != day:
            day = date
            lines.append(f"- {day}")
        lines.append(f"  - {_told(evidence, commit, zone, scope)}")
    total = (
        f"{len(commits)}+" if len(found) >= 500 or (period.since is None and len(found) >= 60) else str(len(commits))
    )
    more = f", the newest {most}" if len(commits) > most else ""
    yield evidence.part(f"**Commits** ({', '.join(part for part in (label, total) if part)}{more})\n", *lines)
    if len(commits) > 2:
        counts = Counter(path for commit in commits for path in commit.files)
        often = [
            pair
            for pair in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
            if pair[1] > 1 and pair[0] not in scope.paths
        ]
        known = set(evidence.files())
        shown = [
            f"{evidence.link(path) if path in known else md.code(path)} ({number})"
            for path, number in often[: evidence.limits.items]
        ]
        if shown:
            evidence.note("git log")
            yield evidence.part(f"Touched most often by these: {', '.join(shown)}.")


def _told(evidence: Evidence, commit: Commit, zone: tzinfo | None, scope: Scope | None = None) -> str:
    evidence.note(f"commit {commit.sha[:7]}")
    time = datetime.fromtimestamp(commit.timestamp, zone).strftime("%H:%M" if scope else "%Y-%m-%d %H:%M")
    files = sorted(commit.files, key=lambda path: (scope is None or not _inside(path, scope), path))
    touched = f": {md.listed([md.code(path) for path in files], 3)}" if files else ""
    return f"{md.code(commit.sha[:7])} {time} {md.plain(commit.subject[:120])} ({md.plain(commit.author)}){touched}"


def _inside(path: str, scope: Scope) -> bool:
    if scope.paths:
        return any(path == other or path.startswith(f"{other}/") for other in scope.paths)
    words = re.findall(r"\w{3,}", scope.topic.lower())
    return not words or any(word.rstrip("s") in path.lower() for word in words)
