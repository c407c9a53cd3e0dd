"""What changed: what is not committed yet, then the commits of a time, a path or a topic, and what they touched."""

from __future__ import annotations

import re
from collections.abc import Iterator

from codemaestro_jupyter.plan import markdown as md
from codemaestro_jupyter.plan.commits import Scope, branch, commits, last, one
from codemaestro_jupyter.plan.diffs import SHORT_DIFF, DiffSummary, summarise
from codemaestro_jupyter.plan.evidence import Evidence
from codemaestro_jupyter.plan.grammar import HERE
from codemaestro_jupyter.plan.kinds import is_aside
from codemaestro_jupyter.plan.naming import find_file
from codemaestro_jupyter.plan.periods import resolve
from codemaestro_jupyter.types import AnswerPart, RelPath


def changes(evidence: Evidence) -> Iterator[AnswerPart]:
    """The working tree, then commits; both within the scope, time and person asked for."""
    request = evidence.request
    status = evidence.status()
    if not status.head and not status.branch and not evidence.history(limit=1):
        why = "This project has no git history" if status.known else "Git cannot be used here (`doctor` says why)"
        yield evidence.part(f"{why}, so nothing is known of its changes.")
        return
    if request.aspect == "commit":
        yield from one(evidence, request.argument)
        return
    scope = scope_of(evidence, request.argument)
    period = resolve(request.when, evidence.now, evidence.zone)
    if period.since is not None and not re.search(r"\b(?:19|20)\d\d\b", request.when):
        evidence.moment()
    evidence.data |= {"scope": scope.label, "since": period.since, "until": period.until}
    if request.aspect == "last":
        yield from last(evidence, scope)
        return
    if request.aspect == "branch" and (work := evidence.sources.branch()) is not None:
        yield from branch(evidence, work)
        yield from _working_tree(evidence, scope)
        return
    open_end = period.until is None or period.until > evidence.now
    if open_end and not request.who and not request.count:
        yield from _working_tree(evidence, scope)
    if request.aspect != "tree" and (status.known or evidence.history(limit=1)):
        yield from commits(evidence, scope, period)


def scope_of(evidence: Evidence, argument: str) -> Scope:
    """What a topic stands for: a file, a folder, a file's name, the files that define a name, else words."""
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
    if re.fullmatch(r"[\w.]+", argument):
        defined = [s for s in evidence.definitions(argument) if s.kind not in ("heading", "other")]
        paths = tuple(dict.fromkeys(symbol.path for symbol in defined if not is_aside(symbol.path)))
        if 0 < len(paths) <= 3:
            return Scope(paths, label=md.listed(list(paths)), name=argument)
    return Scope(topic=argument, label=argument)


# -- not committed ----------------------------------------------------------------------------------


def _working_tree(evidence: Evidence, scope: Scope) -> Iterator[AnswerPart]:
    status = evidence.status()
    changed = [path for path in status.changed if scope.holds(path)]
    untracked = [path for path in status.untracked if scope.holds(path)]
    evidence.note("git status")
    evidence.data |= {"branch": status.branch, "changed": changed, "untracked": untracked}
    where = f"on {md.code(status.branch)}" if status.branch else "detached HEAD"
    where += f", in the middle of a {status.underway}" if status.underway else ""
    scoped = f" in {md.code(scope.label)}" if scope.label else ""
    if not status.known:
        hint = f"{md.code('git status')} says why; {md.code('git fsck')} looks for damage."
        yield evidence.part(f"**Not committed** ({where}): git could not tell. {hint}")
        return
    if not changed and not untracked:
        yield evidence.part(f"**Not committed** ({where}): nothing{scoped}.")
        return
    counts = [md.count(len(changed), "changed file")] if changed else []
    counts += [md.count(len(untracked), "new file")] if untracked else []
    yield evidence.part(f"**Not committed** ({where}): {' and '.join(counts)}{scoped}")
    most = 2 * evidence.limits.items
    summaries = {path: summarise(evidence.sources.diff(path)) for path in changed[:most]}
    lines = [
        _changed(evidence, path, summaries[path]) + (" · in conflict" if path in status.conflicts else "")
        for path in changed[:most]
    ]
    if len(changed) > most:
        lines.append(f"- … {md.count(len(changed) - most, 'more changed file')}")
    there = set(evidence.files()) if untracked else set()
    lines += [f"- {evidence.link(path) if path in there else md.code(path)} is new" for path in untracked[:most]]
    if len(untracked) > most:
        lines.append(f"- … {md.count(len(untracked) - most, 'more new file')}")
    evidence.note("git diff")
    yield evidence.part(*lines)
    small = [path for path, diff in summaries.items() if 0 < diff.added + diff.removed <= SHORT_DIFF]
    asked = evidence.request.aspect == "tree" or evidence.request.detail == "full" or scope.paths
    wanted = small if asked or len(changed) <= 2 else []
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
