"""What a chat widget opens on demand: the choice of the model, and the ledger."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets

from codemaestro_jupyter import reports
from codemaestro_jupyter.errors import MaestroError
from codemaestro_jupyter.jupyter import drawing
from codemaestro_jupyter.jupyter.comms import tame_widgets
from codemaestro_jupyter.jupyter.screen import Screen
from codemaestro_jupyter.view import ConsentView, SessionView

if TYPE_CHECKING:
    from codemaestro_jupyter.maestro import Maestro

NONE = "no model"
OFF = "off"
LOOKING = "looking…"
"""Shown until it is known which models there are: "no model" would be a claim, and could not be chosen."""


class ModelPicker:
    """A list of the models that can be chosen; the one that answers is selected."""

    def __init__(self, maestro: Maestro) -> None:
        self._maestro = maestro
        self._drawing = False
        self._looked = False
        self._list = ipywidgets.Dropdown(
            options=[(LOOKING, "")],
            description="Model",
            tooltip="The model that answers from now on",
            layout={"width": "auto", "max_width": "100%"},
        )
        self._problem = ipywidgets.HTML()
        self._asked: ConsentView | None = None
        self._question = ipywidgets.HTML()
        self._answers = [
            ipywidgets.Button(description=text, layout={"width": "auto"}) for text in ("It may", "It may not")
        ]
        for allowed, button in zip((True, False), self._answers, strict=True):
            button.on_click(lambda _, allowed=allowed: self._consent(allowed))
        self._consents = ipywidgets.VBox([self._question, ipywidgets.HBox(self._answers)])
        self._consents.layout.display = "none"
        self.box = ipywidgets.HBox([self._list, self._problem, self._consents], layout={"flex_flow": "row wrap"})
        self._list.observe(self._picked, names="value")
        tame_widgets([self.box])

    def look(self, then: Callable[[], object]) -> None:
        """Look which models there are, in the background, and call `then` once that is known."""

        def looked(_: object) -> None:
            self._looked = True
            then()

        self._maestro.models.offer().add_done_callback(looked)

    def draw(self, view: SessionView) -> None:
        """Show what can be chosen, and what is."""
        self._asked = view.get("consent")
        question = self._asked["question"] if self._asked else ""
        self._question.value = f"<span role='status'>{escape(question)}</span>" if question else ""
        self._consents.layout.display = "" if question else "none"
        current = view.get("model", "")
        models = {item["name"]: item["local"] for item in view.get("models", [])}
        if current and current not in models:
            models = {current: True, **models}
        options = [(name if local else f"{name} (not on this machine)", name) for name, local in models.items()]
        wanted = ([(NONE, OFF), *options], current or OFF)
        if not (self._looked or models):
            wanted = ([(LOOKING, "")], "")
        if (list(self._list.options), self._list.value) != wanted:
            self._drawing = True
            try:
                self._list.options = wanted[0]
                self._list.value = wanted[1]
            finally:
                self._drawing = False

    def _consent(self, allowed: bool) -> None:
        if self._asked is not None:
            self._maestro.models.consent(allowed, self._asked["provider"])

    def _picked(self, change: Any) -> None:
        if self._drawing or not change["new"]:
            return
        try:
            self._maestro.models.pick(change["new"])
            self._problem.value = ""
        except MaestroError as error:
            self._problem.value = f"<small role='alert'>{escape(str(error))}</small>"


class LedgerDrawer:
    """What was prepared, used, wasted, saved and spent, read anew each time it is opened."""

    def __init__(self, maestro: Maestro, screen: Screen) -> None:
        self._maestro = maestro
        self._screen = screen
        self._report = ipywidgets.Output()
        self._folded = ipywidgets.Accordion([self._report], titles=("Ledger",), selected_index=None)
        self.box = self._folded
        self._folded.observe(self._turned, names="selected_index")
        tame_widgets([self.box])

    def draw(self, view: SessionView) -> None:
        """The sums stand in the title, so that they are seen without opening it."""
        title = f"Ledger: {drawing.ledger_line(view)}" if "ledger" in view else "Ledger"
        if self._folded.titles != (title,):
            self._folded.titles = (title,)
            if self._folded.selected_index == 0:
                self._read()

    def _turned(self, change: Any) -> None:
        if change["new"] == 0:
            self._read()

    def _read(self) -> None:
        self._screen.draw((self, "report"), self._show)

    def _show(self) -> None:
        data = drawing.bundle(reports.ledger(self._maestro).markdown)
        self._report.outputs = ({"output_type": "display_data", "data": data, "metadata": {}},)
