"""Find definitions, imports and uses by the form of lines, in any language, without parsing.

Fast and approximate: what looks like a definition at the beginning of a line is one. A definition ends where its block
ends (`extents.py`), and before the next one that is indented no deeper; headings end before the next heading of their
rank or above.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from codemaestro_jupyter.types import RelPath, Symbol, SymbolKind
from codemaestro_jupyter.workspace.extents import last_line, without_remarks
from codemaestro_jupyter.workspace.notebooks import code_lines, prose_lines

_MODIFIERS = (
    r"(?:(?:export|default|declare|public|private|protected|internal|static|abstract|final|override|virtual|inline|extern"
    r"|typedef|async|unsafe|const|sealed|open|data|pub(?:\([a-z]+\))?|partial|readonly|suspend)\s+){0,6}"
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
    r"|const|let|var|val|sub|proc)\s+(?:\((?P<receiver>[^()\n]{0,120})\)\s*)?(?P<name>[A-Za-z_$][\w$]*)(?P<rest>[^\n]{0,200})",
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
_IMPL = re.compile(
    r"^(?P<indent>[ \t]{0,40})(?:unsafe[ \t]+)?(?P<keyword>impl)\b(?P<rest>[^{};]{1,300})\{", re.MULTILINE
)
_IMPL_NAME = re.compile(r"(?:[\w:]+::)?([A-Za-z_]\w*)")
_DEFINE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(?P<name>[A-Za-z_]\w*)\b(?P<call>\()?[^\n]*\S", re.MULTILINE)
_TYPEDEF = re.compile(
    r"^typedef\s+(?:struct|union|enum)\s*\{(?:[^{}]|\{[^{}]{0,2000}\}){0,4000}\}\s*(?P<name>[A-Za-z_]\w*)\s*;"
    r"|^typedef\b[^;{}()\n]{1,160}[\s*](?P<plain>[A-Za-z_]\w*)\s*(?:\[\w*\]\s*)?;"
    r"|^typedef\b[^;{}()\n]{1,160}\(\s*\*?\s*(?P<call>[A-Za-z_]\w*)\s*\)\s*\(",
    re.MULTILINE,
)
_JULIA = re.compile(
    r"^(?P<indent>[ \t]{0,40})(?:(?:@\w+|export|public)[ \t]+){0,2}"
    r"(?P<keyword>function|macro|mutable struct|struct|abstract type|primitive type|const)"
    r"[ \t]+(?P<name>[A-Za-z_][\w!]*(?:\.[\w!]+)*)(?P<rest>[^\n]{0,200})",
    re.MULTILINE,
)
_JULIA_SHORT = re.compile(
    r"^(?:@\w+[ \t]+)?(?P<name>[A-Za-z_][\w!]*(?:\.[\w!]+)*)\([^\n]{0,200}?\)"
    r"(?:[ \t]*where[^\n=]{1,120})?[ \t]*=(?![=>])",
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
    **dict.fromkeys(_C_LIKE, (_KEYWORD, _C_FUNCTION, _METHOD, _DEFINE, _TYPEDEF)),
    **dict.fromkeys(("java", "cs", "scala"), (_KEYWORD, _TYPED_METHOD)),
    **dict.fromkeys(("r", "rmd", "qmd"), (_R_FUNCTION, _CONSTANT)),
    **dict.fromkeys(("sh", "bash", "zsh", "ksh"), (_KEYWORD, _SHELL_FUNCTION, _CONSTANT)),
    "sql": (_SQL,),
    "rs": (_KEYWORD, _CONSTANT, _IMPL),
    "jl": (_JULIA, _JULIA_SHORT),
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


@dataclass(frozen=True, slots=True)
class _Found:
    """What looks like a definition, before it is known where it ends and what stands inside it."""

    symbol: Symbol
    depth: int
    """Its indentation; the rank of a heading."""
    owner: str = ""
    """The type it belongs to, where its own line says so: `func (c *Client) Get`."""
    scope: bool = False
    """It only says whose the definitions inside are (`impl Client`), and defines nothing."""
    word: str = ""
    """The keyword it begins with."""


def cheap_symbols(path: str, text: str) -> tuple[Symbol, ...]:
    """Definitions (or headings) by the form of their lines, in order; any length takes about 10 ms a megabyte."""
    kind = _extension(path)
    if kind in _DATA:
        return ()
    prose = _PROSE.get(kind, (_TARGET,) if path.rpartition("/")[2].lower() == "makefile" else ())
    written, code = text, "" if prose and kind not in _CODE else without_remarks(text, kind)
    if kind == "ipynb":
        prose, written, code = (_MARKDOWN,), prose_lines(text), code_lines(text)
    found = [symbol for form in prose for symbol in _headings(path, written, form)]
    if code:
        found += [symbol for form in _CODE.get(kind, _OTHERS) for symbol in _definitions(path, code, form)]
    by_place = {(each.symbol.line, each.symbol.name): each for each in reversed(found)}
    lines = code.split("\n") if code and kind != "sql" else []
    return _ended([by_place[place] for place in sorted(by_place)], text.count("\n") + 1, lines)


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


def _definitions(path: str, text: str, form: re.Pattern[str]) -> Iterator[_Found]:
    lines, like_c = _Lines(text), _extension(path) in _C_LIKE
    for found in form.finditer(text):
        groups = found.groupdict()
        keyword, indent = groups.get("keyword") or "", len((groups.get("indent") or "").expandtabs(4))
        if form is _IMPL:
            if owner := _implemented_for(found["rest"]):
                scope = Symbol(owner, "class", RelPath(path), lines.of(found.start("keyword")), 0)
                yield _Found(scope, indent, scope=True, word=keyword)
            continue
        called = "name" if groups["name"] else "plain" if groups.get("plain") else "call"
        name, rest = found[called], groups.get("rest") or ""
        if form is _METHOD and name in ("if", "for", "while", "switch", "catch", "function", "return", "with"):
            continue
        if keyword == "impl" or (keyword in ("const", "let", "var", "val", "type", "object", "module") and indent):
            continue  # inside something: a local, or a word of prose
        if like_c and keyword in ("struct", "union", "enum", "class") and not re.match(r"[^;=()*,]*(?:\{|$)", rest):
            continue  # spoken of, as the type of something
        owner = ""
        if form in (_C_FUNCTION, _JULIA, _JULIA_SHORT):
            owner, _, name = name.replace("::", ".").rpartition(".")
            if not name.strip("~"):
                continue
        if form is _DEFINE and not found[0].rstrip().removesuffix("\\").split(name, 1)[1].strip():
            continue  # a guard against being included twice
        if keyword == "func" and (
            receiver := re.search(r"([A-Za-z_]\w*)\s*(?:\[[^\]]*\])?\s*$", groups["receiver"] or "")
        ):
            owner = receiver[1]
        signature = found[0].strip().rstrip("{").strip()[:300] if form is not _CONSTANT else ""
        kind = _kind(form, groups, name, keyword, owner, indent)
        symbol = Symbol(name, kind, RelPath(path), lines.of(found.start(called)), 0, "", signature)
        yield _Found(symbol, indent, owner, word=keyword)


def _kind(
    form: re.Pattern[str], groups: dict[str, str | None], name: str, keyword: str, owner: str, indent: int
) -> SymbolKind:
    """What is defined, as far as its own line tells."""
    if form is _DEFINE:
        return "function" if groups["call"] else "constant"
    if form is _TYPEDEF:
        return "class"
    kind: SymbolKind = _KIND.get(keyword, "method" if indent or owner else "function")
    if form is _JULIA and kind == "method":
        kind = "function"  # `Base.show` is called like any other, and belongs to nobody
    if form is _CONSTANT or (kind == "variable" and re.fullmatch(r"[A-Z][A-Z0-9_]*", name)):
        kind = "constant"
    made = r"[^=\n]{0,120}=\s*(?:async\s*)?(?:function\b|(?:\([^()]*\)|\w+)[^=\n]{0,80}=>)"
    return "function" if kind == "variable" and re.match(made, groups["rest"] or "") else kind


def _implemented_for(head: str) -> str:
    """The type that a Rust `impl<T> Trait<A> for &mut Type<B>` is about."""
    head = re.split(r"\bwhere\b", head)[0].strip()
    depth = 0
    if head.startswith("<"):
        for place, letter in enumerate(head):
            depth += (letter == "<") - (letter == ">" and head[place - 1] not in "-=")
            if not depth:
                head = head[place + 1 :]
                break
    about = re.split(r"\bfor\b(?!\s*<)", head)[-1]
    about = re.sub(r"^[\s&]*(?:'\w+\s+)?(?:(?:mut|dyn)\s+)*", "", about)
    found = _IMPL_NAME.match(about)
    return found[1] if found else ""


def _headings(path: str, text: str, form: re.Pattern[str]) -> Iterator[_Found]:
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
            yield _Found(Symbol(name, "heading", RelPath(path), lines.of(found.start("name")), 0), rank)


def _fenced(text: str) -> list[tuple[int, int]]:
    """Where a Markdown text holds fenced code: a `#` there is a comment."""
    return [
        found.span() for found in re.finditer(r"^(```|~~~)[^\n]*\n(?:.*?)(?:^\1|\Z)", text, re.MULTILINE | re.DOTALL)
    ]


def _ended(found: list[_Found], last: int, lines: Sequence[str] = ()) -> tuple[Symbol, ...]:
    """Symbols with the line each ends on: of its block, as far as `lines` tell, and before the next as far left."""
    limits = [last] * len(found)
    waiting: list[int] = []
    for place, each in enumerate(found):
        while waiting and found[waiting[-1]].depth >= each.depth:
            limits[waiting.pop()] = each.symbol.line - 1
        waiting.append(place)
    ended: list[Symbol] = []
    around: list[tuple[int, int, str, SymbolKind]] = []  # last line, depth, qualified name and kind of what is open
    for each, limit in zip(found, limits, strict=True):
        symbol = each.symbol
        end = max(symbol.line, limit)
        if symbol.kind != "heading" and lines:
            end = last_line(lines, symbol.line, end, each.depth)
        while around and (around[-1][0] < symbol.line or around[-1][1] >= each.depth):
            around.pop()
        inside = around[-1] if around and "heading" not in (symbol.kind, around[-1][3]) else None
        owner = each.owner or (inside[2] if inside else "")
        kind: SymbolKind = symbol.kind
        if kind == "method" and each.word and not each.owner and (inside is None or inside[3] != "class"):
            kind = "function"
        qualified = f"{owner}.{symbol.name}" if owner else symbol.name
        if not each.scope:
            ended.append(replace(symbol, end_line=end, qualified=qualified, kind=kind))
        around.append((end, each.depth, symbol.name if each.scope else qualified, kind))
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
