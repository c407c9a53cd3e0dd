"""Read what only IPython understands as Python of the same length: `%timeit -n 3 f(x)` is `0;           f(x)`.

Every character of code keeps its place, so that a name in a magic, in the braces of a shell line or before a `?` is
one like any other. What is no code becomes blanks. Source of the options: IPython 9, line_profiler 4.
"""

from __future__ import annotations

import re

from codemaestro_jupyter.workspace import parsing

TAKING = {
    **dict.fromkeys(("time", "pinfo", "pinfo2", "pdoc", "pdef", "psource", "pfile", "snakeviz", "debug", "pt"), ""),
    "timeit": "nrpv",
    "prun": "lsTD",
    "memit": "rtc",
    "lprun": "TDmsu",
    "mprun": "Tc",
}
"""Magics that are given Python, and their options that take a value."""
LINE = r"(?:[^\n]*\\\n)*[^\n]*"
MAGIC = re.compile(rf"^([ \t]*)([%!?]{LINE}|[\w.]+\?{{1,2}}[ \t]*)$", re.MULTILINE)
GIVEN = re.compile(rf"^([ \t]*[A-Za-z_][\w., \t\[\]]*=[ \t]*)([!%]{LINE})$", re.MULTILINE)
"""A name that is bound to what a shell line or a magic gives: `files = !ls`."""
NAMED = re.compile(r"%%?(\w+)")
OPTION = re.compile(r"\s+-(\w)(?:=?(\S*))")
INSERTED = re.compile(r"\{([^{}\n]+)\}|\$([A-Za-z_]\w*)")
ASKED = re.compile(r"(\?{1,2})([\w.]+)[ \t]*|([\w.]+)(\?{1,2})[ \t]*")


def plain(source: str) -> str:
    """The source with all that only IPython reads as Python, or as blanks, of the same length."""
    return MAGIC.sub(lambda found: found[1] + read(found[2], ";"), GIVEN.sub(given, source))


def has_magic(source: str) -> bool:
    """Whether anything looks like IPython's."""
    return MAGIC.search(source) is not None or GIVEN.search(source) is not None


def given(found: re.Match[str]) -> str:
    """What a name is bound to, as an expression."""
    return found[1] + read(found[2], ",")


def read(text: str, comma: str) -> str:
    """A magic or a shell line as statements (or, with a comma, as one expression) of the same length."""
    asked = ASKED.fullmatch(text)
    if asked is not None:
        name = asked[2] or asked[3]
        made = "+" * len(asked[1] or "") + name + " " * len(asked[4] or "")
        made = made.ljust(len(text))
    else:
        made = magic(text, comma) or inserted(text, comma)
    return made if parses(made) else blank(text)


def blank(text: str) -> str:
    """Nothing that means anything."""
    return "0" + re.sub(r"[^\n]", " ", text[1:])


def parses(text: str) -> bool:
    """Whether a line is Python."""
    try:
        parsing.module(text.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def magic(text: str, comma: str) -> str:
    """A magic that is given Python, with its options as blanks; empty for any other."""
    name = NAMED.match(text)
    if name is None or name[1] not in TAKING:
        return ""
    at, kept = name.end(), list[tuple[int, int]]()
    while option := OPTION.match(text, at):
        at = option.end()
        if option[1] in "f" and name[1] in ("lprun", "mprun"):
            value = option if option[2] else re.compile(r"\s+()(\S+)").match(text, at)
            at = value.end() if value else at
            kept += [value.span(2)] if value else []
        elif option[1] in TAKING[name[1]] and not option[2]:
            value = re.compile(r"\s+\S+").match(text, at)
            at = value.end() if value else at
    rest = len(text[:at]) + len(text[at:]) - len(text[at:].lstrip())
    return filled(text, [*kept, (rest, len(text))], comma) if rest < len(text) or kept else ""


def inserted(text: str, comma: str) -> str:
    """What is put into a shell line, or any magic: `{f(x)}`, `$x`."""
    spans = [found.span(1 if found[1] else 2) for found in INSERTED.finditer(text)]
    return filled(text, [span for span in spans if parses(text[slice(*span)])], comma)


def filled(text: str, spans: list[tuple[int, int]], comma: str) -> str:
    """Blanks, and the pieces of code at their places, each after a comma."""
    made = list(blank(text))
    for start, end in spans:
        if start < 2:
            return ""
        made[start - 1] = comma
        made[start:end] = text[start:end]
    return "".join(made)
