"""A person's coroutine tools run on the kernel's own loop, also while a cell of ours waits for the answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.jupyter.conftest import RealKernel

LOAD = """
import asyncio
from codemaestro_jupyter import Maestro
from codemaestro_jupyter.jupyter import extension
from codemaestro_jupyter.models.scripted import ScriptedModel
from codemaestro_jupyter.settings import Settings
run = asyncio.run
asked = '```tool\\n{{"name": "here", "arguments": {{"word": "pen"}}}}\\n```'
model = ScriptedModel([asked, lambda messages: "It said " + messages[-1].content.splitlines()[2]] * 3)
maker = Maestro(Settings(environment={{}}, policy={{}}), root={root!r}, model=model)
extension.load(get_ipython(), maker)
loop = asyncio.get_running_loop()
"""
TOOL = """
@maestro.tool
async def here(word: str) -> str:
    "Where a word is."
    await asyncio.sleep(0.01)
    return f"{word} on the kernel's loop: {asyncio.get_running_loop() is loop}"
"""


def test_a_coroutine_tool_runs_on_the_kernels_loop_whether_it_is_held_or_free(
    kernel: RealKernel, tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_text("x = 1\n", encoding="utf8")
    loaded = kernel.run(LOAD.format(root=str(tmp_path)))
    assert loaded.reply["content"]["status"] == "ok", loaded.reply["content"]
    kernel.run(TOOL)
    free = kernel.run("%%maestro\nwhere is the pen?", cell="c1")  # the cell ends, and the answer comes after it
    kernel.until("'pen on the' in str(maker.view()['turns'][-1]['markdown'])")
    assert not kernel.value("maker.tools.nested")
    held = kernel.run("%%maestro --wait -f text\nwhere is the pen?", cell="c2")
    assert "It said pen on the kernel's loop: True" in kernel.value("maker.view()['turns'][-1]['markdown']")
    assert held.reply["content"]["status"] == free.reply["content"]["status"] == "ok"
    called = kernel.run("%maestro tool here word='a pen'")
    assert "a pen on the kernel's loop: True" in called.data()[0]
    assert kernel.value("(asyncio.run is run, maker.tools.nested)") == (True, True)
    again = kernel.run("import asyncio\nawait asyncio.sleep(0)\nprint('still awaits')")
    assert again.text == "still awaits\n"
    gone = kernel.run("%unload_ext codemaestro_jupyter\nextension.unload(get_ipython())")
    assert "nest-asyncio stays applied" in gone.text
