"""An answer in the output of a cell: live, with the cell ended long ago, or waited for.

Two displays: the answer as Markdown, updated by display id until it is final, so that a saved notebook holds it;
and below it the live widget, which gives way to one line of Markdown as soon as nobody needs it any more.
"""

from __future__ import annotations

import contextvars
import itertools
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import CancelledError
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from IPython.display import publish_display_data

from codemaestro_jupyter.converse.broadcast import merge
from codemaestro_jupyter.edit.card import without_diffs
from codemaestro_jupyter.errors import MaestroError
from codemaestro_jupyter.jupyter import drawing
from codemaestro_jupyter.jupyter.changeoutput import ChangeOutput
from codemaestro_jupyter.jupyter.frontend import new_display
from codemaestro_jupyter.jupyter.options import Format
from codemaestro_jupyter.jupyter.screen import INTERVAL, Screen
from codemaestro_jupyter.types import Answer, CellId, NotebookId, Rating, TypingEvent
from codemaestro_jupyter.view import SessionView

if TYPE_CHECKING:
    from codemaestro_jupyter.converse.turns import Pending
    from codemaestro_jupyter.maestro import Maestro

_numbers = itertools.count(1)
DRAWN = 5.0
"""Seconds that a waiting cell waits for its finished answer to be drawn."""
STOP_WAIT = 5.0
"""Seconds that an interrupted cell waits for its model's calls to be closed: only then is known what was billed."""
LINGER = 120.0
"""Seconds that the rating questions stay if nobody answers: a saved notebook cannot show a widget without a kernel."""


class Display:
    """One output of the running cell that can be replaced from any thread, also when the cell has ended."""

    def __init__(self, first: drawing.Bundle) -> None:
        # The context carries the header of the cell's request, and with it the cell that the output belongs to.
        self._context = contextvars.copy_context()
        self._id = new_display()
        self._publish(first)

    def show(self, bundle: drawing.Bundle) -> None:
        """Replace what is shown."""
        self._context.copy().run(partial(self._publish, bundle, update=True))

    def _publish(self, bundle: drawing.Bundle, update: bool = False) -> None:
        publish_display_data(bundle, transient={"display_id": self._id}, update=update)  # type: ignore[no-untyped-call, unused-ignore]

    def run(self, function: Callable[[], object]) -> None:
        """Run a function as if the cell did."""
        self._context.copy().run(function)


class Once:
    """One output of the running cell that stays as it is first shown: what was said last, shown at the end."""

    def __init__(self) -> None:
        self._last: drawing.Bundle | None = None

    def show(self, bundle: drawing.Bundle) -> None:
        """This is what is shown, unless there is more to say."""
        self._last = bundle

    def end(self) -> None:
        """Show it."""
        if self._last is not None:
            Display(self._last)


class Terminal:
    """A plain terminal: what was printed stays, so only what is new is printed."""

    def __init__(self) -> None:
        self._printed = ""

    def show(self, bundle: drawing.Bundle) -> None:
        """Print what is new; a text that is no continuation is printed whole."""
        text = bundle["text/plain"]
        # models end on a blank or a line's end, which is not there any more once the receipt stands below
        before = self._printed if text.startswith(self._printed) else self._printed.rstrip()
        new = text[len(before) :] if text.startswith(before) else f"\n{text}"
        print(new, end="", flush=True)
        self._printed = text

    def speak(self) -> None:
        """All that was said is printed already."""

    def end(self) -> None:
        """Leave the cursor at the start of a line."""
        if not self._printed.endswith("\n"):
            print()


class Console:
    """A console of text in front of a kernel: shown once and whole, or, from a question on, printed as it grows."""

    def __init__(self) -> None:
        self._place: Once | Terminal = Once()
        self._last: drawing.Bundle | None = None

    def show(self, bundle: drawing.Bundle) -> None:
        """This is what has been said."""
        self._last = bundle
        self._place.show(bundle)

    def speak(self) -> None:
        """Something is asked now: what has been said stands above it."""
        if isinstance(self._place, Once):
            self._place = Terminal()
            if self._last is not None:
                self._place.show(self._last)

    def end(self) -> None:
        """Nothing more comes."""
        self._place.end()


Place = Display | Once | Terminal | Console


def await_answer(
    pending: Pending,
    maestro: Maestro,
    place: Place,
    format_: Format,
    clock: Callable[[], float],
    parts: Iterable[str] | None = None,
) -> Answer | None:
    """Stream an answer to its end on the calling thread; None if it was stopped elsewhere.

    `parts` is what is said, where somebody is asked in between.

    Raises what the answer raised, and `KeyboardInterrupt` once an answer that was interrupted is stopped and has said
    what of it was billed.
    """
    text, last = "", float("-inf")
    try:
        for part in (part.markdown for part in pending.parts()) if parts is None else parts:
            text += part
            if format_ != "json" and (isinstance(place, Terminal | Console) or clock() - last >= INTERVAL):
                place.show(drawing.bundle(text, format_))
                last = clock()
        answer = pending.result()
    except (KeyboardInterrupt, CancelledError) as stop:
        pending.cancel()
        with suppress(CancelledError, TimeoutError, MaestroError):
            pending.result(STOP_WAIT)
        place.show(drawing.bundle(drawing.stopped(drawing.turn_of(maestro.view(), pending.turn), text)))
        if isinstance(stop, CancelledError):
            return None
        raise
    except MaestroError as error:
        place.show(drawing.bundle(drawing.with_receipt(text, f"**{error.message}** {error.hint}")))
        raise
    turn = drawing.turn_of(maestro.view(), pending.turn)
    markdown = drawing.with_receipt(answer.markdown, drawing.receipt_line(turn, pending.reused))
    place.show(drawing.bundle(markdown, format_, drawing.answer_data(answer, turn, pending.reused)))
    return answer


class LiveAnswer:
    """An answer that grows in the output of a cell which has ended. `settle()` puts its widget away.

    Constructed on the cell's thread; everything else happens on `maestro-screen`. `rates` says whether the rating is to
    be asked here: not where the panel asks it. `on_change` is given the card of a proposed change.
    """

    def __init__(
        self,
        pending: Pending,
        maestro: Maestro,
        screen: Screen,
        format_: Format,
        on_settled: Callable[[LiveAnswer], object],
        rates: Callable[[], bool] = lambda: True,
        on_change: Callable[[ChangeOutput], object] = lambda _: None,
    ) -> None:
        from codemaestro_jupyter.jupyter.asking import QuestionBox
        from codemaestro_jupyter.jupyter.changewidget import ChangePlace
        from codemaestro_jupyter.jupyter.widgets import StageWidget

        self._pending = pending
        self._maestro = maestro
        self._screen = screen
        self._format = format_
        self._on_settled = on_settled
        self._rates = rates
        self._on_change = on_change
        self._place = drawing.WORKING
        self._answer = Display(self._placed())
        self._view: SessionView = maestro.view()
        self._shown = ""
        self._final = False
        self._drawn = threading.Event()
        self._settled = False
        self._carded = False
        self._answered: Answer | None = None
        self._asking: Any = QuestionBox(maestro.choose, self._typed, maestro.changes.text, maestro.dialogue.revise)
        self._card: Any = ChangePlace(lambda action, hunks, fix: maestro.change(pending.turn, action, hunks, fix))
        self._widget: Any = StageWidget(self._rate, self._card.box, self._asking.box, on_stop=pending.cancel)
        turn = drawing.turn_of(self._view, pending.turn)
        self._widget.draw(self._view, turn)
        self._stage = Display(self._widget.bundle(self._view, turn))
        self._unsubscribe = maestro.subscribe(self._part)
        screen.draw(self, self._renew)  # what was said while the widget was built
        pending.add_done_callback(lambda _: screen.draw((self, "finish"), self._finish))

    @property
    def finished(self) -> bool:
        """Whether the answer is final."""
        return self._pending.done

    def wait(self) -> None:
        """Return when the answer stands there, at the latest soon after it was made; raises what it raised."""
        try:
            self._pending.result()
        except CancelledError:
            pass  # stopped in the panel: the output says so
        finally:
            if self._pending.done:  # not so if the person interrupts the cell
                self._drawn.wait(DRAWN)

    def settle(self, delay: float = 0.0) -> None:
        """Replace the widget by its line of Markdown, `delay` seconds from now."""
        self._screen.draw((self, "settle"), self._settle, delay)

    def _placed(self) -> drawing.Bundle:
        return drawing.bundle(self._place, "text" if self._format == "text" else "markdown")

    def _part(self, part: SessionView) -> None:
        self._view = merge(self._view, part)
        self._screen.draw(self, self._draw)

    def _renew(self) -> None:
        self._view = self._maestro.view()
        self._draw()

    def _draw(self) -> None:
        if self._final:
            return
        turn = drawing.turn_of(self._view, self._pending.turn)
        change = drawing.waits_on_card(self._view, self._pending.turn)
        said = turn["markdown"] if turn is not None else self._shown
        said = without_diffs(said) if change is not None and self._format == "markdown" else said
        place = drawing.placeholder(self._view, self._pending.turn)
        if said != self._shown and self._format != "json":
            self._shown = said
            self._answer.show(drawing.bundle(self._shown, self._format))
        elif not self._shown and place != self._place:
            self._place = place
            self._answer.show(self._placed())
        asked = drawing.question_of(self._view, self._pending.turn)

        def draw() -> None:
            self._card.draw(change)
            self._asking.draw(asked, carded=change is not None)
            self._widget.draw(self._view, turn)

        self._answer.run(draw)

    def _typed(self, text: str) -> None:
        """An own answer to a question is typed: prepared for, together with what was asked."""
        turn = drawing.turn_of(self._view, self._pending.turn)
        whole = f"{turn['request']}\n{text}" if turn else text
        cell = CellId(turn["cell_id"] if turn else "")
        event = TypingEvent("chat", NotebookId(""), cell, next(_numbers), whole, len(whole), time.time())
        self._maestro.typing(event)

    def _finish(self) -> None:
        self._final = True
        self._unsubscribe()
        view = self._view = self._maestro.view()
        turn = drawing.turn_of(view, self._pending.turn)
        try:
            answer = self._pending.result(0)
        except CancelledError:
            said = drawing.bundle(drawing.stopped(turn, self._shown))
        except MaestroError as error:
            said = drawing.bundle(drawing.with_receipt(self._shown, f"**{error.message}** {error.hint}"))
        except Exception as error:
            said = drawing.bundle(drawing.with_receipt(self._shown, f"**CodeMaestro failed:** {error}"))
        else:
            reused = self._pending.reused
            self._answered = answer
            self._carded = self._format == "markdown" and drawing.change_of(view, self._pending.turn) is not None
            line = drawing.receipt_line(turn, reused)  # elsewhere it takes the place of the stage
            markdown = answer.markdown
            markdown = drawing.with_receipt(without_diffs(markdown), line) if self._carded else markdown
            said = drawing.bundle(markdown, self._format, drawing.answer_data(answer, turn, reused))
        self._answer.show(said)
        done = turn is not None and turn["state"] == "done" and not turn["reused"]
        ask = done and not self._carded and bool(view.get("ask_rating")) and self._rates()

        def draw() -> None:
            self._card.draw(None)
            self._asking.draw(None)
            self._widget.draw(view, turn, ask=ask)

        self._answer.run(draw)
        self.settle(LINGER if ask else 0.0)
        self._drawn.set()

    def _rate(self, rating: Rating) -> None:
        self._maestro.rate(self._pending.turn, rating)
        self.settle()

    def _settle(self) -> None:
        if self._settled:
            return
        self._settled = True
        self._unsubscribe()
        line = drawing.receipt_line(drawing.turn_of(self._view, self._pending.turn), self._pending.reused)
        # First something that is no widget: where ipywidgets draws, an output hides for good once its widget is closed.
        self._stage.show(drawing.bundle("" if self._carded else line))
        self._stage.run(self._widget.close)
        if self._carded and self._answered is not None:
            # Only an output that was there while the cell ran can be replaced: the card takes the place of the stage.
            markdown, maestro, screen = self._answered.markdown, self._maestro, self._screen
            self._on_change(ChangeOutput(self._pending.turn, self._view, markdown, maestro, screen, self._stage))
        for key in (self, (self, "finish"), (self, "settle")):
            self._screen.forget(key)
        self._on_settled(self)


def show(place: Display | Terminal, markdown: str, format_: Format, data: object) -> None:
    """Show something finished."""
    place.show(drawing.bundle(markdown, format_, data))
    if isinstance(place, Terminal):
        place.end()
