"""What one should know before beginning: files with the lines that matter, symbols, tests, comparable commits, a plan.

Everything in it is ranked and short, about a screen; the plan orders what was found and adds nothing to it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from codemaestro_jupyter.plan import markdown as md
from codemaestro_jupyter.plan.evidence import Evidence
from codemaestro_jupyter.plan.kinds import is_test_file
from codemaestro_jupyter.plan.ranking import (
    GENERAL,
    Likely,
    Line,
    LineSearch,
    defining_files,
    likely_files,
    named_symbols,
    searched_files,
    spoken_symbols,
    symbols_to_touch,
    terms_of,
)
from codemaestro_jupyter.types import AnswerPart, Commit, RelPath, Symbol
from codemaestro_jupyter.workspace.neighbours import is_test
from codemaestro_jupyter.workspace.tokens import STANDARD, STOP
from codemaestro_jupyter.workspace.workspace import MOST_FILES_USING

WIDE_COMMIT = 20
"""A commit that touches more files than this (a reformatting, a release) says little about what belongs together."""
WORTH_ADDING = 0.5
"""What the best line of a file found by searching must reach of the best line of all."""
MOST_TESTS_RUN = 3
_REPLACES = re.compile(
    r"\b(?:rename|remove|delete|drop|move|replace|deprecate|inline|split)(?:s|d|ed|ing)?\b", re.IGNORECASE
)
_QUESTION = re.compile(
    r"\s*+(?:(?:why|how|what|where|when|which|who|is|are|does|do|can|should|wo|warum|wieso|wie|was|wer|wann|welche[rsmn]?"
    r"|où|pourquoi|quand|quel(?:le)?s?|dónde|por qué|cómo|quién|qué|cuándo)\b|¿"
    r"|.*(?:哪|为什么|什么|怎么|谁|吗))",
    re.IGNORECASE,
)
_TROUBLE = re.compile(r"\b(?:fix|bug|fail|error|exception|crash|broken|wrong|traceback)\w*\b", re.IGNORECASE)


@dataclass(slots=True)
class Findings:
    """What the sections found, for the plan that orders it."""

    files: list[Likely] = field(default_factory=list)
    symbols: list[Symbol] = field(default_factory=list)
    uses: dict[str, tuple[int, int]] = field(default_factory=dict)
    tests: list[RelPath] = field(default_factory=list)
    commits: list[Commit] = field(default_factory=list)
    together: list[tuple[RelPath, int, int]] = field(default_factory=list)


def brief(evidence: Evidence) -> Iterator[AnswerPart]:
    """Section by section, files first; says what was searched if nothing fits."""
    terms = terms_of(evidence)
    named = named_symbols(evidence)
    if not named and not evidence.request.references and all(term in GENERAL for term in terms):
        yield from _vague(evidence)
        return
    head = "**Files**, likeliest first\n"
    sure = likely_files(evidence, named)
    search = LineSearch(evidence, terms)
    notebook = evidence.notebook()
    told: list[Likely] = []
    waiting: list[Likely] = []  # what only changed lately is no answer by itself
    for file in sure:  # said one by one, and before the search, which has more to read
        waiting.append(file)
        fitting = search.best([file]).lines
        if not fitting and notebook and file.path == notebook.path and "named in your request" not in file.why:
            waiting.remove(file)  # it mentions the words because they are asked there
        elif told or fitting or file.answers(evidence.about):
            yield _file_section(evidence, waiting, search.best(waiting).lines, "" if told else head, tight=True)
            told, waiting = [*told, *waiting], []
    spoken = [symbol for symbol in spoken_symbols(evidence, terms) if symbol not in named]
    defining = defining_files(spoken, told)
    ranked = search.best([*told, *defining, *searched_files(evidence, [*sure, *defining])])
    best: dict[RelPath, float] = {}
    for line in ranked.lines:
        best[line.path] = max(best.get(line.path, 0.0), line.score)
    enough = WORTH_ADDING * max(best.values(), default=0.0)
    found_too = (file for file in ranked.files if file not in told and best.get(file.path, 0.0) > enough)
    files = [*told, *defining, *(file for file in found_too if file not in defining)]
    if not files:
        yield _nothing(evidence, guessed=bool(sure))
        return
    found = Findings(files=files)
    yield _file_section(evidence, files[len(told) :], ranked.lines, "" if told else head)
    found.symbols = symbols_to_touch(evidence, files, ranked, [*named, *spoken])
    if found.symbols:
        yield _symbol_section(evidence, found)
    if part := _test_section(evidence, found):
        yield part
    if part := _commit_section(evidence, found, terms):
        yield part
    yield _plan(evidence, found)
    evidence.data |= {
        "files": [{"path": file.path, "probability": file.probability, "why": list(file.why)} for file in files],
        "symbols": [
            {"name": symbol.qualified or symbol.name, "path": symbol.path, "line": symbol.line}
            for symbol in found.symbols
        ],
        "tests": list(found.tests),
        "commits": [commit.sha for commit in found.commits],
        "together": [path for path, _, _ in found.together],
    }


def _vague(evidence: Evidence) -> Iterator[AnswerPart]:
    """The words would fit any project: what is at hand, and what to add."""
    status = evidence.status()
    notebook = evidence.notebook()
    evidence.consult("failure")
    failures = evidence.sources.failures()
    evidence.files()
    lines = []
    if notebook and notebook.path:
        evidence.note("the open notebook")
        lines.append(f"- the open notebook, {md.code(notebook.path)}: write “this notebook” or `@` and a variable")
    if status.changed:
        evidence.note("git status")
        lines.append(f"- what you are changing: {md.listed([md.code(path) for path in status.changed], 4)}")
    if failures:
        evidence.note(failures[0].source or "traceback")
        lines.append(f"- the last failure, {md.code(failures[0].title)}: `why did it fail`")
    at_hand = ["At hand:\n", *lines] if lines else []
    yield evidence.part(
        "The request does not say what it is about: no file, symbol or topic is named. Name one, e.g. `@path`, or ask"
        f" `help` for what can be asked.{chr(10) if lines else ''}",
        *at_hand,
    )


def _nothing(evidence: Evidence, *, guessed: bool = False) -> AnswerPart:
    count = len(evidence.files())
    if not count:
        return evidence.part("This project has no files that can be read yet, so there is nothing to say about it.")
    typed = [word for word in dict.fromkeys(re.findall(r"\w{2,}", evidence.about[:400])) if word.lower() not in STOP]
    words = md.listed([md.code(word) for word in typed], 6) or "no word that tells where to look"
    where = "in the likely files and those found by search" if guessed else f"in the {md.count(count, 'file')} here"
    return evidence.part(
        f"Nothing {where} (paths, contents, symbols) fits the request: searched for {words}. Try a name that occurs in"
        " the code, a file (`@path`), `find NAME`, or `help` for what can be asked."
    )


def _file_section(
    evidence: Evidence, files: list[Likely], lines: list[Line], head: str = "", *, tight: bool = False
) -> AnswerPart:
    told = [head] if head else []
    for file in files:
        share = f" {file.probability:.0%}" if file.probability is not None else ""
        why = f" · {md.plain(', '.join(file.why[:3]))}" if file.why else ""
        told.append(f"- {evidence.link(file.path)}{share}{why}")
        best: dict[str, int] = {}  # the overloads of one function begin alike
        for line in lines:
            if line.path == file.path and len(best) < evidence.limits.quotes:
                best.setdefault(evidence.lines(file.path)[line.number - 1].strip(), line.number)
        for number in sorted(best.values()):
            around = evidence.enclosing(file.path, number)
            inside = f" in {md.code(around.qualified)}" if around and around.qualified and around.line != number else ""
            inside = "" if around and around.kind == "heading" else inside
            told.append(f"  - {evidence.at(file.path, number)}{inside}: {evidence.quote(file.path, number)}")
    return evidence.part(*told, tight=tight)


def _symbol_section(evidence: Evidence, found: Findings) -> AnswerPart:
    lines = []
    for symbol in found.symbols:
        name = symbol.qualified or symbol.name
        uses = evidence.named(symbol)
        files = len({match.path for match in uses})
        found.uses[name] = (len(uses), files)
        least = "at least " if len({match.path for match in evidence.every_use(symbol)}) >= MOST_FILES_USING else ""
        used = (
            f"; its name is used on {least}{md.count(len(uses), 'line')} of {md.count(files, 'file')}" if uses else ""
        )
        span = f"{symbol.path}:{symbol.line}" + (f"-{symbol.end_line}" if symbol.end_line > symbol.line else "")
        lines.append(f"- {md.code(name)} ({symbol.kind}) {evidence.place(symbol.path, symbol.line, span)}{used}")
    head = "Symbols" if _asks(evidence) else "Symbols to touch"
    return evidence.part(f"**{head}** (by name and by the lines above)\n", *lines)


def _asks(evidence: Evidence) -> bool:
    """Whether something is to be known, not changed."""
    return evidence.request.tool != "brief" or _QUESTION.match(evidence.about) is not None


def _test_section(evidence: Evidence, found: Findings) -> AnswerPart | None:
    cover: dict[RelPath, list[str]] = {}
    weights: Counter[RelPath] = Counter()
    for symbol in found.symbols:
        uses = evidence.named(symbol)
        for match in uses:
            if is_test_file(match.path):
                cover.setdefault(match.path, []).append(symbol.qualified or symbol.name)
        for path in {match.path for match in uses}:
            weights[path] += 100 // (1 + len(uses))  # a name that is everywhere tells nothing
    for file in found.files:
        for test in [test for test in evidence.neighbours(file.path).tests if is_test_file(test)][:4]:
            cover.setdefault(test, [])
    for file in found.files:
        if is_test_file(file.path):
            cover.setdefault(file.path, [])
    near = {test for file in found.files for test in evidence.neighbours(file.path).tests}
    predicted = [file.path for file in found.files]
    order = sorted(cover, key=lambda test: (test not in predicted, test not in near, -weights[test], test))
    order = [test for test in order if cover[test] or test in near or test in predicted]
    order = order[: max(2, evidence.limits.items - 1)]
    found.tests = order
    lines = []
    for test in order:
        counts = Counter(cover[test])
        told = md.listed([f"{md.code(name)} on {md.count(number, 'line')}" for name, number in counts.most_common(3)])
        lines.append(f"- {evidence.link(test)}" + (f" names {told}" if told else " (by its name or its imports)"))
    return evidence.part("**Tests that cover them**\n", *lines) if lines else None


def _commit_section(evidence: Evidence, found: Findings, terms: list[str]) -> AnswerPart | None:
    paths = {file.path for file in found.files}
    wanted = set(terms) - GENERAL
    whole = {term for term in wanted if "_" in term or not any(term != other and term in other for other in wanted)}
    past_on_topic = evidence.history(topic=evidence.about[:400], limit=100)
    shares = [wanted.intersection(STANDARD.tokens(commit.subject)) for commit in past_on_topic]
    spread = Counter(term for shared in shares for term in shared)
    scored = []
    for place, (commit, shared) in enumerate(zip(past_on_topic, shares, strict=True)):
        touches = paths.intersection(commit.files)
        # A part of a compound name ("time" of `CFTimeIndex`) says much less than the whole of it.
        score = sum((1.0 if term in whole else 0.2) / spread[term] ** 0.5 for term in shared) + 0.3 * bool(touches)
        said = shared & whole
        if commit.files and (len(said) >= 2 or (said and touches) or (len(shared) >= 3 and touches)):
            scored.append((-score, place, commit))
    found.commits = [commit for _, _, commit in sorted(scored, key=lambda item: item[:2])[: evidence.limits.quotes]]
    main = [file.path for file in found.files if not is_test(file.path)][:1] or [found.files[0].path]
    past = [commit for commit in evidence.history(paths=main, limit=40) if len(commit.files) <= WIDE_COMMIT]
    counts = Counter(path for commit in past for path in commit.files if path not in paths and path not in found.tests)
    known = set(evidence.files())
    found.together = [
        (path, number, len(past))
        for path, number in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        if number >= 2 and number / len(past) >= 0.3 and path in known
    ][:2]
    lines = []
    for commit in found.commits:
        files = sorted(commit.files, key=lambda path: (path not in paths, path))
        lines.append(f"- {evidence.commit(commit)}: {md.listed([md.code(path) for path in files], 4)}")
    for path, number, of in found.together:
        lines.append(f"- {evidence.link(path)} changed in {number} of the last {of} commits of {md.code(main[0])}")
    if lines:
        evidence.note("git log")
    return evidence.part("**Comparable commits**, and what they touched\n", *lines) if lines else None


def _plan(evidence: Evidence, found: Findings) -> AnswerPart:
    steps = []
    text = evidence.about
    asks = _asks(evidence)
    evidence.consult("failure")
    failures = evidence.sources.failures() if _TROUBLE.search(text) else ()
    if failures:
        evidence.note(failures[0].source or "traceback")
        steps.append(f"Start from the last failure, {md.code(failures[0].title)}: ask `why did it fail`.")
    first = found.symbols[0] if found.symbols else None
    main = first.path if first else found.files[0].path
    if first:
        name = md.code(first.qualified or first.name)
        steps.append(f"Read {name} at {evidence.place(first.path, first.line)}; `explain` shows its callers.")
    else:
        steps.append(f"Read {evidence.link(main)}.")
    if found.commits and not asks:
        commit = found.commits[0]
        evidence.note(f"commit {commit.sha[:7]}")
        steps.append(f"Look at how {md.code(commit.sha[:7])} did it: {md.code(f'git show {commit.sha[:7]}')}.")
    others = [md.code(symbol.qualified or symbol.name) for symbol in found.symbols[1:]]
    others = [name for name in dict.fromkeys(others) if not first or name != md.code(first.qualified or first.name)][:2]
    if asks and others:
        steps.append(f"Then read {' and '.join(others)}.")
    changed = f"Change {md.code(first.qualified or first.name)}" if first else f"Change {md.code(main)}"
    if not asks and (first or not is_test(main)):
        steps.append(changed + (f"; then check {' and '.join(others)}." if others else "."))
    lines, files = found.uses.get(first.qualified or first.name, (0, 0)) if first else (0, 0)
    if first and lines and not asks:
        where = f"what names it ({md.count(lines, 'line')} of {md.count(files, 'file')})"
        ask = md.code(f"find uses of {first.name}")
        must = "Go through" if _REPLACES.search(text) else "If its parameters or result change, go through"
        steps.append(f"{must} {where}: {ask}.")
    if found.together and not asks:
        steps.append(f"Do not forget {', '.join(evidence.link(path) for path, _, _ in found.together)} (see above).")
    if found.tests:
        run = " ".join([_shell(path) for path in found.tests if path.endswith(".py")][:MOST_TESTS_RUN])
        ran = f", and run {md.code(f'pytest {run}')}" if run else ""
        steps.append(f"{'See' if asks else 'Extend'} {evidence.link(found.tests[0])}{ran}.")
    elif not asks and not main.endswith((".ipynb", ".md", ".rst", ".txt")):
        steps.append(f"No test was found that covers {md.code(main)}: begin with one.")
    status = evidence.status()
    dirty = [file.path for file in found.files if file.path in status.changed]
    if dirty:
        evidence.note("git status")
        have = "has" if len(dirty) == 1 else "have"
        steps.append(f"Mind that {md.listed([md.code(path) for path in dirty])} {have} changes that are not committed.")
    return evidence.part(
        "**Where to look**\n" if asks else "**Plan**\n", *(f"{number}. {step}" for number, step in enumerate(steps, 1))
    )


def _shell(path: str) -> str:
    return path if re.fullmatch(r"[\w./-]+", path) else "'" + path.replace("'", "'\\''") + "'"
