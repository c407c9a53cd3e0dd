"""A model asks for a person's tools: only at a request, with the result as data, and never from what is prepared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from codemaestro_jupyter import reports
from codemaestro_jupyter.converse.toolwork import ENOUGH, MOST_CALLS
from codemaestro_jupyter.errors import ToolError, ToolsRefusedError
from codemaestro_jupyter.experiment.model_server import MODEL, ModelServer
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.models.protocol import FunctionCall, Message
from codemaestro_jupyter.models.scripted import ScriptedModel
from codemaestro_jupyter.plan.tooling import result_message
from codemaestro_jupyter.settings import Settings
from codemaestro_jupyter.tools import call_of

from .conftest import eventually
from .test_maestro import type_out

pytestmark = pytest.mark.usefixtures("no_remains")
asked: list[tuple[str, int]] = []


async def price(item: str, count: int = 1) -> dict[str, Any]:
    """What something costs in our shop."""
    asked.append((item, count))
    if item == "moon":
        raise LookupError("not for sale")
    return {"item": item, "total": 3 * count}


def call(name: str, **arguments: Any) -> str:
    return f"I look it up.\n```tool\n{json.dumps({'name': name, 'arguments': arguments})}\n```\nIt costs nothing."


def made(project: Path, *scripts: Any) -> tuple[Maestro, ScriptedModel]:
    asked.clear()
    model = ScriptedModel(scripts)
    maestro = Maestro(Settings(environment={}, policy={}), root=project, model=model, tools=[price])
    assert maestro.workspace.index.wait(60)
    return maestro, model


def test_a_tool_is_offered_called_and_its_result_given_back_as_data(project: Path) -> None:
    maestro, model = made(project, call("price", item="pen", count=2), "Two pens cost 6.")
    with maestro:
        where = {"notebook_id": "n.ipynb", "cell_id": "c1"}
        answer = maestro.submit("what do two pens cost?", **where).result(30)  # type: ignore[arg-type]
        assert answer.markdown.startswith(
            "I look it up.\n\n*Asked your tool `price(item='pen', count=2)`.*\n\nTwo pens cost 6."
        )
        assert "nothing" not in answer.markdown, "what a model makes up after its request is not said"
        assert answer.fingerprints == {}, "nobody knows what the tool would say the next time"
    assert asked == [("pen", 2)]
    first, second = model.calls
    assert "- price(item: string, count?: integer): What something costs in our shop." in first[-1].content
    assert '<<<data result of price>>>\n{"item":"pen","total":6}\n<<<end>>>' in second[-1].content


def test_what_goes_wrong_is_told_to_person_and_model(project: Path) -> None:
    maestro, model = made(project, call("price", item="moon"), call("price"), call("weather"), "I cannot say.")
    with maestro:
        answer = maestro.submit("what does the moon cost?").result(30)
    told = [messages[-1].content for messages in model.calls[1:]]
    for said, text in zip(told, ("LookupError: not for sale", "lacks `item`", "no tool 'weather'"), strict=True):
        assert text in said
        assert text in answer.markdown
    assert "I cannot say." in answer.markdown


def test_a_model_that_asks_for_ever_is_ended(project: Path) -> None:
    again = [call("price", item="pen")] * (MOST_CALLS + 2)
    maestro, model = made(project, *again)
    with maestro:
        maestro.submit("what does a pen cost?").result(30)
    assert len(asked) == MOST_CALLS
    assert model.calls[-1][-1].content == ENOUGH


def through_the_api(project: Path, *scripts: Any) -> tuple[Maestro, ScriptedModel]:
    asked.clear()
    model = ScriptedModel(scripts, takes_functions=True)
    maestro = Maestro(Settings(environment={}, policy={}), root=project, model=model, tools=[price])
    assert maestro.workspace.index.wait(60)
    return maestro, model


def test_through_the_api_a_tool_is_called_with_its_result_given_back_as_data(project: Path) -> None:
    pen, none = FunctionCall("c1", "price", '{"item": "pen", "count": 2}'), FunctionCall("c2", "price", "[1]")
    maestro, model = through_the_api(project, pen, none, "Two pens cost 6.")
    with maestro:
        answer = maestro.submit("what do two pens cost?").result(30)
    assert answer.markdown.startswith("*Asked your tool `price(item='pen', count=2)`.*\n\nTwo pens cost 6.")
    assert [each.name for each in model.functions[0]] == ["price"]
    assert "You may ask for one of these tools" not in model.calls[0][-1].content
    assert model.calls[1][:-2] == model.calls[0], "the prompt stays the same bytes"
    assert model.calls[1][-2:] == (
        Message("assistant", "", calls=(pen,)),
        Message("tool", result_message("price", '{"item":"pen","total":6}'), answers="c1"),
    )
    assert "must be an object" in model.calls[2][-1].content


def test_a_server_that_takes_no_functions_is_asked_in_words(project: Path) -> None:
    refused = ToolsRefusedError("scripted takes no functions.")
    maestro, model = through_the_api(project, refused, call("price", item="pen"), "It costs 3.")
    with maestro:
        answer = maestro.submit("what does a pen cost?").result(30)
    assert answer.markdown.startswith("I look it up.\n\n*Asked your tool `price(item='pen')`.*\n\nIt costs 3.")
    assert [len(each) for each in model.functions] == [1, 0, 0]
    assert model.calls[1][-1].content.startswith(model.calls[0][-1].content)


@pytest.mark.parametrize("native", [True, False])
def test_tools_may_be_asked_for_while_a_submitted_change_is_planned(project: Path, native: bool) -> None:
    step = {"do": "replace_text", "path": "auth.py", "old": "TIMEOUT = 30", "new": "TIMEOUT = 3"}
    plan = json.dumps({"summary": "As long as a pen costs.", "steps": [step]})
    first = FunctionCall("c1", "price", '{"item": "pen"}') if native else call("price", item="pen")
    maestro, model = (through_the_api if native else made)(project, first, plan)
    with maestro:
        answer = maestro.submit("change the timeout in auth.py to what a pen costs").result(30)
        assert maestro.changes.newest is not None
    assert asked == [("pen", 1)]
    assert answer.markdown.startswith("*Asked your tool `price(item='pen')`.*\n\nAs long as a pen costs.")
    assert "+TIMEOUT = 3" in answer.markdown
    assert len(model.calls) == 2


def test_what_is_prepared_never_calls_a_tool(project: Path) -> None:
    maestro, model = through_the_api(project, *[FunctionCall("c", "price", '{"item": "pen"}')] * 4)
    with maestro:
        type_out(maestro, "what does a pen cost in auth.py")
        eventually(lambda: model.warmed)
        pending = maestro.submit("improve the timeout of Session in auth.py", source="chat", asks=True)
        eventually(lambda: maestro.view().get("question"))
        eventually(lambda: len(model.calls) >= 2)
        pending.cancel()
    assert asked == []
    assert not any(model.may_call), "nor may one be asked for"


def test_what_is_read_ahead_holds_the_tools_that_will_be_offered(project: Path) -> None:
    maestro, model = through_the_api(project, "From the name.")
    with maestro:
        type_out(maestro, "how is the token made in auth.py")
        eventually(lambda: model.warmed)
        maestro.submit("how is the token made in auth.py").result(30)
    assert {each.name for offered in (*model.warmed_with, *model.functions) for each in offered} == {"price"}
    assert all(model.warmed_with)
    assert asked == []


@pytest.mark.parametrize("together", [True, False], ids=["beside a form", "not beside a form"])
def test_what_is_drafted_begins_with_the_bytes_that_were_read_ahead(project: Path, together: bool) -> None:
    asked.clear()
    step = {"do": "replace_text", "path": "auth.py", "old": "TIMEOUT = 30", "new": "TIMEOUT = 3"}
    request = "improve the timeout of Session in auth.py"
    with ModelServer(json.dumps({"summary": "Shorter.", "steps": [step]}), functions_with_schema=together) as server:
        settings = Settings(environment={}, policy={}, model=MODEL, base_url=server.url)
        with Maestro(settings, root=project, tools=[price]) as maestro:
            assert maestro.workspace.index.wait(60)
            maestro.models.offer()
            type_out(maestro, request)
            eventually(lambda: server.calls and not maestro.dialogue.warming.busy, 60)
            warmed = server.calls[-1]
            pending = maestro.submit(request, source="chat", asks=True)
            eventually(lambda: maestro.view().get("question"))
            eventually(lambda: len(maestro.dialogue.drafts.ready(pending.turn)) == 2, 60)  # LibCST is imported
            pending.cancel()
        plans = [call for call in server.calls if "response_format" in call.body and call.sent]
        assert len(plans) == 2
        for call in plans:
            assert ("tools" in call.body) is together
            if together:
                assert (call.body["tools"], call.body["tool_choice"]) == (warmed.body["tools"], "none")
                assert call.cached >= warmed.prompt - 1, "all that was read ahead, up to a token at its end"
    assert asked == []


def test_a_tool_is_listed_and_called_without_a_model(project: Path) -> None:
    maestro, _ = made(project)
    with maestro:
        assert "`price(item: string, count?: integer)`" in reports.tool(maestro, "").markdown
        report = reports.tool(maestro, "price item='a pen' count=2")
        assert report.data["value"] == '{"item":"a pen","total":6}'
        with pytest.raises(ToolError, match="not for sale"):
            reports.tool(maestro, "price item=moon")


def test_a_call_is_read_from_a_line() -> None:
    assert call_of("weather city='New York' days=3 near=[1] x=a=b") == (
        "weather",
        {"city": "New York", "days": 3, "near": [1], "x": "a=b"},
    )
    assert call_of("") == ("", {})
    for wrong in ("weather Rome", "weather 'x"):
        with pytest.raises(ToolError):
            call_of(wrong)
