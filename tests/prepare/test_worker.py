from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from codemaestro_jupyter.errors import PathError
from codemaestro_jupyter.prepare import worker as worker_module
from codemaestro_jupyter.prepare.worker import Worker
from codemaestro_jupyter.types import RelPath
from codemaestro_jupyter.workspace.reader import Reader
from codemaestro_jupyter.workspace.symbols import HEAVY, cheap_symbols, symbols

SMALL = RelPath("small.py")
LARGE = RelPath("large.py")
LARGE_TEXT = "".join(
    f'def function_{n}(a: int = {n}) -> int:\n    """Number {n}."""\n    return a\n\n\n' for n in range(999)
)


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    (tmp_path / SMALL).write_text("def small() -> None:\n    pass\n")
    (tmp_path / LARGE).write_text(LARGE_TEXT)
    assert len(LARGE_TEXT) > HEAVY
    return Reader(tmp_path.resolve())


@pytest.fixture
def worker(reader: Reader) -> Iterator[Worker]:
    worker = Worker(reader, lambda path: float(os.stat(reader.root / path).st_size))
    yield worker
    worker.close()
    assert worker.pid is None


def test_a_small_file_is_outlined_here(worker: Worker, reader: Reader) -> None:
    text = reader.read(SMALL)
    assert worker.outline(SMALL) == (text, symbols(SMALL, text.text))
    assert worker.pid is None


def test_a_large_file_is_outlined_exactly_in_the_child(worker: Worker, reader: Reader) -> None:
    assert worker.outline(LARGE) == (reader.read(LARGE), symbols(LARGE, LARGE_TEXT))
    first = worker.pid
    assert first is not None
    worker.outline(LARGE)
    assert worker.pid == first


@pytest.mark.skipif(not hasattr(os, "getpriority"), reason="Windows sets the priority when it starts the process")
def test_the_child_has_a_low_priority(worker: Worker) -> None:
    worker.outline(LARGE)
    assert worker.pid is not None
    assert os.getpriority(os.PRIO_PROCESS, worker.pid) >= 10


def test_a_child_that_was_killed_is_replaced(worker: Worker, reader: Reader) -> None:
    worker.warm()
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGTERM)
    assert worker.outline(LARGE)[0] == reader.read(LARGE)
    assert worker.outline(LARGE) == (reader.read(LARGE), symbols(LARGE, LARGE_TEXT))


def test_without_a_child_large_files_are_outlined_by_their_form(reader: Reader) -> None:
    worker = Worker(reader, lambda path: 1e9, module="codemaestro_jupyter.no_such_module")
    assert worker.outline(LARGE) == (reader.read(LARGE), cheap_symbols(LARGE, LARGE_TEXT))
    worker.close()


def test_a_question_that_takes_too_long_is_given_up(
    reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "SECONDS", 0.2)
    (tmp_path / "codemaestro_slow.py").write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    worker = Worker(reader, lambda path: 1e9, module="codemaestro_slow")
    assert worker.outline(LARGE) == (reader.read(LARGE), cheap_symbols(LARGE, LARGE_TEXT))
    worker.close()


def test_what_may_not_be_read_is_an_error_from_the_child_too(worker: Worker, reader: Reader) -> None:
    (reader.root / ".env").write_text("x" * 50_000)
    (reader.root.parent / "outside.py").write_text("x = 1\n" * 9_000)
    for path in (".env", "../outside.py", "missing.py"):
        with pytest.raises(PathError):
            worker._answer(worker._ask({"do": "outline", "path": path}))


def test_closed_means_closed(worker: Worker) -> None:
    worker.warm()
    worker.close()
    worker.close()
    worker.warm()
    assert worker.pid is None
    assert worker.outline(SMALL)[0].path == SMALL


def test_the_child_ends_when_its_input_does(reader: Reader) -> None:
    command = [sys.executable, "-P", "-m", worker_module.MODULE, str(reader.root)]
    done = subprocess.run(
        command, input=b'{"id": 1, "do": "outline", "path": "small.py"}\n', capture_output=True, timeout=60, check=True
    )
    assert b'"id":1' in done.stdout
    assert b'"small"' in done.stdout
