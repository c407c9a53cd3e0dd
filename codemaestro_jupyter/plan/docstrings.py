"""What code says of itself: where a definition's head ends, its docstring or the comment above, a file's beginning."""

from __future__ import annotations

import ast
import re
import tokenize

from codemaestro_jupyter.plan import markdown as md
from codemaestro_jupyter.plan.evidence import Evidence
from codemaestro_jupyter.types import RelPath, Symbol
from codemaestro_jupyter.workspace import parsing

DOCSTRING_LINES = {"short": 1, "normal": 12, "full": 60}


_BETWEEN = (tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.COMMENT)
"""What may stand between a definition's head and its docstring."""
LONGEST_COMMENT = 400
"""Lines above a definition that are looked through for its comment."""


def header_end(evidence: Evidence, symbol: Symbol) -> int:
    """The last line of a definition's head: of a Python `def` up to its colon, at most thirty lines."""
    lines = evidence.lines(symbol.path)[symbol.line - 1 : symbol.end_line][:30]
    if symbol.kind not in ("function", "method", "class"):
        return min(symbol.end_line, symbol.line + 5)
    depth = 0
    for place, line in enumerate(lines):
        code = re.sub(r"#.*|\"[^\"]*\"|'[^']*'", "", line)
        depth += sum(code.count(letter) for letter in "([") - sum(code.count(letter) for letter in ")]")
        if depth <= 0 and re.search(r"[:{;]|\bend\b|^[^(]*$", code):
            return symbol.line + place
    return symbol.line + max(0, len(lines) - 1)


def header(evidence: Evidence, symbol: Symbol) -> str:
    """A definition's head as code in one line, on record as quoted: `def get(self, url)` also where it takes ten."""
    last = header_end(evidence, symbol) if symbol.kind in ("function", "method", "class") else symbol.line
    if last <= symbol.line:
        return evidence.quote(symbol.path, symbol.line)
    for line in range(symbol.line, last + 1):
        evidence.quote(symbol.path, line)
    whole = " ".join(line.strip() for line in evidence.lines(symbol.path)[symbol.line - 1 : last])
    return md.clipped(re.sub(r"(?<=[(\[]) | (?=[)\]])|,(?= ?[)\]])", "", whole))


def docstring_lines(evidence: Evidence, symbol: Symbol) -> list[int]:
    """The lines of a docstring (in other languages, of the comment above) in the file, from 1; empty without one."""
    lines = evidence.lines(symbol.path)
    if not symbol.path.endswith((".py", ".pyi", ".ipynb")):
        above = _text_above(lines, symbol.line) if symbol.path.endswith(".jl") else []
        return _trimmed(above or _comment_above(lines, symbol.line), lines)
    found = [symbol.line + line - 1 for line in _first_string(lines[symbol.line - 1 : symbol.end_line])]
    return _trimmed(found, lines)


def _first_string(lines: list[str]) -> range:
    """The lines, from 1, of the string that a definition's body begins with; read no further than that.

    By its tokens, since what follows may be thousands of lines, or be no Python yet.
    """
    depth, inside = 0, False
    head = re.compile(r"\s*(?:async\s+def|def|class)\b").match(lines[0]) if lines else None
    if head is None:
        return range(0)
    try:
        for token in tokenize.generate_tokens(iter([f"{line}\n" for line in lines]).__next__):
            if token.type == tokenize.OP and not inside:
                depth += (token.string in "([{") - (token.string in ")]}")
                inside = token.string == ":" and depth == 0
            elif inside and token.type == tokenize.STRING:
                bytes_ = "b" in token.string.partition(token.string[-1])[0].lower()
                return range(0) if bytes_ else range(token.start[0], token.end[0] + 1)
            elif inside and token.type not in _BETWEEN:
                return range(0)
    except (tokenize.TokenError, SyntaxError, StopIteration):
        pass
    return range(0)


def _comment_above(lines: list[str], line: int) -> list[int]:
    found: list[int] = []
    for number in range(line - 1, max(0, line - LONGEST_COMMENT), -1):
        text = lines[number - 1].strip()
        if re.match(r"@|#!?\[|template\s*<", text) and not found:
            continue
        if not re.match(r"/\*|\*|//|#(?!\[|include|define)", text):
            break
        found.append(number)
        if text.startswith("/*"):
            break
    return found[::-1]


def _text_above(lines: list[str], line: int) -> list[int]:
    """The text in triple quotes right above a line, which is how Julia documents."""
    last = line - 1
    while last > 0 and lines[last - 1].startswith("@"):
        last -= 1
    if last < 1 or not lines[last - 1].rstrip().endswith('"""'):
        return []
    for first in range(last, max(0, last - LONGEST_COMMENT), -1):
        if lines[first - 1].startswith('"""') and (first < last or lines[first - 1].count('"""') == 2):
            return list(range(first, last + 1))
    return []


def _trimmed(numbers: list[int], lines: list[str]) -> list[int]:
    """Without the lines at either end that hold nothing but quotation marks."""
    while numbers and not undressed(lines[numbers[0] - 1]):
        numbers = numbers[1:]
    while numbers and not undressed(lines[numbers[-1] - 1]):
        numbers = numbers[:-1]
    return numbers


def _docstring_span(node: ast.AST) -> range:
    body = getattr(node, "body", None)
    first = body[0] if isinstance(body, list) and body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return range(first.lineno, (first.end_lineno or first.lineno) + 1)
    return range(0)


def undressed(line: str) -> str:
    """A docstring's line without its quotation marks or marks of a comment."""
    line = re.sub(r"^\s*(?:/\*+|\*+/|\*(?!\*)|//+!?|#+'?)|\*+/\s*$", "", line)
    return re.sub(r"^[rRbBuUfF]{0,2}(?:\"\"\"|''')|(?:\"\"\"|''')$", "", line.strip()).strip()


def introduction(evidence: Evidence, path: RelPath) -> list[int]:
    """Lines with which a file introduces itself: its docstring, or the first paragraph of prose."""
    lines = evidence.lines(path)
    if path.endswith((".py", ".pyi")):
        head = "\n".join(lines[:200])
        for text in (head, *(head[: match.end()] for match in re.finditer(r'"""', head))):
            try:
                tree = parsing.module(text)
            except (SyntaxError, ValueError):
                continue
            if span := _docstring_span(tree):
                return _trimmed(list(span), lines)
        return []
    if path.lower().endswith((".md", ".rst", ".txt")):
        start = next((number for number, line in enumerate(lines, 1) if re.match(r"\s*[\w*`(]", line)), 0)
        end = next((number for number in range(start, len(lines)) if not lines[number].strip()), len(lines))
        return list(range(start, end + 1)) if start else []
    return []
