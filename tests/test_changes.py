"""A command opens its proposal by itself; it is applied in part, refused with a way out, undone and redone."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codemaestro_jupyter.edit.card import without_diffs
from codemaestro_jupyter.edit.cellhost import ScriptedCells
from codemaestro_jupyter.errors import ConflictError, InputError, MaestroError, PathError
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.models.scripted import ScriptedModel
from codemaestro_jupyter.settings import Settings
from codemaestro_jupyter.types import Answer, Cell, CellId, TurnId
from codemaestro_jupyter.view import ChangeView

from .conftest import eventually

pytestmark = pytest.mark.usefixtures("no_remains")
RENAME = "rename make_token to forge_token"


@pytest.fixture
def maestro(project: Path) -> Iterator[Maestro]:
    with Maestro(Settings(environment={}, policy={}), root=project) as maestro:
        maestro.settings.set("model", "off")
        assert maestro.workspace.index.wait(60)
        yield maestro


def tree(root: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(root.rglob("*.py"))}


def ask(maestro: Maestro, text: str = RENAME) -> tuple[TurnId, Answer]:
    pending = maestro.submit(text, source="chat")
    return pending.turn, pending.result(30)


def card(maestro: Maestro, turn: TurnId, **wanted: Any) -> ChangeView:
    """The card of a turn, once it shows what is wanted."""

    def shown() -> ChangeView | None:
        found = next((each for each in maestro.view()["changes"] if each["turn"] == turn), None)
        fits = found is not None and all(dict(found)[key] == value for key, value in wanted.items())
        return found if fits else None

    return eventually(shown)


def test_a_command_is_proposed_applied_and_undone_byte_for_byte(maestro: Maestro, project: Path) -> None:
    before = tree(project)
    turn, answer = ask(maestro)
    assert answer.tool == "edit"
    assert "+def forge_token" in answer.markdown
    assert without_diffs(answer.markdown).startswith(f"**{RENAME}**\n\n*Nothing is written")
    assert [file["path"] for file in card(maestro, turn)["files"]] == list(answer.files)
    assert tree(project) == before
    maestro.change(turn, "apply")
    done = card(maestro, turn, state="applied", busy=False)
    assert done["transaction"]
    assert tree(project) != before
    maestro.change(turn, "undo")
    card(maestro, turn, state="undone", busy=False)
    assert tree(project) == before
    maestro.change(turn, "redo")
    card(maestro, turn, state="applied", busy=False)
    assert maestro.changes.undo()[0].operation == "undo"
    assert card(maestro, turn, state="undone")["transaction"] == done["transaction"], "undone elsewhere: it knows"
    assert tree(project) == before


def test_only_the_accepted_hunks_are_written(maestro: Maestro, project: Path) -> None:
    before = tree(project)
    turn, _ = ask(maestro, "replace every TIMEOUT with PATIENCE in auth.py, then create extra.py with `x = 1`")
    hunks = [hunk["id"] for file in card(maestro, turn)["files"] for hunk in file["hunks"]]
    maestro.change(turn, "apply", [hunk for hunk in hunks if hunk.startswith("extra.py")])
    assert card(maestro, turn, state="applied")["message"] == ""
    assert (project / "extra.py").read_text(encoding="utf8") == "x = 1"
    assert {path: data for path, data in tree(project).items() if "extra" not in path} == before


def test_what_is_unticked_on_a_screen_is_so_everywhere_and_stays_as_long_as_it_is_the_same(
    maestro: Maestro, project: Path
) -> None:
    before = tree(project)
    turn, _ = ask(maestro, "replace every TIMEOUT with PATIENCE in auth.py, then create extra.py with `x = 1`")
    maestro.change(turn, "leave", ["auth.py:1"])
    ticked = {"auth.py:1": False, "extra.py:1": True}

    def ticks(**wanted: Any) -> dict[str, bool]:
        return {hunk["id"]: hunk["ticked"] for file in card(maestro, turn, **wanted)["files"] for hunk in file["hunks"]}

    assert ticks(busy=False) == ticked
    maestro.changes.perform(turn, "again")
    assert ticks(busy=False) == ticked
    maestro.changes.apply(turn)  # as `%maestro apply` does
    assert ticks(state="applied") == ticked
    assert {path: data for path, data in tree(project).items() if "extra" not in path} == before
    maestro.change(turn, "leave", ["extra.py:1"])
    assert ticks(state="applied") == ticked, "what is applied is not chosen any more"


def test_a_conflict_stands_on_the_card_and_the_plan_can_be_made_again(maestro: Maestro, project: Path) -> None:
    turn, _ = ask(maestro)
    auth = project / "auth.py"
    auth.write_text(auth.read_text(encoding="utf8") + "\n# the person was here\n", encoding="utf8")
    typed = tree(project)
    with pytest.raises(ConflictError, match=r"auth\.py changed since the plan was made"):
        maestro.changes.perform(turn, "apply")
    assert card(maestro, turn, busy=False)["message"].startswith(
        "Step 1 (rename symbol make_token to forge_token): auth.py changed since the plan was made."
    )
    assert tree(project) == typed
    maestro.change(turn, "again")
    card(maestro, turn, busy=False, message="", fixes=[])
    maestro.change(turn, "apply")
    card(maestro, turn, state="applied")
    assert "# the person was here" in auth.read_text(encoding="utf8")
    assert "def forge_token" in auth.read_text(encoding="utf8")


def test_a_write_protected_file_is_told_before_apply_is_offered_with_a_way_out(maestro: Maestro, project: Path) -> None:
    before = tree(project)
    (project / "auth.py").chmod(0o444)
    turn, answer = ask(maestro)
    fix = "Change auth.py though write-protected."
    assert f"1. {fix}" in answer.markdown
    shown = card(maestro, turn)
    assert (shown["applicable"], shown["blocked"], shown["fixes"]) == (False, ["auth.py is write-protected."], [fix])
    with pytest.raises(PathError, match=r"auth\.py is write-protected"):
        maestro.changes.apply(turn)
    assert tree(project) == before
    maestro.change(turn, "fix")
    assert card(maestro, turn, busy=False, applicable=True)["blocked"] == []
    maestro.change(turn, "apply")
    card(maestro, turn, state="applied", busy=False)
    assert tree(project) != before


def test_what_cannot_be_done_comes_with_suggestions_that_can_be_followed(maestro: Maestro, project: Path) -> None:
    turn, answer = ask(maestro, "rename make_tokn to forge_token")
    assert "This cannot be done" in answer.markdown
    shown = card(maestro, turn)
    assert (shown["applicable"], shown["files"]) == (False, [])
    assert any("make_token" in each for each in shown["candidates"] + shown["fixes"])
    maestro.change(turn, "fix", fix=0)
    assert card(maestro, turn, applicable=True)["files"]


@pytest.mark.parametrize("said", ["rename make_token", "rename nothing_here", "rename nothing_here."])
def test_a_renaming_without_its_new_name_asks_for_it(maestro: Maestro, said: str) -> None:
    _, answer = ask(maestro, said)
    assert answer.tool == "edit"
    assert f"rename {said.split()[1].rstrip('.')} to what?" in answer.markdown


def test_a_discarded_change_writes_nothing_and_may_be_applied_after_all(maestro: Maestro, project: Path) -> None:
    before = tree(project)
    turn, _ = ask(maestro)
    maestro.change(turn, "discard")
    card(maestro, turn, state="discarded")
    assert tree(project) == before
    assert maestro.changes.apply(turn).files


def test_a_button_of_a_card_that_is_gone_is_answered_by_a_notice(maestro: Maestro) -> None:
    said: list[str] = []
    maestro.subscribe(lambda part: said.extend(each["message"] for each in part.get("notices", [])))
    maestro.change(TurnId("none"), "apply")
    eventually(lambda: "That change is no longer at hand." in said)
    turn, _ = ask(maestro)
    maestro.changes.apply(turn)
    with pytest.raises(InputError, match="applied already"):
        maestro.changes.apply(turn)
    with pytest.raises(InputError, match="applied already"):
        maestro.changes.perform(turn, "redo")


def test_auto_apply_applies_at_once(maestro: Maestro, project: Path) -> None:
    maestro.settings.set("auto_apply", True)
    turn, answer = ask(maestro)
    assert "**Applied** `" in answer.markdown
    assert answer.data["applied"]["files"]
    assert card(maestro, turn, state="applied")
    assert "def forge_token" in (project / "auth.py").read_text(encoding="utf8")


def test_a_secret_or_ignored_file_is_not_offered(maestro: Maestro, project: Path) -> None:
    _, answer = ask(maestro, 'replace "a" with "b" in conf/.env')
    assert "cannot be done" in answer.markdown
    assert maestro.changes.newest is None


def test_what_only_mentions_renaming_is_answered_as_before(maestro: Maestro) -> None:
    _, answer = ask(maestro, "why did we rename make_token to forge_token")
    assert answer.tool != "edit"
    assert maestro.view()["changes"] == []


def test_an_open_notebook_that_cannot_be_reached_is_named_and_left_alone(maestro: Maestro, project: Path) -> None:
    import nbformat

    for name in ("here.ipynb", "there.ipynb"):
        cell = nbformat.v4.new_code_cell("from auth import make_token", id="c0")
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), project / name)
    host = ScriptedCells({"here.ipynb": [Cell(CellId("c0"), "code", "from auth import make_token")]})
    host.others = frozenset({"there.ipynb"})
    maestro.changes.host = host
    turn, _ = ask(maestro)
    shown = card(maestro, turn)
    assert not shown["applicable"]
    assert [reason.split(" is open")[0] for reason in shown["blocked"]] == ["there.ipynb"]
    assert {file["path"]: file["live"] for file in shown["files"]}["here.ipynb"]


def test_the_card_of_a_models_plan_answers_its_confirmation(project: Path) -> None:
    steps = [
        {"do": "replace_text", "path": "auth.py", "old": "TIMEOUT = 30", "new": "TIMEOUT = 60"},
        {"do": "create_file", "path": "notes.md", "old": "", "new": "Longer.\n"},
    ]
    plan = json.dumps({"summary": "Wait longer.", "steps": steps})
    with Maestro(Settings(environment={}, policy={}), root=project, model=ScriptedModel([plan] * 6)) as maestro:
        assert maestro.workspace.index.wait(60)
        pending = maestro.submit("improve the timeout of Session in auth.py", source="chat", asks=True)
        asked = eventually(lambda: maestro.view().get("question"))
        maestro.choose(asked["id"], "small")
        shown = card(maestro, pending.turn, state="proposed")
        eventually(lambda: (maestro.view().get("question") or {}).get("stage") == "READY")
        maestro.change(pending.turn, "apply", [file["hunks"][0]["id"] for file in shown["files"][:1]])
        assert "**Done:** `auth.py` changed" in pending.result(30).markdown
        assert card(maestro, pending.turn)["state"] == "applied"
        assert "TIMEOUT = 60" in (project / "auth.py").read_text(encoding="utf8")
        assert not (project / "notes.md").exists(), "only what was accepted"
        maestro.changes.perform(pending.turn, "undo")
        assert "TIMEOUT = 30" in (project / "auth.py").read_text(encoding="utf8")


def test_typing_a_command_loads_the_plan_engine_and_proposes_nothing(project: Path) -> None:
    code = f"""
import sys, time
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.settings import Settings
from codemaestro_jupyter.types import CellId, NotebookId, TypingEvent

def type_(text, number):
    maestro.typing(TypingEvent("chat", NotebookId(""), CellId(""), number, text, len(text), 1.0))
    while maestro.view().get("prediction", {{}}).get("seq") != number:
        time.sleep(0.01)

with Maestro(Settings(environment={{}}, policy={{}}), root={str(project)!r}) as maestro:
    maestro.settings.set("model", "off")
    maestro.workspace.index.wait(60)
    type_("where is make_token", 1)
    before = "libcst" in sys.modules
    type_("rename make_token to", 2)
    while "codemaestro_jupyter.edit.engine" not in sys.modules:
        time.sleep(0.01)
    print(before, maestro.view()["changes"])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert (done.stdout, done.returncode) == ("False []\n", 0), done.stderr


def test_a_card_whose_journal_was_deleted_still_says_what_stands(maestro: Maestro) -> None:
    turn, _ = ask(maestro)
    maestro.changes.apply(turn)
    assert maestro.changes.forget() == 1
    with pytest.raises(MaestroError):
        maestro.changes.undo(turn=turn)
    assert card(maestro, turn, busy=False)["state"] == "applied"
