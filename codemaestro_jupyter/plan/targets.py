"""Settle what the text alone leaves open: whether a name is a variable, a file or nothing, and whether it failed."""

from __future__ import annotations

import re
from dataclasses import replace

from codemaestro_jupyter.plan.frames import computed
from codemaestro_jupyter.plan.grammar import KIND
from codemaestro_jupyter.plan.naming import find_file
from codemaestro_jupyter.plan.requests import Request, classify
from codemaestro_jupyter.plan.sources import Sources
from codemaestro_jupyter.types import Failure
from codemaestro_jupyter.workspace.neighbours import is_test

MOST_WORDS = 8
"""Words of a question that a name may be spelt in."""
PASTED = re.compile(r"^\s*Traceback \(most recent call last\)|^-{20,}\s*\n\w+(?:Error|Exception)\b", re.MULTILINE)


RAISED = re.compile(r"(?:\w+\.)*[A-Z]\w*(?:Error|Exception)\b(?:: [^\n]+)?$")
"""A request that is nothing but the last line of a traceback."""


def _bare_name(text: str) -> str:
    """The text if it is nothing but a name, perhaps with what kind of thing it is: `url_for`, `Flask class`."""
    match = re.fullmatch(rf"\s*`?([^\W\d][\w.]*?)(?:\(\))?`?(?: {KIND})?[\s.?!]*", text)
    return match[1] if match else ""


def _is_there(name: str, sources: Sources) -> bool:
    return bool(find_file(name, sources.files()).one) or any(
        symbol.kind != "heading" for symbol in sources.definitions(name)
    )


def _is_known(title: str, sources: Sources) -> bool:
    return any(failure.title.startswith(title) for failure in sources.failures())


def settle(request: Request, sources: Sources) -> Request:
    """The request with the tool that its names call for.

    A pasted traceback is a failure; `show @df` explains a variable; what failed must be known, else it is a brief.
    """
    name = request.argument
    match request.tool:
        case "brief" if PASTED.search(request.text):
            return replace(request, tool="failure", argument="")
        case "brief" if (frame := computed(request.text, sources)) is not None:
            return replace(request, tool="explain", argument=frame.name, aspect="frame")
        case "brief" if (raised := RAISED.match(request.text.strip())) and _is_known(raised[0], sources):
            return replace(request, tool="failure", argument=raised[0])
        case "brief" if (bare := _bare_name(request.text)) and _is_there(bare, sources):
            return replace(request, tool="explain", argument=bare)
        case "brief" if (meant := _spelt(request.text, sources)) is not None:
            return replace(meant, text=request.text)
        case "failure" if name and not PASTED.search(request.text):
            known = any(concerns(failure, name) for failure in sources.failures())
            return request if known else replace(request, tool="brief", argument=request.text.strip())
        case "read" if name and request.cell is None and request.lines is None:
            if is_variable(name, sources) and not find_file(name, sources.files()).paths:
                return replace(request, tool="explain")
            there = find_file(name, sources.files()).paths or sources.definitions(name)
            plain = re.fullmatch(r"[a-z]+", name)
            return replace(request, tool="brief", argument=request.text.strip()) if plain and not there else request
        case _:
            return request


def _spelt(text: str, sources: Sources) -> Request | None:
    """A question about a name that was said in words: "where is handle unknown" means `handle_unknown`.

    Only where the name, written as the project has it, makes a request that finds or explains just that.
    """
    words = text.strip().rstrip("?.! ").split()
    if not MOST_WORDS >= len(words) > 2:
        return None
    for length in (3, 2):
        for begin in range(1, len(words) - length + 1):
            group = words[begin : begin + length]
            if not all(re.fullmatch(r"[^\W\d_]+", word) for word in group):
                continue
            for name in ("_".join(group).lower(), "".join(group)):
                found = classify(" ".join([*words[:begin], name, *words[begin + length :]]))
                if found.tool in ("find", "explain") and found.argument == name and (own := _own(name, sources)):
                    return replace(found, argument=own)
    return None


def _own(name: str, sources: Sources) -> str:
    """How the project writes a name, defined or used outside of its tests; empty if it has none such."""
    defined = [symbol.name for symbol in sources.definitions(name) if not is_test(symbol.path)]
    defined = [each for each in defined if each.lower() == name.lower()]
    if defined:
        return name if name in defined else defined[0]
    return name if "_" in name and any(not is_test(match.path) for match in sources.uses(name)) else ""


def is_variable(name: str, sources: Sources) -> bool:
    """Whether the kernel has a variable of this name."""
    return any(variable.name == name for variable in sources.variables())


def concerns(failure: Failure, subject: str) -> bool:
    """Whether a failure speaks of a subject: in its title, its frames or its text."""
    said = " ".join([failure.title, failure.detail, *(f"{f.path or ''} {f.function} {f.text}" for f in failure.frames)])
    words = [word for word in re.findall(r"[\w./]+", subject.lower()) if len(word) > 2]
    return any(word in said.lower() for word in words)
