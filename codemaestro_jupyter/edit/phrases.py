"""What can be said without a model: each pattern of words, and the steps it stands for.

A pattern is matched against a sentence's *shape*: `@` for each piece of content, and the words of `WORDS` as they
are. `EXAMPLES` shows one sentence for each thing that can be done; a test holds patterns and examples together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from codemaestro_jupyter.edit import steps as s
from codemaestro_jupyter.errors import EditError

WORDS = frozenset(
    """a add after all an and any anyway append as at attribute before by called cell cells class classes code
    comment constant contents convert create default defaulting delete docstring docstrings each end error every
    everything everywhere exception extract field file files folder for from function functions handler handling
    hints import imports in insert into it line lines local log logging markdown method methods missing module
    modules move name named new number occurrence occurrences of on optional organize package parameter
    parameters prepend public raw read remove rename replace section set skeleton skeletons sort start string symbol
    test tests text the their then to top type types typing unused value variable whole with write""".split()  # noqa: SIM905 - a page of words reads better than 150 quotes
)
SYNONYMS = {
    **dict.fromkeys(("->", "→", "=>"), "to"),
    **dict.fromkeys(("func", "fn", "def", "procedure"), "function"),
    **dict.fromkeys(("arg", "argument", "param", "kwarg", "keyword-argument"), "parameter"),
    **dict.fromkeys(("args", "arguments", "params", "kwargs"), "parameters"),
    **dict.fromkeys(("organise", "tidy"), "organize"),
    **dict.fromkeys(("substitute", "swap", "change"), "replace"),
    **dict.fromkeys(("make", "generate"), "create"),
    **dict.fromkeys(("annotations", "annotation", "hint"), "hints"),
    **dict.fromkeys(("doc-string", "doc-strings"), "docstrings"),
    **dict.fromkeys(("test-skeleton", "unittest", "unit-test"), "test"),
    **dict.fromkeys(("drop", "erase"), "delete"),
    **dict.fromkeys(("dir", "directory"), "folder"),
    **dict.fromkeys(("exceptions", "errors"), "error"),
    **dict.fromkeys(("beginning",), "start"),
    **dict.fromkeys(("relocate",), "move"),
    **dict.fromkeys(("const",), "constant"),
    **dict.fromkeys(("attr", "property", "member"), "attribute"),
    **dict.fromkeys(("var",), "variable"),
    **dict.fromkeys(("refactor",), "extract"),
}
"""Other words for the words of the patterns; read so only where a pattern wants the word, never in content."""
FILLERS = frozenset(
    "please can could would you i we let's lets want now also just next finally first kindly need".split()  # noqa: SIM905
)
"""Words that may stand before a command and mean nothing."""
VERBS = frozenset(
    "rename move delete remove replace insert add append prepend create write extract organize set sort convert".split()  # noqa: SIM905
)
SUFFIX = re.compile(r"\.(py|pyi|ipynb|md|txt|json|toml|ya?ml|cfg|ini|rst|csv|sh|js|ts|html|css)$")
Builder = Callable[[Sequence[str]], s.Step | Sequence[s.Step]]

S = r"(?:@|[a-z]+)"  # a slot, or a word of the vocabulary that stands where only content can
A = r"(?:(?:a|an|the|new|all|every|missing|their|optional) )*"
KIND = r"(?:symbol|function|class|method|variable|constant|attribute|field|module|package|file|folder)"
MANY = r"(?:functions?|class(?:es)?|methods?)"
IN = rf"(?: (?:in|from|of|on) (?:the )?(?:module |file |class |package |folder )?({S}))?"
CELL = rf"(?:(?:the )?(?:cell|cells) ({S}) (?:of|in|from) )?(?:the )?(?:file )?"
TEXT = rf"(?:the )?(?:text |lines |line |string )?({S})"
THE_CELL = rf"(?:the )?(?:cell |number )?({S})"
NEW_CELL = rf"(?:insert|add|append|create) {A}(code |markdown |raw )?cell (?:with )?(?:the )?(?:text |code )?({S})"
ONES = rf"(?:the )?(?:{MANY} )?({S}(?: and {S})*)(?: {MANY})?{IN}"
EVERY = (
    rf"((?:every|all|each)(?: of)?(?: the)?(?: public)? {MANY}|everything|the whole (?:file|module)|(?:the )?module)"
    rf"(?: (?:in|from|of|on) (?:the )?(?:file |module |class |package |folder )?({S}))?"
)
TO = r"(?:to|for|in|on|into)"
CALLED = rf"(?:into|to|as) {A}(?:function |constant |method )?(?:called |named )?({S})"
NAMED = rf"{A}(?:function|constant|method) (?:called |named )?({S})"


def is_path(text: str) -> bool:
    """Whether a name reads like a path: a slash, or a suffix that Python attributes do not have."""
    return "/" in text or bool(SUFFIX.search(text))


def split_name(name: str, path: str = "") -> tuple[str, str]:
    """`src/a.py::f` → (`f`, `src/a.py`); `f()` → `f`; `f` of `Client` → `Client.f`."""
    if "::" in name:
        path, _, name = name.partition("::")
    name = name.removesuffix("()")
    if path and path[:1].isupper() and path.isidentifier():
        return f"{path}.{name}", ""
    return name, path


def rename(g: Sequence[str]) -> s.Step:
    """A file, a module, or a symbol; `Client.get` to `Client.fetch` is said twice."""
    kind, old, where, new, later = g
    new = new.removesuffix("()")
    if kind.strip() in ("module", "package", "folder", "file") or (is_path(old) and "::" not in old):
        return s.RenameFile(old, new)
    name, path = split_name(old, where or later)
    owner = name.rpartition(".")[0]
    if owner and new.startswith(owner + "."):
        new = new[len(owner) + 1 :]
    return s.RenameSymbol(name, new, path)


def rename_inside(g: Sequence[str]) -> s.Step:
    """A parameter or variable of a function, `fetch_user.timeout`; those of a class are its constructor's."""
    kind, old, where, new, path = g
    if is_path(where) and "::" not in where:
        return rename(("", old, where, new, ""))
    name, inside = split_name(where, path)
    made = (
        ".__init__"
        if SYNONYMS.get(kind.lower(), kind.lower()) == "parameter" and name.rpartition(".")[2][:1].isupper()
        else ""
    )
    return s.RenameSymbol(f"{name}{made}.{old}", new, inside)


def on_symbols(kind: Callable[..., s.Step]) -> Builder:
    """One step for each name in a list; a path alone means everything in that file."""

    def build(g: Sequence[str]) -> list[s.Step]:
        found = []
        for item in g[0].split(" and "):
            name, path = split_name(item.strip(), g[1])
            if is_path(name) and not path:
                name, path = "*", name
            found.append(kind(name, path=path))
        return found

    return build


def on_every(kind: Callable[..., s.Step]) -> Builder:
    """A step on every function (method, class) of a file, module, folder or class."""

    def build(g: Sequence[str]) -> s.Step:
        words, where = g[0].split(), g[1]
        if not where:
            raise EditError(f"{' '.join(words)} of which file?", hint="Say e.g. `every function in src/app.py`.")
        noun = next((word for word in ("function", "method", "class") for said in words if said.startswith(word)), "")
        public = "public " if "public" in words else ""
        owner = f"{where}." if where[:1].isupper() and where.isidentifier() else ""
        return kind(f"{owner}*{public}{noun}", path="" if owner else where)

    return build


def parameter(g: Sequence[str]) -> list[s.Step]:
    """`timeout of type float with default 10` is `timeout: float = 10`."""
    text = re.sub(r"^(\w+) of type (\S+)", r"\1: \2", g[0])
    text = re.sub(r" (?:with (?:a |the )?default(?: (?:value|of))*|defaulting to|default) ", " = ", text)
    text = re.sub(r"^(\w+) = ", r"\1=", text)
    return [s.AddParameter(name, text, path) for name, path in (split_name(item, g[2]) for item in g[1].split(" and "))]


def docstring(g: Sequence[str]) -> s.Step:
    """A docstring with its text."""
    name, path = split_name(g[1], g[2])
    return s.AddDocstring(name, g[0], path)


def number(text: str, what: str) -> int:
    """A number that was said; raises `EditError` for anything else."""
    if not text.isdecimal():
        raise EditError(f"{text!r} is no {what} number.", hint=f"Write the {what} as a number, from 1.")
    return int(text)


def span(first: str, last: str) -> tuple[int, int]:
    """`10-20`, or `10` to `20`, as numbers."""
    one, _, two = first.replace("–", "-").partition("-")
    return number(one, "line"), number(last or two or one, "line")


def kind_of(text: str) -> s.CellKind:
    """The kind of a cell that was said, or code."""
    return "markdown" if text.strip() == "markdown" else "raw" if text.strip() == "raw" else "code"


def every(*said: str) -> bool:
    """Whether all places were asked for."""
    return any(word.strip() in ("all", "every", "everywhere", "each") for word in said)


PATTERNS: tuple[tuple[str, Builder], ...] = (
    (rf"rename (?:the )?(?:local )?(parameter|variable) ({S}) (?:of|in|on|from) (?:the )?(?:{MANY} )?({S}){IN}"
     rf" (?:to|into|as) ({S}){IN}", lambda g: rename_inside((g[0], g[1], g[2], g[4], g[3] or g[5]))),
    (rf"rename (?:the )?(method |attribute |field )?({S}) (?:of|in|on|from) (?:the )?class ({S})(?: (?:in|from) {S})?()"
     rf" (?:to|into|as) ({S})", lambda g: rename(("", f"{g[2]}.{g[1]}", "", g[4], ""))),
    (rf"rename (?:the )?({S}) (?:method|attribute|field) (?:of|in|on|from) (?:the )?(?:class )?({S})"
     rf" (?:to|into|as) ({S})",
     lambda g: rename(("", f"{g[1]}.{g[0]}", "", g[2], ""))),
    (rf"(?:rename|replace) (?:the )?name of (?:the )?({KIND} )?({S}){IN} (?:to|into|with|by) ({S}){IN}", rename),
    (rf"rename (?:the )?({KIND} )?({S}){IN} (?:to|into|as) ({S}){IN}", rename),
    (rf"rename (?:the )?({S}) ({KIND}){IN} (?:to|into|as) ({S})",
     lambda g: rename((g[1], g[0], g[2], g[3], ""))),
    (rf"move (?:the )?cell ({S}) (?:of|in) ({S}) (?:to|before) {THE_CELL}",
     lambda g: s.MoveCell(g[1], g[0], number(g[2], "cell"))),
    (rf"move (?:the )?(?:file |module |package |folder )?({S}) (?:to|into) (?:the )?(?:folder |package |module )?({S})",
     lambda g: s.MoveFile(g[0], g[1])),
    (rf"(?:delete|remove) (?:the )?cell ({S}) (?:of|in|from) ({S})", lambda g: s.DeleteCell(g[1], g[0])),
    (rf"(?:delete|remove) (?:the )?file ({S})", lambda g: s.DeleteFile(g[0])),
    (rf"(?:delete|remove) (?:(?:the|all|every) )*unused imports? (?:in|of|from) (?:the )?(?:file |module )?"
     rf"({S}(?: and {S})*)", lambda g: [s.RemoveUnusedImports(item) for item in g[0].split(" and ")]),
    (rf"(?:delete|remove) (?:the )?(?:unused )?import (?:of )?({S}) (?:in|from|of) (?:the )?(?:file |module )?({S})",
     lambda g: s.RemoveUnusedImports(g[1], g[0])),
    (rf"(?:delete|remove) (?:the )?(?:unused )?(?:function|class|method|constant|variable|symbol) ({S}){IN}( anyway)?",
     lambda g: delete((g[0], g[1], g[2]))),
    (rf"(?:delete|remove) (?:the )?lines? ({S})(?: (?:to|and) ({S}))? (?:of|in|from) ({S})",
     lambda g: s.EditLines(g[2], *span(g[0], g[1]))),
    (rf"(?:delete|remove) (all |every |the )?(?:text |line )?({S}) (everywhere )?(?:in|from) {CELL}({S})",
     lambda g: s.DeleteText(g[4], g[1], every(g[0], g[2]), g[3])),
    (rf"(?:delete|remove) ({S})( anyway)?", lambda g: delete((g[0], "", g[1]))),
    (rf"replace (?:the )?(?:contents of )?(?:the )?cell ({S}) (?:of|in) ({S}) (?:with|by) ({S})",
     lambda g: s.ReplaceCell(g[1], g[0], g[2])),
    (rf"replace (?:the )?lines? ({S})(?: to ({S}))? (?:of|in) ({S}) (?:with|by) ({S})",
     lambda g: s.EditLines(g[2], *span(g[0], g[1]), g[3])),
    (rf"replace (all |every |each |the )?(?:text |string |occurrences? of )*({S}) (?:with|by|to) ({S}) (everywhere )?in"
     rf" {CELL}({S})( everywhere)?",
     lambda g: s.ReplaceText(g[5], g[1], g[2], every(g[0], g[3], g[6]), g[4])),
    (rf"{NEW_CELL} at (?:the )?(?:start|top) (?:of|in) ({S})",
     lambda g: s.InsertCell(g[2], g[1], 1, kind_of(g[0]))),
    (rf"{NEW_CELL} (?:at|before) {THE_CELL} (?:of|in|to) ({S})",
     lambda g: s.InsertCell(g[3], g[1], number(g[2], "cell"), kind_of(g[0]))),
    (rf"{NEW_CELL} after {THE_CELL} (?:of|in|to) ({S})",
     lambda g: s.InsertCell(g[3], g[1], number(g[2], "cell") + 1, kind_of(g[0]))),
    (rf"{NEW_CELL} (?:(?:at|to) (?:the )?end )?(?:of|in|to|into)? ?({S})",
     lambda g: s.InsertCell(g[2], g[1], 0, kind_of(g[0]))),
    (rf"(?:insert|add|write) {TEXT} (before|after|at) (?:the )?line ({S}) (?:in|of|to) ({S})",
     lambda g: insert_lines(g[3], g[0], g[1], g[2])),
    (rf"(?:insert|add|write) {TEXT} (before|after) (?:the )?(?:line |text )?({S}) (?:in|of|to) {CELL}({S})",
     lambda g: s.InsertText(g[4], g[0], "before" if g[1] == "before" else "after", g[2], g[3])),
    (rf"(?:append|add|insert|write) {TEXT} (?:at|to) (?:the )?end of {CELL}({S})",
     lambda g: s.InsertText(g[2], g[0], "end", "", g[1])),
    (rf"append {TEXT} (?:to|in) {CELL}({S})", lambda g: s.InsertText(g[2], g[0], "end", "", g[1])),
    (rf"(?:insert|add|write) {TEXT} (?:at|to) (?:the )?(?:start|top) of {CELL}({S})",
     lambda g: s.InsertText(g[2], g[0], "start", "", g[1])),
    (rf"prepend {TEXT} to {CELL}({S})", lambda g: s.InsertText(g[2], g[0], "start", "", g[1])),
    (rf"(?:create|add|write) {A}(?:file|module) (?:called |named )?({S})"
     rf"(?: with (?:the )?(?:text |contents |code )?({S}))?",
     lambda g: s.CreateFile(g[0], g[1])),
    (rf"(?:add|insert|create|write) {A}(?:public )?(?:type |typing )?parameters? (?:called |named )?"
     rf"({S}(?: {S}){{0,9}}?) {TO} {ONES}", parameter),
    (rf"add ({S}(?: {S}){{0,9}}?) as {A}parameter {TO} {ONES}", parameter),
    (rf"(?:add|write|insert|create) {A}docstrings? ({S}) {TO} (?:the )?(?:{MANY} )?({S}){IN}", docstring),
    (rf"(?:add|write|create) {A}docstrings? {TO} (?:the )?(?:{MANY} )?({S}){IN} with (?:the )?(?:text )?({S})",
     lambda g: docstring((g[2], g[0], g[1]))),
    *((rf"(?:add|write|insert|create) {A}{what} {TO} {whom}", build(step))
      for what, step in (
          ("docstrings?", s.AddDocstring),
          ("(?:type|types|typing)(?: hints?)?", s.AddTypeHints),
          ("hints", s.AddTypeHints),
          ("(?:logging|log|log lines?)", s.AddLogging),
          ("(?:error|exception) (?:handling|handler)", s.AddErrorHandling),
          ("(?:test|tests)(?: skeletons?)?", s.AddTestSkeleton),
          ("skeletons? (?:test|tests)", s.AddTestSkeleton),
      )
      for whom, build in ((EVERY, on_every), (ONES, on_symbols))),
    (rf"(?:add|write|create) {A}(?:test|tests)(?: skeletons?)? of {ONES}", on_symbols(s.AddTestSkeleton)),
    (rf"create ({S})(?: with (?:the )?(?:text |contents |code )?({S}))?", lambda g: s.CreateFile(g[0], g[1])),
    (rf"(?:extract|move) (?:the )?lines? ({S})(?: to ({S}))? (?:of|in|from) ({S}) {CALLED}",
     lambda g: s.ExtractFunction(g[2], *span(g[0], g[1]), g[3])),
    (rf"(?:extract|create) {NAMED} from (?:the )?lines? ({S})(?: to ({S}))? (?:of|in|from) ({S})",
     lambda g: s.ExtractFunction(g[3], *span(g[1], g[2]), g[0])),
    (rf"(?:extract|create) {NAMED} (?:from|for) ({S}) (?:in|of|from) ({S})",
     lambda g: s.ExtractConstant(g[2], g[1], g[0])),
    (rf"extract (?:the )?(?:constant |string |number |text )?({S}) {CALLED} (?:in|from|of) ({S})",
     lambda g: s.ExtractConstant(g[2], g[0], g[1])),
    (rf"extract (?:the )?(?:constant |string |number |text )?({S}) (?:in|from|of) ({S}) {CALLED}",
     lambda g: s.ExtractConstant(g[1], g[0], g[2])),
    (rf"convert (?:the )?(?:file )?({S}) to @", lambda g: s.EncodeFile(g[0])),
    (rf"set (?:the )?(?:value of )?(?:the )?(?:constant |variable )?({S}){IN} to ({S}){IN}",
     lambda g: s.SetConstant(*constant(g[0], g[2], g[1] or g[3]))),
    (rf"(?:organize|sort) (?:the )?imports (?:in|of|for) (?:the )?(?:file |module )?({S}(?: and {S})*)",
     lambda g: [s.OrganizeImports(item) for item in g[0].split(" and ")]),
)  # fmt: skip
COMPILED = tuple((re.compile(pattern), build) for pattern, build in PATTERNS)
EXAMPLES = (
    "rename fetch_user to load_user",
    "rename method Client.get to fetch",
    "rename parameter timeout of fetch_user to limit",
    "rename variable rows in fetch_user to users",
    "rename module pkg.old to pkg.new",
    "rename src/a.py to b.py",
    "move pkg/a.py to pkg/sub/",
    "add parameter timeout=10 to fetch_user",
    'add docstring "Fetch a user." to fetch_user',
    "add docstrings to every public function in src/api.py",
    "add type hints to fetch_user",
    "add logging to fetch_user",
    "add error handling to fetch_user",
    "add a test for fetch_user",
    "extract lines 10-20 of src/api.py as helper",
    'extract constant "https://x.org" as HOME in src/api.py',
    "set TIMEOUT to 30 in src/api.py",
    "organize imports in src/api.py",
    'replace "a" with "b" in src/api.py',
    'replace all "a" with "b" in src/api.py',
    'insert "import os" after "import re" in src/api.py',
    'insert "import os" before line 3 of src/api.py',
    'append "done" to notes.md',
    'delete "print(x)" from src/api.py',
    "delete lines 5-7 of src/api.py",
    'create file src/new.py with "x = 1"',
    "delete file src/old.py",
    "delete function fetch_user",
    "remove unused imports in src/api.py",
    "convert notes.txt to utf-8",
    'insert code cell "x = 1" after cell 2 of work.ipynb',
    'replace cell 3 of work.ipynb with "x = 2"',
    "delete cell 3 of work.ipynb",
    "move cell 3 of work.ipynb to 1",
)


def insert_lines(path: str, text: str, where: str, line: str) -> s.Step:
    """New lines before (`at`: before) or after a line given by its number, or beside a line given by its text."""
    if not line.isdecimal():
        return s.InsertText(path, text, "after" if where == "after" else "before", line)
    at = int(line) + (where == "after")
    return s.EditLines(path, at, at - 1, text)


def constant(name: str, value: str, where: str) -> tuple[str, str, str]:
    """Name, value and path of a constant."""
    name, path = split_name(name, where)
    return name, value, path


def delete(g: Sequence[str]) -> s.Step:
    """A symbol, or a file said without the word."""
    if is_path(g[0]) and "::" not in g[0]:
        return s.DeleteFile(g[0])
    name, path = split_name(g[0], g[1])
    return s.DeleteSymbol(name, path, bool(g[2].strip()))
