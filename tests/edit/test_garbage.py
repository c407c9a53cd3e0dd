"""Garbage is looked for seldom where trees are made in a process of our own, and as before afterwards."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

import pytest

from codemaestro_jupyter.cli import main
from codemaestro_jupyter.edit.garbage import SELDOM, collecting_seldom
from codemaestro_jupyter.edit.reading import Reading


def test_it_is_as_before_afterwards_whatever_happens() -> None:
    before = gc.get_threshold()
    with collecting_seldom():
        assert gc.get_threshold() == SELDOM
    assert gc.get_threshold() == before
    with pytest.raises(KeyError), collecting_seldom():
        raise KeyError
    assert gc.get_threshold() == before


def test_a_command_of_the_terminal_looks_for_it_seldom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.py").write_text("def f(): ...\n")
    seen = []
    propose = Reading.propose_said
    monkeypatch.setattr(Reading, "propose_said", lambda *given: seen.append(gc.get_threshold()) or propose(*given))
    main(["edit", "--json", "--root", str(tmp_path), "rename f to g"])
    assert seen == [SELDOM]


def test_the_process_that_prepares_looks_for_it_seldom(tmp_path: Path) -> None:
    code = "import gc, sys; from codemaestro_jupyter.prepare.child import main; main(); "
    code += "print(gc.get_threshold(), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stderr == f"{SELDOM}\n"
