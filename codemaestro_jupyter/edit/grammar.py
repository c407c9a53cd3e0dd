"""The offline grammar: sentences like `rename fetch_user to load_user, then add logging to it`, as steps.

A sentence is cut into tokens, and each token that carries content (quoted text, a path, a name, a number) becomes
a slot, so that `rename a_b to c_d` and `rename x_y to z_w` have one *shape*. Which pattern fits depends on the shape
alone; that is what the bounded cache remembers, and why it can never change a result.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from codemaestro_jupyter.edit import steps as s
from codemaestro_jupyter.errors import EditError

QUOTED = r'"""[\s\S]*?"""|"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'(?!\w)|“[^”]*”|```[^\n]*\n[\s\S]*?```|`[^`]*`'
TOKEN = re.compile(
    rf"(?P<quoted>{QUOTED})|(?P<then>;|\n+|,(?=\s))|(?P<word>[^\s,;]+(?:,(?=\S)[^\s,;]+)*)|(?P<blank>\s+)"
)
WORDS = frozenset(
    """a add after all and append at before by called called cell cells code constant create def delete docstring
    docstrings end error every everywhere extract file folder for from function handling hints import imports in
    insert into it line lines log logging markdown method move named new number occurrences of organise organize
    parameter prepend raw remove rename replace section skeleton sort start string symbol test tests text the then
    to top type typing variable with write class handler convert""".split()  # noqa: SIM905 - a page of words reads better than 80 quotes
)
SHAPE_CACHE = 512
"""Shapes kept; one is some hundred bytes, and the patterns give far fewer than that in practice."""


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a sentence; `slot` tells that it carries content."""

    text: str
    slot: bool
    quoted: bool = False


def tokens(sentence: str) -> list[Token]:
    """Cut a sentence into tokens; separators come out as `,` and the word `then` as itself."""
    found = []
    for match in TOKEN.finditer(sentence):
        text = match[0]
        if match.lastgroup == "blank":
            continue
        if match.lastgroup == "then":
            found.append(Token(",", False))
        elif match.lastgroup == "quoted":
            found.append(Token(unquote(text), True, True))
        else:
            bare = (
                text.rstrip(".!?")
                if text.rstrip(".!?").lower() in WORDS or re.search(r"[\w)\]][.!?]+$", text)
                else text
            )
            word = bare.lower()
            found.append(Token(word if word in WORDS else bare, word not in WORDS))
    return found


def unquote(text: str) -> str:
    """What stands between quotes; a string as Python reads it, back quotes and fences as they are."""
    if text.startswith("```"):
        return text[3:-3].split("\n", 1)[1]
    if text[0] in "`“":
        return text[1:-1]
    try:
        value = ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return text[1:-1]
    return value if isinstance(value, str) else text[1:-1]


SUFFIX = re.compile(r"\.(py|pyi|ipynb|md|txt|json|toml|ya?ml|cfg|ini|rst|csv|sh|js|ts|html|css)$")
S = r"(?:@|[a-z]+)"  # a slot, or a word of the vocabulary that stands where only content can
A = r"(?:(?:a|the|new|all|every) )*"
Builder = Callable[[Sequence[str]], s.Step]


def is_path(text: str) -> bool:
    """Whether a name reads like a path: a slash, or a suffix that Python attributes do not have."""
    return "/" in text or bool(
        re.search(r"\.(py|pyi|ipynb|md|txt|json|toml|ya?ml|cfg|ini|rst|csv|sh|js|ts|html|css)$", text)
    )


def split_name(name: str, path: str = "") -> tuple[str, str]:
    """`src/a.py::f` → (`f`, `src/a.py`); `f()` → `f`."""
    if "::" in name:
        path, _, name = name.partition("::")
    return name.removesuffix("()"), path


def rename(g: Sequence[str]) -> s.Step:
    old, new, where = g
    if is_path(old) and "::" not in old:
        return s.RenameFile(old, new)
    name, path = split_name(old, where)
    return s.RenameSymbol(name, new.removesuffix("()"), path)


def on_symbol(kind: Callable[..., s.Step]) -> Builder:
    """A step whose groups are a name and a path, or one of them."""

    def build(g: Sequence[str]) -> s.Step:
        name, path = split_name(*g)
        if is_path(name) and not path:
            name, path = "", name
        return kind(name, path=path)

    return build


def parameter(g: Sequence[str]) -> s.Step:
    name, path = split_name(g[1], g[2])
    return s.AddParameter(name, g[0], path)


def docstring(g: Sequence[str]) -> s.Step:
    name, path = split_name(g[1], g[2])
    return s.AddDocstring(name, g[0], path)


def number(text: str, what: str) -> int:
    if not text.isdecimal():
        raise EditError(f"{text!r} is no {what} number.", hint=f"Write the {what} as a number, from 1.")
    return int(text)


def lines(g: Sequence[str]) -> s.Step:
    first, _, last = g[0].partition("-")
    return s.ExtractFunction(g[2], number(first, "line"), number(g[1] or last or first, "line"), g[3])


CELL = rf"(?:(?:cell|cells) ({S}) (?:of|in|from) )?"
IN = rf"(?: (?:in|from|of) ({S}))?"
TEXT = rf"(?:the )?(?:text |lines |line )?({S})"
THE_CELL = rf"(?:the )?(?:cell |number )?({S})"
NEW_CELL = rf"(?:insert|add|append) {A}(code |markdown |raw )?cell (?:with )?({S})"
FUNCTION = rf"(?:the )?(?:function |class |method )?({S}){IN}"
SYMBOL = rf"(?:the )?(?:symbol |function |class |method |variable |constant |file )?({S})"
CALLED = rf"(?:into|to) {A}(?:function |constant )?(?:called |named )?({S})"
PATTERNS: tuple[tuple[str, Builder], ...] = (
    (rf"rename {SYMBOL} (?:to|into) ({S}){IN}", rename),
    (rf"move cell ({S}) (?:of|in) ({S}) (?:to|before) {THE_CELL}",
     lambda g: s.MoveCell(g[1], g[0], number(g[2], "cell"))),
    (rf"move (?:the )?(?:file )?({S}) (?:to|into) (?:the )?(?:folder )?({S})", lambda g: s.MoveFile(g[0], g[1])),
    (rf"(?:delete|remove) (?:the )?cell ({S}) (?:of|in|from) ({S})", lambda g: s.DeleteCell(g[1], g[0])),
    (rf"(?:delete|remove) (?:the )?file ({S})", lambda g: s.DeleteFile(g[0])),
    (rf"(?:delete|remove) (all |every |the )?(?:text )?({S}) (everywhere )?(?:in|from) {CELL}({S})",
     lambda g: s.DeleteText(g[4], g[1], bool(g[0].strip() in ("all", "every") or g[2]), g[3])),
    (rf"replace cell ({S}) (?:of|in) ({S}) (?:with|by) ({S})", lambda g: s.ReplaceCell(g[1], g[0], g[2])),
    (rf"replace (all |every |the )?(?:text |occurrences of )?({S}) (?:with|by) ({S}) (everywhere )?in {CELL}({S})",
     lambda g: s.ReplaceText(g[5], g[1], g[2], bool(g[0].strip() in ("all", "every") or g[3]), g[4])),
    (rf"{NEW_CELL} (?:at|before) {THE_CELL} (?:of|in|to) ({S})",
     lambda g: s.InsertCell(g[3], g[1], number(g[2], "cell"), kind(g[0]))),
    (rf"{NEW_CELL} after {THE_CELL} (?:of|in|to) ({S})",
     lambda g: s.InsertCell(g[3], g[1], number(g[2], "cell") + 1, kind(g[0]))),
    (rf"{NEW_CELL} (?:at the end of |at end of )?(?:of|in|to|into)? ?({S})",
     lambda g: s.InsertCell(g[2], g[1], 0, kind(g[0]))),
    (rf"(?:insert|add) {TEXT} (before|after) (?:the )?(?:line |text )?({S}) (?:in|of|to) {CELL}({S})",
     lambda g: s.InsertText(g[4], g[0], "before" if g[1] == "before" else "after", g[2], g[3])),
    (rf"(?:append|add|insert|write) {TEXT} (?:at|to) (?:the )?end of {CELL}({S})",
     lambda g: s.InsertText(g[2], g[0], "end", "", g[1])),
    (rf"append {TEXT} to {CELL}({S})", lambda g: s.InsertText(g[2], g[0], "end", "", g[1])),
    (rf"(?:insert|add|write) {TEXT} (?:at|to) (?:the )?(?:start|top) of {CELL}({S})",
     lambda g: s.InsertText(g[2], g[0], "start", "", g[1])),
    (rf"prepend {TEXT} to {CELL}({S})", lambda g: s.InsertText(g[2], g[0], "start", "", g[1])),
    (rf"(?:create|add|write) {A}file ({S})(?: with (?:the )?(?:text )?({S}))?", lambda g: s.CreateFile(g[0], g[1])),
    (rf"create ({S})(?: with (?:the )?(?:text )?({S}))?", lambda g: s.CreateFile(g[0], g[1])),
    (rf"add {A}(?:parameter|parameter named) ({S}) to {FUNCTION}", parameter),
    (rf"add {A}docstring (?:({S}) )?to {FUNCTION}", docstring),
    (rf"add (?:type|typing) hints to {FUNCTION}", on_symbol(s.AddTypeHints)),
    (rf"add logging to {FUNCTION}", on_symbol(s.AddLogging)),
    (rf"add {A}error (?:handling|handler) to {FUNCTION}", on_symbol(s.AddErrorHandling)),
    (rf"(?:add|create|write) {A}(?:test|tests)(?: skeleton)? (?:for|of|to) {FUNCTION}",
     on_symbol(s.AddTestSkeleton)),
    (rf"extract (?:line|lines) ({S})(?: to ({S}))? (?:of|in|from) ({S}) {CALLED}", lines),
    (rf"extract (?:the )?(?:constant |string |number |text )?({S}) (?:in|from|of) ({S}) {CALLED}",
     lambda g: s.ExtractConstant(g[1], g[0], g[2])),
    (rf"convert (?:the )?(?:file )?({S}) to @", lambda g: s.EncodeFile(g[0])),
    (rf"(?:organise|organize|sort) (?:the )?imports (?:in|of) ({S})", lambda g: s.OrganizeImports(g[0])),
)  # fmt: skip
COMPILED = tuple((re.compile(pattern), build) for pattern, build in PATTERNS)
VERBS = frozenset(
    "rename move delete remove replace insert add append prepend create write extract organise "  # noqa: SIM905
    "organize sort convert".split()
)


def kind(text: str) -> s.CellKind:
    return "markdown" if text.strip() == "markdown" else "raw" if text.strip() == "raw" else "code"


def match_shape(shape: tuple[str, ...]) -> tuple[int, tuple[int | str, ...]] | None:
    """Which pattern fits a shape, and for each of its groups the index of a token, or its words."""
    text = " ".join(shape)
    starts = {0: 0}
    at = 0
    for index, word in enumerate(shape):
        starts[at] = index
        at += len(word) + 1
    for which, (pattern, _) in enumerate(COMPILED):
        found = pattern.fullmatch(text)
        if found:
            groups: list[int | str] = []
            for number_, group in enumerate(found.groups(), 1):
                whole = group is not None and not group.endswith(" ") and found.start(number_) in starts
                groups.append(starts[found.start(number_)] if whole else group or "")
            return which, tuple(groups)
    return None


cached_match = lru_cache(maxsize=SHAPE_CACHE)(match_shape)
Matcher = Callable[[tuple[str, ...]], tuple[int, tuple[int | str, ...]] | None]


def parse(sentence: str, match: Matcher = cached_match) -> list[s.Step]:
    """The steps of a sentence, `it` resolved to what was named last.

    Raises `EditError` that names the part that no pattern fits. Shape and tokens alone decide: the cache behind
    `match` can be left out (`match_shape`) with the same result.
    """
    found: list[s.Step] = []
    it = ""
    for clause in clauses(tokens(sentence)):
        clause = [Token(it, True) if token.text == "it" and not token.slot and it else token for token in clause]
        fitted = match(tuple("@" if token.slot else token.text for token in clause))
        said = " ".join(token.text for token in clause)
        if fitted is None:
            raise EditError(
                f"Step {len(found) + 1}: I do not understand {said!r}.",
                hint='Say e.g. `rename a to b`, `add logging to f`, `replace "x" with "y" in src/a.py`.',
                step=len(found) + 1,
            )
        which, groups = fitted
        step = COMPILED[which][1]([clause[item].text if isinstance(item, int) else item for item in groups])
        found.append(step)
        it = named(step)
    if not found:
        raise EditError("There is nothing to do in this plan.", hint="Say what to change, e.g. `rename a to b`.")
    return found


def clauses(words: list[Token]) -> list[list[Token]]:
    """Cut at `,`, `then` and at `and` before a verb."""
    found: list[list[Token]] = [[]]
    for index, token in enumerate(words):
        following = words[index + 1].text if index + 1 < len(words) else ""
        if not token.slot and (token.text in (",", "then") or (token.text == "and" and following in (*VERBS, "then"))):
            if found[-1]:
                found.append([])
        else:
            found[-1].append(token)
    return [clause for clause in found if clause]


def named(step: s.Step) -> str:
    """What `it` means after a step: the symbol it names (its new name), else its file."""
    if isinstance(step, s.RenameSymbol):
        name = step.new if "." not in step.name else step.name.rpartition(".")[0] + "." + step.new
        return f"{step.path}::{name}" if step.path else name
    if isinstance(step, s.RenameFile | s.MoveFile):
        from codemaestro_jupyter.edit.textsteps import target

        return target(step.path, step.to, moving=isinstance(step, s.MoveFile))
    name = getattr(step, "name", "")
    if isinstance(step, s.ExtractFunction | s.ExtractConstant):
        return f"{step.path}::{name}"
    return (f"{step.path}::{name}" if step.path else str(name)) if name else step.path
