"""Reading ahead over real HTTP: who may, what pays, in how many places; and what was read is proven by its cache."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codemaestro_jupyter import reports
from codemaestro_jupyter.converse import warming
from codemaestro_jupyter.doctor import checkup
from codemaestro_jupyter.experiment.model_server import MODEL, Behaviour, ModelServer
from codemaestro_jupyter.experiment.prompt_cache import PromptCache
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.settings import Settings
from codemaestro_jupyter.types import Cell, CellId, Failure, NotebookId, NotebookPicture, RelPath, Variable

from .conftest import eventually
from .test_dialogue import draft, question
from .test_maestro import type_out

pytestmark = pytest.mark.usefixtures("no_remains")
TOKEN, TIMEOUT = "how is the token of a session made", "improve the timeout of Session in auth.py"
LONGER = draft("auth.py", "TIMEOUT = 30", "TIMEOUT = 60")


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer("It is made in auth.py.") as running:
        yield running


def served(project: Path, server: ModelServer, policy: dict[str, Any] | None = None, **settings: Any) -> Maestro:
    options = {"model": MODEL, "base_url": server.url, **settings}
    maestro = Maestro(Settings(environment={}, policy=policy or {}, **options), root=project)
    assert maestro.workspace.index.wait(60)
    return maestro


def ahead(server: ModelServer) -> list[Any]:
    return [call for call in server.calls if not call.body.get("stream")]


def quiet(maestro: Maestro) -> None:
    eventually(lambda: not maestro.dialogue.warming.busy)
    time.sleep(0.05)
    eventually(lambda: not maestro.dialogue.warming.busy)


def test_what_was_read_ahead_is_found_and_not_read_again(project: Path, server: ModelServer) -> None:
    with served(project, server) as maestro:
        type_out(maestro, TOKEN)
        eventually(lambda: any("def make_token" in str(call.body) for call in ahead(server)))
        quiet(maestro)
        before = len(ahead(server))
        type_out(maestro, TOKEN)
        type_out(maestro, TOKEN + "?")
        quiet(maestro)
        assert len(ahead(server)) == before, "nothing new is likely, so nothing is sent"
        maestro.submit(TOKEN + "?").result(30)
        asked = server.calls[-1]
        assert asked.cached > asked.prompt * 0.7
        spent = maestro.store.ledger.by("purpose")
        assert spent["answer"].cached == asked.cached
        assert spent["warm"].wasted < spent["warm"].sent, "what was used of it is not wasted"


def test_a_server_that_never_answers_what_is_read_ahead_holds_no_answer_up(
    project: Path, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warming, "LEAST_PATIENCE", 0.2)
    server.behaviours = [Behaviour(silent=20.0)]
    with served(project, server) as maestro:
        type_out(maestro, TOKEN)
        eventually(lambda: server.calls)
        assert maestro.submit(TOKEN).result(60).markdown == "It is made in auth.py."
        assert not maestro.dialogue.warming.busy
        asked = len(server.calls)
        type_out(maestro, TIMEOUT)
        assert len(server.calls) == asked, "it is left alone for a while"


def test_several_drafts_do_not_wait_for_ever_until_one_has_read(
    project: Path, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warming, "LEAST_PATIENCE", 0.2)
    server.reply, server.behaviours = LONGER, [Behaviour(silent=20.0)]
    with served(project, server) as maestro:
        maestro.models.offer()
        pending = maestro.submit(TIMEOUT, source="chat", asks=True)
        asked = question(maestro)
        eventually(lambda: len(maestro.dialogue.drafts.ready(pending.turn)) == 2, 60)
        maestro.choose(asked["id"], "small")
        eventually(lambda: (asked := maestro.view()["question"]) and asked["stage"] == "READY", 60)
        pending.cancel()
    assert not ahead(server)[0].body.get("stream")


def test_the_dial_decides_what_pays(project: Path, server: ModelServer) -> None:
    with served(project, server, dial=0.0) as maestro:
        type_out(maestro, TOKEN)
        eventually(lambda: maestro.dialogue.models.settled)
        quiet(maestro)
        assert ahead(server) == []
        maestro.settings.set("dial", 1.0)
        type_out(maestro, "how does login sign somebody in with the api")
        eventually(lambda: ahead(server))


def test_a_provider_elsewhere_is_asked_about_once(
    project: Path, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEMAESTRO_API_KEY", "k-1")
    server.marks = {}
    with served(project, server, dial=1.0) as maestro:
        notices: list[Any] = []
        maestro.subscribe(lambda part: notices.extend(part.get("notices", ())))
        type_out(maestro, TOKEN)
        asked = eventually(lambda: [item for item in notices if "May it read ahead" in item["message"]])
        assert "is not known to run on this machine: it sees nothing before you submit" in asked[0]["message"]  # type: ignore[index]
        assert asked[0] in maestro.view()["notices"], "until it is answered, whatever page looks"  # type: ignore[index]
        assert "maestro consent yes" in asked[0]["hint"]  # type: ignore[index]
        quiet(maestro)
        assert server.calls == []
        assert "sees nothing before you submit" in reports.consent(maestro).markdown
        reports.consent(maestro, "yes")
        eventually(lambda: not [item for item in maestro.view()["notices"] if "May it" in item["message"]])
        type_out(maestro, "how does login sign somebody in with the api")
        eventually(lambda: server.calls)
    server.calls.clear()
    with served(project, server, dial=1.0) as again:
        type_out(again, TOKEN)
        eventually(lambda: server.calls)
        assert f"127.0.0.1:{server.port}: may read ahead" in reports.consent(again).markdown
        assert not [item for item in again.view()["notices"] if "May it" in item["message"]]
        assert "consent no" in checkup(again).markdown
        reports.consent(again, "no", f"127.0.0.1:{server.port}")
        quiet(again)
        server.calls.clear()
        type_out(again, "how does login sign somebody in with the api")
        quiet(again)
        assert server.calls == []


def test_a_policy_decides_for_everybody(project: Path, server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEMAESTRO_API_KEY", "k-1")
    server.marks = {}
    with served(project, server, policy={"remote_before_submit": False}, dial=1.0) as maestro:
        reports.consent(maestro, "yes")
        type_out(maestro, TOKEN)
        eventually(lambda: maestro.dialogue.models.settled)
        quiet(maestro)
        assert server.calls == []


def test_two_drafts_at_once_find_two_warm_slots(project: Path, server: ModelServer) -> None:
    server.marks, server.cache, server.reply, server.speed = {"total_slots": 2}, PromptCache(slots=2), LONGER, 200.0
    with served(project, server) as maestro:
        type_out(maestro, TIMEOUT)
        # An index that is only just ready may name no file at first, and does a moment later.
        eventually(lambda: {call.slot for call in ahead(server) if "def make_token" in str(call.body)} == {0, 1})
        quiet(maestro)
        pending = maestro.submit(TIMEOUT, source="chat", asks=True)
        asked = question(maestro)
        eventually(lambda: all(option["ready"] for option in question(maestro)["options"]))
        drafts = [call for call in server.calls if call.body.get("stream")]
        assert sorted(call.slot for call in drafts) == [0, 1]
        assert min(call.cached / call.prompt for call in drafts) > 0.5
        maestro.choose(asked["id"], asked["options"][0]["id"])
        eventually(lambda: (shown := maestro.view().get("question")) and shown["id"] != asked["id"])
        maestro.choose(question(maestro)["id"], "leave")
        pending.result(30)
        spent = maestro.store.ledger.by("purpose")["draft"]
        assert (spent.calls, 0 < spent.wasted < spent.sent) == (2, True), "one of two drafts was used"


def test_several_calls_wait_until_one_has_read(project: Path, server: ModelServer) -> None:
    server.reply, server.prefill = LONGER, 20_000.0
    with served(project, server, enabled=True) as maestro:
        pending = maestro.submit(TIMEOUT, source="chat", asks=True)  # nothing was typed, so nothing was read
        eventually(lambda: all(option["ready"] for option in question(maestro)["options"]))
        first, *drafts = server.calls
        assert not first.body.get("stream")
        assert [call.cached > call.prompt * 0.5 for call in drafts] == [True, True]
        pending.cancel()


def test_drafts_may_use_a_faster_model(project: Path, server: ModelServer) -> None:
    server.models, server.reply = (MODEL, "small"), LONGER
    with served(project, server, fast_model="small") as maestro:
        pending = maestro.submit(TIMEOUT, source="chat", asks=True)
        eventually(lambda: all(option["ready"] for option in question(maestro)["options"]))
        assert {call.body["model"] for call in server.calls} == {"small"}
        pending.cancel()
        maestro.submit("how is the token made?").result(30)
        assert server.calls[-1].body["model"] == MODEL
        assert set(maestro.store.ledger.by("model")) == {MODEL, "small"}


def test_a_cell_again_is_asked_again_only_if_what_was_told_changed(project: Path, server: ModelServer) -> None:
    where = {"notebook_id": "n.ipynb", "cell_id": "c1"}

    def notebook(active: str, other: str) -> NotebookPicture:
        cells = (Cell(CellId("c1"), "code", "%%maestro\nhow"), Cell(CellId("c2"), "code", other))
        return NotebookPicture(NotebookId("n.ipynb"), RelPath("n.ipynb"), cells, CellId(active))

    def calls(maestro: Maestro) -> int:
        maestro.submit("how is the token made?", **where).result(30)  # type: ignore[arg-type]
        return len([call for call in server.calls if call.body.get("stream")])

    with served(project, server) as maestro:
        maestro.notebook(notebook("c1", "x = 1"))
        maestro.variables((Variable("x", "int"),))
        assert calls(maestro) == 1
        maestro.notebook(notebook("c2", "x = 1"))
        assert calls(maestro) == 1, "another cell is active"
        maestro.notebook(notebook("c2", "x = 2"))
        assert calls(maestro) == 2, "another cell says something else"
        maestro.variables((Variable("x", "str"),))
        assert calls(maestro) == 3
        assert calls(maestro) == 3
        file = project / "auth.py"
        file.write_text(file.read_text("utf8") + "\n# changed\n", "utf8")
        assert calls(maestro) == 4


def test_the_ledger_tells_of_purposes_days_turns_and_kinds(project: Path, server: ModelServer) -> None:
    request = f"{TOKEN} in auth.py"  # a file that is named is prepared with a model, too
    with served(project, server) as maestro:
        type_out(maestro, request)
        eventually(lambda: maestro.view()["preparations"] and ahead(server))
        quiet(maestro)
        maestro.submit(request + "?").result(30)
        report = reports.ledger(maestro)
        [turn] = report.data["turns"].values()
        assert turn.spending.sent == server.calls[-1].prompt
        [day] = report.data["days"].values()
        assert day.calls == len(server.calls)
        assert sum(item.prepared for item in report.data["kinds"].values()) > 0
        for words in ("answers", "reading ahead", request, "seconds saved", "not used", "dial stands at 0.5"):
            assert words in report.markdown


def test_no_secret_leaves_in_whatever_it_stands(project: Path, server: ModelServer) -> None:
    key = "sk-proj-" + "a1B2c3D4e5F6g7H8i9J0" * 2
    file = project / "auth.py"
    file.write_text(file.read_text("utf8") + f"\nAPI_KEY = '{key}'\n", "utf8")
    (project / ".env").write_text(f"TOKEN={key}\n", "utf8")
    cells = (Cell(CellId("c1"), "code", f"client = make(api_key='{key}')"),)
    with served(project, server, dial=1.0) as maestro:
        maestro.workspace.index.refresh()
        maestro.notebook(NotebookPicture(NotebookId("n.ipynb"), RelPath("n.ipynb"), cells, CellId("c1")))
        maestro.failure(Failure("traceback", "ValueError", f"token = '{key}'", (), time.time(), "kernel"))
        type_out(maestro, TOKEN)
        eventually(lambda: ahead(server))
        quiet(maestro)
        maestro.submit(f"{TOKEN} with api_key = '{key}'?", notebook_id="n.ipynb").result(30)
        maestro.submit("and what is in .env?", notebook_id="n.ipynb").result(30)
    sent = "".join(str(call.body) for call in server.calls)
    assert "def make_token" in sent
    assert "ValueError" in sent
    assert key not in sent
    assert key[8:] not in sent
