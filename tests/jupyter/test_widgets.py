"""The live widget below a cell: what it shows while an answer comes, and what is left of it afterwards."""

from __future__ import annotations

from ipywidgets import Button

from codemaestro_jupyter.jupyter.widgets import StageWidget

from .scripted import ScriptedMaestro


def buttons(stage: StageWidget) -> list[Button]:
    return [
        widget for line in stage.box.children for widget in getattr(line, "children", ()) if isinstance(widget, Button)
    ]


def test_an_answer_can_be_stopped_where_it_comes_and_only_while_it_does() -> None:
    maestro = ScriptedMaestro(hold=True)
    pending = maestro.submit("where is it?")
    stage = StageWidget(lambda _: None, on_stop=pending.cancel)
    view = maestro.view()
    stage.draw(view, view["turns"][-1])
    (stop,) = buttons(stage)
    assert (stop.description, stop.tooltip) == ("Stop", "Stop the answer")
    stop.click()
    assert maestro.told("cancel") == ["t1"]
    view = maestro.view()
    stage.draw(view, view["turns"][-1])
    assert buttons(stage) == []
    stage.close()
    assert stop.comm is None
    assert stage.box.comm is None


def test_a_widget_that_has_a_stop_of_its_own_gets_no_other() -> None:
    maestro = ScriptedMaestro(hold=True)
    maestro.submit("where is it?")
    stage = StageWidget(lambda _: None)
    view = maestro.view()
    stage.draw(view, view["turns"][-1])
    assert buttons(stage) == []
    stage.close()
