"""From loading to the kernel's end: restart, an older kernel, execution without a person."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbclient import NotebookClient

if TYPE_CHECKING:
    from tests.jupyter.conftest import RealKernel

Load = Callable[..., "RealKernel"]
HELLO: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "contract" / "hello.json").read_text(encoding="utf8")
)


def test_an_older_kernel_is_served_and_says_what_it_lacks(loaded: Load) -> None:
    kernel = loaded()
    kernel.run("extension.unload(get_ipython()); extension.subshells = lambda kernel: False")
    again = kernel.run("double = scripted.ScriptedMaestro(); extension.load(get_ipython(), double)")
    assert "pip install -U ipykernel" in again.text
    comm = kernel.open(HELLO)
    assert "older than ipykernel 7" in kernel.hears(comm, "view")["view"]["notices"][0]["message"]
    assert "**Typing**" in kernel.value("extension._loaded._checks()")[1]
    kernel.run("import importlib; importlib.reload(extension) if not extension.unload(get_ipython()) else None")


def test_a_restarted_kernel_announces_itself_again_and_an_ended_one_ends(kernel: RealKernel, load_code: str) -> None:
    def announced() -> int:
        return len([m for m in kernel.messages if m["content"].get("target_name") == "codemaestro"])

    kernel.run(load_code)
    comm = kernel.open(HELLO)
    kernel.hears(comm, "view")
    assert announced() == 1
    kernel.manager.restart_kernel()
    kernel.client.wait_for_ready(timeout=30)
    kernel.run(load_code)
    assert announced() == 2
    kernel.hears(kernel.open(HELLO), "view")
    kernel.client.shutdown()
    asyncio.run(asyncio.wait_for(kernel.manager.provisioner.wait(), 30))
    assert asyncio.run(kernel.manager.provisioner.poll()) == 0


def test_executed_without_a_person_the_notebook_holds_the_answer(
    tmp_path: Path, load_code: str, caplog: pytest.LogCaptureFixture
) -> None:
    cells = [load_code, "%%maestro\nwhere is {it}?", "%maestro ask -f text why?"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(tmp_path)}}).execute()
    receipt = "*saved 420 ms. I loaded auth files while you typed. 3 of 4 prepared pieces used.*"
    (answer,), (text,) = notebook.cells[1].outputs, notebook.cells[2].outputs
    assert answer["data"]["text/markdown"] == f"It is here.\n\n{receipt}"
    assert text["data"] == {"text/plain": f"It is here.\n\n{receipt}"}
    assert [record.message for record in caplog.records if "comm" in record.message] == []


@pytest.fixture
def load_code() -> str:
    import scripted

    return (
        f"import sys; sys.path.insert(0, {str(Path(scripted.__file__).parent)!r})\n"
        "import scripted\nfrom codemaestro_jupyter.jupyter import extension\n"
        "extension.load(get_ipython(), scripted.ScriptedMaestro())"
    )
