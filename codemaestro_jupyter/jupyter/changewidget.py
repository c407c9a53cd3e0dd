"""The card of a change in any Jupyter front end: a unified diff, a box to tick for each hunk, Apply, Undo, Redo.

Imported on first need, like `widgets.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from html import escape
from typing import Any

import ipywidgets

from codemaestro_jupyter.jupyter.comms import tame_widgets
from codemaestro_jupyter.jupyter.widgets import close_all
from codemaestro_jupyter.view import ChangeAction, ChangeView, FileChangeView, HunkView

OnAct = Callable[[ChangeAction, list[str] | None, int], object]
"""Called with the ticked hunks to `apply`, those to `take`, `leave` or `show`, or None for another action, and the
number of a suggestion."""
HUNKS = 40
"""Hunks on one page; each is six comms."""
LOOKS = {"+": "background:rgba(46,160,67,.18)", "-": "background:rgba(248,81,73,.18)"}
LABELS: dict[ChangeAction, str] = {
    "apply": "Apply",
    "discard": "Discard",
    "undo": "Undo",
    "redo": "Redo",
    "again": "Make the plan again",
}


class ChangeWidget:
    """One change; `draw` shows where it stands. `on_act(action, hunks, fix)` is called for each click."""

    def __init__(self, on_act: OnAct) -> None:
        self._on_act = on_act
        self._files = ipywidgets.VBox()
        self._words = ipywidgets.HTML()
        self._fixes = ipywidgets.VBox()
        self._buttons = {
            action: ipywidgets.Button(
                description=label,
                button_style="primary" if action == "apply" else "",
                layout={"width": "auto"},
            )
            for action, label in LABELS.items()
        }
        for action, button in self._buttons.items():
            button.on_click(lambda _, action=action: self._act(action))
        self.box = ipywidgets.VBox([self._files, self._words, self._fixes, ipywidgets.HBox([])])
        self._boxes: dict[str, Any] = {}
        self._change: list[FileChangeView] = []
        self._shown: tuple[tuple[str, ...], ...] = ()
        self._ticked: set[str] = set()
        self._told: set[str] | None = None
        """What was ticked last, until the picture has it: an older picture takes no tick back."""
        self._drawing = self._over = False
        self._first = 0
        self._offered: tuple[str, ...] = ()
        tame_widgets([self.box, *self._buttons.values()])

    def draw(self, change: ChangeView) -> None:
        """Show a change as it stands."""
        self._over = over = change["state"] != "proposed" or change["busy"]
        ticked = {hunk["id"] for file in change["files"] for hunk in file["hunks"] if hunk["ticked"]}
        self._change = change["files"]
        if (shown := shown_of(change["files"])) != self._shown:
            same = [name for _, name, *_ in shown] == [name for _, name, *_ in self._shown]  # only more of its lines
            self._shown, self._ticked, self._told, self._first = shown, ticked, None, self._first if same else 0
            self._build()
        elif self._told is None or self._told == ticked or over:
            self._ticked, self._told = ticked, None
        self._tick()
        # role=status: a screen reader says what became of it without losing the focus
        self._words.value = f"<div role='status' style='line-height:1.4'>{words_html(change)}</div>"
        for button in self._buttons.values():
            button.disabled = change["busy"]
        self.box.children[-1].children = tuple(self._buttons[action] for action in actions_of(change))
        self._offer(tuple(change["fixes"]) if change["state"] == "proposed" else ())

    def close(self) -> None:
        """Close every comm of it."""
        for button in self._buttons.values():
            close_all(button)
        close_all(self.box)

    def accepted(self) -> list[str]:
        """The hunks that are ticked, on whatever page."""
        return [hunk["id"] for file in self._change for hunk in file["hunks"] if hunk["id"] in self._ticked]

    def _act(self, action: ChangeAction, fix: int = 0) -> None:
        self._on_act(action, self.accepted() if action == "apply" else None, fix)

    def _tick(self) -> None:
        """Let the boxes say what is ticked."""
        self._drawing = True
        try:
            for name, box in self._boxes.items():
                box.value, box.disabled = name in self._ticked, self._over
        finally:
            self._drawing = False

    def _ticks(self, names: Collection[str], on: bool) -> None:
        """The person ticked hunks, or took their ticks away."""
        if not self._drawing and not self._over:
            self._ticked = self._ticked | set(names) if on else self._ticked - set(names)
            self._told = set(self._ticked)
            self._tick()
            self._on_act("take" if on else "leave", list(names), 0)

    def _turn(self, first: int) -> None:
        self._first = first
        self._build()
        self._tick()

    def _build(self) -> None:
        """Draw a page of the diff anew."""
        for old in self._files.children:
            close_all(old)
        self._boxes = {}
        parts: list[Any] = []
        at, end = 0, self._first + HUNKS
        for file in self._change:
            names = [hunk["id"] for hunk in file["hunks"]]
            page = file["hunks"][max(0, self._first - at) : max(0, end - at)]
            at += len(names)
            if not page:
                continue
            parts.append(ipywidgets.HTML(title_html(file)))
            if len(names) > 1:
                parts.append(whole(len(names), partial(self._ticks, names)))
            for hunk in page:
                box = self._boxes[hunk["id"]] = check_box(f"{hunk['header']} {hunk['why']}".rstrip())
                box.observe(lambda said, name=hunk["id"]: self._ticks([name], said["new"]), "value")
                parts += [box, ipywidgets.HTML(hunk_html(hunk))]
                parts += [self._rest(hunk)] if hunk["more"] else []
        parts += pages(self._first, at, self._turn)
        tame_widgets(parts)
        self._files.children = tuple(parts)

    def _rest(self, hunk: HunkView) -> Any:
        """The way to lines that a large card leaves out."""
        button = ipywidgets.Button(description=f"Show its {hunk['more']:,} lines", layout={"width": "auto"})
        button.on_click(lambda _: self._on_act("show", [hunk["id"]], 0))
        return button

    def _offer(self, fixes: tuple[str, ...]) -> None:
        if fixes == self._offered:
            return
        self._offered = fixes
        for old in self._fixes.children:
            close_all(old)
        buttons = [ipywidgets.Button(description=fix, tooltip=fix, layout={"width": "auto"}) for fix in fixes]
        for number, button in enumerate(buttons):
            button.on_click(lambda _, number=number: self._act("fix", number))
        tame_widgets(buttons)
        self._fixes.children = tuple(buttons)


class ChangePlace:
    """A place for the card of one change, empty while there is none; `draw` from one thread at a time."""

    def __init__(self, on_act: OnAct) -> None:
        self._on_act = on_act
        self._widget: ChangeWidget | None = None
        self.box = ipywidgets.VBox([])
        tame_widgets([self.box])

    def draw(self, change: ChangeView | None) -> None:
        """Show a change as it stands, or none."""
        if change is None:
            if self._widget is not None:
                self.box.children = ()
                self._widget.close()
                self._widget = None
            return
        if self._widget is None:
            self._widget = ChangeWidget(self._on_act)
            self.box.children = (self._widget.box,)
        self._widget.draw(change)


def check_box(said: str) -> Any:
    """A box to tick, as wide as its words."""
    return ipywidgets.Checkbox(value=False, description=said, indent=False, layout={"width": "auto"})


def whole(number: int, tick: Callable[[bool], object]) -> Any:
    """All or none of a file's hunks, also those on other pages."""
    buttons = [
        ipywidgets.Button(description=f"{word} {number}", layout={"width": "auto"}) for word in ("All", "None of")
    ]
    for button, on in zip(buttons, (True, False), strict=True):
        button.on_click(lambda _, on=on: tick(on))
    return ipywidgets.HBox(buttons)


def pages(first: int, number: int, turn: Callable[[int], object]) -> list[Any]:
    """The way to the other pages; none if there is only one."""
    if number <= HUNKS:
        return []
    said = ipywidgets.HTML(f"{first + 1}–{min(first + HUNKS, number)} of {number:,} places")
    ways = {"Back": first - HUNKS, "More": first + HUNKS}
    buttons = []
    for name, to in ways.items():
        buttons.append(ipywidgets.Button(description=name, disabled=not 0 <= to < number, layout={"width": "auto"}))
        buttons[-1].on_click(lambda _, to=to: turn(to))
    return [ipywidgets.HBox([*buttons, said])]


def shown_of(files: Sequence[FileChangeView]) -> tuple[tuple[str, ...], ...]:
    """Every hunk with all that is shown of it: its file's line, its name, its words and lines."""
    return tuple(
        (title_html(file), hunk["id"], hunk["header"], hunk["why"], *hunk["lines"])
        for file in files
        for hunk in file["hunks"]
    )


def actions_of(change: ChangeView) -> list[ChangeAction]:
    """The buttons that a change has where it stands."""
    if change["state"] == "applied":
        return ["undo"]
    if change["state"] == "undone":
        return ["redo"]
    if change["state"] == "discarded":
        return []
    again: list[ChangeAction] = ["again"] if change["message"] and not change["fixes"] else []
    return [*(["apply", "discard"] if change["applicable"] else []), *again]  # type: ignore[list-item]


def words_html(change: ChangeView) -> str:
    """Where it stands, and what went wrong."""
    said = {
        "proposed": "",
        "applied": f"✓ Applied <code>{escape(change['transaction'])}</code>",
        "undone": "Undone, every byte as before",
        "discarded": "Discarded; nothing was changed",
    }[change["state"]]
    lines = [said, "Working…" if change["busy"] else "", escape(change["message"]), *map(escape, change["blocked"])]
    return "<br>".join(line for line in lines if line)


def title_html(file: FileChangeView) -> str:
    """The name of a file, what happens to it, and why it may not."""
    moved = f" from <code>{escape(file['old_path'])}</code>" if file["old_path"] else ""
    live = ", open notebook" if file["live"] else ""
    blocked = f", <b>✗ {escape(file['blocked'])}</b>" if file["blocked"] else ""
    return f"<b><code>{escape(file['path'])}</code></b> {file['kind']}{moved}{live}{blocked}"


def hunk_html(hunk: HunkView) -> str:
    """The lines of a hunk, added and removed ones told by sign and colour."""
    lines = "".join(
        f"<span style='display:block;{LOOKS.get(line[:1], '')}'>{escape(line) or ' '}</span>" for line in hunk["lines"]
    )
    style = "margin:0 0 .4em;padding:0 .4em;line-height:1.35;overflow-x:auto;font-size:var(--jp-code-font-size,13px)"
    return f"<pre style='{style}'>{lines}</pre>" if lines else ""
