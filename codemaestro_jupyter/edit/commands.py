"""Tell a command from a request that only sounds like one: `rename fetch_user to load_user` opens a proposal.

The grammar reads more than a person means: "move validation to backend" has the form of moving a file. So each step
must name what it is about as one writes code or a path, or name something that the project defines.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import assert_never

from codemaestro_jupyter.edit import steps as s
from codemaestro_jupyter.edit.grammar import QUOTED, parse
from codemaestro_jupyter.edit.phrases import SUFFIX, SYNONYMS, VERBS, is_path
from codemaestro_jupyter.errors import EditError

LONGEST = 4000
"""Characters of a command; what is longer was pasted, not said."""
POLITE = re.compile(r"\A\s*(?:please,? |(?:can|could|would) you (?:please )?)", re.IGNORECASE)
THANKS = re.compile(r"(?:[,\s]+please)?[\s.?!]*\Z", re.IGNORECASE)
DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
SPELT_LIKE_CODE = re.compile(r"[_.\d]|[a-z][A-Z]")
WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
CODE = re.compile(rf"{QUOTED}|```")


def command(
    text: str,
    defined: Callable[[str], bool],
    *,
    module: Callable[[str], bool] = lambda _: False,
    model: bool = False,
) -> str:
    """The sentence to propose; empty if the text is no command.

    `defined` says whether the project defines a name, `module` whether it has a module or folder of it. With a `model`,
    what the offline commands only begin (a test's skeleton, a docstring without a text) is left to it.
    """
    if len(text) > LONGEST:
        return ""
    sentence = THANKS.sub("", POLITE.sub("", text)).strip()
    words = WORD.findall(sentence.lower())
    if VERBS.isdisjoint(SYNONYMS.get(word, word) for word in words):  # what no rule fits is slow to find out
        return ""
    try:
        found = parse(sentence)
    except EditError:
        return ""
    made: set[str] = set()

    def known(name: str) -> bool:
        return name in made or defined(name)

    for step in found:
        if not _meant(step, sentence, known, module) or (model and _begun(step, sentence)):
            return ""
        made |= {str(getattr(step, field)) for field in ("new", "to", "name") if getattr(step, field, "")}
    return sentence


def _meant(step: s.Step, sentence: str, defined: Callable[[str], bool], module: Callable[[str], bool]) -> bool:
    """Whether a step is about something that can be code or a file."""

    def symbol(name: str) -> bool:
        if DOTTED.fullmatch(name) is None:
            return False
        return bool(SPELT_LIKE_CODE.search(name)) or f"`{name}" in sentence or f"{name}()" in sentence or defined(name)

    match step:
        case s.RenameSymbol(name, new, _):
            return symbol(name) and DOTTED.fullmatch(new) is not None
        case s.DeleteSymbol(name) | s.SetConstant(name):
            return symbol(name)
        case (
            s.AddParameter(name=name)
            | s.AddDocstring(name=name)
            | s.AddTypeHints(name=name)
            | s.AddLogging(name=name)
            | s.AddErrorHandling(name=name)
            | s.AddTestSkeleton(name=name)
        ):
            owner, every, _ = name.partition("*")  # `every method of Client`, `everything in src/`
            if every and not owner:
                return is_path(step.path) or SPELT_LIKE_CODE.search(step.path) is not None or module(step.path)
            return symbol(owner.rstrip(".")) if name else is_path(step.path)
        case s.ReplaceText(old=old) | s.DeleteText(old=old):
            return is_path(step.path) and bool(CODE.search(sentence) or SPELT_LIKE_CODE.search(old))
        case s.InsertText() | s.InsertCell() | s.ReplaceCell():
            return is_path(step.path) and CODE.search(sentence) is not None
        case s.CreateFile():
            return SUFFIX.search(step.path) is not None
        case s.RenameFile() | s.MoveFile():
            return is_path(step.path) or (DOTTED.fullmatch(step.path) is not None and "." in step.path)
        case (
            s.DeleteFile()
            | s.EncodeFile()
            | s.DeleteCell()
            | s.MoveCell()
            | s.ExtractFunction()
            | s.ExtractConstant()
            | s.OrganizeImports()
            | s.RemoveUnusedImports()
            | s.EditLines()
        ):
            return is_path(step.path)
        case _:
            assert_never(step)


def _begun(step: s.Step, sentence: str) -> bool:
    if isinstance(step, s.AddDocstring):
        return not step.text
    return isinstance(step, s.AddTestSkeleton) and "skeleton" not in sentence
