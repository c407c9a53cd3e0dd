"""What a newcomer asks first: what this project is, how it is laid out, where to begin; and what can be asked."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterator

from codemaestro_jupyter.plan import markdown as md
from codemaestro_jupyter.plan.evidence import Evidence
from codemaestro_jupyter.plan.kinds import is_aside, is_test_file
from codemaestro_jupyter.types import AnswerPart, RelPath
from codemaestro_jupyter.workspace.neighbours import is_test

SHORTEST_INTRODUCTION = 60
"""Characters from which on a paragraph of a README says something; badges and titles are shorter."""
_README = re.compile(r"readme(\.(md|rst|txt))?$", re.IGNORECASE)
_SAYS_WHAT = re.compile(
    r"\W*(?!we\b|you\b|if\b|there\b|it's\b|(?:this|the) (?:readme|version|document|file|branch)\b)"
    r"[\w.*`()/'’-]+(?:[ ,]+[\w.*`()/'’-]+){0,5}?"
    r" (?:is|are|provides?|offers?|lets|allows|helps|makes|contains|implements)\b",
    re.IGNORECASE,
)
_MANIFEST = re.compile(r"(pyproject\.toml|setup\.(py|cfg)|package\.json|Cargo\.toml|go\.mod|environment\.ya?ml)$")
_CODE = re.compile(r"\.(py|ts|tsx|js|jsx|rs|go|java|c|cc|cpp|rb|r|jl|scala|kt|ipynb)$", re.IGNORECASE)


def overview(evidence: Evidence) -> Iterator[AnswerPart]:
    """README, folders, kinds of files, where the code is changed most, and the last commits."""
    files = evidence.files()
    if not files:
        yield evidence.part("This project has no files that can be read yet, so there is nothing to say about it.")
        return
    readme = min((path for path in files if _README.match(path)), default=None)
    if readme and (part := _introduction(evidence, readme)):
        yield part
    manifests = [path for path in files if "/" not in path and _MANIFEST.match(path)]
    kinds = Counter(posixpath.splitext(path)[1] or "no extension" for path in files)
    told = [f"{number} {md.code(kind)}" for kind, number in kinds.most_common(evidence.limits.items)]
    lines = [f"- {md.count(len(files), 'file')}: {', '.join(told)}"]
    lines += [f"- Described by {', '.join(evidence.link(path) for path in manifests)}"] if manifests else []
    tests = sum(is_test_file(path) for path in files)
    lines += [f"- {md.count(tests, 'test file')}"] if tests else []
    yield evidence.part("**What is in it**\n", *lines)
    yield evidence.part("**Folders**, by number of files\n", *_folders(evidence, files))
    commits = evidence.history(limit=300)
    changed = Counter(path for commit in commits for path in commit.files if _is_code(path))
    there = set(files)
    often = [(path, number) for path, number in changed.most_common() if path in there][: evidence.limits.items]
    begin = [path for path, _ in often] or [path for path in files if _is_code(path)]
    evidence.data |= {"files": len(files), "often": [path for path, _ in often]}
    if often:
        evidence.note("git log")
        lines = [f"- {evidence.link(path)} in {number} of the last {len(commits)} commits" for path, number in often]
        yield evidence.part("**Code that changes most**\n", *lines)
    if commits:
        yield evidence.part("**Last commits**\n", *(f"- {evidence.commit(commit)}" for commit in commits[:3]))
    if begin:
        path = RelPath(begin[0])
        ask = md.code(f"explain {path}")
        yield evidence.part(f"To go on: {ask}, {md.code('what changed this week')}, or say what you want to change.")


def _is_code(path: str) -> bool:
    return _CODE.search(path) is not None and not is_aside(path) and not is_test(path)


def _introduction(evidence: Evidence, path: RelPath) -> AnswerPart | None:
    """The paragraph of a README that says what the project is: "X is a …" before any other; without link marks."""
    found = _paragraphs(evidence.lines(path)[:200])
    if not found:
        return None
    title = re.match(r"\W*([\w-]{2,})", " ".join(evidence.lines(path)[:1]))
    named = [each for each in found if _SAYS_WHAT.match(each[1])]
    about = [each for each in named if title and title[1].lower() in each[1][:60].lower()]
    start, told = (about or named or found)[0]
    return evidence.part(md.quoted(told[:600]), f"\n({evidence.place(path, start)})")


def _paragraphs(lines: list[str]) -> list[tuple[int, str]]:
    """The paragraphs that say something, with the line each begins on: no badges, rows of links, titles or tables."""
    found: list[tuple[int, str]] = []
    start = 0
    for number, line in enumerate([*lines, ""], 1):
        if re.match(r"\s*([=~-])\1{3,}\s*$", line):
            start = 0  # what stands above is a title
        elif line.strip() and not start:
            start = number
        elif not line.strip() and start:
            told = " ".join(text.strip() for text in lines[start - 1 : number - 1])
            plain = re.sub(r"\[([^\[\]]*)\]\([^()]*\)", r"\1", told).replace("**", "")
            own = re.sub(r"\[[^\[\]]*\]\([^()]*\)|[|*·•\s]", "", told)
            says = re.match(r"[\w*_`\"'(\[]", told) and "![" not in told
            if says and len(plain) >= SHORTEST_INTRODUCTION and len(own) >= SHORTEST_INTRODUCTION // 3:
                found.append((start, plain))
            start = 0
    return found


def _folders(evidence: Evidence, files: tuple[RelPath, ...]) -> list[str]:
    """The main folders; one that holds nearly everything is opened."""
    inside, prefix = list(files), ""
    while True:
        counts = Counter(path[len(prefix) :].partition("/")[0] for path in inside if "/" in path[len(prefix) :])
        most = counts.most_common(1)
        code = [path for path in inside if _is_code(path)]  # data may be many times as many
        within = sum(path.startswith(f"{prefix}{most[0][0]}/") for path in code) if most else 0
        if not most or most[0][1] < 0.9 * len(inside) or within < 0.9 * len(code):
            break
        prefix += f"{most[0][0]}/"
        inside = [path for path in inside if path.startswith(prefix)]
    lines = []
    limit = 2 * evidence.limits.items
    for name, number in counts.most_common(limit):
        folder = f"{prefix}{name}/"
        example = next((path for path in inside if path.startswith(folder) and _CODE.search(path)), None)
        says = f"; e.g. {evidence.link(example)}" if example else ""
        lines.append(f"- {md.code(folder)} {md.count(number, 'file')}{says}")
    if len(counts) > limit:
        lines.append(f"- … {len(counts) - limit} more folders")
    beside = sum("/" not in path[len(prefix) :] for path in inside)
    if beside:
        where = md.code(prefix) if prefix else "the root"
        lines.append(f"- in {where} itself: {md.count(beside, 'file')}")
    return lines


def help_(evidence: Evidence) -> Iterator[AnswerPart]:
    """What can be asked, with names of this project where it has some."""
    files = evidence.files()
    code = [path for path in files if _is_code(path)]
    commits = evidence.history(limit=100)
    often = Counter(path for commit in commits for path in commit.files if path in set(code))
    path = RelPath(often.most_common(1)[0][0]) if often else (code or list(files) or [RelPath("FILE")])[0]
    names = [symbol for symbol in evidence.symbols(path) if symbol.kind in ("function", "class")] if code else []
    names = [symbol for symbol in names if not symbol.name.startswith("_")] or names
    name = names[0].name if names else "NAME"
    if code:
        evidence.cite(path)
    if often:
        evidence.note("git log")
    rows = (
        (f"show {path}", "the text, or `lines 10-40 of …`"),
        (f"where is {name}", "definitions, then uses"),
        (f"who calls {name}", "the lines that call it"),
        (f"explain {name}", "signature, docstring, callers, tests, last commits"),
        ("what changed this week", "what is not committed, and commits by day"),
        ("why did it fail", "the last traceback with the lines around it; you can paste one"),
        ("what does this project do", "its README, folders and what changes most"),
        (f"rename {name} to …", "a change with its diff, in every file; nothing is written before you apply it"),
        ("add a check to …", "anything else: files, symbols, tests, comparable commits, and a plan"),
    )
    lines = [f"- {md.code(ask)}: {gives}" for ask, gives in rows]
    yield evidence.part("**You can ask**, in your own words, for example\n", *lines)
