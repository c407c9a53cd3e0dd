"""An open question as widgets: a button for each offered answer, marked once it is prepared, and a line for an own one.

What is typed into the line is prepared for like any request.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets

from codemaestro_jupyter.jupyter.comms import tame_widgets
from codemaestro_jupyter.jupyter.widgets import close_all
from codemaestro_jupyter.types import TurnId
from codemaestro_jupyter.view import OptionView, QuestionView

READY = "✓ "
OWN = "Another answer…"
OTHERWISE = "Say what shall be otherwise…"


class QuestionBox:
    """Draws one question after the other; `box` is empty while none is open. `draw` from one thread at a time.

    `choose(question, option, text)` is called once for each question, `typed(text)` for each text in the own answer.
    `plan(turn)` is the text of a plan that waits to be confirmed, `revise(turn, text)` is told what it became.
    """

    def __init__(
        self,
        choose: Callable[[str, str, str], object],
        typed: Callable[[str], object],
        plan: Callable[[TurnId], str] = lambda _: "",
        revise: Callable[[TurnId, str], object] = lambda *_: None,
    ) -> None:
        self._choose = choose
        self._typed = typed
        self._plan = plan
        self._revise = revise
        self._question: QuestionView | None = None
        self._answered = ""
        self._carded = False
        self._buttons: list[ipywidgets.Button] = []
        self._own: Any = None
        self.box = ipywidgets.VBox([])
        tame_widgets([self.box])

    def draw(self, question: QuestionView | None, *, carded: bool = False) -> None:
        """Show a question, its newest marks, or none; `carded`: the card of a change has the buttons that answer it."""
        if question is not None and question["id"] == self._answered:
            question = None
        same = question is not None and self._question is not None and question["id"] == self._question["id"]
        if not same or carded is not self._carded:
            self._carded = carded
            if question is not None or self._question is not None:
                self._renew(question)
        elif question is not None:
            for button, option in zip(self._buttons, question["options"], strict=False):
                _mark(button, option, question)
        self._question = question

    def _renew(self, question: QuestionView | None) -> None:
        old = self.box.children
        self._buttons, self._own = [], None
        self.box.children = self._build(question) if question is not None else ()
        tame_widgets(self.box.children)
        for widget in old:
            close_all(widget)

    def _build(self, question: QuestionView) -> tuple[Any, ...]:
        # role=status: a screen reader says the question without losing the focus
        said = "Apply it above, or change it first:" if self._carded else question["text"]
        text = ipywidgets.HTML(f"<strong role='status' aria-live='polite'>{escape(said)}</strong>")
        for option in () if self._carded else question["options"]:
            button = ipywidgets.Button(layout={"width": "auto", "max_width": "100%"})
            _mark(button, option, question)
            button.on_click(lambda _, chosen=option["id"]: self._answer(chosen, ""))
            self._buttons.append(button)
        chips = ipywidgets.Box(self._buttons, layout={"flex_flow": "row wrap", "max_width": "100%"})
        wide = {"width": "auto", "flex": "1 1 auto"}
        own = OTHERWISE if question["stage"] == "READY" else OWN
        self._own = ipywidgets.Text(placeholder=own, tooltip=own, continuous_update=True, layout=wide)
        self._own.observe(self._own_changed, names="value")
        self._own.on_msg(self._own_entered)
        send = ipywidgets.Button(description="Answer", tooltip="Send your own answer", layout={"flex": "0 0 auto"})
        send.on_click(lambda _: self._answer("", self._own.value if self._own is not None else ""))
        line = ipywidgets.HBox([self._own, send])
        return (text, chips, self._editor(question), line) if question["stage"] == "READY" else (text, chips, line)

    def _editor(self, question: QuestionView) -> Any:
        """Folded: the text of the plan, and a button that shows the diff of what it became."""
        turn = TurnId(question["turn"])
        area = ipywidgets.Textarea(layout={"width": "100%"}, rows=8, tooltip="The lines between === name the steps")
        show = ipywidgets.Button(description="Show the changed diff", layout={"width": "auto"})
        show.on_click(lambda _: self._revise(turn, area.value))
        inside = ipywidgets.VBox([area, show])
        folded = ipywidgets.Accordion([inside], titles=("Edit the plan's text",), selected_index=None)

        def turned(change: Any) -> None:
            if change["new"] == 0 and not area.value:
                area.value = self._plan(turn)

        folded.observe(turned, names="selected_index")
        return folded

    def _own_changed(self, change: Any) -> None:
        if change["new"].strip():
            self._typed(change["new"])

    def _own_entered(self, _: object, content: Any, __: object) -> None:
        if content.get("event") == "submit":  # the Enter key
            self._answer("", self._own.value if self._own is not None else "")

    def _answer(self, option: str, text: str) -> None:
        question = self._question
        if question is None or question["id"] == self._answered or not (option or text.strip()):
            return
        self._answered = question["id"]
        for button in self._buttons:
            button.disabled = True
        self._choose(question["id"], option, text.strip())


def _mark(button: Any, option: OptionView, question: QuestionView) -> None:
    ready = option["ready"] and question["stage"] != "READY"  # a confirmation has nothing to be prepared
    description = (READY if ready else "") + option["label"]
    tooltip = option["label"] + (" (already prepared)" if ready else "")
    if button.description != description:
        button.description, button.tooltip = description, tooltip
