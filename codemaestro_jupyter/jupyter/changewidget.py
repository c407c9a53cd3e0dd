"""The card of a change in any Jupyter front end: a unified diff, a box to tick for each hunk, Apply, Undo, Redo.

Imported on first need, like `widgets.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from html import escape
from typing import Any

import ipywidgets

from codemaestro_jupyter.jupyter.comms import tame_widgets
from codemaestro_jupyter.jupyter.widgets import close_all
from codemaestro_jupyter.view import ChangeAction, ChangeView, FileChangeView, HunkView

OnAct = Callable[[ChangeAction, list[str] | None, int], object]
"""Called with the hunks to apply, or None where the action is another, and with the number of a suggestion."""
HUNKS = 40
"""Hunks with a box of their own; each is six comms. The rest share one box."""
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
        self._rest: tuple[Any, list[str]] | None = None
        self._shown: tuple[tuple[str, ...], ...] = ()
        self._offered: tuple[str, ...] = ()
        tame_widgets([self.box, *self._buttons.values()])

    def draw(self, change: ChangeView) -> None:
        """Show a change as it stands."""
        if (shown := shown_of(change["files"])) != self._shown:  # a plan whose text was edited keeps its hunks' names
            unlike = set(shown) - set(self._shown)
            self._shown = shown
            self._build(change["files"], {hunk for _, hunk, *_ in unlike})
        over = change["state"] != "proposed" or change["busy"]
        for box in [*self._boxes.values(), *([self._rest[0]] if self._rest else [])]:
            box.disabled = over
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
        """The hunks that are ticked."""
        ticked = [name for name, box in self._boxes.items() if box.value]
        return ticked + (self._rest[1] if self._rest and self._rest[0].value else [])

    def _act(self, action: ChangeAction, fix: int = 0) -> None:
        self._on_act(action, self.accepted() if action == "apply" else None, fix)

    def _build(self, files: list[FileChangeView], unlike: Collection[str]) -> None:
        """Draw the diff anew; what is not `unlike` what stood there stays ticked, or not, as the person left it."""
        ticks = {name: box.value for name, box in self._boxes.items() if name not in unlike}
        for old in self._files.children:
            close_all(old)
        self._boxes, self._rest = {}, None
        left: list[HunkView] = []
        parts: list[Any] = []
        for file in files:
            parts.append(ipywidgets.HTML(title_html(file)))
            for hunk in file["hunks"]:
                if len(self._boxes) >= HUNKS:
                    left.append(hunk)
                    continue
                said = f"{hunk['header']} {hunk['why']}".rstrip()
                box = ipywidgets.Checkbox(
                    value=ticks.get(hunk["id"], hunk["ticked"]),
                    description=said,
                    indent=False,
                    layout={"width": "auto"},
                )
                self._boxes[hunk["id"]] = box
                parts += [box, ipywidgets.HTML(hunk_html(hunk))]
        if left:
            said = f"and {len(left)} more, as they are ticked above or in the panel"
            shared = ipywidgets.Checkbox(value=True, description=said, indent=False, layout={"width": "auto"})
            self._rest = (shared, [hunk["id"] for hunk in left if hunk["ticked"]])
            parts.append(shared)
        tame_widgets(parts)
        self._files.children = tuple(parts)

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
    """The name of a file, and what happens to it."""
    moved = f" from <code>{escape(file['old_path'])}</code>" if file["old_path"] else ""
    live = ", open notebook" if file["live"] else ""
    return f"<b><code>{escape(file['path'])}</code></b> {file['kind']}{moved}{live}"


def hunk_html(hunk: HunkView) -> str:
    """The lines of a hunk, added and removed ones told by sign and colour."""
    lines = "".join(
        f"<span style='display:block;{LOOKS.get(line[:1], '')}'>{escape(line) or ' '}</span>" for line in hunk["lines"]
    )
    style = "margin:0 0 .4em;padding:0 .4em;line-height:1.35;overflow-x:auto;font-size:var(--jp-code-font-size,13px)"
    return f"<pre style='{style}'>{lines}</pre>" if lines else ""
