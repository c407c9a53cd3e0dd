"""nest-asyncio in its one use, in a process of its own: what it patches stays patched."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import asyncio, threading
from codemaestro_jupyter.background import Background
from codemaestro_jupyter.tools import Tools

background = Background()
run = asyncio.run

async def price(item: str) -> str:
    "What something costs."
    await asyncio.sleep(0.01)
    return f"{item} on {threading.current_thread().name}"

async def program():
    tools = Tools(background, [price])
    value = tools.wait("price", {"item": "pen"})  # holds the loop's thread, as a cell of ours does
    again = tools.wait("price", {"item": "ink"})
    tools.close()
    return value, again

print(asyncio.run(program()))
print(asyncio.run is run, asyncio.run(asyncio.sleep(0, "still"), debug=False))
with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
    print(runner.run(asyncio.sleep(0, "a loop of its own")))
background.close()
print([thread.name for thread in threading.enumerate() if thread.name.startswith("maestro")])
"""


def test_a_cell_that_waits_lends_its_loop_and_asyncio_run_stays_what_it_was() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.splitlines() == [
        "('pen on MainThread', 'ink on MainThread')",
        "True still",
        "a loop of its own",
        "[]",
    ], done.stderr
