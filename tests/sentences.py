"""Find every sentence that the kernel says on the panel, in its source, and write them down for translators.

`python -m tests.sentences` writes `labextension/src/sentences/*.ts`: one line a sentence, marked as the strings of the
panel itself are, so that whoever makes a language pack finds all of them. The panel recognises a sentence of the
kernel by this table and shows it through JupyterLab's translator (`words.ts`). `test_sentences.py` fails where the
table and the source differ.

A sentence is a string that is raised (the errors of `errors.py`), given to what the panel draws (`SPEAKERS`), or that
stands in a place of `SPOKEN`. What an f-string puts in becomes `%1`, `%2`, …; a choice inside it makes two sentences,
and a choice that depends on a number being one makes a singular and a plural.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import get_args

from codemaestro_jupyter.edit.steps import STEPS
from codemaestro_jupyter.types import PreparationKind
from tests.forms import Names, Sentence, called, chosen, last_name, names_of, sentences

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "codemaestro_jupyter"
TABLE = ROOT / "labextension" / "src" / "sentences"
LAST = {"Correction", "correct"}
"""Calls of which the last argument is said."""
SPEAKERS = {"NoticeView", "Fix", "Candidate", "Permission", "Option", "Question", "Hunk", "Problem"}
SAID_BY = {"hint", "message", "why", "reason", "title", "text", "label", "problem"}
WARNED = {"warnings", "notices", "problems"}
SPOKEN: dict[str, tuple[str, ...]] = {
    "changes.py": (),
    "converse/answering.py": ("await_contents",),
    "converse/clarify.py": ("_intents", "_approaches", "ROWS", "modules", "EVERYTHING", "said"),
    "converse/context.py": ("facts",),
    "converse/conversation.py": (),
    "converse/machine.py": ("CONFIRM",),
    "converse/picture.py": ("said", "_others", "suggestions", "TOOL_WORDS", "INTERRUPTED", "so_far"),
    "converse/plans.py": (),
    "converse/toolwork.py": (),
    "converse/underway.py": (),
    "dialogue.py": (),
    "edit/batches.py": (),
    "edit/cellhost.py": (),
    "edit/cellsteps.py": (),
    "edit/checks.py": (),
    "edit/corrections.py": (),
    "edit/engine.py": (),
    "edit/fixes.py": (),
    "edit/history.py": (),
    "edit/journal.py": (),
    "edit/locking.py": (),
    "edit/matching.py": (),
    "edit/project.py": (),
    "edit/python/delete.py": (),
    "edit/python/document.py": (),
    "edit/python/functions.py": (),
    "edit/python/heed.py": (
        *("DATA", "libraries", "fields", "own_name", "by_class_name", "asked", "strings", "generated", "put_together"),
        *("templates", "collected"),
    ),
    "edit/python/heedmodules.py": ("module_sentences",),
    "edit/python/inside.py": (),
    "edit/python/judge.py": (),
    "edit/python/lookups.py": ("ASKED",),
    "edit/python/mentions.py": (),
    "edit/python/parameters.py": (),
    "edit/python/rename.py": (),
    "edit/python/every.py": (),
    "edit/proposal.py": ("file_diff", "_unsure", "cell_hunks"),
    "edit/reading.py": ("_wider", "titles"),
    "edit/textsteps.py": (),
    "edit/transaction.py": (),
    "edit/verify.py": (),
    "jupyter/bridge.py": (),
    "jupyter/extension.py": ("OLD_KERNEL",),
    "jupyter/forms.py": (),
    "jupyter/inward.py": ("attached",),
    "jupyter/notebooks.py": (),
    "jupyter/pagecells.py": (),
    "jupyter/pagefiles.py": (),
    "jupyter/servers.py": ("open_paths",),
    "maestro.py": (),
    "models/addresses.py": (),
    "models/calls.py": (),
    "models/consent.py": ("question",),
    "models/failures.py": (),
    "models/purse.py": (),
    "models/selection.py": (),
    "models/structured.py": (),
    "plan/offline.py": (),
    "predict/live.py": (),
    "predict/reasons.py": (),
    "prepare/review.py": (),
    "prepare/stages.py": (),
    "prepare/status.py": ("LABELS", "label"),
    "reports.py": ("ledger", "PURPOSES"),
    "settings.py": (),
    "store/database.py": (),
    "store/location.py": (),
    "workspace/git.py": (),
    "workspace/index/index.py": (),
}
"""Files, and the names in them that speak; all of the file where none is named."""
COMPARED = {"compile", "search", "match", "fullmatch", "sub", "split", "startswith", "endswith", "getLogger", "replace",
            "removeprefix", "partition", "rpartition", "debug", "exception", "strftime", "field"}  # fmt: skip
"""Calls whose strings are no words for a person."""
FILED = {"edit": "edit", **dict.fromkeys(("models", "store", "workspace", "predict", "settings.py"), "grounds")}
"""Which table the sentences of a room stand in: those of others in `talk`."""
SINGLE = {"ledger", "PURPOSES"}
"""Where single words are said, too: the heads of tables."""
EXTRA = ("%1 and %2 more", *get_args(PreparationKind))
"""What is put together elsewhere: the end of a list, and the kinds of preparations in the ledger."""


def harvest() -> dict[str, list[Sentence]]:
    """The table: file name (without `.ts`) → its sentences, each sentence in one file only."""
    tables: dict[str, dict[Sentence, None]] = {"python": {}, "edit": {}, "talk": {}, "grounds": {}}
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE).as_posix()
        room = place.partition("/")[0]
        if room in {"cli", "experiment", "labextension"}:
            continue
        table = tables["python" if place.startswith("edit/python/") else FILED.get(room, "talk")]
        table.update(dict.fromkeys(said_in(path, place)))
    tables["edit"].update(dict.fromkeys(steps()))
    tables["talk"].update({Sentence(each): None for each in EXTRA})
    known: set[Sentence] = set()
    found = {}
    for name, table in tables.items():
        found[name] = sorted(set(table) - known)
        known |= set(table)
    return found


def steps() -> Iterator[Sentence]:
    """What `describe` says of each kind of step."""
    for kind in STEPS.values():
        what = kind.do.replace("_", " ")
        yield Sentence(f"{what} %1")
        if {"to", "new", "value"} & set(kind.__dataclass_fields__):
            yield Sentence(f"{what} %1 to %2")
    yield Sentence("every %1 in %2")


def said_in(path: Path, place: str) -> Iterator[Sentence]:
    """The sentences of one file."""
    tree = ast.parse(path.read_text(encoding="utf8"))
    module = names_of(tree.body)
    spoken = SPOKEN.get(place)
    for node, names, owner in walk(tree, module, ""):
        if isinstance(node, ast.Call):
            for argument in arguments(node):
                yield from sentences(argument, names)
        elif isinstance(node, ast.AugAssign) and last_name(node.target) in WARNED:
            yield from sentences(node.value, names)
        whole = isinstance(node, ast.Constant | ast.JoinedStr) or chosen(node)
        if spoken is not None and (not spoken or owner in spoken) and whole:
            yield from sentences(node, names, single=owner in SINGLE)


def walk(node: ast.AST, names: Names, owner: str) -> Iterator[tuple[ast.AST, Names, str]]:
    """Every node that may be said, with the names that stand for strings there, and the topmost name it belongs to."""
    for child in node.values if isinstance(node, ast.Dict) else ast.iter_child_nodes(node):
        inside, within = names, owner
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            given = {argument.arg for argument in ast.walk(child.args) if isinstance(argument, ast.arg)}
            outer = {name: values for name, values in names.items() if name not in given}
            inside, within = {**outer, **names_of(child.body)}, child.name
        elif isinstance(child, ast.Assign | ast.AnnAssign) and not owner:
            target = child.targets[0] if isinstance(child, ast.Assign) else child.target
            within = target.id if isinstance(target, ast.Name) else owner
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue  # a docstring
        if isinstance(child, ast.Compare) or (isinstance(child, ast.Call) and called(child) in COMPARED):
            continue
        if isinstance(child, ast.Subscript) and isinstance(child.slice, ast.Constant):
            continue
        yield child, inside, within
        if not isinstance(child, ast.JoinedStr) and not chosen(child):
            yield from walk(child, inside, within)
        else:
            for part in ast.walk(child):  # what is said inside of what is put in
                if isinstance(part, ast.FormattedValue):
                    yield from walk(part, inside, within)


def arguments(call: ast.Call) -> Iterator[ast.expr]:
    """What of a call is said."""
    name = called(call)
    if name in LAST:
        yield from call.args[-1:]
    elif name in SPEAKERS or (
        name.endswith("Error") and name not in {"UsageError", "AttributeError", "AssertionError"}
    ):
        yield from (*call.args, *(item.value for item in call.keywords if item.arg in SAID_BY))
    elif name == "append" and isinstance(call.func, ast.Attribute) and last_name(call.func.value) in WARNED:
        yield from call.args


def typescript(name: str, found: Iterable[Sentence]) -> str:
    """A table as the extension and the tools of translators read it."""
    lines = [
        f"/** Sentences of the kernel, {ABOUT[name]}: written by `python -m tests.sentences`, read by `words.ts`. */",
        "",
        "import type { ISentence, IMarker } from '../words';",
        "",
        "// prettier-ignore",
        f"export const {name} = (trans: IMarker): ISentence[] => [",
    ]
    for each in found:
        if each.many:
            lines.append(f"  trans._n({quoted(each.one)}, {quoted(each.many)}, 1),")
        else:
            lines.append(f"  trans.__({quoted(each.one)}),")
    return "\n".join([*lines, "];", ""])


ABOUT = {
    "python": "about changes of Python code",
    "edit": "about changes of files and cells",
    "talk": "about requests, answers and what is prepared",
    "grounds": "about the project, models, and why a file is likely",
}


def quoted(text: str) -> str:
    """A literal of TypeScript."""
    return json.dumps(text, ensure_ascii=False)


if __name__ == "__main__":
    TABLE.mkdir(exist_ok=True)
    for name, found in harvest().items():
        (TABLE / f"{name}.ts").write_text(typescript(name, found), encoding="utf8")
        print(f"{name}: {len(found)} sentences")
