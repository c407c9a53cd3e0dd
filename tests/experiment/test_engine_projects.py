"""What real projects' own tests say is read as it is, also from runs that break off or leave processes behind."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from codemaestro_jupyter.experiment.engine_projects import read_tests, run_tests


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("..F\nFAILED t/a.py::b - assert 1\n=== 1 failed, 2 passed in 0.1s ===\n..\n",
         {"summary": "1 failed, 2 passed in 0.1s", "passed": 2, "failed": ["t/a.py::b"]}),
        ("2 passed, 28817 subtests passed in 321.58s (0:05:21)\n",
         {"summary": "2 passed, 28817 subtests passed in 321.58s (0:05:21)", "passed": 2, "failed": []}),
        ("INTERNALERROR> AssertionError: gw2\n614 passed in 63.32s\n",
         {"summary": "broke off with exit 3: INTERNALERROR> AssertionError: gw2", "passed": 0, "failed": []}),
        ("", {"summary": "broke off with exit 3: nothing was said", "passed": 0, "failed": []}),
    ],
)  # fmt: skip
def test_what_tests_say(said: str, found: dict[str, object]) -> None:
    assert read_tests(said, 3) == found


@pytest.mark.skipif(sys.platform == "win32", reason="sessions are of POSIX")
def test_a_process_that_is_left_behind_is_not_waited_for(tmp_path: Path) -> None:
    left = "import sys, time; time.sleep(600)"
    code = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {left!r}]); print('3 passed in 0.1s')"
    assert run_tests(tmp_path, [sys.executable, "-c", code], 60) == {
        "summary": "3 passed in 0.1s",
        "passed": 3,
        "failed": [],
    }


def test_tests_that_do_not_end_are_ended(tmp_path: Path) -> None:
    found = run_tests(tmp_path, [sys.executable, "-c", "import time; time.sleep(600)"], 0.2)
    assert found == {"summary": "no end within 0.2 s", "passed": 0, "failed": ["time-out"]}
