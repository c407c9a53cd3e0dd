"""`%%maestro` and `%maestro`: read the line, hand over, show."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.magic import no_var_expand

from codemaestro_jupyter.converse.again import CONSOLE
from codemaestro_jupyter.errors import MaestroError, OptionError
from codemaestro_jupyter.jupyter import drawing, later
from codemaestro_jupyter.jupyter.frontend import FrontEnd, front_end
from codemaestro_jupyter.jupyter.mentions import mentions
from codemaestro_jupyter.jupyter.options import Format, Options, parse, split_format
from codemaestro_jupyter.jupyter.output import Console, Display, LiveAnswer, Once, Place, Terminal, await_answer, show
from codemaestro_jupyter.jupyter.screen import Screen
from codemaestro_jupyter.reports import Report
from codemaestro_jupyter.types import NotebookId, TurnId

if TYPE_CHECKING:
    from codemaestro_jupyter.converse.turns import Pending
    from codemaestro_jupyter.jupyter.changeoutput import ChangeOutput
    from codemaestro_jupyter.jupyter.earlier import Earlier
    from codemaestro_jupyter.jupyter.later import Later
    from codemaestro_jupyter.maestro import Maestro

NAME = "maestro"
CARDS = 5
"""Cards of changes in the notebook that can still be clicked; the panel and `%maestro apply|undo` have them all."""
INTERRUPTED = "KeyboardInterrupt: the answer was stopped."
NO_TEXT = "There is nothing to answer."
FIRST_LINE = re.compile(r"\A((?:[ \t]*(?:[#%!][^\n]*)?\n)*)([ \t]*)(%{1,2})maestro[ \t]+([^\n]*\S)[ \t]*(\n|\Z)")
"""A line of ours that only comments, blanks and other magics come before, so that it stands in no string."""


class MaestroMagics:
    """Both magics in one shell, from construction until `close()`.

    `notebook_of` names the notebook of a cell id, `look` takes a picture of the variables with the given names
    in it, `checks` are the lines that `%maestro doctor` adds, `alone` says whether no panel is there that asks how an
    answer felt and shows what was said before, `later` does what cannot be done while a cell runs.
    """

    def __init__(
        self,
        shell: Any,
        maestro: Maestro,
        screen: Screen,
        *,
        notebook_of: Callable[[str], str],
        look: Callable[[tuple[str, ...]], object],
        checks: Callable[[], list[str]],
        alone: Callable[[], bool] = lambda: True,
        later: Later | None = None,
    ) -> None:
        self.maestro = maestro
        self.last_turn: TurnId | None = None
        self.checks = checks
        self._shell = shell
        self._screen = screen
        self._notebook_of = notebook_of
        self._look = look
        self._alone = alone
        self._later = later
        self._live: list[LiveAnswer] = []
        self._cards: list[ChangeOutput] = []
        self._since = time.time()
        self._earlier: dict[NotebookId, Earlier] = {}
        self._anchor: Any = None
        magics = shell.magics_manager.magics
        self._before = {kind: magics[kind].get(NAME) for kind in ("line", "cell")}
        shell.register_magic_function(self.line, "line", NAME)
        shell.register_magic_function(self.cell, "cell", NAME)
        shell.input_transformers_cleanup.insert(0, protect)

    def close(self) -> None:
        """Give the names back and put our widgets away; may be called twice."""
        magics = self._shell.magics_manager.magics
        for kind, mine in (("line", self.line), ("cell", self.cell)):
            if magics[kind].get(NAME) == mine:
                del magics[kind][NAME]
                if self._before[kind] is not None:
                    magics[kind][NAME] = self._before[kind]
        if protect in self._shell.input_transformers_cleanup:
            self._shell.input_transformers_cleanup.remove(protect)
        for live in list(self._live):
            live.settle()
        for card in self._cards:
            card.settle()
        for earlier in self._earlier.values():
            earlier.settle()
        if self._anchor is not None:
            self._anchor.close()

    def settle(self) -> None:
        """The person goes on with something else: finished answers need their widgets no more."""
        for live in list(self._live):
            if live.finished:
                live.settle()

    def _keep(self, card: ChangeOutput) -> None:
        """The newest cards stay alive; an older one becomes what it says."""
        self._cards.append(card)
        while len(self._cards) > CARDS:
            self._cards.pop(0).settle()

    @no_var_expand  # type: ignore[untyped-decorator, unused-ignore]
    def cell(self, line: str, cell: str) -> None:
        """%%maestro [options]: answer the text of this cell."""
        with _said():
            options = parse(line)
            self._answer(options, "\n".join(part for part in (options.text, cell.strip("\n")) if part))

    @no_var_expand  # type: ignore[untyped-decorator, unused-ignore]
    def line(self, line: str) -> None:
        """%maestro <command>: see %maestro help."""
        from codemaestro_jupyter.jupyter.commands import COMMANDS, split

        with _said():
            name, rest = split(line)
            words, format_ = (
                ([rest], None) if name in {"ask", "edit", "tool"} else split_format(rest.split())
            )  # a request stays verbatim
            if self._later is not None and name in later.COMMANDS and front_end(self._shell).lives_on:
                self._later.run(lambda: self._bundle(COMMANDS[name].run(self, words), format_))
                return
            report = COMMANDS[name].run(self, words)
            if report is not None:
                self._show(report.markdown, format_, report.data)

    def ask(self, line: str) -> None:
        """%maestro ask [options] TEXT."""
        options = parse(line)
        self._answer(options, options.text)

    # -- showing ------------------------------------------------------------------------------------

    def _answer(self, options: Options, text: str) -> None:
        if not text.strip():
            raise OptionError(NO_TEXT, hint="Write the request below the %%maestro line, or after `%maestro ask`.")
        maestro, front = self.maestro, front_end(self._shell)
        format_ = options.format or _default(front)
        if options.dry_run:
            answer = maestro.preview(text)
            self._show(answer.markdown, format_, drawing.answer_data(answer))
            return
        mentioned = mentions(text, self._shell.user_ns, maestro.root, maestro.complete)
        if mentioned.variables:
            self._look(mentioned.variables)
        notebook = NotebookId(self._notebook_of(front.cell_id) if front.cell_id else "")
        if front.lives_on and not options.into:
            self._begin_widgets()
            self._recall(notebook)
        pending = maestro.submit(
            text,
            source="cell",
            notebook_id=notebook,
            cell_id=front.cell_id or CONSOLE,  # the same words there are the same cell, run again
            fresh=options.fresh,
            # in the output and in the panel, or at the console
            asks=_at_the_console(options, front, format_) or (front.lives_on and not (options.wait or options.into)),
        )
        self.last_turn = pending.turn
        for remark in _unsaid(mentioned.remarks, text):
            self._show(f"*{remark}*" if format_ == "markdown" else remark, "text" if format_ == "json" else format_)
        try:
            if front.lives_on and not options.into:
                live = LiveAnswer(pending, maestro, self._screen, format_, self._live.remove, self._alone, self._keep)
                self._live.append(live)
                if options.wait:
                    live.wait()
            else:
                self._wait(pending, options, front, format_)
        except KeyboardInterrupt:
            if not pending.done:
                pending.cancel()
            raise

    def _begin_widgets(self) -> None:
        """Once, before the first widget."""
        if self._anchor is None:
            from codemaestro_jupyter.jupyter.widgets import anchor

            self._anchor = anchor()

    def _recall(self, notebook: NotebookId) -> None:
        """Once for a notebook: what was said in it in earlier sessions, where no panel shows it."""
        if notebook in self._earlier or not self._alone():
            return
        from codemaestro_jupyter.jupyter.earlier import Earlier, earlier

        if earlier(self.maestro.view(), notebook, self._since):
            self._earlier[notebook] = Earlier(self.maestro, self._screen, notebook, self._since)

    def _wait(self, pending: Pending, options: Options, front: FrontEnd, format_: Format) -> None:
        place: Place
        parts = None
        if front.replaces:
            place = Display(drawing.bundle("" if options.into else drawing.WORKING))
        elif _at_the_console(options, front, format_):
            from codemaestro_jupyter.jupyter.numbered import parts_asking

            place = console = Console() if front.displays else Terminal()
            # an editor can be used where ours is the process that the terminal belongs to
            edits = None if front.displays or not sys.stdin.isatty() else self._edited
            parts = parts_asking(self.maestro, pending, console.speak, edit=edits)
        else:
            place = Once() if front.displays else Terminal()
        try:
            if not options.into:
                await_answer(pending, self.maestro, place, format_, time.monotonic, parts)
                return
            answer = pending.result()
            turn = drawing.turn_of(self.maestro.view(), pending.turn)
            data = drawing.answer_data(answer, turn, pending.reused)
            self._shell.user_ns[options.into] = data if format_ == "json" else answer.markdown
            said = f"The answer is in `{options.into}` ({len(answer.markdown)} characters)."
            place.show(drawing.bundle(drawing.with_receipt(said, drawing.receipt_line(turn, pending.reused))))
        finally:
            if not isinstance(place, Display):
                place.end()

    def _edited(self, turn: TurnId) -> None:
        """Let the person change a plan's text, and print what it became: it is no part of the answer."""
        from codemaestro_jupyter import editing

        try:
            report = editing.edited(self.maestro, turn)
        except MaestroError as error:
            print(f"\n{error}")
        else:
            print(f"\n{report.markdown}" if report is not None else "")

    def _bundle(self, report: Report | None, format_: Format | None) -> drawing.Bundle:
        said = report or Report("", {})
        return drawing.bundle(said.markdown, format_ or "markdown", said.data)

    def _show(self, markdown: str, format_: Format | None, data: object = None) -> None:
        front = front_end(self._shell)
        format_ = format_ or _default(front)
        if front.displays:
            Display(drawing.bundle(markdown, format_, data))
        else:
            show(Terminal(), markdown, format_, data)


def protect(lines: list[str]) -> list[str]:
    """An input transformer: a request may end in a question mark, and may stand on the line of `%%maestro` alone.

    IPython reads `%maestro ask why?` as a question about `why`, and refuses a cell magic without a body.
    """
    match = FIRST_LINE.match("".join(lines))
    if match is None:
        return lines
    text = "".join(lines)
    before, indent, percent, line, _ = match.groups()
    rest = text[match.end() :]
    if percent == "%%":
        # Options alone are no request yet: in a terminal, the person goes on to write it below.
        whole = not rest.strip() and _says_something(line)
        return (text.rstrip("\n") + "\n \n").splitlines(keepends=True) if whole else lines
    if not line.endswith("?"):
        return lines
    call = f"get_ipython().run_line_magic({NAME!r}, {line!r})\n"
    return f"{before}{indent}{call}{rest}".splitlines(keepends=True)


def _at_the_console(options: Options, front: FrontEnd, format_: Format) -> bool:
    """Whether the person is asked in the middle of the answer."""
    return front.asks and not options.into and format_ != "json"


def _unsaid(remarks: tuple[str, ...], text: str) -> list[str]:
    """Remarks that the answer will not make itself, because it is about something else."""
    if not remarks:
        return []
    from codemaestro_jupyter.plan.requests import classify  # its patterns take a while to compile

    asked = classify(text).argument
    return [remark for remark in remarks if not asked or f"`{asked}`" not in remark]


def _says_something(line: str) -> bool:
    try:
        return bool(parse(line).text)
    except OptionError:
        return True  # our message about it is better than IPython's


def _default(front: FrontEnd) -> Format:
    return "markdown" if front.displays else "text"


class _said:  # noqa: N801 - reads as a word in `with _said():`
    """Our errors become IPython's `UsageError`, which is shown as one line instead of a traceback; so does Ctrl-C."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, MaestroError):
            raise UsageError(str(error)) from None
        if isinstance(error, KeyboardInterrupt):  # its traceback would be about us: IPython asks for its lines
            error._render_traceback_ = lambda: [INTERRUPTED]  # type: ignore[attr-defined]
