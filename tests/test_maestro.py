"""The whole engine on a small project: typing prepares, submitting uses it, and nothing is left or changed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import pytest

from codemaestro_jupyter.converse.keystrokes import AGAIN_AFTER
from codemaestro_jupyter.errors import MaestroError, RootError
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.settings import Settings
from codemaestro_jupyter.types import (
    Cell,
    CellId,
    Failure,
    NotebookId,
    NotebookPicture,
    Rating,
    RelPath,
    TypingEvent,
    Variable,
)
from codemaestro_jupyter.view import SessionView

from .conftest import eventually, git

pytestmark = pytest.mark.usefixtures("no_remains")
NOTEBOOK = NotebookId("work.ipynb")


def event(text: str, seq: int, source: Any = "chat", cell: str = "") -> TypingEvent:
    return TypingEvent(source, NOTEBOOK, CellId(cell), seq, text, len(text), 0.0)


def type_out(maestro: Maestro, text: str, **options: Any) -> None:
    for length in range(1, len(text) + 1):
        maestro.typing(event(text[:length], length, **options))


def predicted(maestro: Maestro) -> list[str]:
    view = maestro.view().get("prediction")
    return [file["path"] for file in view["files"]] if view else []


def ready(maestro: Maestro) -> set[str]:
    return {item["subject"] for item in maestro.view()["preparations"] if item["state"] == "ready"}


def contents(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() + str(path.stat().st_mtime_ns)
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".codemaestro" not in path.parts
    }


def test_half_a_sentence_predicts_and_prepares_the_file_it_needs(maestro: Maestro) -> None:
    type_out(maestro, "make the token of a ses")
    eventually(lambda: "auth.py" in predicted(maestro))
    eventually(lambda: "auth.py" in ready(maestro))
    view = maestro.view()
    assert view["prediction"]["files"][0]["why"]
    assert 0 < view["stage"]["progress"] <= 1
    assert view["suggestions"]


def test_the_answer_uses_what_was_prepared_and_says_so(maestro: Maestro) -> None:
    type_out(maestro, "explain make_token")
    eventually(lambda: "auth.py" in ready(maestro))
    answer = maestro.submit("explain make_token").result(30)
    assert "A token that names its user" in answer.markdown
    assert "auth.py" in answer.files
    turn = maestro.view()["turns"][-1]
    assert turn["state"] == "done"
    assert turn["receipt"]
    assert turn["receipt"]["used"] > 0
    assert turn["receipt"]["said"].endswith("while you were typing")
    assert turn["started"] <= turn["first_output"] <= turn["finished"]


def test_preparing_changes_no_file_and_git_sees_nothing(maestro: Maestro, project: Path) -> None:
    before = contents(project)
    type_out(maestro, "wait longer for the session in auth")
    eventually(lambda: ready(maestro))
    maestro.submit("what changed").result(30)
    assert contents(project) == before
    assert git(project, "status", "--porcelain") == ""


def test_what_predictions_rest_on_is_made_ready_before_anybody_types(maestro: Maestro, project: Path) -> None:
    index, predictor = maestro.workspace.index, maestro._predictor
    eventually(lambda: index.view().paths and predictor.view is index.view())
    (project / "brand_new.py").write_text("def brand_new(): ...\n", encoding="utf8")
    index.refresh(["brand_new.py"])
    eventually(lambda: predictor.view is not None and "brand_new.py" in predictor.view.paths)


def test_a_key_a_cell_and_a_request_wake_what_watches_the_project(
    maestro: Maestro, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[str] = []
    monkeypatch.setattr(maestro.workspace.index, "stir", lambda: woken.append("stir"))
    maestro.typing(event("auth", 1))
    assert woken == ["stir"]
    maestro.busy(True)
    eventually(lambda: len(woken) == 2)
    maestro.submit("where is make_token").result(timeout=60)
    assert len(woken) == 3


def test_too_little_text_predicts_nothing(maestro: Maestro) -> None:
    maestro.typing(event("aut", 1))
    eventually(lambda: maestro.view().get("prediction"))
    assert predicted(maestro) == []
    maestro.typing(event("auth", 2))
    eventually(lambda: "auth.py" in predicted(maestro))


def test_a_maestro_cell_is_its_request_and_a_code_cell_its_names(maestro: Maestro) -> None:
    maestro.typing(event("%%maestro\nhow does login work", 1, source="cell", cell="c1"))
    eventually(lambda: "api.py" in predicted(maestro))
    maestro.typing(event("# test the token\nfrom auth import make_tok", 2, source="cell", cell="c2"))
    eventually(lambda: "auth.py" in predicted(maestro)[:2] and maestro.view()["prediction"]["cell_id"] == "c2")


def test_code_cells_are_left_alone_where_the_person_says_so(maestro: Maestro) -> None:
    maestro.settings.set("observe_code_cells", False)
    maestro.typing(event("from auth import make_token", 1, source="cell", cell="c"))
    maestro.typing(event("how does login work", 2))
    eventually(lambda: maestro.view().get("prediction"))
    assert maestro.view()["prediction"]["seq"] == 2


def test_switched_off_it_watches_nothing_and_still_answers(maestro: Maestro) -> None:
    maestro.settings.set("enabled", False)
    type_out(maestro, "how does login work")
    answer = maestro.submit("where is login").result(30)
    assert "api.py" in answer.markdown
    assert "prediction" not in maestro.view()
    assert ready(maestro) == set()


def test_running_the_same_cell_again_reuses_the_answer_until_something_changes(maestro: Maestro, project: Path) -> None:
    def ask(fresh: bool = False) -> tuple[str, bool]:
        pending = maestro.submit("show auth.py", notebook_id=NOTEBOOK, cell_id="c1", fresh=fresh)
        return pending.result(30).markdown, pending.reused

    first = ask()
    assert ask() == (first[0], True)
    assert maestro.view()["turns"][-1]["reused"] is True
    assert ask(fresh=True) == (first[0], False)
    (project / "auth.py").write_text("TIMEOUT = 99\n", encoding="utf8")
    markdown, reused = ask()
    assert "TIMEOUT = 99" in markdown
    assert not reused


def test_parts_stream_to_subscribers_and_the_picture_ends_whole(maestro: Maestro) -> None:
    parts: list[Any] = []
    stop = maestro.subscribe(parts.append)
    pending = maestro.submit("explain Session")
    streamed = "".join(part.markdown for part in pending.parts(30))
    assert pending.result(1).markdown == streamed
    eventually(lambda: any(turn["state"] == "done" for part in parts for turn in part.get("turns", [])))
    stop()
    assert maestro.view()["turns"][-1]["markdown"] == streamed


def test_a_cancelled_request_ends_and_says_so(maestro: Maestro) -> None:
    pending = maestro.submit("explain Session")
    pending.cancelled.set()
    with pytest.raises(CancelledError):
        pending.result(30)
    eventually(lambda: maestro.view()["turns"][-1]["state"] == "cancelled")
    assert maestro.submit("where is login").result(30).files


def test_the_last_traceback_is_explained(maestro: Maestro) -> None:
    maestro.failure(Failure("traceback", "KeyError: 'ada'", "Traceback…\nKeyError: 'ada'", (), 1.0, "kernel"))
    eventually(lambda: maestro.view()["failure"])
    assert "KeyError: 'ada'" in maestro.submit("why did it fail").result(30).markdown
    maestro.failure(None)
    eventually(lambda: maestro.view()["failure"] is None)


def test_variables_complete_and_are_explained_without_their_values(maestro: Maestro) -> None:
    maestro.variables((Variable("users", "DataFrame", (100, 2), ("id", "name"), ("int64", "object"), "pandas"),))
    eventually(lambda: maestro.complete("@us"))
    assert [item.label for item in maestro.complete("@us")] == ["users"]
    assert [item.label for item in maestro.complete("auth")] == ["auth.py", "tests/test_auth.py"]
    markdown = maestro.submit("explain @users").result(30).markdown
    assert "DataFrame" in markdown
    assert "name" in markdown


def test_dismissing_a_file_teaches(maestro: Maestro) -> None:
    type_out(maestro, "the token of a session")
    eventually(lambda: "auth.py" in predicted(maestro))
    maestro.dismiss("auth.py")
    eventually(lambda: "auth.py" not in predicted(maestro))
    eventually(lambda: maestro.store.learning.rejected().get("auth.py", 0) > 0)  # type: ignore[call-overload]


def test_a_text_at_rest_is_looked_at_again_when_the_project_changes(maestro: Maestro) -> None:
    type_out(maestro, "where is the warehouse robot")
    eventually(lambda: maestro.view().get("prediction"))
    (maestro.root / "robot.py").write_text("class WarehouseRobot:\n    '''The robot in the warehouse.'''\n")
    eventually(lambda: "robot.py" in predicted(maestro))


def test_what_was_submitted_is_not_prepared_again(maestro: Maestro) -> None:
    type_out(maestro, "where is the warehouse robot")
    maestro.submit("where is the warehouse robot").result(30)
    (maestro.root / "robot.py").write_text("class WarehouseRobot: ...\n")
    eventually(lambda: "robot.py" in maestro.workspace.index.view().paths)
    time.sleep(2 * AGAIN_AFTER)
    assert "robot.py" not in predicted(maestro)


def test_ratings_are_kept_and_not_asked_twice(maestro: Maestro) -> None:
    pending = maestro.submit("where is login")
    pending.result(30)
    maestro.rate(pending.turn, Rating(5, 4, None))
    eventually(lambda: maestro.view()["turns"][-1]["rated"])


def test_clearing_empties_the_screen_and_keeps_the_history(maestro: Maestro) -> None:
    maestro.submit("where is login").result(30)
    maestro.clear()
    eventually(lambda: maestro.view()["turns"] == [])
    assert [turn.request for turn in maestro.store.turns.list(limit=5)] == ["where is login"]


def outline(name: str, *cells: str) -> NotebookPicture:
    return NotebookPicture(NotebookId(name), RelPath(name), tuple(Cell(CellId(c), "code", "") for c in cells))


def asked(maestro: Maestro) -> list[tuple[str, str]]:
    return [(turn["notebook_id"], turn["request"]) for turn in maestro.view()["turns"]]


def test_each_notebook_goes_on_with_its_own_conversation_after_a_restart(project: Path, settings: Settings) -> None:
    with Maestro(settings, root=project) as first:
        for name in ("a.ipynb", "b.ipynb"):
            first.notebook(outline(name, f"cell of {name}"))
            first.submit(f"where is login, {name}", notebook_id=name).result(30)
    with Maestro(settings, root=project) as second:
        assert asked(second) == []
        second.notebook(outline("a.ipynb", "cell of a.ipynb"))
        eventually(lambda: asked(second) == [("a.ipynb", "where is login, a.ipynb")])
        second.notebook(outline("moved.ipynb", "cell of b.ipynb"))  # there was never a file called b.ipynb
        eventually(lambda: ("moved.ipynb", "where is login, b.ipynb") in asked(second))


def test_a_cleared_conversation_does_not_come_back_after_a_restart(project: Path, settings: Settings) -> None:
    with Maestro(settings, root=project) as first:
        for name in ("a.ipynb", "b.ipynb"):
            first.notebook(outline(name, f"cell of {name}"))
            first.submit("where is login", notebook_id=name).result(30)
        seen: list[SessionView] = []
        first.subscribe(seen.append)
        first.clear("a.ipynb")
        eventually(lambda: any("session" in part for part in seen))  # every page hears the whole picture
        assert [turn["notebook_id"] for turn in seen[-1]["turns"]] == ["b.ipynb"]
        eventually(lambda: not first.store.turns.on_screen(NotebookId("a.ipynb")))
    with Maestro(settings, root=project) as second:
        for name in ("a.ipynb", "b.ipynb"):
            second.notebook(outline(name, f"cell of {name}"))
        eventually(lambda: asked(second) == [("b.ipynb", "where is login")])
        assert len(second.store.turns.list()) == 2


def test_what_was_prepared_survives_a_restart_and_is_reused(project: Path, settings: Settings) -> None:
    with Maestro(settings, root=project) as first:
        first.workspace.index.wait(60)
        type_out(first, "how does make_token in auth.py work")
        eventually(lambda: "auth.py" in ready(first))
    with Maestro(settings, root=project) as second:
        second.workspace.index.wait(60)
        type_out(second, "how does make_token in auth.py work")
        eventually(lambda: "auth.py" in ready(second))
        versions = [
            item.version for item in second.store.preparations.list(subject="auth.py") if item.key.kind == "file"
        ]
    assert versions == [1]


def test_a_changed_file_is_prepared_anew(maestro: Maestro, project: Path) -> None:
    type_out(maestro, "show auth.py")
    eventually(lambda: "auth.py" in ready(maestro))
    (project / "auth.py").write_text("def renamed():\n    return 1\n", encoding="utf8")
    answer = maestro.submit("show auth.py").result(30)
    assert "renamed" in answer.markdown
    assert "make_token" not in answer.markdown


def test_a_hundred_thousand_keystrokes_and_a_huge_paste_cost_nothing(maestro: Maestro) -> None:
    for number in range(100_000):
        maestro.typing(event("how does login work"[: number % 20], number))
    maestro.typing(event("word " * 200_000 + " make_token", 100_001))
    eventually(lambda: maestro.view().get("prediction", {}).get("seq") == 100_001, 30)  # type: ignore[union-attr]
    assert threading.active_count() < 30


def test_a_root_that_is_no_folder_is_named(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(RootError) as caught:
        Maestro(settings, root=tmp_path / "nothing")
    assert caught.value.hint


def test_an_empty_folder_without_git_is_normal(tmp_path: Path, settings: Settings) -> None:
    with Maestro(settings, root=tmp_path) as maestro:
        assert maestro.workspace.index.wait(60)
        assert maestro.submit("how does login work").result(30).markdown


def test_a_corrupt_database_is_set_aside_and_said(project: Path, settings: Settings) -> None:
    folder = project / ".codemaestro"
    folder.mkdir()
    (folder / "maestro.db").write_bytes(b"this is no database" * 1000)
    with Maestro(settings, root=project) as maestro:
        assert maestro.workspace.index.wait(60)
        assert maestro.submit("where is login").result(30).files
        assert any("maestro.db" in notice["message"] for notice in maestro.view()["notices"])
    assert list(folder.glob("maestro.db*corrupt*"))


@pytest.mark.skipif(os.name != "posix", reason="folders are read-only differently elsewhere")
def test_a_read_only_root_works_from_the_cache_folder(
    project: Path, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.getuid() == 0:
        (project / ".codemaestro").write_text("in the way", encoding="utf8")  # root may write anywhere
    else:
        project.chmod(0o500)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    try:
        with Maestro(settings, root=project) as maestro:
            assert maestro.workspace.index.wait(60)
            assert maestro.submit("where is login").result(30).files
            assert maestro.store.path
            assert tmp_path / "cache" in maestro.store.path.parents
    finally:
        project.chmod(0o700)


def test_two_sessions_and_a_terminal_share_one_project(project: Path, settings: Settings) -> None:
    with Maestro(settings, root=project) as one, Maestro(Settings(environment={}, policy={}), root=project) as two:
        for maestro in (one, two):
            assert maestro.workspace.index.wait(60)
            assert "api.py" in maestro.submit("where is login").result(30).files
        done = subprocess.run(
            [sys.executable, "-m", "codemaestro_jupyter", "ask", "where is make_token", "--root", str(project)],
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        assert "auth.py" in done.stdout
        assert len(one.store.turns.list(limit=10)) == 3


def test_a_closed_maestro_ends_what_is_pending_and_takes_no_more(project: Path, settings: Settings) -> None:
    maestro = Maestro(settings, root=project)
    pending = maestro.submit("explain Session")
    maestro.close()
    maestro.close()
    assert pending.done
    maestro.typing(event("how does login work", 1))
    with pytest.raises(MaestroError, match="closed"):
        maestro.submit("where is login")


def test_typing_returns_at_once_while_an_answer_is_made(maestro: Maestro) -> None:
    pending = maestro.submit("explain Session")
    started = time.perf_counter()
    maestro.typing(event("how does login work", 1))
    assert time.perf_counter() - started < 1.0
    pending.result(30)
