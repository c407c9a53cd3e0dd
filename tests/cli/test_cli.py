"""The terminal's door, in the same process; the whole program once in its own."""

from __future__ import annotations

import io
import json
import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from codemaestro_jupyter.cli import main
from codemaestro_jupyter.cli.screen import Working, rendered, with_file_links
from codemaestro_jupyter.workspace.index.index import Index, IndexProgress

pytestmark = pytest.mark.usefixtures("no_remains")


@pytest.fixture(autouse=True)
def private_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "cache"))


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(arguments)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_ask_answers_in_markdown_and_json(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "ask", "where", "is", "login", "--root", str(project))
    assert status == 0
    assert "api.py" in out
    status, out, _ = run(capsys, "ask", "where is login", "--root", str(project), "--json")
    answer = json.loads(out)
    assert (status, answer["tool"], answer["files"]) == (0, "find", ["api.py"])
    assert answer["receipt"]["prepared"] >= 0


def test_ask_prepares_while_standard_input_comes_in(project: Path) -> None:
    command = [sys.executable, "-m", "codemaestro_jupyter", "ask", "-", "--json", "--root", str(project)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        process.stdin.write("explain make_to")
        process.stdin.flush()
        out, _ = process.communicate("ken\n", timeout=120)
    assert "make_token" in json.loads(out)["markdown"]


def test_a_dry_run_says_what_would_be_done_and_stores_nothing(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = run(capsys, "ask", "explain make_token", "--dry-run", "--root", str(project))
    assert status == 0
    assert "make_token" in out
    assert run(capsys, "history", "--root", str(project))[1].strip() == "No turns yet."


def test_a_newer_database_is_no_empty_history(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "ask", "explain make_token", "--root", str(project))[0] == 0
    with sqlite3.connect(project / ".codemaestro" / "maestro.db") as later:
        later.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('maestro', '2031-flying', '')"
        )
    later.close()
    for command in ("history", "preparations"):
        status, out, err = run(capsys, command, "--root", str(project))
        assert status == 0
        assert "cannot be used, so nothing is known" in out
        assert "Update CodeMaestro" in err


def test_no_request_is_a_clear_error(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    status, out, err = run(capsys, "predict", "--root", str(project))
    assert (status, out) == (1, "")
    assert "Try: codemaestro predict" in err


def test_the_root_given_is_the_root_also_below_a_repository(
    project: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (project / ".git").mkdir(exist_ok=True)
    (project / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    below = project / "below"
    below.mkdir()
    (below / "only.py").write_text("here = 1\n")
    status, out, _ = run(capsys, "index", "--root", str(below), "--json")
    assert (status, json.loads(out)["paths"]) == (0, 1)
    status, _, err = run(capsys, "ask", "x", "--root", str(below / "only.py"))
    assert status == 1
    assert "only.py' is not a folder" in err


def test_links_of_an_answer_can_be_clicked_in_a_terminal(tmp_path: Path) -> None:
    markdown = "[`a b.py:3`](src/a%20b.py#line=2), [x](https://example.org), ![y](/z)"
    assert with_file_links(markdown, tmp_path) == (
        f"[`a b.py:3`]({tmp_path.as_uri()}/src/a%20b.py), [x](https://example.org), ![y](/z)"
    )


def test_a_link_is_drawn_as_one_and_none_that_leads_elsewhere(tmp_path: Path) -> None:
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=True, width=200, color_system="standard")
    console.print(rendered("[a.py:3](src/a%20b.py#line=2) [no](file:///etc/passwd) [x](https://example.org)", tmp_path))
    inside = re.findall(r"\x1b\]8;[^;]*;([^\x1b]+)\x1b", shown.getvalue())
    assert inside == [f"{tmp_path.as_uri()}/src/a%20b.py", "https://example.org"]
    assert "a.py:3" in shown.getvalue()
    assert "[a.py:3]" not in shown.getvalue()


def test_a_table_is_whole_in_a_narrow_terminal_and_its_names_can_be_copied() -> None:
    shown = io.StringIO()
    files = "src/a_long_name.py, src/another_long_name.py, tests/test_of_a_long_name.py"
    row = f"| 000008-87c3e5c0 | 2026-11-26 11:41 | apply | applied | rename fetch_user to load_user | {files} |"
    header = "| transaction | when | what | state | title | files |\n|---|---|---|---|---|---|"
    Console(file=shown, width=60).print(rendered(f"{header}\n{row}"))
    assert "000008-87c3e5c0" in shown.getvalue()
    assert "…" not in shown.getvalue()


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (30, "turn  received  seconds\n───────────────────────\nwhy?  16        0.25"),
        (20, "why?\nreceived 16 ·\nseconds 0.25"),
    ],
)
def test_no_word_of_a_table_is_broken_where_there_is_no_room_for_it(width: int, expected: str) -> None:
    shown = io.StringIO()
    table = "| turn | received | seconds |\n|---|---|---|\n| why? | 16 | 0.25 |\n"
    Console(file=shown, width=width).print(rendered(table))
    assert "\n".join(line.strip() for line in shown.getvalue().splitlines() if line.strip()) == expected


def test_a_turn_that_is_not_there_is_an_error(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "history", "--show", "nothing", "--root", str(project))
    assert status == 1
    assert "There is no turn `nothing`" in out


def test_a_root_that_does_not_exist_is_a_clear_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, "ask", "x", "--root", str(tmp_path / "nothing"))
    assert status == 1
    assert "nothing" in err
    assert "Traceback" not in err


def test_predict_names_files_with_reasons(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "predict", "the token of a session", "--root", str(project), "--json")
    prediction = json.loads(out)
    assert status == 0
    assert set(prediction["paths"][:2]) == {"auth.py", "tests/test_auth.py"}
    assert all(0 <= file["probability"] <= 1 and file["why"] for file in prediction["files"])
    assert "auth.py" in run(capsys, "predict", "-k", "1", "the token of a session", "--root", str(project))[1]


class Standard:
    """Standard input or output with a buffer, as a program has it."""

    def __init__(self, data: bytes = b"") -> None:
        self.buffer = io.BytesIO(data)


def test_the_line_protocol_follows_the_files(project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = [
        {"root": str(project), "text": "where is the login of the api", "k": 2},
        {"root": str(tmp_path / "nothing"), "text": "x", "k": 2},
    ]
    data = b"\n".join(json.dumps(line).encode() for line in lines) + b"\nnonsense\n"
    out = Standard()
    monkeypatch.setattr(sys, "stdin", Standard(data))
    monkeypatch.setattr(sys, "stdout", out)
    assert main(["predict", "--jsonl"]) == 0
    answers = [json.loads(line) for line in out.buffer.getvalue().splitlines()]
    assert answers[0]["paths"][0] == "api.py"
    assert len(answers[0]["paths"]) == 2
    assert answers[0]["ms"] > 0
    assert "nothing" in answers[1]["error"]
    assert "no request" in answers[2]["error"]
    assert not (project / ".codemaestro").exists()


def test_history_preparations_and_forget(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = ("--root", str(project))
    run(capsys, "ask", "where is login", *root)
    run(capsys, "ask", "explain make_token", *root)
    turns = json.loads(run(capsys, "history", "--json", *root)[1])["turns"]
    assert [turn["request"] for turn in turns] == ["explain make_token", "where is login"]
    assert [turn["request"] for turn in json.loads(run(capsys, "history", "where", "--json", *root)[1])["turns"]] == [
        "where is login"
    ]
    assert "api.py" in run(capsys, "history", "--show", turns[1]["id"], *root)[1]
    assert "api.py" in run(capsys, "history", "--show", f"{turns[1]['id'][:8]}…", *root)[1], "as a table cuts it"
    assert run(capsys, "history", "weather", *root)[1].strip() == "No turn holds all of: weather"
    assert run(capsys, "preparations", *root)[0] == 0
    assert run(capsys, "forget", "turns", *root)[0] == 1  # nobody to ask
    run(capsys, "edit", "rename make_token to forge_token", "--yes", *root)
    said = run(capsys, "forget", "everything", "--yes", *root)[1]
    assert "What 1 change replaced is deleted too: there is no undo of it any more." in " ".join(said.split())
    assert run(capsys, "undo", *root)[0] == 1
    assert json.loads(run(capsys, "history", "--json", *root)[1])["turns"] == []


def test_the_index_that_was_waited_for_is_ready_though_a_file_changes_right_then(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Index.wait
    monkeypatch.setattr(Index, "wait", lambda index, timeout=None: timeout != 0.0 and real(index, timeout))
    monkeypatch.setattr(Index, "progress", lambda index: IndexProgress(1, 2, "indexing"))
    assert json.loads(run(capsys, "index", "--json", "--root", str(project))[1])["state"] == "ready"


def test_index_and_doctor_report(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = ("--root", str(project))
    assert json.loads(run(capsys, "index", "--json", *root)[1])["state"] == "ready"
    assert json.loads(run(capsys, "index", "--rebuild", "--json", *root)[1])["state"] == "ready"
    status, out, _ = run(capsys, "doctor", *root)
    assert status == 0
    for name in ("Python", "ipykernel", "Database", "Index", "Git", "Model"):
        assert name in out


def test_wrong_calls_end_with_status_two(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["sing"])
    assert caught.value.code == 2
    assert "invalid choice" in capsys.readouterr().err


def test_a_sentence_changes_files_and_undo_restores_every_byte(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = ("--root", str(project))
    before = {path.name: path.read_bytes() for path in project.glob("*.py")}
    status, out, _ = run(capsys, "edit", "rename make_token to forge_token", *root)
    assert status == 0
    assert "+def forge_token(user: str) -> str:" in out
    assert {path.name: path.read_bytes() for path in project.glob("*.py")} == before  # nobody agreed
    status, out, _ = run(capsys, "edit", "rename make_token to forge_token", "--yes", "--json", *root)
    edited = json.loads(out)
    assert status == 0
    assert edited["applied"]["files"] == ["api.py", "auth.py", "tests/test_auth.py"]
    assert "forge_token" in (project / "api.py").read_text(encoding="utf8")
    assert "rename make_token to forge_token" in run(capsys, "log", *root)[1]
    assert run(capsys, "undo", *root)[0] == 0
    assert {path.name: path.read_bytes() for path in project.glob("*.py")} == before
    assert run(capsys, "redo", *root)[0] == 0
    assert "forge_token" in (project / "auth.py").read_text(encoding="utf8")


def test_what_cannot_be_changed_says_why(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "edit", "rename no_such_name to other", "--yes", "--root", str(project))
    assert status == 1
    assert "no_such_name" in out
    status, _, err = run(capsys, "undo", "--root", str(project))
    assert status == 1
    assert "codemaestro" in err


def test_what_went_wrong_with_the_database_is_said(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "index", "--root", str(project))
    database = project / ".codemaestro" / "maestro.db"
    database.write_bytes(b"no database at all " * 400)
    _, _, err = run(capsys, "history", "--root", str(project))
    assert "maestro.db was corrupt; it was set aside as maestro.db.corrupt-" in err
    _, out, err = run(capsys, "doctor", "--root", str(project))
    assert "set aside as corrupt earlier: maestro.db.corrupt-" in out
    assert err == ""


def test_a_newer_database_is_left_alone_and_said(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "index", "--root", str(project))
    with sqlite3.connect(project / ".codemaestro" / "maestro.db") as database:
        database.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('maestro', '2031-flying', '')"
        )
    database.close()
    status, out, err = run(capsys, "ask", "where is login", "--root", str(project))
    assert status == 0
    assert "api.py" in out
    assert "newer CodeMaestro (it knows '2031-flying')" in err
    _, out, _ = run(capsys, "doctor", "--root", str(project))
    assert "**Database**: in memory: nothing is kept" in out
    assert "**Settings**" not in out


def test_work_that_takes_long_shows_a_spinner_and_short_work_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with Working("Looking…"):
        pass
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("codemaestro_jupyter.cli.screen.PATIENCE", 0.0)
    with Working("Looking…") as working:
        working._timer.join()
        assert working._status is not None
    assert "Looking…" in capsys.readouterr().err


def test_metrics_are_kept_over_processes_and_drawn(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for new in ("make_key", "make_token"):
        old = "make_token" if new == "make_key" else "make_key"
        assert run(capsys, "edit", f"rename {old} to {new}", "--yes", "--root", str(project))[0] == 0
    drawn = project / "metrics.svg"
    status, out, _ = run(capsys, "metrics", "--root", str(project), "--svg", str(drawn))
    assert status == 0
    assert 'codemaestro_edit_seconds_count{stage="transaction"} 2' in out
    assert drawn.read_text(encoding="utf8").startswith("<svg")
    assert json.loads(run(capsys, "metrics", "--root", str(project), "--json")[1])["stages"]["verify"]["count"] == 2


def test_a_change_that_fails_its_tests_is_not_applied_unasked(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "pack.py").write_text("VALUE = 1\n", encoding="utf8")
    (project / "test_pack.py").write_text(
        "from pack import VALUE\n\n\ndef test_value():\n    assert VALUE < 3\n", encoding="utf8"
    )
    monkeypatch.setenv("CODEMAESTRO_EDIT_TESTS", "1")
    for new, status in ((9, 1), (2, 0)):
        said = f'replace "VALUE = 1" with "VALUE = {new}" in pack.py'
        found, out, _ = run(capsys, "edit", said, "--yes", "--json", "--root", str(project))
        answer = json.loads(out)
        assert (found, [item["passed"] for item in answer["checks"]]) == (status, [status == 0])
        assert (answer["applied"] is None) is (status == 1)
    assert (project / "pack.py").read_text(encoding="utf8") == "VALUE = 2\n"


@pytest.mark.parametrize("what", ["index", "load", "model"])
def test_a_benchmark_with_projects_of_its_own_takes_no_other(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", what, "--repo", "."]) == 1
    assert "projects of its own.\n  Leave --repo out." in capsys.readouterr().err
