"""Checks run in a copy: the project itself is never touched, and what fails there is said."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from codemaestro_jupyter.edit.blueprint import Change, Component
from codemaestro_jupyter.edit.checks import Check, check_in_copy, covering_tests, run
from codemaestro_jupyter.workspace.reader import Reader


def test_covering_tests_run_on_the_change_and_not_in_the_project(tmp_path: Path) -> None:
    root = tmp_path.resolve()
    (root / "pack.py").write_text("VALUE = 2\n", encoding="utf8")
    (root / "test_pack.py").write_text(
        "from pack import VALUE\n\n\ndef test_value():\n    open('made', 'w').close()\n    assert VALUE == 2\n",
        encoding="utf8",
    )
    (root / "test_other.py").write_text("def test_other():\n    assert False\n", encoding="utf8")
    before = {path.name: path.read_bytes() for path in root.iterdir()}
    change = Change("pack.py", Component("pack.py", b"VALUE = 2\n"), Component("pack.py", b"VALUE = 1 + 1\n"))
    (good,) = check_in_copy(Reader(root), [change], tests=True)
    assert (good.name, good.passed) == ("pytest test_pack.py", True)
    (bad,) = check_in_copy(
        Reader(root), [Change("pack.py", change.before, Component("pack.py", b"VALUE = 3\n"))], tests=True
    )
    assert not bad.passed
    assert "assert 3 == 2" in bad.output
    assert {path.name: path.read_bytes() for path in root.iterdir()} == before
    assert covering_tests(root, ["pack.py"]) == ["test_pack.py"]
    assert check_in_copy(Reader(root), [change]) == ()


def test_what_nobody_wants_any_more_is_ended(tmp_path: Path) -> None:
    began = tmp_path / "began"

    def stopped() -> bool:
        return began.exists()

    text = f"import pathlib, time\npathlib.Path({str(began)!r}).touch()\ntime.sleep(600)\n"
    verdict = run(tmp_path, "sleep", [sys.executable, "-c", text], 600, stopped)
    assert verdict == Check("sleep", False, "It was stopped.")
    late = run(tmp_path, "sleep", [sys.executable, "-c", "import time; time.sleep(600)"], 0.2)
    assert late == Check("sleep", False, "It took too long.")


def test_nothing_is_copied_once_it_is_stopped(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("A = 1\n", encoding="utf8")
    change = Change("a.py", Component("a.py", b"A = 1\n"), Component("a.py", b"A = 2\n"))
    assert check_in_copy(Reader(tmp_path.resolve()), [change], tests=True, stopped=lambda: True) == ()


def test_what_was_wrong_before_is_not_held_against_a_change(tmp_path: Path) -> None:
    root = tmp_path.resolve()
    old = b"import os\nVALUE = 1\n"
    (root / "pack.py").write_bytes(old)
    tests = "from pack import VALUE\n\n\ndef test_one():\n    assert VALUE == 1\n\n\n"
    tests += "def test_two():\n    assert VALUE == 0\n"
    (root / "test_pack.py").write_text(tests, encoding="utf8")
    before = Component("pack.py", old)

    def verdicts(new: bytes) -> list[tuple[str, bool]]:
        change = Change("pack.py", before, Component("pack.py", new))
        return [(item.name, item.passed) for item in check_in_copy(Reader(root), [change], lint=True, tests=True)]

    assert verdicts(b"import os\n\nVALUE = 1\n") == [("ruff check", True), ("pytest test_pack.py", True)]
    assert verdicts(b"import os\nimport re\nVALUE = 3\n") == [("ruff check", False), ("pytest test_pack.py", False)]


def test_what_runs_there_sees_no_key_and_leaves_nothing_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "sk-proj-" + "a1B2c3D4e5F6g7H8i9J0" * 2
    monkeypatch.setenv("OPENAI_API_KEY", "plain words")
    monkeypatch.setenv("HARMLESS", f"it is {key}")
    monkeypatch.setenv("KEPT", "this")
    child = "import time\nwhile True:\n    open('beat', 'a').write('.')\n    time.sleep(0.01)\n"
    script = (
        f"import os, subprocess, sys, time\nsubprocess.Popen([sys.executable, '-c', {child!r}])\n"
        "while not os.path.exists('beat'):\n    time.sleep(0.01)\n"
        "print([os.environ.get(name) for name in ('OPENAI_API_KEY', 'HARMLESS', 'KEPT')])\n"
    )
    check = run(tmp_path, "leaves a child", [sys.executable, "-c", script], 60.0)
    assert (check.passed, check.output.strip()) == (True, "[None, None, 'this']")
    if sys.platform == "linux":
        size = (tmp_path / "beat").stat().st_size
        time.sleep(0.1)
        assert (tmp_path / "beat").stat().st_size == size, "the child goes on"
