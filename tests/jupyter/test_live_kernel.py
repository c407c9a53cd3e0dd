"""What was tried in a real JupyterLab and must stay true: typing is heard while a cell runs and disturbs nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.jupyter.conftest import RealKernel

Load = Callable[..., "RealKernel"]
CONTRACT = Path(__file__).parent.parent / "contract"


def example(name: str, **other: Any) -> dict[str, Any]:
    message: dict[str, Any] = json.loads((CONTRACT / f"{name}.json").read_text(encoding="utf8"))
    return message | other


def connect(kernel: RealKernel, subshell: str | None) -> str:
    comm = kernel.open({}, subshell)
    kernel.tell(comm, example("hello"), subshell)
    kernel.hears(comm, "view")
    return comm


def heard(times: int) -> str:
    """Code that ends only once so many typing events were heard, and says which: in vain without a subshell."""
    return f"""
import time
deadline = time.monotonic() + 20
while len(double.told('typing')) < {times} and time.monotonic() < deadline:
    time.sleep(0.01)
print([event.seq for event in double.told('typing')], flush=True)"""


def test_the_kernel_announces_itself_and_draws_the_picture(loaded: Load) -> None:
    kernel = loaded()
    announced = [m for m in kernel.messages if m["content"].get("target_name") == "codemaestro"]
    closed = [m["content"]["comm_id"] for m in kernel.messages if m["msg_type"] == "comm_close"]
    assert [m["content"]["comm_id"] for m in announced] == closed
    comm = connect(kernel, None)
    welcome, view = kernel.said(comm)[:2]
    assert welcome == {"type": "welcome", "protocol": 1, "version": "0.1.0", "session": "scripted"}
    assert view["view"]["suggestions"] == ["OAuth fix"]


def test_typing_is_heard_while_a_cell_runs_even_after_the_cell_sent_something(loaded: Load) -> None:
    kernel = loaded()
    subshell = kernel.subshell()
    comm = connect(kernel, subshell)
    # The running cell sends through the bridge, from its own thread: ipykernel 7.4 would now route to it.
    busy = kernel.start("double.publish({'suggestions': ['from the cell']})" + heard(5))
    kernel.hears(comm, "view_part")
    for seq in range(5):
        kernel.tell(comm, example("user_typing", seq=seq), subshell)
    kernel.tell(comm, example("complete", prefix="@src"), subshell)
    kernel.finish(busy)
    assert busy.text == "[0, 1, 2, 3, 4]\n"
    assert kernel.hears(comm, "completions")["items"][0]["label"] == "src/auth.py"


FIGURE = """
figure, axes = plt.subplots()
print("started", flush=True)
"""


@pytest.mark.parametrize("door", ["panel", "chat"])
def test_a_figure_is_whole_although_the_person_types_while_its_cell_runs(loaded: Load, door: str) -> None:
    kernel = loaded()
    subshell = kernel.subshell()
    if door == "panel":
        comm = connect(kernel, subshell)
        says = [example("user_typing", seq=seq) for seq in (1, 2)]
    else:
        kernel.run("import codemaestro_jupyter; chat = codemaestro_jupyter.chat()")
        comm = kernel.value("chat._box.comm.comm_id")
        texts = ("fix the aut", "fix the auth")
        says = [{"method": "update", "state": {"value": text}, "buffer_paths": []} for text in texts]
    kernel.run("%matplotlib inline\nfrom matplotlib import pyplot as plt\nplt.subplots()")
    plotting = kernel.start(FIGURE + heard(2) + "\nprint('plots'); axes.plot([1, 2, 3])")
    kernel.wait_for(lambda m: m["msg_type"] == "stream", plotting.id)
    for say in says:  # what follows the handling of the first is over when the second is heard
        kernel.tell(comm, say, subshell)
    kernel.finish(plotting)
    assert plotting.text == "started\n[1, 2]\nplots\n"
    # One figure, and it came after the plotting: a figure that was flushed early is drawn while the cell waits.
    kinds = [m["msg_type"] for m in plotting.messages if m["msg_type"] in ("stream", "display_data")]
    assert kinds[-1] == "display_data"
    assert len(plotting.data("image/png")) == 1


def test_a_fault_comes_back_as_an_error_message(loaded: Load) -> None:
    kernel = loaded()
    comm = connect(kernel, None)
    kernel.tell(comm, {"type": "complete", "request": "r9"})
    error = kernel.hears(comm, "error")
    assert (error["request"], error["message"]) == ("r9", "complete lacks 'prefix'.")


def test_several_pages_are_served_and_one_may_leave(loaded: Load) -> None:
    kernel = loaded()
    first, second = connect(kernel, None), connect(kernel, kernel.subshell())
    kernel.run("double.publish({'suggestions': ['a']})")
    assert kernel.hears(first, "view_part") == kernel.hears(second, "view_part")
    kernel._send("comm_close", {"comm_id": first, "data": {}})
    kernel.until("extension._loaded.bridge.pages == 1")
    kernel.run("double.publish({'suggestions': ['b']})")
    kernel.until("True")
    assert [len(kernel.said(comm, "view_part")) for comm in (first, second)] == [1, 2]


def test_unloading_gives_everything_back(loaded: Load) -> None:
    # The fixture checks after every test that nothing of ours is left; this one leaves while much is going on.
    kernel = loaded()
    comm = connect(kernel, None)
    kernel.run("chat = extension.chat()\n%maestro\n", cell="c0")
    kernel.run("%%maestro\nwhere is it?", cell="c1")
    run = kernel.run("extension.unload(get_ipython())")
    assert "CodeMaestro is unloaded" in run.text
    assert kernel.value("double.closed")
    closed = [m["content"]["comm_id"] for m in kernel.messages if m["msg_type"] == "comm_close"]
    assert comm in closed
    assert kernel.run("%maestro status").reply["content"]["status"] == "error"
    assert kernel.run("print('still here')").text == "still here\n"
