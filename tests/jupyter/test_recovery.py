"""Common mistakes are put right by themselves and said so, in a terminal and in a cell; the rest offers ways out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from IPython.core.error import UsageError

from codemaestro_jupyter.cli import main

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

START = {
    "a.py": b"import os\n\n\ndef first(items):\n    if items:\n        return items[0]\n    return None\n",
    "b.py": b"LIMIT = 10\n\n\ndef last(items):\n    return items[-1:]\n",
    "c.py": b"ONE = 1\r\nTWO = 2\r\n",
}
MISTAKES = {
    "moved text": ('replace "def last(items):" with "def last(items, count=1):" in a.py', "b.py", b"count=1"),
    "changed indent": (
        'replace "if items:\\n    return items[0]" with "if items:\\n    return items[-1]" in a.py',
        "a.py",
        b"    if items:\n        return items[-1]\n    return None\n",
    ),
    "missing import": ('append "DATA = json.dumps([])" to b.py', "b.py", b"import json\n"),
    "line ends": ('replace "ONE = 1\\nTWO = 2" with "ONE = 1\\nTWO = 3" in c.py', "c.py", b"ONE = 1\r\nTWO = 3\r\n"),
    "duplicate insertion": ('insert "LIMIT = 10" at the start of b.py; append "X = 1" to a.py', "b.py", START["b.py"]),
}


@pytest.fixture
def small(tmp_path: Path) -> Path:
    root = tmp_path / "small"
    root.mkdir()
    for name, data in START.items():
        (root / name).write_bytes(data)
    return root


def tree(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(root.glob("*.py"))}


def terminal(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    status = main([*words, "--json"])
    return status, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("kind", MISTAKES)
def test_a_mistake_is_corrected_reported_and_undone_in_a_terminal(
    small: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    said, path, wanted = MISTAKES[kind]
    status, found = terminal(capsys, "edit", said, "--yes", "--root", str(small))
    assert (status, [item["kind"] for item in found["corrections"]]) == (0, [kind])
    assert wanted in (small / path).read_bytes()
    terminal(capsys, "undo", "--root", str(small))
    assert tree(small) == START


def test_mistakes_are_corrected_and_reported_in_cells(
    small: Path, shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(small)
    shell.run_line_magic("load_ext", "codemaestro")
    for kind, (said, path, wanted) in MISTAKES.items():
        shell.run_cell_magic("maestro", "--into found", said)
        assert "corrected: " in shell.user_ns["found"], kind
        shell.run_line_magic("maestro", "apply")
        assert wanted in (small / path).read_bytes(), kind
        shell.run_line_magic("maestro", "undo")
        assert tree(small) == START, kind


STUCK = {
    "rename frist to second": "a.py::first",
    "replace `return some[0]` with `return 1` in b.py": "return items[-1:]",
    "append `X = 1` to aa.py": "a.py",
    "create a.py with `X = 1`": "Append to a.py instead.",
}


@pytest.mark.parametrize("said", STUCK)
def test_what_cannot_be_done_is_done_after_the_first_suggestion_in_a_terminal(
    small: Path, capsys: pytest.CaptureFixture[str], said: str
) -> None:
    status, found = terminal(capsys, "edit", said, "--yes", "--root", str(small))
    assert (status, found["applied"]) == (1, None)
    assert STUCK[said] in found["fixes"][0]
    assert tree(small) == START
    status, found = terminal(capsys, "edit", said, "--yes", "--fix", "1", "--root", str(small))
    assert (status, bool(found["applied"])) == (0, True)
    assert tree(small) != START


def test_a_person_chooses_a_suggestion_and_then_applies_it(
    small: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    replies = ["no", "1", "y"]
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _="": replies.pop(0))
    assert main(["edit", "rename frist to second", "--root", str(small)]) == 1
    assert (replies, tree(small)) == (["1", "y"], START)
    assert main(["edit", "rename frist to second", "--root", str(small)]) == 0
    assert b"def second(items)" in (small / "a.py").read_bytes()
    assert "1. Use a.py::first." in capsys.readouterr().out


def test_a_write_protected_file_is_changed_once_that_is_agreed(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (small / "a.py").chmod(0o444)
    said = ["edit", "append `X = 1` to a.py", "--yes", "--root", str(small)]
    status, found = terminal(capsys, *said)
    assert (status, found["fixes"]) == (1, ["Change a.py though write-protected."])
    assert terminal(capsys, *said, "--fix", "1")[0] == 0
    assert ((small / "a.py").read_bytes()[-6:], (small / "a.py").stat().st_mode & 0o777) == (b"X = 1\n", 0o444)
    status, found = terminal(capsys, *said, "--fix", "7")
    assert (status, "no longer there" in found["error"]["message"]) == (1, True)


def test_a_suggestion_is_followed_with_a_magic(
    small: Path, shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(small)
    shell.run_line_magic("load_ext", "codemaestro")
    with pytest.raises(UsageError, match="There is no such suggestion"):
        shell.run_line_magic("maestro", "fix")
    shell.run_line_magic("maestro", "edit rename frist to second")
    shell.run_line_magic("maestro", "fix 1")
    assert tree(small) == START
    shell.run_line_magic("maestro", "apply")
    assert b"def second(items)" in (small / "a.py").read_bytes()
