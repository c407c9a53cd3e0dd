"""Where a definition ends, told by indentation and closing marks, in any language that is laid out as usual."""

from __future__ import annotations

import re
from collections.abc import Sequence

_CLOSES = re.compile(r"[})\]]|(?:end|END|done|fi|esac)\b")
_GOES_ON = re.compile(r"(?:where|else|elif|elsif|catch|rescue|ensure|finally|extends|implements|then|do)\b|[{(:]|->|=>")
"""What stands as far left as the head of a definition and still belongs to it."""
_BLOCK_COMMENT = re.compile(r"^[ \t]*/\*.*?(?:\*/|\Z)", re.MULTILINE | re.DOTALL)
_TEXT_BLOCK = re.compile(r'^[ \t]*"{3}.*?(?:"{3}|\Z)', re.MULTILINE | re.DOTALL)
_NO_COMMENTS = frozenset(
    ("py", "pyi", "pyw", "pyx", "pxd", "ipynb", "r", "rmd", "qmd", "rb", "sh", "bash", "zsh", "ksh")
)


def without_remarks(text: str, language: str) -> str:
    """The text with its block comments blanked, each character at its place: "class" in prose defines nothing."""
    form = _TEXT_BLOCK if language == "jl" else None if language in _NO_COMMENTS else _BLOCK_COMMENT
    if form is None or not form.search(text):
        return text
    return form.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def last_line(lines: Sequence[str], first: int, limit: int, indent: int) -> int:
    """The line, from 1, on which the definition that begins on line `first` ends; `limit` at most.

    A block that was opened by a brace ends with the first brace that stands under its head. Any other ends before
    the first line that stands no deeper than its head.
    """
    end, opened = first, _opens(lines[first - 1])
    for number in range(first + 1, min(limit, len(lines)) + 1):
        line = lines[number - 1]
        text = line.lstrip()
        if not text:
            continue
        deep = len(line) - len(text)
        if "\t" in line[:deep]:
            deep = len(line[:deep].expandtabs(4))
        if deep > indent:
            end = number
            continue
        closes = _CLOSES.match(text)
        if opened and not (closes and text[0] == "}" and deep == indent):
            continue
        if closes and deep == indent:
            end = number
            opened = _opens(text)
            if not opened and text[0] not in ")]":  # those end a list of parameters, and the block follows
                return end
        elif deep == indent and _GOES_ON.match(text):
            end, opened = number, _opens(text)
        else:
            return end
    return end


def _opens(line: str) -> bool:
    """Whether more braces are opened on a line than closed, counted from its first opening one."""
    inside = line[line.find("{") :] if "{" in line else ""
    return inside.count("{") > inside.count("}")
