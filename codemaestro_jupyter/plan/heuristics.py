"""Likely causes by kind of exception: rules of thumb over what the project and the kernel show, and labelled as such.

Every rule is a function of one failure that gives sentences; a rule says nothing rather than something general.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from codemaestro_jupyter.plan import markdown as md
from codemaestro_jupyter.plan.evidence import Evidence
from codemaestro_jupyter.plan.naming import close_names, find_file
from codemaestro_jupyter.types import Failure, Frame

Rule = Callable[[Evidence, str, str], Iterator[str]]
"""(evidence, the exception's message, the line that failed) → sentences of Markdown."""


def causes(evidence: Evidence, failure: Failure, frame: Frame | None) -> list[str]:
    """What may have caused a failure, likeliest first; empty where no rule has anything to say."""
    kind, _, message = failure.title.partition(":")
    line = frame.text if frame else ""
    rule = RULES.get(kind.strip().rpartition(".")[2])
    return list(dict.fromkeys(rule(evidence, message.strip(), line))) if rule else []


def _key(evidence: Evidence, message: str, line: str) -> Iterator[str]:
    key = _quoted(message) or message
    for variable in evidence.variables():
        near = close_names(key, variable.columns)
        # without a line of the person's, as at a console, only what is spelt like it speaks for a frame
        speaks = re.search(rf"\b{re.escape(variable.name)}\b", line) is not None if line else bool(near)
        if key not in variable.columns and speaks:
            evidence.note("kernel variables")
            ignoring = [column for column in variable.columns if column.strip().lower() == key.strip().lower()]
            if ignoring or near:
                close = ", ".join(md.code(column) for column in (ignoring or near))
                yield f"{md.code(key)} is no column of {md.code(variable.name)}; spelt like it: {close}."
            elif variable.columns:
                shown = md.listed([md.code(column) for column in variable.columns], 8)
                yield f"{md.code(key)} is no column of {md.code(variable.name)}, which has {shown}."
    written = [
        (path, number)
        for path, number in evidence.search(key, 20)
        if re.search(rf"[\"']{re.escape(key)}[\"']\s*(?:\]\s*=[^=]|:)", evidence.lines(path)[number - 1])
    ]
    if written:
        path, number = written[0]
        yield f"The key {md.code(key)} is set at {evidence.place(path, number)}: {evidence.quote(path, number)}."


def _name(evidence: Evidence, message: str, line: str) -> Iterator[str]:
    name = _quoted(message)
    if not name:
        return
    notebook = evidence.sources.notebook()
    for number, cell in enumerate(notebook.cells if notebook else (), 1):
        if cell.kind == "code" and re.search(
            rf"^\s*(?:{re.escape(name)}\s*=|(?:def|class)\s+{re.escape(name)}\b|.*\bimport\b.*\b{re.escape(name)}\b)",
            cell.source,
            re.M,
        ):
            evidence.consult("notebook")
            evidence.note(f"notebook cell {number}")
            yield f"Cell {number} of the notebook sets {md.code(name)}; it may not have run in this kernel yet."
            break
    for symbol in evidence.definitions(name)[:2]:
        if symbol.name == name and symbol.kind != "heading":
            yield f"{md.code(name)} is defined at {evidence.place(symbol.path, symbol.line)}; it may not be imported."
    variables = [variable.name for variable in evidence.variables()]
    near = close_names(name, variables)
    if near:
        evidence.note("kernel variables")
        yield f"The kernel has {md.listed([md.code(other) for other in near])}, spelt like {md.code(name)}."


def _unbound(evidence: Evidence, message: str, line: str) -> Iterator[str]:
    name = _quoted(message)
    if name:
        yield f"{md.code(name)} is assigned somewhere in this function, but not on the path that reached this line."


def _attribute(evidence: Evidence, message: str, line: str) -> Iterator[str]:
    owners = r"'(?P<type>[\w.]+)' object|module '(?P<module>[\w.]+)'|type object '(?P<cls>[\w.]+)'"
    found = re.match(rf"(?:{owners}) has no attribute '(?P<name>\w+)'", message)
    if not found:
        return
    owner, name = found["type"] or found["cls"] or found["module"], found["name"]
    if owner == "NoneType":
        source = re.search(rf"([\w.]+(?:\([^()]*\))?)\.{re.escape(name)}\b", line)
        what = f" {md.code(source[1])} was None there;" if source else ""
        yield f"Something that should be an object was None:{what} a function without `return`, or a search that found nothing."  # noqa: E501
        return
    if found["module"]:
        module = find_file(owner, evidence.files()).one or find_file(f"{owner}.py", evidence.files()).one
        if module:
            names = [symbol.name for symbol in evidence.symbols(module)]
            near = close_names(name, names)
            close = f"; spelt like it: {', '.join(md.code(other) for other in near)}" if near else ""
            yield f"{evidence.link(module)} does not define {md.code(name)}{close}. If it was added lately, reload it."
        return
    members = _members(evidence, owner)
    near = close_names(name, [symbol.rpartition(".")[2] for symbol in members])
    if near:
        yield f"{md.code(owner)} has {', '.join(md.code(other) for other in near)}, spelt like {md.code(name)}."
    elif members:
        yield f"{md.code(owner)} is defined here without {md.code(name)} (attributes set elsewhere not counted)."


def _module(evidence: Evidence, message: str, line: str) -> Iterator[str]:
    name = _quoted(message)
    if not name:
        return
    found = find_file(f"{name.replace('.', '/')}.py", evidence.files())
    package = [path for path in evidence.files() if path.endswith(f"{name.replace('.', '/')}/__init__.py")]
    paths = [*found.paths, *package]
    if paths:
        link = evidence.link(paths[0])
        yield f"The project has {link}: its folder may not be on `sys.path`, or the package is not installed here."
        return
    declared = [
        (path, number)
        for path, number in evidence.search(name, 20)
        if re.search(r"(^|/)(pyproject\.toml|setup\.(py|cfg)|requirements[^/]*\.txt|environment\.ya?ml)$", path)
        and re.search(rf"\b{re.escape(name.split('.')[0])}\b", evidence.lines(path)[number - 1])
    ]
    if declared:
        path, number = declared[0]
        yield f"{evidence.place(path, number)} names it ({evidence.quote(path, number)}): it may not be installed in this kernel's environment."  # noqa: E501
    else:
        yield f"No file of the project is called {md.code(name)}; if it is a package, it is not installed in this kernel's environment."  # noqa: E501


def _import(evidence: Evidence, message: str, line: str) -> Iterator[str]:
    found = re.match(r"cannot import name '(\w+)' from (partially initialized module )?'([\w.]+)'", message)
    if not found:
        yield from _module(evidence, message, line)
        return
    name, partial, module = found[1], found[2], found[3]
    if partial:
        yield f"{md.code(module)} was still being imported: two modules import each other (a circular import)."
    for symbol in evidence.definitions(name)[:2]:
        if symbol.name == name:
            yield f"{md.code(name)} is defined at {evidence.place(symbol.path, symbol.line)}."
    path = find_file(module, evidence.files()).one or find_file(f"{module}.py", evidence.files()).one
    if path:
        near = close_names(name, [symbol.name for symbol in evidence.symbols(path)])
        if near:
            yield f"{evidence.link(path)} defines {', '.join(md.code(other) for other in near)}, spelt like it."


def _missing_file(evidence: Evidence, message: str, line: str) -> Iterator[str]:
    name = _quoted(message)
    if not name:
        return
    found = find_file(name.rpartition("/")[2] or name, evidence.files())
    for path in (found.paths or found.similar)[:2]:
        yield f"The project has {evidence.link(path)}: a relative path starts from the folder that the kernel runs in."


def _type(evidence: Evidence, message: str, line: str) -> Iterator[str]:
    called = re.match(r"(?:[\w.<>]+\.)?(\w+)\(\) (?:got|missing|takes)", message)
    if called:
        for symbol in evidence.definitions(called[1])[:2]:
            if symbol.kind in ("function", "method", "class"):
                place = evidence.place(symbol.path, symbol.line)
                yield f"{md.code(called[1])} takes {evidence.quote(symbol.path, symbol.line)} ({place})."
    elif "'NoneType'" in message:
        yield "One of the values was None: a function without `return`, or a search that found nothing."
    elif "not callable" in message:
        name = re.search(r"\b(\w+)\s*\(", line)
        variables = {variable.name: variable for variable in evidence.variables()}
        if name and name[1] in variables:
            evidence.note("kernel variables")
            yield f"The kernel's variable {md.code(name[1])} (a {md.code(variables[name[1]].type)}) hides what was to be called."  # noqa: E501


def _shape(evidence: Evidence, message: str, line: str) -> Iterator[str]:
    for variable in evidence.variables():
        if variable.shape is not None and re.search(rf"\b{re.escape(variable.name)}\b", line):
            evidence.note("kernel variables")
            size = " × ".join(str(side) for side in variable.shape)
            yield f"{md.code(variable.name)} is a {md.code(variable.type)} of shape {size}."


def _json(evidence: Evidence, message: str, line: str) -> Iterator[str]:
    if "line 1 column 1 (char 0)" in message:
        yield "The text does not begin like JSON: it may be empty, or an error page."


def _assertion(evidence: Evidence, message: str, line: str) -> Iterator[str]:
    if line.startswith("assert"):
        yield f"This does not hold: {md.clipped(line.removeprefix('assert').strip())}."


def _recursion(evidence: Evidence, message: str, line: str) -> Iterator[str]:
    yield "The same frames repeat: the call that should end the recursion is never reached."


def _quoted(message: str) -> str:
    found = re.search(r"'([^']+)'|\"([^\"]+)\"", message)
    return (found[1] or found[2]) if found else ""


def _members(evidence: Evidence, owner: str) -> list[str]:
    return [
        other.qualified
        for symbol in evidence.definitions(owner)
        if symbol.kind == "class"
        for other in evidence.symbols(symbol.path)
        if other.qualified.startswith(f"{symbol.qualified or symbol.name}.")
    ]


RULES: Mapping[str, Rule] = {
    "KeyError": _key,
    "NameError": _name,
    "UnboundLocalError": _unbound,
    "AttributeError": _attribute,
    "ModuleNotFoundError": _module,
    "ImportError": _import,
    "FileNotFoundError": _missing_file,
    "TypeError": _type,
    "IndexError": _shape,
    "ValueError": _shape,
    "JSONDecodeError": _json,
    "AssertionError": _assertion,
    "RecursionError": _recursion,
}
