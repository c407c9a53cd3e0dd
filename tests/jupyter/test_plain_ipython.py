"""Plain IPython has no comms and no displays: cells wait, answers are printed, unloading works."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from IPython.core.interactiveshell import InteractiveShell

from codemaestro_jupyter.converse.again import CONSOLE
from codemaestro_jupyter.jupyter import extension
from codemaestro_jupyter.jupyter.output import Terminal

if TYPE_CHECKING:
    from tests.jupyter.scripted import ScriptedMaestro

RECEIPT = "*saved 420 ms. I loaded auth files while you typed. 3 of 4 prepared pieces used.*"


def started(before: set[threading.Thread]) -> list[str]:
    """Our threads that were not there before; of other tests some may linger for a second."""
    return [thread.name for thread in set(threading.enumerate()) - before if thread.name.startswith("maestro")]


def test_an_answer_is_printed_as_it_comes(
    shell: InteractiveShell, scripted: ScriptedMaestro, capsys: pytest.CaptureFixture[str]
) -> None:
    extension.load(shell, scripted)  # type: ignore[arg-type]
    shell.run_cell("%%maestro\nwhere is it?")
    assert capsys.readouterr().out == f"It is here.\n\n{RECEIPT}\n"
    shell.run_cell("%maestro ask --into found where is it?")
    assert shell.user_ns["found"] == "It is here."
    assert [asked["cell_id"] for asked in scripted.told("submit")] == [CONSOLE] * 2, "the same words are the same cell"
    extension.unload(shell)
    assert "CodeMaestro is unloaded" in capsys.readouterr().out


def test_an_answer_that_ends_on_a_blank_is_printed_once(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal()
    for text in ("It is ", "It is here. \n", f"It is here.\n\n{RECEIPT}"):
        terminal.show({"text/plain": text})
    assert capsys.readouterr().out == f"It is here. \n\n\n{RECEIPT}"
    terminal.show({"text/plain": "Other"})
    assert capsys.readouterr().out == "\nOther"


def test_loading_twice_is_loading_once_and_the_persons_own_names_stay(
    shell: InteractiveShell, scripted: ScriptedMaestro, capsys: pytest.CaptureFixture[str]
) -> None:
    before = set(threading.enumerate())
    shell.user_ns["maestro"] = "mine"
    shell.register_magic_function(lambda line: line.upper(), "line", "maestro")
    extension.load(shell, scripted)  # type: ignore[arg-type]
    extension.load(shell)
    assert started(before) == ["maestro-screen"]
    extension.unload(shell)
    extension.unload(shell)
    assert scripted.closed
    assert shell.user_ns["maestro"] == "mine"
    assert shell.run_line_magic("maestro", "back") == "BACK"
    assert capsys.readouterr().out.count("CodeMaestro is unloaded") == 1
    assert started(before) == []


def test_the_face_in_the_namespace(shell: InteractiveShell, scripted: ScriptedMaestro) -> None:
    extension.load(shell, scripted)  # type: ignore[arg-type]
    assert shell.user_ns["maestro"].ask("where is it?") == "It is here."
    assert str(scripted.root) in repr(shell.user_ns["maestro"])
    chat = shell.user_ns["maestro"].chat()
    assert "text/markdown" in chat._repr_mimebundle_()
    extension.unload(shell)
    assert "maestro" not in shell.user_ns


def test_what_cannot_be_built_leaves_nothing(
    shell: InteractiveShell, scripted: ScriptedMaestro, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    before = set(threading.enumerate())
    monkeypatch.setattr(extension, "MaestroMagics", broken)
    with pytest.raises(ZeroDivisionError):
        extension.load(shell, scripted)  # type: ignore[arg-type]
    assert scripted.closed
    assert started(before) == []
    assert shell.events.callbacks["pre_run_cell"] == []
    monkeypatch.undo()
    with pytest.raises(extension.MaestroError):
        extension.chat()


def test_chatting_without_loading_says_how_to_load() -> None:
    with pytest.raises(extension.MaestroError, match=r"Run %load_ext codemaestro first\."):
        extension.chat()


def test_ending_without_unloading_is_quiet_and_keeps_what_was_stored(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("begin = 1\n")
    program = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        "shell.run_line_magic('load_ext', 'codemaestro')\n"
        "shell.run_cell('%maestro ask where is begin')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "one.py" in done.stdout
    assert [path.name for path in (tmp_path / ".codemaestro").glob("maestro.db*")] == ["maestro.db"]


@pytest.mark.parametrize(
    ("typed", "state"),
    [
        ("%%maestro\n", "incomplete"),
        ("%%maestro --fresh -f text\n", "incomplete"),
        ("%%maestro where is it?\n", "complete"),
        ("%maestro ask where is it?\n", "complete"),
    ],
)
def test_a_terminal_goes_on_where_a_request_is_still_to_come(
    shell: InteractiveShell, scripted: ScriptedMaestro, typed: str, state: str
) -> None:
    extension.load(shell, scripted)  # type: ignore[arg-type]
    assert shell.check_complete(typed)[0] == state
    extension.unload(shell)
