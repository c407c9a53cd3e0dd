"""Tell from a half-typed text whether it is a command by now, whole enough that each thing it is about is there.

"rename fetch_us" starts nothing. "rename fetch_user to" can be understood, whatever the new name; "rename fetch_user to
lo" can be worked out, though its last name may still grow.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from codemaestro_jupyter.prepare.wordings import OPEN, spoken
from codemaestro_jupyter.types import LikelyCommand
from codemaestro_jupyter.workspace.workspace import Workspace

VERBS = re.compile(
    r"\b(?:rename|move|relocate|delete|remove|drop|erase|replace|substitute|swap|change|insert|add|append|prepend|"
    r"create|make|generate|write|extract|refactor|organi[sz]e|tidy|sort|convert|set)\b",
    re.IGNORECASE,
)
"""Words of which a command has one; what the grammar of commands takes to load is for those who use it."""
SURE = re.compile(r"\A\s*(?:rename|extract|organi[sz]e)\b\s*(?P<rest>.*)\Z", re.IGNORECASE | re.DOTALL)
"""What begins so is hardly ever a question, or a request in prose."""
SURE_ALONE = re.compile(
    r"\A\s*(?:(?:add|write|create|generate)\s+(?:an?\s+|the\s+|some\s+)?(?:docstrings?|type\s+hints|logging|error\s+handling"
    r"|parameters?|tests?\s+for)|(?:remove|delete)\s+(?:the\s+|all\s+)?(?:unused|function|method|class))\b"
    r"\s*(?P<rest>.*)\Z",
    re.IGNORECASE | re.DOTALL,
)
"""The same where no model is, which would be given some of them."""
UNNAMED = re.compile(r"\A(?P<known>\s*rename\s.*?\S)\s+(?:t|to)?\s*\Z", re.IGNORECASE | re.DOTALL)
"""A renaming whose new name is still to come."""
FEW_WORDS = 2
"""So soon nothing tells what it will be about: nothing is prepared for a guess."""
WORD = re.compile(r"[^\W\d][\w./]*")


def may_be_command(text: str) -> bool:
    """Whether `likely_command` has anything to look at; at once."""
    return VERBS.search(text) is not None


def likely_command(text: str, workspace: Workspace, *, model: bool = False) -> LikelyCommand | None:
    """The command that a text is, or begins; None where it will be answered otherwise. On a worker."""
    if not may_be_command(text):
        return None
    from codemaestro_jupyter.edit import steps as s
    from codemaestro_jupyter.edit.grammar import parse

    sentence = command_in(text, workspace, model=model)
    unnamed = UNNAMED.match(text)
    if not sentence and unnamed and command_in(spoken(f"{unnamed['known']} to {OPEN}"), workspace, model=model):
        sentence = f"{unnamed['known'].lstrip()} to {OPEN}"
    if not sentence:
        return LikelyCommand() if _begins_one(text, workspace, model=model) else None
    steps = parse(spoken(sentence))
    last = steps[-1]
    if not _all_there(steps, workspace) or (sentence.endswith(OPEN) and not isinstance(last, s.RenameSymbol)):
        return LikelyCommand()
    names = (s.RenameSymbol, s.RenameFile, s.MoveFile, s.CreateFile, s.ExtractFunction, s.ExtractConstant)
    return LikelyCommand(sentence, isinstance(last, names), _size(steps, workspace))


def command_in(text: str, workspace: Workspace, *, model: bool = False) -> str:
    """The sentence that a text proposes, as `edit.commands.command` has it; empty if it is none. On a worker."""
    from codemaestro_jupyter.edit.commands import command  # its patterns take a while to compile

    def defined(name: str) -> bool:
        return bool(workspace.definitions(name))

    return command(text, defined, module=lambda name: _exists(name, workspace), model=model)


def nameless(text: str, workspace: Workspace) -> str:
    """A renaming that was submitted without its new name; empty if it is none. On a worker."""
    sentence = text.strip().rstrip(".?! ")
    if len(sentence.split()) != 2 or not sentence.lower().startswith("rename "):
        return ""
    return sentence if command_in(spoken(f"{sentence} to {OPEN}"), workspace) else ""


def adds_docstrings(sentence: str) -> bool:
    """Whether a command adds docstrings without saying which, wherever they are missing, and does nothing else."""
    from codemaestro_jupyter.edit.grammar import parse
    from codemaestro_jupyter.edit.steps import AddDocstring

    return all(isinstance(step, AddDocstring) and "*" in step.name and not step.text for step in parse(sentence))


def _begins_one(text: str, workspace: Workspace, *, model: bool) -> bool:
    """Whether a text will hardly become anything else: its verb, and something of the project."""
    begun = SURE.match(text) or (None if model else SURE_ALONE.match(text))
    if begun is None:
        return False
    words = WORD.findall(begun["rest"])
    return len(words) <= FEW_WORDS or any(_exists(word, workspace) or _defined(word, workspace) for word in words)


def _all_there(steps: Sequence[object], workspace: Workspace) -> bool:
    """Whether every name and path that the steps need is there, or made by a step before."""
    made: set[str] = set()
    for step in steps:
        name, path = str(getattr(step, "name", "")), str(getattr(step, "path", ""))
        new = {str(getattr(step, field)) for field in ("new", "to") if getattr(step, field, "")}
        do = str(getattr(step, "do", ""))
        if do == "create_file":
            new.add(path)
        elif do in ("extract_function", "extract_constant"):
            new.add(name)
        missing = bool(path) and path not in made | new and not _exists(path, workspace)
        name = name.partition("*")[0].rstrip(".")
        unknown = bool(name) and name not in made | new and not _defined(name, workspace)
        if missing or unknown:
            return False
        made |= new
    return True


def _defined(name: str, workspace: Workspace) -> bool:
    return bool(workspace.index.view().field("names").df(name.rpartition(".")[2]))


def _exists(path: str, workspace: Workspace) -> bool:
    """Whether there is a file, folder or module of that name."""
    view = workspace.index.view()
    if view.position(path) is not None:
        return True
    inside = path.rstrip("/").replace(".", "/") if "/" not in path else path.rstrip("/")
    ends = (f"/{inside}.py", f"/{inside}/__init__.py")
    return any(f"/{known}".endswith(ends) or known.startswith(f"{path.rstrip('/')}/") for known in view.paths)


def _size(steps: Sequence[object], workspace: Workspace) -> float:
    view = workspace.index.view()
    documents: set[int] = set()
    for step in steps:
        place = view.position(str(getattr(step, "path", "")))
        documents |= {place} if place is not None else set()
        name = str(getattr(step, "name", "")).rpartition(".")[2]
        if name and getattr(step, "do", "") == "rename_symbol":
            documents.update(view.uses(name).tolist())
        elif name:
            found = (view.position(symbol.path) for symbol in view.definitions(name))
            documents |= {at for at in found if at is not None}
    return float(sum(view.sizes[document] for document in documents))
