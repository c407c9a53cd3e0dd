"""A question in a terminal: answers chosen with the arrow keys, or an own one typed, which is prepared for meanwhile.

The marks of what is ready fill in while the person reads.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from codemaestro_jupyter.cli.keys import Keys, ahead, preparing
from codemaestro_jupyter.view import OptionView, QuestionView, SessionView

if TYPE_CHECKING:
    from prompt_toolkit.application import Application
    from prompt_toolkit.input import Input
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
    from prompt_toolkit.output import Output

    from codemaestro_jupyter.maestro import Maestro

KEYS = "↑ ↓ choose · Enter takes it · or type an answer of your own · Ctrl-C stops"
KEYS_READY = "↑ ↓ choose · Enter takes it · Ctrl-E edits the plan's text · or type what shall be otherwise"
EDIT = "edit the plan"
"""The answer that asks for the plan's text, where one is to be confirmed."""
HUNKS = "hunk by hunk"
"""The answer that looks at the places of a plan one by one."""
HANGING = "     "
Fragments = list[tuple[str, str]]


class Reply(NamedTuple):
    """An offered answer by its id, or own words."""

    option: str = ""
    text: str = ""


def usual(question: QuestionView) -> int:
    """The place of the answer that Enter alone takes: the likeliest, and where something would be changed, none."""
    return len(question["options"]) - 1 if question["stage"] == "READY" else 0


def fragments(question: QuestionView, marked: int) -> Fragments:
    """The question with its answers; `marked` is the place of the one that Enter takes."""
    lines: Fragments = [("bold", question["text"] + "\n")]
    confirms = question["stage"] == "READY"  # nothing is guessed there
    for place, option in enumerate(question["options"]):
        here = place == marked
        lines.append(("reverse" if here else "", f"{'❯' if here else ' '} {place + 1}. {option['label']}"))
        lines.append(("fg:ansigreen", ("  ✓ ready" if option["ready"] and not confirms else "") + "\n"))
    return lines


def wrapped(lines: Fragments, columns: int) -> Fragments:
    """The same in lines of at most so many columns, broken between words; what is broken goes on a little indented."""
    from prompt_toolkit.utils import get_cwidth

    found: Fragments = []
    at = 0
    for style, text in lines:
        for word in re.split(r"(\n| +)", text):
            width = get_cwidth(word)
            if word == "\n":
                at = 0
            elif at + width > columns and at > len(HANGING):
                found.append(("", f"\n{HANGING}"))
                at, word = len(HANGING), word.lstrip(" ")
                at += get_cwidth(word)
            else:
                at += width
            found.append((style, word))
    return [(style, text) for style, text in found if text]


class Chooser:
    """One open question on the screen; `ask()` blocks until it is answered, or None if it was closed elsewhere.

    `hunks` offers to look at a plan's places one by one, where there are several.
    Raises `KeyboardInterrupt` on Ctrl-C.
    """

    def __init__(
        self,
        maestro: Maestro,
        question: QuestionView,
        context: str,
        *,
        hunks: bool = False,
        input: Input | None = None,  # noqa: A002 - prompt_toolkit's word
        output: Output | None = None,
    ) -> None:
        self._maestro = maestro
        self._hunks = hunks
        self._question = question = self._offered(question)
        self._confirms = question["stage"] == "READY"
        self._marked = usual(question)
        self._view: SessionView = maestro.view()
        self._keys = Keys(maestro, context)
        self._application = self._build(input, output)

    def ask(self) -> Reply | None:
        """The person's answer."""
        stop = self._maestro.subscribe(self._part)
        try:
            return self._application.run(pre_run=lambda: self._part(self._maestro.view()))  # it may be over already
        except EOFError:
            return Reply(self._question["options"][usual(self._question)]["id"])
        finally:
            stop()

    def _part(self, part: SessionView) -> None:
        self._view = {**self._view, **part}
        if "question" in part:
            question = part["question"]
            if question is None or question["id"] != self._question["id"]:
                loop = self._application.loop
                if loop is not None:
                    loop.call_soon_threadsafe(self._leave)
                return
            self._question = self._offered(question)
        self._application.invalidate()

    def _offered(self, question: QuestionView) -> QuestionView:
        """The question with what only a terminal needs an answer for: here the hunks have no boxes to tick."""
        if not self._hunks:
            return question
        *first, last = question["options"]
        extra = OptionView(id=HUNKS, label="Hunk by hunk", probability=0.0, ready=False)
        return {**question, "options": [*first, extra, last]}

    def _leave(self) -> None:
        if self._application.is_running and not self._application.is_done:
            self._application.exit(result=None)

    def _build(self, input_: Input | None, output: Output | None) -> Application[Reply | None]:
        from prompt_toolkit.application import Application
        from prompt_toolkit.buffer import Buffer
        from prompt_toolkit.layout import BufferControl, FormattedTextControl, HSplit, Layout, VSplit, Window

        self._buffer = Buffer(multiline=False, on_text_changed=lambda buffer: self._keys.typed(buffer.text))

        def text(of: Callable[[], Fragments]) -> Window:
            def fitting() -> Fragments:
                return wrapped(of(), self._application.output.get_size().columns)

            return Window(FormattedTextControl(fitting), wrap_lines=True, dont_extend_height=True)  # type: ignore[arg-type]

        label = Window(FormattedTextControl("  Your own: "), dont_extend_width=True, height=1)
        own = Window(BufferControl(self._buffer), height=1)
        keys = KEYS_READY if self._confirms else KEYS
        layout = HSplit(
            [
                text(lambda: fragments(self._question, -1 if self._buffer.text.strip() else self._marked)),
                VSplit([label, own]),
                text(
                    lambda: [
                        ("italic", keys + "\n"),
                        ("", ahead(self._view) if self._keys.seq else preparing(self._view)),
                    ]
                ),
            ]
        )
        return Application(
            Layout(layout, focused_element=own),
            key_bindings=self._bindings(),
            erase_when_done=True,  # the answer says what was chosen
            input=input_,
            output=output,
        )

    def _bindings(self) -> KeyBindings:
        from prompt_toolkit.key_binding import KeyBindings

        keys = KeyBindings()

        def move(step: int) -> None:
            self._buffer.text = ""
            self._marked = (self._marked + step) % len(self._question["options"])

        @keys.add("up")
        @keys.add("s-tab")
        def _(_: KeyPressEvent) -> None:
            move(-1)

        @keys.add("down")
        @keys.add("tab")
        def _(_: KeyPressEvent) -> None:
            move(1)

        @keys.add("enter")
        def _(event: KeyPressEvent) -> None:
            own = self._buffer.text.strip()
            event.app.exit(result=Reply("", own) if own else Reply(self._question["options"][self._marked]["id"]))

        @keys.add("c-e")
        def _(event: KeyPressEvent) -> None:
            if self._confirms:
                event.app.exit(result=Reply(EDIT))

        @keys.add("c-c")
        def _(event: KeyPressEvent) -> None:
            event.app.exit(exception=KeyboardInterrupt)

        @keys.add("c-d")
        def _(event: KeyPressEvent) -> None:
            event.app.exit(exception=EOFError)

        return keys
