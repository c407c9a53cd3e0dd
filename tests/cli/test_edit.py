"""In a terminal: all, none, or hunk by hunk; and a command that was asked is proposed, not explained."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codemaestro_jupyter.cli import edit as door
from codemaestro_jupyter.cli import main
from codemaestro_jupyter.edit.proposal import FileDiff, Hunk, Proposal

HUNKS = tuple(Hunk(f"a.py:{number}", "@@", ("-x", "+y"), ticked=number != 2) for number in (1, 2, 3))


def chosen(*replies: str, hunks: tuple[Hunk, ...] = HUNKS) -> set[str]:
    asked = iter(replies)

    def ask(_: str) -> str:
        try:
            return next(asked)
        except StopIteration:
            raise EOFError from None

    found = door.choose(Proposal("x", None, (FileDiff("a.py", None, None, hunks),)), ask)
    assert next(asked, None) is None, "every reply was asked for"
    return {name.removeprefix("a.py:") for name in found}


@pytest.mark.parametrize(
    ("replies", "wanted"),
    [
        (("y",), {"1", "3"}),
        (("",), set()),
        (("what",), set()),
        ((), set()),
        (("h", "y", "y", "n"), {"1", "2"}),
        (("h", "", "", ""), {"1", "3"}),
        (("h", "n", "a"), {"2", "3"}),
        (("h", "perhaps", "y", "q"), set()),
        (("h", "y"), set()),
    ],
)
def test_hunks_are_chosen(replies: tuple[str, ...], wanted: set[str]) -> None:
    assert chosen(*replies) == wanted


def test_one_hunk_is_a_yes_or_no() -> None:
    assert chosen("y", hunks=HUNKS[:1]) == {"1"}
    assert chosen("h", hunks=HUNKS[:1]) == set()


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Somebody at the terminal, who says what is in the list."""
    replies: list[str] = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _="": replies.pop(0))
    return replies


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = main(list(arguments))
    return status, capsys.readouterr().out


def test_a_part_of_a_change_is_applied_and_undone(
    project: Path, capsys: pytest.CaptureFixture[str], person: list[str]
) -> None:
    auth = project / "auth.py"
    before = auth.read_bytes()
    person += ["h", "n", *["y"] * 20]
    text = 'replace every "user" with "person" in auth.py, then create extra.py with `x = 1`'
    status, out = run(capsys, "edit", text, "--root", str(project))
    assert (status, "Applied" in out) == (0, True)
    assert auth.read_bytes() != before
    assert b'"""Who somebody is."""' in auth.read_bytes()
    status, out = run(capsys, "undo", "--root", str(project))
    assert (status, auth.read_bytes(), (project / "extra.py").exists()) == (0, before, False)


@pytest.fixture
def mention(project: Path) -> Path:
    """A write-protected file that only mentions `make_token`."""
    path = project / "note.md"
    path.write_text("See make_token.\n", encoding="utf8")
    path.chmod(0o444)
    return path


def test_a_write_protected_mention_stands_in_the_way_only_of_itself(
    project: Path, mention: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ("edit", "rename make_token to forge_token", "--yes", "--root", str(project))
    status, out = run(capsys, *command, "--take", "note.md:1")
    assert (status, "✗ note.md is write-protected." in out, "Applied" in out) == (1, True, False)
    status, out = run(capsys, *command)
    assert (status, "Applied" in out, mention.read_text(encoding="utf8")) == (0, True, "See make_token.\n")


def test_the_rest_of_a_change_is_chosen_hunk_by_hunk(
    project: Path, mention: Path, capsys: pytest.CaptureFixture[str], person: list[str]
) -> None:
    mention.with_name("auth.py").chmod(0o444)
    person += ["n", "y", "h", *[""] * 20]
    status, out = run(capsys, "edit", "rename make_token to forge_token", "--root", str(project))
    assert "✗ auth.py is write-protected." in out
    assert (status, "Nothing was written." in out, person[:1]) == (1, True, ["h"]), "a yes to what may not be is none"
    person[:] = ["n", "h", *[""] * 20]
    status, out = run(capsys, "edit", "rename make_token to forge_token", "--root", str(project))
    assert "Applied" in out
    assert "def make_token" in (project / "auth.py").read_text(encoding="utf8")


def test_every_line_of_a_long_diff_can_be_seen(
    project: Path, capsys: pytest.CaptureFixture[str], person: list[str]
) -> None:
    (project / "long.txt").write_text("a\n" * 500, encoding="utf8")
    command = ("edit", "replace every a with b in long.txt", "--root", str(project))
    person += ["w", "n"]
    out = run(capsys, *command)[1]
    assert "This is not every line of the diff: `--whole` shows all of it." in out
    assert out.count("\n+b") == 500
    person += ["n"]
    assert run(capsys, *command, "--whole")[1].count("\n+b") == 500


def test_a_no_writes_nothing(project: Path, capsys: pytest.CaptureFixture[str], person: list[str]) -> None:
    before = {path: path.read_bytes() for path in project.glob("*.py")}
    person += ["n"]
    status, out = run(capsys, "edit", "rename make_token to forge_token", "--root", str(project))
    assert (status, "Nothing was written." in out) == (0, True)
    assert {path: path.read_bytes() for path in project.glob("*.py")} == before


def test_a_suggestion_is_followed(project: Path, capsys: pytest.CaptureFixture[str], person: list[str]) -> None:
    person += ["1", "y"]
    status, out = run(capsys, "edit", "rename make_tokn to forge_token", "--root", str(project))
    assert (status, "Applied" in out, person) == (0, True, [])
    assert "def forge_token" in (project / "auth.py").read_text(encoding="utf8")


@pytest.mark.parametrize("reply", ["", "n", "0", "9"])
def test_no_suggestion_is_followed(
    reply: str, project: Path, capsys: pytest.CaptureFixture[str], person: list[str]
) -> None:
    person += [reply]
    assert run(capsys, "edit", "rename make_tokn to forge_token", "--root", str(project))[0] == 1
    assert "def make_token" in (project / "auth.py").read_text(encoding="utf8")


def test_where_nobody_can_be_asked_it_says_that_nothing_was_written(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = run(capsys, "edit", "rename make_token to forge_token", "--root", str(project))[1]
    assert out.endswith("Nothing was written. `--yes` applies without asking.\n")


def test_a_command_that_is_asked_is_a_proposal(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out = run(capsys, "ask", "rename make_token to forge_token", "--json", "--root", str(project))
    answer: dict[str, Any] = json.loads(out)
    assert answer["tool"] == "edit"
    assert answer["data"]["applicable"]
    assert "def make_token" in (project / "auth.py").read_text(encoding="utf8")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["rename", "a", "to", "b"], "rename a to b"),
        (["rename a to b"], "rename a to b"),
        (["rename a to b", "add logging to c"], "rename a to b; add logging to c"),
        (["rename", "a b", "to", "c"], "rename a b to c"),
        ([], ""),
    ],
)
def test_several_commands_in_quotes_stand_side_by_side(words: list[str], text: str) -> None:
    assert door.said(words) == text


def test_several_commands_are_one_transaction_or_a_conflict_that_is_named(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = ("--root", str(project), "--json")
    before = {path: path.read_bytes() for path in project.glob("*.py")}
    status, out = run(capsys, "edit", "add logging to make_token", "create extra.py with `x = 1`", "--yes", *root)
    done: dict[str, Any] = json.loads(out)
    assert (status, done["applied"]["files"]) == (0, ["auth.py", "extra.py"])
    assert [step["what"] for step in done["steps"]] == ["add logging make_token", "create file extra.py"]
    assert run(capsys, "undo", *root)[0] == 0
    assert {path: path.read_bytes() for path in project.glob("*.py")} == before
    status, out = run(capsys, "edit", "delete file auth.py", "append `x` to auth.py", "--yes", *root)
    refused: dict[str, Any] = json.loads(out)
    assert (status, refused["applied"]) == (1, None)
    assert refused["problem"]["candidates"][0].startswith("Commands 1 and 2 conflict in auth.py")
