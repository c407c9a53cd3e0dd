"""Markdown that JupyterLab opens: links relative to the notebook, and nothing in quoted text that breaks out."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import quote

LONGEST_QUOTE = 160
"""Characters of one line that are quoted; a minified line would fill the screen."""
_LANGUAGES = {
    "py": "python", "pyi": "python", "ipynb": "python", "js": "javascript", "mjs": "javascript", "jsx": "jsx",
    "ts": "typescript", "tsx": "tsx", "rs": "rust", "go": "go", "java": "java", "c": "c", "h": "c", "cpp": "cpp",
    "hpp": "cpp", "rb": "ruby", "sh": "bash", "bash": "bash", "yml": "yaml", "yaml": "yaml", "toml": "toml",
    "json": "json", "sql": "sql", "html": "html", "css": "css", "r": "r", "jl": "julia", "xml": "xml",
    "cfg": "ini", "ini": "ini", "md": "markdown", "rst": "rst",
}  # fmt: skip
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\u2028\u2029]")
_KEPT = re.compile(r"(``[^`]+``(?!`)|`[^`]+`|\*\*[^*\s][^*`<\[]*\*\*(?!\*))")
"""What may keep its meaning in the text of others: code spans and bold words, which fetch nothing and hide nothing."""
_ITEM = re.compile(r"[:@*+-]|>>>|\d+[.)]|[=~-]{3,}|\w+ : |\.\. ")
"""What begins a line of its own: list items, fields of a docstring (`:param x:`, `x : int`), prompts, underlines."""
_SPECIAL = re.compile(r"([\\`*_\[\]<|~$])|&(?=#?\w+;)")
LONGEST_SHOWN = 2_000
"""Characters of one line that a block of code shows."""


def code(text: str) -> str:
    """An inline code span of one line, whatever backticks it holds; control characters become `�`."""
    text = _CONTROL.sub("�", text.expandtabs(4))
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    ticks = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") or (text[:1] == text[-1:] == " ") or not text else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def clipped(text: str, width: int = LONGEST_QUOTE) -> str:
    """One line of a file as a code span, without its indentation; what is cut off is marked outside the span."""
    text = text.strip()
    return code(text) if len(text) <= width else f"{code(text[:width].rstrip())}…"


def fence(text: str, language: str = "") -> str:
    """A fenced block that survives backticks in its content."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    ticks = "`" * (longest + 1)
    return f"{ticks}{language}\n{text}\n{ticks}"


def plain(text: str) -> str:
    """Text of others (a commit's subject, a title) as itself: no links, images, HTML or formulas come of it."""
    pieces = _KEPT.split(_CONTROL.sub(" ", text))
    return "".join(piece if place % 2 else _SPECIAL.sub(_escaped, piece) for place, piece in enumerate(pieces))


def shortened(line: str) -> str:
    """A line of code as a block shows it: what is longer than anybody reads (minified, data) is cut, and said."""
    more = len(line) - LONGEST_SHOWN
    return f"{line[:LONGEST_SHOWN]} … {more} more characters" if more > 0 else line


def quoted(text: str) -> str:
    """Lines of others as a block quote; a paragraph flows, each listed thing begins a line of its own."""
    lines = text.split("\n")
    said = [re.sub(r"^(\d*)([#>+=.)-])", r"\1\\\2", plain(line.strip())) for line in lines]
    items = [_ITEM.match(line.strip()) is not None for line in [*lines[1:], ""]]
    ends = ["  " if line and before else "" for line, before in zip(said, items, strict=True)]  # a hard line break
    return "\n".join(f"> {line}".rstrip() + end for line, end in zip(said, ends, strict=True))


def _escaped(match: re.Match[str]) -> str:
    return f"\\{match[1]}" if match[1] else "&amp;"


def language_of(path: str) -> str:
    """The name that highlighters know the file's language by; empty if unknown."""
    return _LANGUAGES.get(path.rsplit(".", 1)[-1].lower(), "") if "." in path else ""


def target(path: str, base: str = "", line: int | None = None) -> str:
    """The URL of a project file from the folder `base`, both relative to the root.

    The fragment `#line=` (RFC 5147, counted from 0) is what JupyterLab's editor jumps to.
    """
    url = quote(posixpath.relpath(path, base or "."), safe="/")
    return url if line is None or path.endswith(".ipynb") else f"{url}#line={max(0, line - 1)}"


def link(label: str, path: str, base: str = "", line: int | None = None) -> str:
    """A link whose label is shown as code."""
    return f"[{code(label)}]({target(path, base, line)})"


def listed(names: list[str], most: int = 3) -> str:
    """`a, b, c and 4 more`."""
    shown = names[:most]
    return ", ".join(shown) + (f" and {len(names) - most} more" if len(names) > most else "")


def count(number: int, noun: str) -> str:
    """`1 line`, `2 lines`, `2 matches`."""
    plural = noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")
    return f"{number} {noun if number == 1 else plural}"
