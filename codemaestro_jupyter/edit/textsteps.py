"""Text steps and file steps: replace, insert, delete; create, delete, rename, move."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from codemaestro_jupyter.edit import notebook
from codemaestro_jupyter.edit.blueprint import Component
from codemaestro_jupyter.edit.matching import Place, find, shown
from codemaestro_jupyter.edit.moving import PYTHON, moves_of, new_packages
from codemaestro_jupyter.edit.state import State, clean
from codemaestro_jupyter.edit.steps import (
    CreateFile,
    DeleteText,
    EditLines,
    EncodeFile,
    FileStep,
    InsertText,
    MoveFile,
    RenameFile,
    ReplaceText,
    TextStep,
)
from codemaestro_jupyter.edit.text import COOKIE, cookie, decode, header_end, with_newlines
from codemaestro_jupyter.errors import EditError, PathError
from codemaestro_jupyter.workspace.reader import most_bytes

FOUND = {
    "line ends": "the text was found with other line ends",
    "whitespace": "the text was found with other blanks or blank lines",
    "relative indent": "the text was found at another indent, and the new text follows it",
    "fuzzy": "the text was not there word for word; the one place that is nearly the same was taken",
}
"""How a place was found, by the rung of the ladder that found it."""
LEAST_MOVED = 12
"""Characters a text must have before "it moved to another file" is believed."""


def text_step(state: State, step: TextStep) -> None:
    """Do one text step on a file, or on a cell's source."""
    if step.cell or step.path.endswith(".ipynb"):
        component, decoded = state.text(step.path)
        raw = notebook.scan(decoded.text, step.path)
        if not step.cell:
            raise EditError(
                f"{step.path} is a notebook: text is changed cell by cell.", hint="Name the cell, e.g. `in cell 3 of`."
            )
        at = notebook.cell_index(raw.cells, step.cell, step.path)
        source = changed(state, step, raw.cells[at].source, f"{step.path} cell {step.cell}")
        if source != raw.cells[at].source:
            cells: list[notebook.RawCell | dict[str, Any]] = list(raw.cells)
            cells[at] = notebook.with_source(raw.cells[at], source)
            state.put_text(component, decoded, notebook.rebuild(raw, cells))
        return
    component, decoded = state.text(step.path)
    if decoded.guessed:
        state.warnings.append(f"{step.path} is not valid UTF-8; it is read and written as Latin-1, byte for byte.")
    try:
        text = changed(state, step, decoded.text, step.path)
    except EditError as error:
        moved = moved_to(state, step) if not isinstance(step, InsertText) else ""
        if not moved or error.message.startswith("The text is there"):
            raise
        state.correct("moved text", f"The text is not in {step.path} any more but, once, in {moved}: changed there.")
        component, decoded = state.text(moved)
        text = changed(state, step, decoded.text, moved)
    state.put_text(component, decoded, text)


def changed(state: State, step: TextStep, text: str, where: str) -> str:
    """The text after the step; corrections are reported to `state`."""
    newline = "\r\n" if "\r\n" in text else "\r" if "\r" in text and "\n" not in text else "\n"
    if isinstance(step, InsertText):
        return inserted(state, step, text, newline, where)
    places = find(text, step.old, every=step.every)
    report(state, places[0], where)
    pieces, last = [], 0
    for place in places:
        start, end = place.start, place.end
        new = ""
        if isinstance(step, ReplaceText):
            new = replacement(step, place, newline)
        elif whole_lines(text, start, end):  # deleting whole lines takes their line end too
            end += 2 if text.startswith("\r\n", end) else 1 if end < len(text) and text[end] in "\r\n" else 0
        pieces += [text[last:start], new]
        last = end
    pieces.append(text[last:])
    return "".join(pieces)


def replacement(step: ReplaceText, place: Place, newline: str) -> str:
    """The new text for a place: its indent and line ends; whole-line rungs keep no blank line at the ends."""
    new = with_newlines(step.new, "\n") if "\r" in step.new or newline != "\n" else step.new
    if place.rung not in ("exact", "line ends"):
        new = place.fit(new.strip("\n"))
    return new if newline == "\n" else with_newlines(new, newline)


def whole_lines(text: str, start: int, end: int) -> bool:
    """Whether a span is whole lines (its last line end not included)."""
    return (start == 0 or text[start - 1] in "\r\n") and (end == len(text) or text[end] in "\r\n") and end > start


def inserted(state: State, step: InsertText, text: str, newline: str, where: str) -> str:
    """Insert lines; the same lines already there are left alone and reported."""
    new = with_newlines(step.text, "\n")
    if not new.strip():
        raise EditError("The text to insert is empty.", hint="Say what to insert.")
    block = new if new.endswith("\n") else new + "\n"
    if step.where in ("start", "end"):
        block = block if newline == "\n" else with_newlines(block, newline)
        if step.where == "start":
            head = header_end(text) if step.path.endswith(".py") and not step.cell else 0
            if text.startswith(block, head):
                state.correct("duplicate insertion", f"{where} already begins so: left as it is.")
                return text
            return text[:head] + block + text[head:]
        glue = newline if text and not text.endswith(("\n", "\r")) else ""
        bare = not text.endswith(("\n", "\r")) and bool(step.cell)  # a cell's source ends without a line end
        if text.endswith(block) or (glue and (text + newline).endswith(newline + block)):
            state.correct("duplicate insertion", f"{where} already ends so: left as it is.")
            return text
        return text + glue + (block.rstrip("\r\n") if bare else block)
    place = find(text, step.anchor, what="The anchor")[0]
    report(state, place, where)
    start = text.rfind("\n", 0, place.start) + 1
    after = text.find("\n", max(place.end - 1, place.start))
    end = len(text) if after < 0 else after + 1
    anchored = text[start:end]
    indent = anchored[: len(anchored) - len(anchored.lstrip(" \t"))]
    if indent and not block.startswith((" ", "\t")):
        block = "".join(indent + line if line.strip() else line for line in block.splitlines(keepends=True))
    block = block if newline == "\n" else with_newlines(block, newline)
    if step.where == "before":
        if text.endswith(block, 0, start):
            state.correct("duplicate insertion", f"{where} already has it before {shown(text, start)}: left as it is.")
            return text
        return text[:start] + block + text[start:]
    if text.startswith(block, end) or text[end:] == block.rstrip("\r\n"):
        state.correct("duplicate insertion", f"{where} already has it after {shown(text, start)}: left as it is.")
        return text
    if after < 0:
        return text + newline + (block.rstrip("\r\n") if not text.endswith(newline) else block)
    return text[:end] + block + text[end:]


def edit_lines(state: State, step: EditLines) -> None:
    """Put new lines in place of some, or between two."""
    component, decoded = state.text(step.path)
    if step.path.endswith(".ipynb"):
        raise EditError(f"{step.path} is a notebook: it has cells, not lines.", hint="Change a cell.")
    lines = decoded.text.splitlines(keepends=True)
    if not (1 <= step.first <= len(lines) + 1 and step.first - 1 <= step.last <= len(lines)):
        raise EditError(
            f"{step.path} has {len(lines)} lines; {step.first} to {step.last} are not among them.",
            hint=f"Use lines from 1 to {len(lines)}.",
        )
    newline = decoded.newline
    block = with_newlines(step.text, newline)
    if block and not block.endswith(newline):
        block += newline
    head = lines[: step.first - 1]
    if head and block and not head[-1].endswith(("\n", "\r")):
        head[-1] += newline
    if step.last < step.first and "".join(lines[step.first - 1 :]).startswith(block):
        state.correct("duplicate insertion", f"{step.path} already has it at line {step.first}: left as it is.")
        return
    state.put_text(component, decoded, "".join([*head, block, *lines[step.last :]]))


def report(state: State, place: Place, where: str) -> None:
    """Say which rung of the ladder found the place, unless it was exact."""
    if place.rung != "exact":
        kind = "changed indent" if place.rung == "relative indent" else place.rung
        state.correct(kind, f"{where}: {FOUND[place.rung]}.")


def moved_to(state: State, step: ReplaceText | DeleteText) -> str:
    """The one other file of the blueprint that has the text exactly once, or an empty string."""
    if len(step.old.strip()) < LEAST_MOVED or step.every:
        return ""
    others = (item for item in state.blueprint.holding(step.old) if item.path != step.path)
    found = [item.path for item in others if decode(item.data, item.path).text.count(step.old) == 1]
    return found[0] if len(found) == 1 and not found[0].endswith(".ipynb") else ""


def file_step(state: State, step: FileStep) -> None:
    """Create, delete, rename or move a file."""
    clean(step.path)
    if isinstance(step, CreateFile):
        existing = state.find(step.path)
        data = step.text.encode("utf-8")
        if len(data) > most_bytes(step.path):
            raise PathError(f"{step.path} would be too large ({len(data):,} bytes).", hint="Write less, or by hand.")
        if existing is not None and existing.data == data:
            state.correct("duplicate insertion", f"{step.path} already exists and reads the same: left as it is.")
            return
        free(state, step.path)
        state.put(Component(step.path, data))
        return
    if isinstance(step, RenameFile | MoveFile):
        move(state, moves_of(step, state.blueprint.paths()))
        return
    component = state.need(step.path)
    closed(component)
    if isinstance(step, EncodeFile):
        to_utf8(state, step.path)
    else:
        state.remove(step.path)


def closed(component: Component) -> None:
    """Raise `EditError` for a notebook that is open: its front end has it."""
    if component.live:
        raise EditError(f"{component.path} is open in JupyterLab.", hint="Close it first, or rename it there.")


def move(state: State, moves: Mapping[str, str]) -> None:
    """Move files; whatever imports the Python ones among them follows."""
    for path, to in moves.items():
        closed(state.need(path))
        if to == path:
            raise EditError(f"{path} already has that path.", hint="Give another one.")
        free(state, to)
    packages = new_packages(moves, state.blueprint.paths())
    if any(path.endswith(PYTHON) for path in moves):
        from codemaestro_jupyter.edit.python.move import move_modules

        move_modules(state, moves)
    for path, to in moves.items():
        was = state.moved.pop(path, None) or state.loaded.get(path) or state.need(path)
        now = state.need(path)
        state.remove(path)
        state.moved[to] = was
        state.origins[to] = state.origins.pop(path, path)
        state.put(Component(to, now.data, now.mode, False, now.extra))
    for folder in packages:
        state.put(Component(f"{folder}/__init__.py", b""))
        state.correct("missing package", f"{folder}/__init__.py was made, so that {folder} is a package.")


def to_utf8(state: State, path: str) -> None:
    """Write a file as UTF-8; a coding line that says otherwise is taken out of a Python file."""
    component, decoded = state.text(path)
    text = decoded.text
    if path.endswith(".py") and cookie(component.data):
        lines = text.splitlines(keepends=True)
        at = next(index for index, line in enumerate(lines[:2]) if COOKIE.match(line.encode("utf-8")))
        text = "".join(lines[:at] + lines[at + 1 :])
    state.put(Component(path, text.encode("utf-8"), component.mode, component.live, component.extra))


def free(state: State, path: str) -> None:
    """Raise `EditError` if there is a file at a path already, or a file where it needs a folder."""
    clean(path)
    if state.find(path) is not None or (state.blueprint.exists(path) and path not in state.touched):
        raise EditError(f"{path} exists already.", hint="Choose another name, or replace text in it.")
    folder = posixpath.dirname(path)
    while folder:
        if state.blueprint.exists(folder):
            raise EditError(f"{folder} is a file, so {path} cannot be made.", hint="Choose another folder.")
        folder = posixpath.dirname(folder)
