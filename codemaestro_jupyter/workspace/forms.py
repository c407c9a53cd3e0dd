"""Find definitions, imports and uses by the form of lines, in any language, without parsing.

Fast and approximate: what looks like a definition at the beginning of a line is one. A definition ends before the next
one that is indented no deeper; headings end before the next heading of their rank or above.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from codemaestro_jupyter.types import RelPath, Symbol, SymbolKind
from codemaestro_jupyter.workspace.notebooks import code_lines, prose_lines

_MODIFIERS = (
    r"(?:(?:export|default|declare|public|private|protected|internal|static|abstract|final|override|virtual|inline|extern"
    r"|async|unsafe|const|sealed|open|data|pub(?:\([a-z]+\))?|partial|readonly|suspend)\s+){0,6}"
)
_KIND: dict[str, SymbolKind] = {
    "class": "class", "interface": "class", "struct": "class", "enum": "class", "trait": "class", "type": "class",
    "record": "class", "object": "class", "module": "class", "namespace": "class", "protocol": "class", "impl": "class",
    "union": "class", "cdef class": "class", "mutable struct": "class", "abstract type": "class",
    "const": "variable", "let": "variable", "var": "variable", "val": "variable",
}  # fmt: skip
_KEYWORD = re.compile(
    rf"^(?P<indent>[ \t]{{0,40}}){_MODIFIERS}(?P<keyword>cdef class|mutable struct|abstract type|def|cpdef|cdef|class"
    r"|interface|trait|struct|enum|record|union|type|function\*?|fn|func|fun|macro|module|namespace|protocol|impl|object"
    r"|const|let|var|val|sub|proc)\s+(?:\([^()\n]{0,120}\)\s*)?(?P<name>[A-Za-z_$][\w$]*)(?P<rest>[^\n]{0,200})",
    re.MULTILINE,
)
_CONSTANT = re.compile(r"^(?P<name>[A-Z][A-Z0-9_]{2,})\s*(?::[^=\n]{1,80})?=(?!=)", re.MULTILINE)
_METHOD = re.compile(
    r"^(?P<indent>[ \t]{2,8})(?:(?:public|private|protected|static|async|readonly|get|set|override|abstract)\s+){0,4}"
    r"\*?#?(?P<name>[A-Za-z_$][\w$]*)\s*(?:<[^<>\n]{0,80}>)?\([^()\n]{0,200}\)\s*(?::[^{}\n]{1,120})?\{",
    re.MULTILINE,
)
_C_FUNCTION = re.compile(
    r"^(?!\s|return\b|else\b|typedef\b|using\b)(?P<head>[A-Za-z_][\w:<>,*& \t]{0,120}?[\s*&])"
    r"(?P<name>[A-Za-z_~][\w:~]{0,120})\s*"
    r"\([^;{}()]{0,400}\)[\w\s:&]{0,40}\{",
    re.MULTILINE,
)
_TYPED_METHOD = re.compile(
    r"^(?P<indent>[ \t]{2,8})"
    r"(?:(?:public|private|protected|internal|static|final|abstract|override|virtual|async|synchronized)\s+){1,5}"
    r"(?:[\w<>\[\],.?]{1,80}\s+){0,3}(?P<name>[A-Za-z_]\w*)\s*\([^(){};]{0,300}\)[\w\s,.]{0,80}[{;]",
    re.MULTILINE,
)
_R_FUNCTION = re.compile(r"^(?P<name>[A-Za-z.][\w.]*)\s*(?:<-|=)\s*function\s*\(", re.MULTILINE)
_SHELL_FUNCTION = re.compile(r"^(?P<name>[A-Za-z_][\w-]*)\s*\(\)\s*\{?", re.MULTILINE)
_SQL = re.compile(
    r"^[ \t]*create\s+(?:or\s+replace\s+)?(?:temp(?:orary)?\s+)?"
    r"(?:table|view|materialized\s+view|function|procedure|index|trigger)"
    r"\s+(?:if\s+not\s+exists\s+)?[\"`\[]?(?P<name>[\w.]+)",
    re.MULTILINE | re.IGNORECASE,
)
_MARKDOWN = re.compile(r"^ {0,3}(?P<rank>#{1,6})[ \t]+(?P<name>\S[^\n]{0,120}?)[ \t#]*$", re.MULTILINE)
_UNDERLINED = re.compile(r"^(?P<name>\S[^\n]{0,120})\n(?P<rank>([=\-~^\"'*+#])\3{2,})[ \t]*$", re.MULTILINE)
_SECTION = re.compile(r"^\[{1,2}(?P<name>[^\[\]\n]{1,80})\]{1,2}\s*$", re.MULTILINE)
_TARGET = re.compile(r"^(?P<name>[A-Za-z][\w./-]*)\s*:(?!=)", re.MULTILINE)

_PROSE = {"md": (_MARKDOWN,), "markdown": (_MARKDOWN,), "mdx": (_MARKDOWN,), "qmd": (_MARKDOWN,), "rmd": (_MARKDOWN,),
          "rst": (_UNDERLINED,), "txt": (_UNDERLINED,), "toml": (_SECTION,), "ini": (_SECTION,), "cfg": (_SECTION,),
          "mk": (_TARGET,)}  # fmt: skip
_BRACES = (_KEYWORD, _CONSTANT, _METHOD)
_C_LIKE = ("c", "h", "cc", "cpp", "cxx", "hpp", "hh", "cu", "m", "mm")
_CODE = {
    **dict.fromkeys(("js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "vue", "svelte", "php"), _BRACES),
    **dict.fromkeys(_C_LIKE, (_KEYWORD, _C_FUNCTION, _METHOD)),
    **dict.fromkeys(("java", "cs", "scala"), (_KEYWORD, _TYPED_METHOD)),
    **dict.fromkeys(("r", "rmd", "qmd"), (_R_FUNCTION, _CONSTANT)),
    **dict.fromkeys(("sh", "bash", "zsh", "ksh"), (_KEYWORD, _SHELL_FUNCTION, _CONSTANT)),
    "sql": (_SQL,),
}  # fmt: skip
_OTHERS = (_KEYWORD, _CONSTANT)
_DATA = frozenset(
    ("json", "yaml", "yml", "csv", "tsv", "xml", "html", "htm", "css", "scss", "less", "jsonl", "log", "svg")
)

_PYTHON_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+\(?[ \t]*(\w+)?|import[ \t]+([\w., \t]+))", re.MULTILINE
)
_IMPORTS = {
    **dict.fromkeys(
        ("js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "vue", "svelte"),
        re.compile(r"(?:\bfrom|\bimport|\brequire\s?\(|\bimport\s?\()\s{0,4}['\"]([^'\"\n]{1,200})['\"]"),
    ),
    **dict.fromkeys(_C_LIKE, re.compile(r"^[ \t]*#\s*include\s*[<\"]([^>\"\n]+)", re.M)),
    **dict.fromkeys(
        ("java", "kt", "scala", "cs"), re.compile(r"^[ \t]*(?:import|using)\s+(?:static\s+)?([\w.]+)", re.M)
    ),
    "rs": re.compile(r"^[ \t]*(?:pub\s+)?(?:use|mod)\s+([\w:]+)", re.M),
    "go": re.compile(r"^[ \t]*(?:import\s+)?(?:[\w.]+\s+)?\"([\w./-]+)\"\s*$", re.M),
    "r": re.compile(r"\b(?:library|require|source)\s*\(\s*['\"]?([\w./-]+)"),
    "jl": re.compile(r"^[ \t]*(?:using|import|include)[\s(]+[\"']?([\w./]+)", re.M),
    "rb": re.compile(r"^[ \t]*require(?:_relative)?\s+['\"]([^'\"\n]+)", re.M),
}  # fmt: skip
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")
_PYTHON = frozenset(("py", "pyi", "pyw", "pyx", "pxd", "ipynb"))


def cheap_symbols(path: str, text: str) -> tuple[Symbol, ...]:
    """Definitions (or headings) by the form of their lines, in order; any length takes about 10 ms a megabyte."""
    kind = _extension(path)
    if kind in _DATA:
        return ()
    prose = _PROSE.get(kind, (_TARGET,) if path.rpartition("/")[2].lower() == "makefile" else ())
    written, code = text, "" if prose and kind not in _CODE else text
    if kind == "ipynb":
        prose, written, code = (_MARKDOWN,), prose_lines(text), code_lines(text)
    found = [symbol for form in prose for symbol in _headings(path, written, form)]
    if code:
        found += [symbol for form in _CODE.get(kind, _OTHERS) for symbol in _definitions(path, code, form)]
    by_place = {(symbol[0].line, symbol[0].name): symbol for symbol in reversed(found)}
    return _ended([by_place[place] for place in sorted(by_place)], text.count("\n") + 1)


def notebook_headings(path: str, text: str) -> tuple[Symbol, ...]:
    """Headings of a notebook's prose cells, in order."""
    prose = prose_lines(text)
    return _ended(list(_headings(path, prose, _MARKDOWN)), text.count("\n") + 1)


def cheap_imports(path: str, text: str) -> tuple[str, ...]:
    """Modules or files that a text imports, as written, each once, in order."""
    kind = _extension(path)
    if kind in _PYTHON:
        names: list[str] = []
        for found in _PYTHON_IMPORT.finditer(code_lines(text) if kind == "ipynb" else text):
            if found[3] is not None:
                names += [part.split()[0] for part in found[3].split(",") if part.split()]
            elif found[1]:
                names.append(found[1] + (found[2] or "") if found[1].strip(".") == "" else found[1])
        return tuple(dict.fromkeys(names))
    form = _IMPORTS.get(kind)
    return tuple(dict.fromkeys(form.findall(text))) if form else ()


def cheap_uses(path: str, text: str) -> dict[str, tuple[int, ...]]:
    """Identifier → lines it occurs on, those that define it not counted; comments and strings count."""
    defined = {(symbol.name, symbol.line) for symbol in cheap_symbols(path, text)}
    uses: dict[str, list[int]] = {}
    for number, line in enumerate(text.split("\n"), 1):
        for name in dict.fromkeys(_IDENTIFIER.findall(line)):
            if (name, number) not in defined:
                uses.setdefault(name, []).append(number)
    return {name: tuple(lines) for name, lines in uses.items()}


def _definitions(path: str, text: str, form: re.Pattern[str]) -> Iterator[tuple[Symbol, int]]:
    lines = _Lines(text)
    for found in form.finditer(text):
        groups = found.groupdict()
        keyword, indent = groups.get("keyword") or "", len((groups.get("indent") or "").expandtabs(4))
        if form is _METHOD and found["name"] in ("if", "for", "while", "switch", "catch", "function", "return", "with"):
            continue
        if keyword in ("const", "let", "var", "val", "type", "object", "module") and indent:
            continue  # inside something: a local, or a word of prose
        kind: SymbolKind = _KIND.get(keyword, "method" if indent else "function")
        if form is _CONSTANT or (kind == "variable" and re.fullmatch(r"[A-Z][A-Z0-9_]+", found["name"])):
            kind = "constant"
        if kind == "variable" and re.match(
            r"[^=\n]{0,120}=\s*(?:async\s*)?(?:function\b|(?:\([^()]*\)|\w+)[^=\n]{0,80}=>)", groups["rest"]
        ):
            kind = "function"
        signature = found[0].strip().rstrip("{").strip()[:300] if form is not _CONSTANT else ""
        yield Symbol(found["name"], kind, RelPath(path), lines.of(found.start("name")), 0, "", signature), indent


def _headings(path: str, text: str, form: re.Pattern[str]) -> Iterator[tuple[Symbol, int]]:
    lines = _Lines(text)
    marks: list[str] = []
    fences = _fenced(text) if form is _MARKDOWN else []
    for found in form.finditer(text):
        if any(start <= found.start() < end for start, end in fences):
            continue
        rank = 0
        if form is _MARKDOWN:
            rank = len(found["rank"])
        elif form is _UNDERLINED:  # the order in which a text uses its marks is their rank
            if found["rank"][0] not in marks:
                marks.append(found["rank"][0])
            rank = marks.index(found["rank"][0])
        name = found["name"].strip()
        if form is not _UNDERLINED or name.strip(name[0]):  # a ruler is no heading
            yield Symbol(name, "heading", RelPath(path), lines.of(found.start("name")), 0), rank


def _fenced(text: str) -> list[tuple[int, int]]:
    """Where a Markdown text holds fenced code: a `#` there is a comment."""
    return [
        found.span() for found in re.finditer(r"^(```|~~~)[^\n]*\n(?:.*?)(?:^\1|\Z)", text, re.MULTILINE | re.DOTALL)
    ]


def _ended(found: list[tuple[Symbol, int]], last: int) -> tuple[Symbol, ...]:
    """Symbols with the line each ends on: before the next one of its depth or above."""
    ended: list[Symbol] = []
    open_ones: list[tuple[int, int, str]] = []  # place in `ended`, depth, qualified name

    def close(depth: int, line: int) -> None:
        while open_ones and open_ones[-1][1] >= depth:
            place = open_ones.pop()[0]
            ended[place] = replace(ended[place], end_line=max(ended[place].line, line))

    for symbol, depth in found:
        close(depth, symbol.line - 1)
        nested = open_ones and symbol.kind != "heading" and ended[open_ones[-1][0]].kind != "heading"
        qualified = f"{open_ones[-1][2]}.{symbol.name}" if nested else symbol.name
        ended.append(replace(symbol, qualified=qualified))
        open_ones.append((len(ended) - 1, depth, qualified))
    close(-1, last)
    return tuple(ended)


class _Lines:
    """Line numbers of growing positions in a text, counted once."""

    def __init__(self, text: str) -> None:
        self._text, self._position, self._line = text, 0, 1

    def of(self, position: int) -> int:
        if position < self._position:
            self._position, self._line = 0, 1
        self._line += self._text.count("\n", self._position, position)
        self._position = position
        return self._line


def _extension(path: str) -> str:
    name = path.rpartition("/")[2]
    return name.rpartition(".")[2].lower() if "." in name else ""
