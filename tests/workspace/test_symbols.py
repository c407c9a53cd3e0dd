"""What a text defines, imports and uses: Python exactly, the rest by its form, and never an error."""

from __future__ import annotations

import ast
import subprocess
import sys
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.types import Symbol
from codemaestro_jupyter.workspace.forms import cheap_imports
from codemaestro_jupyter.workspace.symbols import Outline, cheap_symbols, imports, outline, symbols, uses

PYTHON = '''\
import os.path as p, sys
from . import sibling
from ..types import Cell
from pkg.io import read

LIMIT = 3
low, _HIGH = 1, 2
name: str = "x"


@decorated
class Client(Base, metaclass=Meta):
    """Talks.

    More.
    """

    retries: int = 3

    @property
    async def get(self, url: str, *, n=LIMIT) -> Cell:
        def inner():
            import lazy
            local = read(url)
        return self.send(inner)


if True:
    def late(): ...
'''


def test_python_is_read_exactly() -> None:
    def symbol(name: str, kind: str, line: int, end: int, qualified: str, signature: str = "", doc: str = "") -> Symbol:
        return Symbol(name, kind, "a.py", line, end, qualified, signature, doc)  # type: ignore[arg-type]

    expected = (
        symbol("LIMIT", "constant", 6, 6, "LIMIT"),
        symbol("low", "variable", 7, 7, "low"),
        symbol("_HIGH", "constant", 7, 7, "_HIGH"),
        symbol("name", "variable", 8, 8, "name", "str"),
        symbol("Client", "class", 12, 24, "Client", "class Client(Base, metaclass=Meta)", "Talks.\n\nMore."),
        symbol("retries", "variable", 18, 18, "Client.retries", "int"),
        symbol("get", "method", 21, 25, "Client.get", "async def get(self, url: str, *, n=LIMIT) -> Cell"),
        symbol("inner", "function", 22, 24, "Client.get.inner", "def inner()"),
        symbol("late", "function", 29, 29, "late", "def late()"),
    )
    found = symbols("a.py", PYTHON)
    assert [item.name for item in found] == [item.name for item in expected]
    lines = PYTHON.split("\n")
    assert all(item.name in lines[item.line - 1] for item in found)
    assert {item.name: item.end_line for item in found}["get"] == lines.index("        return self.send(inner)") + 1
    assert [(i.kind, i.qualified, i.signature, i.docstring) for i in found] == [
        (i.kind, i.qualified, i.signature, i.docstring) for i in expected
    ]


def test_imports_uses_and_calls() -> None:
    found = outline("a.py", PYTHON)
    assert found.imports == ("os.path", "sys", ".sibling", "..types", "pkg.io", "lazy") == imports("a.py", PYTHON)
    lines = PYTHON.split("\n")
    assert found.uses["LIMIT"] == (lines.index("    async def get(self, url: str, *, n=LIMIT) -> Cell:") + 1,)
    assert (
        found.uses["read"] == (4, lines.index("            local = read(url)") + 1) == uses("a.py", PYTHON, "io.read")
    )
    assert "Client" not in found.uses
    assert found.calls == {"Client.get": ("send",), "Client.get.inner": ("read",)}
    assert uses("a.py", PYTHON, "nowhere") == ()
    assert outline("a.py", PYTHON, bodies=False) == Outline(found.symbols, found.imports)


@pytest.mark.parametrize(
    "broken", ["def f(:\n    pass\n\nclass A:\n    x\n", "print 'two'\nclass A: pass\n\0", "<<<<<<< HEAD\nclass A:\n"]
)
def test_broken_python_is_read_by_its_form(broken: str) -> None:
    assert "A" in [item.name for item in symbols("a.py", broken)]


def test_notebooks_are_read_without_their_magics_and_prose() -> None:
    prose = "# %% [md]\n# Title\ndef no(): ...\n\n"
    text = prose + "# %%\n%matplotlib inline\nimport numpy\ndef f(): ...\n\n# %%\n%%bash\nclass No\n"
    assert [(item.name, item.line) for item in symbols("n.ipynb", text)] == [("Title", 2), ("f", 8)]
    assert imports("n.ipynb", text) == ("numpy",)
    assert [(item.name, item.kind) for item in symbols("n.ipynb", text + "\n# %%\n(half\n")] == [
        ("Title", "heading"),
        ("f", "function"),
    ]


def test_code_that_nests_too_deeply_is_read_by_its_form() -> None:
    assert symbols("a.py", "def f(): pass\nx = " + "(" * 5000 + ")" * 5000)[0].name == "f"
    assert symbols("a.py", "def f(): pass\nx = " + "+".join(["y"] * 20_000))[0].name == "f"


def test_the_warnings_of_other_people_s_code_stay_quiet() -> None:
    code = (
        "from codemaestro_jupyter.workspace.symbols import symbols\n"
        "import warnings\nwarnings.simplefilter('error')\nassert symbols('a.py', 'x = \"\\\\d\"\\n')[0].name == 'x'\n"
        "warnings.resetwarnings()\nsymbols('a.py', 'x = \"\\\\d\" is 1\\n')\n"
    )
    done = subprocess.run([sys.executable, "-W", "default", "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_person_s_own_warnings_stay() -> None:
    symbols("a.py", "x = 1")
    with pytest.warns(UserWarning, match="mine"):
        warnings.warn("mine", stacklevel=1)


def told(path: str, text: str) -> list[tuple[str, str, int, int, str]]:
    return [(item.name, item.kind, item.line, item.end_line, item.qualified) for item in symbols(path, text)]


def test_typescript() -> None:
    text = """\
import { a } from './a';
export class Foo extends Bar {
  private async get(x: number): Promise<void> {
    if (x) {
    }
  }
}
export const useFoo = (a: string) => {
  const inner = 1;
};
const LIMIT = 3;
export interface Opts { a: number }
export default function main() {}
"""
    assert told("a.ts", text) == [
        ("Foo", "class", 2, 7, "Foo"),
        ("get", "method", 3, 6, "Foo.get"),
        ("useFoo", "function", 8, 10, "useFoo"),
        ("LIMIT", "constant", 11, 11, "LIMIT"),
        ("Opts", "class", 12, 12, "Opts"),
        ("main", "function", 13, 13, "main"),
    ]
    assert imports("a.ts", text + "const b = require('b'); export * from \"../c\"; await import('./d')") == (
        "./a",
        "b",
        "../c",
        "./d",
    )


@pytest.mark.parametrize(
    ("path", "text", "names", "modules"),
    [
        (
            "a.go",
            'import (\n\t"fmt"\n\tx "a/b"\n)\nfunc (s *Srv) Get(a int) error {\n}\ntype T struct {\n',
            ["Get", "T"],
            ("fmt", "a/b"),
        ),
        (
            "a.rs",
            "use std::io;\npub(crate) fn x() {}\nimpl Foo {\n    fn y(&self) {}\n",
            ["x", "y"],
            ("std::io",),
        ),
        (
            "a.c",
            '#include "x.h"\nstatic int foo(int a,\n  int b)\n{\n  return bar(1);\n}\nstruct S {\n',
            ["foo", "S"],
            ("x.h",),
        ),
        ("A.java", "import a.b.C;\npublic final class A {\n    public int get(int x) {\n", ["A", "get"], ("a.b.C",)),
        ("a.r", "library(dplyr)\nf.x <- function(a) {}\n", ["f.x"], ("dplyr",)),
        ("a.jl", "using Plots\nfunction f(x)\nend\nmutable struct P\n", ["f", "P"], ("Plots",)),
        ("a.rb", "require 'json'\nmodule M\n  def get\n", ["M", "get"], ("json",)),
        ("a.sh", "deploy() {\n}\nfunction undo {\n", ["deploy", "undo"], ()),
        ("a.sql", "CREATE TABLE IF NOT EXISTS users (id);\ncreate or replace view v as select 1", ["users", "v"], ()),
        ("a.md", "# One\n```\n# no\n```\n## Two\n---\n", ["One", "Two"], ()),
        ("a.rst", "One\n===\n\ntext\n\nTwo\n---\n\n=====\n=====\n", ["One", "Two"], ()),
        ("a.toml", "[tool.x]\na = 1\n[[b]]\n", ["tool.x", "b"], ()),
        ("Makefile", "all: x\n\techo\nX := 1\n", ["all"], ()),
        ("a.json", '{"class Foo": 1}', [], ()),
        ("noname", "nothing to see", [], ()),
    ],
)
def test_other_languages_by_their_form(path: str, text: str, names: list[str], modules: tuple[str, ...]) -> None:
    assert [item.name for item in symbols(path, text)] == names
    assert imports(path, text) == modules


def test_headings_end_where_the_next_of_their_rank_begins() -> None:
    assert told("a.md", "# A\n## B\ntext\n## C\n# D\n") == [
        ("A", "heading", 1, 4, "A"),
        ("B", "heading", 2, 3, "B"),
        ("C", "heading", 4, 4, "C"),
        ("D", "heading", 5, 6, "D"),
    ]


def test_the_form_finds_what_the_parser_finds() -> None:
    exact = {(item.name, item.line) for item in symbols("a.py", PYTHON) if item.kind in ("function", "class", "method")}
    assert exact <= {(item.name, item.line) for item in cheap_symbols("a.py", PYTHON)}
    assert outline("a.txt", "one two\none").uses == {"one": (1, 2), "two": (1,)}


LANGUAGES = [
    "a.py",
    "a.ts",
    "a.c",
    "a.md",
    "a.rst",
    "a.sql",
    "a.r",
    "a.sh",
    "n.ipynb",
    "Makefile",
    "a.go",
    "a.java",
    "a.rb",
    "a.rs",
]
PIECES = [
    "def f(",
    "class A:\n",
    "\n",
    "  ",
    "# T\n",
    "```\n",
    "===\n",
    "export ",
    "const x = ",
    "=> {",
    "import x",
    "'",
    "(",
    "int f() {",
    "\0",
    "\f",
]


@given(st.sampled_from(LANGUAGES), st.lists(st.sampled_from(PIECES) | st.text(max_size=5)).map("".join))
def test_any_text_has_an_outline_within_its_lines(path: str, text: str) -> None:
    found = outline(path, text)
    last = text.count("\n") + text.count("\r") + text.count("\f") + 1
    assert all(1 <= item.line <= item.end_line <= last and item.name for item in found.symbols)
    assert all(1 <= line <= last for lines in found.uses.values() for line in lines)


@pytest.mark.parametrize("path", LANGUAGES)
@pytest.mark.parametrize(
    "piece", [" ", "a", "a ", "#", "export ", "(", "def ", "x\n", "```\n", "a\n===\n", "int ", "\n ", "f(a, "]
)
def test_long_and_odd_texts_are_read(path: str, piece: str) -> None:
    text = piece * (100_000 // len(piece))
    assert all(item.end_line <= text.count("\n") + 1 for item in cheap_symbols(path, text))
    cheap_imports(path, text)


@pytest.mark.parametrize(
    "head",
    [
        "def f()", "def f(a)", "def f(self, a, b)", "async def f(a: int, b: str=1) -> None",
        "def f(a: a.b=None, *, c=2)",
        "def f(a, /, b, *args, **kwargs)", "def f(a=-1, b='x', c=[1, 2], d=True)",
        "def f(a: 'str'=1.5, b: int | None=b.c)",
        "def f(a: list[int]=...) -> dict[str, int]", "def f(a=lambda x: x, b=10 ** 9)", "class A", "class A(B)",
        "class A(b.B, metaclass=M)", "class A(Generic[T], flag=True)", "class A(f(1))", "class A(*bases, **more)",
    ],
)  # fmt: skip
def test_a_signature_is_written_as_python_would(head: str) -> None:
    [found] = symbols("a.py", f"{head}:\n    pass\n")
    assert found.signature == ast.unparse(ast.parse(f"{head}:\n    pass\n")).split(":\n")[0]


EVERY_BLOCK = """
if one:
    import a
elif two:
    import b
else:
    X = 1
for i in y:
    def f(): import c
else:
    import d
while z:
    import e
else:
    Y: int = 2
try:
    import g
except* E:
    class K: w = 1
else:
    import h
finally:
    import i
with q:
    import j
match v:
    case 1:
        import k
    case _:
        def m():
            local = 1
            if local:
                import l
                def n(): "Says."
async def o():
    async with p:
        import m
    async for r in s:
        import n
    else:
        import o
"""


def test_statements_alone_tell_what_is_defined_and_imported_in_every_block() -> None:
    whole, quick = (outline("a.py", EVERY_BLOCK, bodies=bodies) for bodies in (True, False))
    assert (quick.symbols, quick.imports) == (whole.symbols, whole.imports)
    assert sorted(quick.imports) == list("abcdeghijklmno")
    assert [symbol.qualified or symbol.name for symbol in quick.symbols] == ["X", "f", "Y", "K", "K.w", "m", "m.n", "o"]
    assert [symbol.docstring for symbol in quick.symbols if symbol.docstring] == ["Says."]
