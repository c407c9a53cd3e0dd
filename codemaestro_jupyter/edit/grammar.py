"""The offline grammar: sentences like `rename fetch_user to load_user, then add logging to it`, as steps.

A sentence is cut into tokens, and each token that carries content (quoted text, a path, a name, a number) becomes
a slot, so that `rename a_b to c_d` and `rename x_y to z_w` have one *shape*. Which pattern fits depends on the shape
alone; that is what the bounded cache remembers, and why it can never change a result.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import lru_cache

from codemaestro_jupyter.edit import steps as s
from codemaestro_jupyter.edit.matching import shorten
from codemaestro_jupyter.edit.moving import target
from codemaestro_jupyter.edit.phrases import COMPILED, EXAMPLES, FILLERS, SUFFIX, SYNONYMS, VERBS, WORDS
from codemaestro_jupyter.errors import EditError, PathError
from codemaestro_jupyter.workspace import parsing

__all__ = ["WORDS", "Matcher", "cached_match", "match_shape", "parse"]
QUOTED = r'"""[\s\S]*?"""|"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'(?!\w)|“[^”]*”|```[^\n]*\n[\s\S]*?```|`[^`]*`'
TOKEN = re.compile(
    rf"(?P<quoted>{QUOTED})|(?P<then>;|\n+|,(?=\s))|(?P<word>[^\s,;]+(?:,(?=\S)[^\s,;]+)*)|(?P<blank>\s+)"
)
ENDS = re.compile(r"[\w)\]][.!?]+$")
SHAPE_CACHE = 512
"""Shapes kept; one is some hundred bytes, and the patterns give far fewer than that in practice."""
NEAREST = 3
LONGEST = 4 * s.MAX_STEPS
"""Words of one clause at most: a list of `MAX_STEPS` names takes half of them, no pattern more than a dozen besides."""
CAN = (
    "Without a model I can rename, move, create and delete, add (parameter, docstring, type hints, logging, error"
    " handling, test), extract, organize imports, replace and insert, in files and cells; e.g. "
)
IT = frozenset({"it", "that", "this", "them"})
Group = tuple[int, int] | str
Matcher = Callable[[tuple[str, ...]], tuple[int, tuple[Group, ...]] | None]


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a sentence; `shape` is a word of the vocabulary, `@` for content, or `,` between clauses."""

    text: str
    shape: str
    quoted: bool = False


def tokens(sentence: str) -> list[Token]:
    """Cut a sentence into tokens; separators come out as `,` and the word `then` as itself."""
    found = []
    for match in TOKEN.finditer(sentence):
        text = match[0]
        if match.lastgroup == "blank":
            continue
        if match.lastgroup == "then":
            found.append(Token(",", ","))
        elif match.lastgroup == "quoted":
            found.append(Token(unquote(text), "@", True))
        else:
            bare = text.rstrip(".!?:")
            known = SYNONYMS.get(bare.lower(), bare.lower())
            if known in WORDS:
                found.append(Token(bare, known))
                continue
            if text.endswith(":") and SUFFIX.search(bare):
                found += [Token(bare, "@"), Token(",", ",")]  # `in src/a.py: rename f to g`
                continue
            found.append(Token(text.rstrip(".!?") if ENDS.search(text) else text, "@"))
    return found


def unquote(text: str) -> str:
    """What stands between quotes; a string as Python reads it, back quotes and fences as they are."""
    if text.startswith("```"):
        return text[3:-3].split("\n", 1)[1]
    if text[0] in "`“":
        return text[1:-1]
    try:
        value = parsing.literal(text)
    except (SyntaxError, ValueError):
        return text[1:-1]
    return value if isinstance(value, str) else text[1:-1]


def match_shape(shape: tuple[str, ...]) -> tuple[int, tuple[Group, ...]] | None:
    """Which pattern fits a shape, and for each of its groups the tokens it takes, or its words."""
    text = " ".join(shape)
    starts, ends, at = {}, {}, 0
    for index, word in enumerate(shape):
        starts[at] = index
        ends[at + len(word)] = index
        at += len(word) + 1
    for which, (pattern, _) in enumerate(COMPILED):
        found = pattern.fullmatch(text)
        if found:
            groups: list[Group] = []
            for number, group in enumerate(found.groups(), 1):
                first, last = starts.get(found.start(number)), ends.get(found.end(number))
                whole = bool(group) and first is not None and last is not None
                groups.append((first or 0, last or 0) if whole else group or "")
            return which, tuple(groups)
    return None


cached_match = lru_cache(maxsize=SHAPE_CACHE)(match_shape)


def parse(sentence: str, match: Matcher = cached_match) -> list[s.Step]:
    """The steps of a sentence, `it` resolved to what was named last, `in src/a.py, …` to where all of it happens.

    Raises `EditError` that names the part that no pattern fits, with the nearest that can be said. Shape and tokens
    alone decide: the cache behind `match` can be left out (`match_shape`) with the same result.
    """
    found: list[s.Step] = []
    it, where = "", list[Token]()
    said = clauses(tokens(sentence))
    count(said)
    for clause in said:
        place = placed(clause)
        if place:
            where, clause = clause[:place], clause[place:]
            if not clause:
                continue
        clause = [Token(it, "@") if token.text in IT and not token.quoted and it else token for token in clause]
        steps = understood(clause, match, len(found) + 1, where)
        if where:
            steps = [at_place(step, where[-1].text) for step in steps]
        found += steps
        it = named(steps[-1])
    if not found:
        raise EditError("There is nothing to do in this plan.", hint="Say what to change, e.g. `rename a to b`.")
    return found


def count(said: list[list[Token]]) -> None:
    """Raise `EditError` for more clauses, or more names in one list, than a plan has steps, before any is made."""
    if len(said) > s.MAX_STEPS:
        steps = sum(placed(clause) < len(clause) for clause in said)
        if steps > s.MAX_STEPS:
            raise s.too_many(steps)
    for clause in said:
        names = sum(token.shape == "and" for token in clause) + 1
        if names > s.MAX_STEPS:
            raise s.too_many(names)


def understood(clause: list[Token], match: Matcher, number: int, where: list[Token]) -> list[s.Step]:
    """The steps of one clause, which may happen `where` (`in src/a.py`).

    Raises `EditError` with what could be said, nearest first.
    """
    said = shorten(" ".join(token.text for token in clause[:LONGEST]))
    fitted = match(tuple(token.shape for token in clause)) if len(clause) <= LONGEST else None
    if fitted is None and where and len(clause) <= LONGEST:
        clause = [*clause, *where]
        fitted = match(tuple(token.shape for token in clause))
    if fitted is None and len(clause) == 2 and clause[0].shape == "rename":
        raise EditError(
            f"Step {number}: rename {shorten(clause[1].text)} to what?",
            hint=f"Say `rename {shorten(clause[1].text)} to NEW_NAME`.",
            step=number,
        )
    if fitted is None:
        examples = nearest(clause)
        raise EditError(
            f"Step {number}: I do not understand {said!r}.",
            hint=("Nearest to it: " if clause[0].shape in VERBS else CAN)
            + ", ".join(f"`{example}`" for example in examples[:NEAREST])
            + ".",
            step=number,
            candidates=examples,
        )
    which, groups = fitted
    words = [
        " ".join(token.text for token in clause[group[0] : group[1] + 1]) if isinstance(group, tuple) else group
        for group in groups
    ]
    built = COMPILED[which][1](words)
    return list(built) if isinstance(built, Sequence) else [built]


def nearest(clause: list[Token]) -> tuple[str, ...]:
    """Every example of what can be said, the likest first: the same verb and words count, then the order of them."""
    clause = clause[:LONGEST]
    mine = [token.shape for token in clause]
    said = {token.text.lower() for token in clause if not token.quoted} | set(mine)

    def score(example: str) -> float:
        shapes = [token.shape for token in tokens(example)]
        shared = len(set(shapes) & said - {"@", "to", "of", "in", "a", "the"})
        return shared + (shapes[0] == mine[0]) + SequenceMatcher(None, shapes, mine, autojunk=False).ratio()

    return tuple(sorted(EXAMPLES, key=lambda example: -score(example)))


def clauses(words: list[Token]) -> list[list[Token]]:
    """Cut at `then`, at `and` before a verb, and at `,` unless a list goes on (`f, g and h`)."""
    found: list[list[Token]] = [[]]
    following, after = [""] * len(words), ""  # by index: the shape of the next word that is no filler
    for at in range(len(words) - 1, -1, -1):
        following[at] = after
        after = after if words[at].text.lower() in FILLERS else words[at].shape
    index = 0
    while index < len(words):
        token = words[index]
        shape = following[index]
        cut = token.shape in ("then",) or (token.shape == "and" and shape in (*VERBS, "then", ","))
        if token.shape == ",":
            cut = True
            if listed(found[-1], words[index + 1 : index + 3]):
                found[-1].append(Token("and", "and"))
                index += 1
                continue
        if cut:
            if found[-1]:
                found.append([])
        elif not found[-1] and token.text.lower() in FILLERS and token.shape in ("@", "to"):
            pass
        elif not found[-1] and token.shape == "to" and index:
            pass  # `I want you to rename …`
        else:
            found[-1].append(token)
        index += 1
    for clause in found:
        while len(clause) > 1 and clause[-1].text.lower() in ("please", "thanks", "too") and not clause[-1].quoted:
            clause.pop()
    return [clause for clause in found if clause]


def listed(clause: list[Token], rest: list[Token]) -> bool:
    """Whether what follows a comma is the next name of a list, not the next command."""
    if not clause or clause[-1].shape != "@" or clause[-1].quoted or not rest or rest[0].shape != "@":
        return False
    if clause[0].shape not in ("add", "write", "create", "organize", "sort") or rest[0].text.lower() in FILLERS:
        return False
    ends = len(rest) == 1 or rest[1].shape in (",", "and", "then", "in", "of", "from")
    return ends and any(token.shape in ("to", "for", "in", "of") for token in clause)


def placed(clause: list[Token]) -> int:
    """How many tokens `in src/a.py` (or `in cell 3 of work.ipynb`) takes, before commands that happen there."""
    shapes = [token.shape for token in clause[:5]]
    size = 5 if shapes == ["in", "cell", "@", "of", "@"] else 2 if shapes[:2] == ["in", "@"] else 0
    return size if size and (len(clause) == size or clause[size].shape in VERBS) else 0


def at_place(step: s.Step, where: str) -> s.Step:
    """A step that names no file, at the one that was named for all of them."""
    if getattr(step, "path", "") or isinstance(step, s.RenameFile | s.MoveFile):
        return step
    return replace(step, path=where)


def named(step: s.Step) -> str:
    """What `it` means after a step: the symbol it names (its new name), else its file."""
    if isinstance(step, s.RenameSymbol):
        name = step.new if "." not in step.name else step.name.rpartition(".")[0] + "." + step.new
        return f"{step.path}::{name}" if step.path else name
    if isinstance(step, s.RenameFile | s.MoveFile):
        try:
            return target(step.path, step.to, moving=isinstance(step, s.MoveFile))
        except (EditError, PathError):
            return step.to
    name = getattr(step, "name", "")
    if isinstance(step, s.ExtractFunction | s.ExtractConstant):
        return f"{step.path}::{name}"
    return (f"{step.path}::{name}" if step.path else str(name)) if name else step.path
