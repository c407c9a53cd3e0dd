"""Parts of the picture go to every screen at most ten times a second, and the newest always arrives.

What a key led to goes at once, since the page paces keys itself; and what a screen shows already is not said again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import cast

from codemaestro_jupyter.view import ChangePart, ChangeView, HunkView, SessionView, TurnView

INTERVAL = 0.1
"""Seconds between two parts: what ipywidgets and the panel draw without falling behind (measured)."""
HELD = 0.15
"""Seconds after a cell's start that its first output has the way to the page, and the page, for itself."""
FOLLOWS = ("prediction", "suggestions", "stage", "preparations")
"""Keys of the picture that are published whole again and again while somebody types."""
Callback = Callable[[SessionView], None]
log = logging.getLogger(__name__)


def merge(older: SessionView, newer: SessionView) -> SessionView:
    """One part that says what both say: newer keys replace older ones, but turns merge by id, and changes by turn.

    A whole picture stands alone; only that one names its session. What is new of a change goes into it where it is.
    """
    if "session" in newer:
        return newer
    merged = cast(SessionView, {**older, **newer})
    if "turns" in older and "turns" in newer:
        turns: dict[str, TurnView] = {turn["id"]: turn for turn in older["turns"]}
        turns.update((turn["id"], turn) for turn in newer["turns"])
        merged["turns"] = list(turns.values())
    if "changes" in older and "changes" in newer:
        changes: dict[str, ChangeView] = {change["turn"]: change for change in older["changes"]}
        changes.update((change["turn"], change) for change in newer["changes"])
        merged["changes"] = list(changes.values())
    if "changed" in newer or "changed" in older:
        whole = {change["turn"] for change in newer.get("changes", ())}
        parts = {part["turn"]: part for part in older.get("changed", ()) if part["turn"] not in whole}
        for part in newer.get("changed", ()):
            parts[part["turn"]] = followed(parts[part["turn"]], part) if part["turn"] in parts else part
        if "changes" in merged:
            merged["changes"] = [renewed(each, parts.pop(each["turn"], None)) for each in merged["changes"]]
        merged["changed"] = list(parts.values())
        if not parts or "session" in older:
            del merged["changed"]
    return merged


def followed(older: ChangePart, newer: ChangePart) -> ChangePart:
    """One part of a change that does what two do one after the other."""
    taken, left = set(newer["taken"]), set(newer["left"])
    return {
        **newer,
        "taken": sorted((set(older["taken"]) - left) | taken),
        "left": sorted((set(older["left"]) - taken) | left),
        "lines": [*older["lines"], *newer["lines"]],
    }


def renewed(change: ChangeView, part: ChangePart | None) -> ChangeView:
    """A change with what is new of it."""
    if part is None:
        return change
    taken, left = set(part["taken"]), set(part["left"])
    lines = {each["id"]: each["lines"] for each in part["lines"]}
    touched = taken | left | set(lines)

    def hunk(old: HunkView) -> HunkView:
        ticked = old["id"] in taken or (old["ticked"] and old["id"] not in left)
        if old["id"] not in touched:
            return old
        if (told := lines.get(old["id"])) is None:
            return {**old, "ticked": ticked}
        return {**old, "ticked": ticked, "lines": told, "more": 0}

    files = [{**file, "hunks": [hunk(old) for old in file["hunks"]]} for file in change["files"]]
    own = {key: value for key, value in part.items() if key not in ("taken", "left", "lines")}
    return cast(ChangeView, {**change, **own, "files": files if touched else change["files"]})


class Broadcaster:
    """Collects parts on the loop and hands them to the subscribers, throttled.

    `publish` may only be called on the loop; `subscribe` and its returned undo from any thread.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, interval: float = INTERVAL) -> None:
        self._loop = loop
        self._interval = interval
        self._waiting: SessionView = {}
        self._timer: asyncio.TimerHandle | None = None
        self._last = float("-inf")
        self._held = float("-inf")
        self._said: dict[str, object] = {}
        """What every screen shows of `FOLLOWS`, as far as it was said in parts."""
        self._subscribers: tuple[Callback, ...] = ()

    def subscribe(self, callback: Callback) -> Callable[[], None]:
        """Call `callback(part)` on the loop from now on; returns what ends it."""
        self._subscribers = (*self._subscribers, callback)
        self.forget()

        def unsubscribe() -> None:
            self._subscribers = tuple(other for other in self._subscribers if other is not callback)

        return unsubscribe

    def publish(self, part: SessionView, *, at_once: bool = False) -> None:
        """Let the subscribers know as soon as the interval since the last part is over, or `at_once`.

        Not even at once while the way is held for a cell's first output.
        """
        self._waiting = merge(self._waiting, part)
        due = float("-inf") if at_once else self._last + self._interval
        if "turns" not in self._waiting:
            due = max(due, self._held)
        if at_once and due <= self._loop.time():
            self.flush()  # not by a timer: each turn of the loop may cost 5 ms beside a loop of pure Python
            return
        if self._timer is not None:
            if self._timer.when() <= due:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(max(due, self._loop.time()), self.flush)

    def hold(self, running: bool) -> None:
        """The person runs a cell: what is expected of their typing can wait until its first output was shown.

        Answers do not wait for it.
        """
        if not running:
            return
        self._held = self._loop.time() + HELD
        if self._timer is not None and "turns" not in self._waiting:
            self._timer.cancel()
            self._timer = self._loop.call_at(max(self._held, self._timer.when()), self.flush)

    def flush(self) -> None:
        """Send what waits, now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._waiting:
            return
        part, self._waiting = self._news(self._waiting), {}
        if not part:
            return
        self._last = self._loop.time()
        for callback in self._subscribers:
            try:
                callback(part)
            except Exception:  # one broken screen must not darken the others
                log.exception("A screen could not draw its part of the picture")

    def forget(self) -> None:
        """A screen is drawn by other means, from a picture that may be newer than the last part."""
        self._said = {}

    def _news(self, part: SessionView) -> SessionView:
        """A part without what every screen shows already."""
        if "session" in part:
            self.forget()
            return part
        before = self._said
        self._said = {**before, **{key: value for key, value in part.items() if key in FOLLOWS}}
        news = {key: value for key, value in part.items() if key not in before or before[key] != value}
        return cast(SessionView, news)
