"""An answer on a terminal while it grows: what is settled is printed for good, the rest is drawn anew below it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from codemaestro_jupyter.cli.screen import Working, rendered

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.live import Live

LOOKING = "Looking… Ctrl-C stops"
STOPS = "… Ctrl-C stops"
BELOW = 2
"""Lines kept free below what is drawn anew: a line that scrolls away cannot be taken back."""
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
GOES_ON = re.compile(r"[ \t|>]|[-+*](?:\s|$)|\d+[.)]?(?:\s|$)")
"""How a line begins that may belong to the list, table or quotation above it, blank line or not."""


def settled(markdown: str) -> int:
    """Up to which character nothing that may follow changes how a text looks: where its last block begins."""
    place = offset = 0
    fence, blank = "", False
    for line in markdown.splitlines(keepends=True):
        if fence:
            if line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        else:
            if blank and line.strip() and not GOES_ON.match(line):
                place = offset
            opened = FENCE.match(line)
            fence = opened[1] if opened else ""
            blank = not line.strip()
        offset += len(line)
    return place


class Growing:
    """One answer; `say` what is new, `pause` before something else is printed and `resume` when work goes on.

    Used as a `with` block; a spinner shows that something is done as long as nothing is said.
    """

    def __init__(self, root: Path, console: Console | None = None) -> None:
        from rich.console import Console

        self.said = ""
        """All of it so far."""
        self._root = root
        self._console = console or Console()
        self._text = ""
        self._printed = False
        self._live: Live | None = None
        self._working = Working(LOOKING)

    def __enter__(self) -> Growing:
        self._working.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.pause()

    def say(self, text: str) -> None:
        """More of the answer."""
        if not text:
            return
        self._working.stop()
        self.said += text
        self._text += text
        done = settled(self._text)
        self._print(self._text[:done])
        self._text = self._text[done:]
        if self._live is None:
            from rich.live import Live

            self._live = Live(
                console=self._console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False
            )
            self._live.start()
        self._live.update(self._tail(), refresh=True)

    def pause(self) -> None:
        """Leave all that was said on the screen for good; may be called twice."""
        self._working.stop()
        if self._live is not None:
            self._live.stop()
            self._live = None
        self._print(self._text)
        self._text = ""

    def resume(self) -> None:
        """Show again that something is done."""
        self._working = Working(LOOKING)
        self._working.__enter__()

    def _print(self, markdown: str) -> None:
        if markdown.strip():
            if self._printed:
                self._console.print()
            self._printed = True
            self._console.print(self._drawn(markdown))

    def _drawn(self, markdown: str) -> RenderableType:
        return rendered(markdown, self._root)

    def _tail(self) -> RenderableType:
        """The end of what is not settled, as much as there is room for."""
        from rich.console import Group
        from rich.segment import SegmentLines
        from rich.text import Text

        lines = self._console.render_lines(self._drawn(self._text), pad=False)
        room = max(1, self._console.height - BELOW - 1)
        above = [Text("")] if self._printed else []
        return Group(*above, SegmentLines(lines[-room + len(above) :], new_lines=True), Text(STOPS, style="dim"))
