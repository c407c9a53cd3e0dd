"""A draft that asks for a tool, or says nothing, is asked again in a way that its API takes, after the same bytes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codemaestro_jupyter.experiment.anthropic_server import AnthropicServer
from codemaestro_jupyter.experiment.model_server import MODEL, Behaviour, ModelServer
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.plan.draft import NO_TOOLS
from codemaestro_jupyter.settings import Settings

from .conftest import eventually
from .test_dialogue import draft, question
from .test_toolwork import asked, price

pytestmark = pytest.mark.usefixtures("no_remains")
REQUEST = "improve the timeout of Session in auth.py"
PLAN = draft("auth.py", "TIMEOUT = 30", "TIMEOUT = 60")
WANTS = Behaviour(reply="", calls=(("price", '{"item": "pen"}'),))


def drafted(project: Path, server: ModelServer) -> None:
    """Drafts are made ahead, whatever they asked for first; where one is told so twice before the other, it fails."""
    asked.clear()
    settings = Settings(environment={}, policy={}, model=MODEL, base_url=server.url, turn_budget=5.0, daily_budget=5.0)
    with Maestro(settings, root=project, tools=[price]) as maestro:
        assert maestro.workspace.index.wait(60)
        maestro.models.offer()
        pending = maestro.submit(REQUEST, source="chat", asks=True)
        question(maestro)
        drafts = maestro.dialogue.drafts

        def over() -> bool:
            states = [drafting.state for drafting in drafts.states(pending.turn)]
            return len(states) == 2 and "running" not in states

        eventually(over, 60.0)  # LibCST is imported
        assert drafts.ready(pending.turn)
        pending.cancel()
    assert asked == []


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEMAESTRO_API_KEY", "k-1")


@pytest.mark.parametrize("reply", ["", " \n", "Let me see."])
def test_anthropics_api_is_given_the_result_that_it_insists_on(project: Path, reply: str) -> None:
    with AnthropicServer(PLAN) as server:
        server.behaviours = [Behaviour(reply=reply, calls=WANTS.calls)] * 2
        drafted(project, server)
    plans = [call.body["messages"] for call in server.calls if "output_config" in call.body]
    again = [messages for messages in plans if len(messages) > 1]
    assert again
    for front, made, told, repair in again:
        assert any(front == messages[0] for messages in plans if len(messages) == 1)
        assert [block["type"] for block in made["content"]] == ["text", "tool_use"] if reply.strip() else ["tool_use"]
        [result] = told["content"]
        assert (result["type"], result["content"]) == ("tool_result", NO_TOOLS)
        assert repair["content"][0]["text"].startswith("Your last answer could not be used")


@pytest.mark.parametrize("served", [ModelServer, AnthropicServer])
def test_after_an_answer_of_nothing_no_empty_message_is_sent(project: Path, served: type[ModelServer]) -> None:
    with served(PLAN) as server:
        server.behaviours = [Behaviour(reply="")] * 2
        drafted(project, server)
    again = [call.body["messages"] for call in server.calls if "could not be used" in json.dumps(call.body)]
    assert again
    assert {message["role"] for messages in again for message in messages} <= {"system", "user"}
