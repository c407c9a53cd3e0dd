"""`%%maestro` in a real kernel: what the cell shows, when it ends, and what a saved notebook will hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.jupyter.conftest import RealKernel, Run

Load = Callable[..., "RealKernel"]
CONTRACT = Path(__file__).parent.parent / "contract"
RECEIPT = "*saved 420 ms. I loaded auth files while you typed. 3 of 4 prepared pieces used.*"


def saved(run: Run, kernel: RealKernel) -> list[dict[str, Any]]:
    """The cell's outputs as a notebook would save them: updates by display id applied, whoever sent them."""
    outputs: dict[str, dict[str, Any]] = {}
    for message in kernel.messages:
        content = message["content"]
        if message["msg_type"] == "display_data" and message["parent_header"].get("msg_id") == run.id:
            outputs[content["transient"]["display_id"]] = content["data"]
        if message["msg_type"] == "update_display_data" and content["transient"]["display_id"] in outputs:
            outputs[content["transient"]["display_id"]] = content["data"]
    return list(outputs.values())


def test_a_cell_ends_at_once_and_its_output_becomes_the_answer(loaded: Load) -> None:
    kernel = loaded(hold=True)
    run = kernel.run("%%maestro\nwhere is {it: 1}, $HOME or {x}?", cell="c1")
    assert run.data()[0] == "*Working on it…*"
    assert "OAuth fix" in run.data()[1]
    asked = {"text": "where is {it: 1}, $HOME or {x}?", "source": "cell", "notebook_id": "", "cell_id": "c1"}
    assert kernel.value("double.told('submit')") == [{**asked, "fresh": False, "asks": True}]
    kernel.value("double.say('Look ')")
    kernel.wait_for(lambda m: m["content"].get("data", {}).get("text/markdown") == "Look ")
    kernel.value("double.release()")
    final = kernel.wait_for(lambda m: m["content"].get("data", {}).get("text/markdown") == "Look It is here.")
    assert (final["msg_type"], final["parent_header"]["msg_id"]) == ("update_display_data", run.id)
    kernel.run("1", cell="c2")  # the person goes on: the widget gives way to a line that any notebook can show
    kernel.wait_for(lambda m: m["content"].get("data", {}).get("text/markdown") == RECEIPT)
    assert saved(run, kernel) == [
        {"text/markdown": "Look It is here.", "text/plain": "Look It is here."},
        {"text/markdown": RECEIPT, "text/plain": RECEIPT},
    ]
    kernel.until("len(get_ipython().kernel.comm_manager.comms) == 1")  # what the next widgets hold on to
    kernel.run("extension.unload(get_ipython())")
    kernel.until("not get_ipython().kernel.comm_manager.comms")


def test_a_cell_that_asks_says_so_in_the_place_of_the_answer(loaded: Load) -> None:
    kernel = loaded(hold=True)
    kernel.run("%%maestro\nadd logging", cell="c1")
    question = {"id": "q", "turn": "t1", "stage": "SCOPE", "text": "Where?", "options": [], "progress": 0.5}
    kernel.value(f"double.publish({{'question': {question!r}}})")
    kernel.wait_for(lambda m: m["content"].get("data", {}).get("text/markdown") == "*Waiting for your answer*")
    kernel.value("double.publish({'question': None})")
    kernel.wait_for(lambda m: m["content"].get("data", {}).get("text/markdown") == "*Working on it…*")
    kernel.value("double.release()")


def test_the_rating_bar_sends_its_marks_and_goes(loaded: Load) -> None:
    kernel = loaded()
    run = kernel.run("%%maestro\nwhere is it?", cell="c1")
    kernel.until("extension._loaded.magics._live[0]._widget._rating is not None")
    bar = "extension._loaded.magics._live[0]._widget._rating"
    mark, button = kernel.value(f"{bar}._marks[0].comm.comm_id"), kernel.value(f"{bar}._button.comm.comm_id")
    kernel.tell(mark, {"method": "update", "state": {"index": 3}, "buffer_paths": []})
    kernel.tell(button, {"method": "custom", "content": {"event": "click"}})
    kernel.wait_for(lambda m: m["content"].get("data", {}).get("text/markdown") == RECEIPT)
    assert kernel.value("[(turn, r.fast, r.smooth, r.anticipated) for turn, r in double.told('rate')]") == [
        ("t1", 4, None, None)
    ]
    assert saved(run, kernel)[1]["text/markdown"] == RECEIPT


@pytest.mark.parametrize(
    ("line", "front", "shown"),
    [
        ("", {"cell": "c1", "stdin": False}, {"text/markdown": f"It is here.\n\n{RECEIPT}"}),
        ("", {}, {"text/markdown": f"It is here.\n\n{RECEIPT}"}),
        ("-f text", {"stdin": False}, {"text/plain": f"It is here.\n\n{RECEIPT}"}),
    ],
)
def test_a_cell_waits_where_it_must(loaded: Load, line: str, front: dict[str, Any], shown: dict[str, str]) -> None:
    kernel = loaded()
    run = kernel.run(f"%%maestro {line}\nwhere is it?", **front)
    (output,) = saved(run, kernel)
    assert output == {"text/plain": f"It is here.\n\n{RECEIPT}", **shown}


def test_a_live_cell_may_be_told_to_wait_and_its_bar_moves_meanwhile(loaded: Load) -> None:
    kernel = loaded(hold=True)
    subshell = kernel.subshell()
    comm = kernel.open(json.loads((CONTRACT / "hello.json").read_text(encoding="utf8")), subshell)
    kernel.hears(comm, "view")
    run = kernel.start("%%maestro --wait\nwhere is it?", cell="c1")
    kernel.wait_for(lambda m: "application/vnd.jupyter.widget-view+json" in m["content"].get("data", {}), run.id)
    kernel.run(
        "double.publish({'stage': {'stage': 'READY', 'message': 'Nearly', 'progress': 0.75}})", subshell=subshell
    )
    kernel.wait_for(lambda m: m["content"].get("data", {}).get("state", {}).get("value") == 0.75)
    kernel.run("double.release()", subshell=subshell)
    kernel.finish(run)
    kinds = [
        m["content"].get("data", {}).get("text/markdown") or m["content"].get("execution_state") for m in run.messages
    ]
    assert kinds.index("It is here.") < kinds.index("idle")


def test_json_is_the_answer_as_data(loaded: Load) -> None:
    kernel = loaded()
    (output,) = saved(kernel.run("%%maestro -f json\nwhere is it?"), kernel)
    answer = output["application/json"]
    assert answer["markdown"] == "It is here."
    assert (answer["request"], answer["tool"], answer["data"]) == ("where is it?", "brief", {"lines": 2})
    assert (answer["sources"], answer["reused"], answer["receipt"]["used"]) == (["src/auth.py:1-2"], False, 3)


def test_into_puts_the_answer_into_a_variable(loaded: Load) -> None:
    kernel = loaded()
    run = kernel.run("%%maestro --into found\nwhere is it?", cell="c1")
    assert "The answer is in `found` (11 characters)." in run.data()[-1]
    assert kernel.value("found") == "It is here."
    kernel.run("%maestro ask --into=found -f json where is it?", cell="c1")
    assert kernel.value("found['sources']") == ["src/auth.py:1-2"]


def test_an_answer_of_before_says_so(loaded: Load) -> None:
    kernel = loaded()
    kernel.value("setattr(double, 'reused', True)")
    (output,) = saved(kernel.run("%%maestro\nwhere is it?"), kernel)
    assert "[reused]" in output["text/markdown"]


def test_options_reach_the_engine(loaded: Load) -> None:
    kernel = loaded()
    kernel.run("%%maestro --fresh --wait on the line\nand below", cell="c1")
    (asked,) = kernel.value("double.told('submit')")
    assert (asked["text"], asked["fresh"]) == ("on the line\nand below", True)


def test_a_dry_run_submits_nothing(loaded: Load) -> None:
    kernel = loaded()
    run = kernel.run("%%maestro --dry-run\nwhere is it?", cell="c1")
    assert run.data() == ["Would look for `where is it?`."]
    assert kernel.value("double.told('submit')") == []


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("%%maestro --frsh\nx", "There is no option --frsh. Did you mean --fresh?"),
        ("%%maestro -f yaml\nx", "There is no format 'yaml'. -f takes markdown, text, json."),
        ("%%maestro --into 2x\nx", "--into needs the name of a variable, not '2x'."),
        ("%%maestro --wait\n\n", "There is nothing to answer."),
        ("%maestro ask", "There is nothing to answer."),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(loaded: Load, code: str, said: str) -> None:
    run = loaded().run(code, cell="c1")
    assert run.reply["content"]["ename"] == "UsageError"
    assert run.reply["content"]["evalue"].startswith(said)
    assert "Traceback" not in run.text


@pytest.mark.parametrize(
    "code", ["%maestro ask why did it fail?", "%%maestro why did it fail?", "# x\n%maestro ask why did it fail?\n1"]
)
def test_a_request_may_end_in_a_question_mark(loaded: Load, code: str) -> None:
    kernel = loaded()
    kernel.run(code, stdin=False)
    assert [asked["text"] for asked in kernel.value("double.told('submit')")] == ["why did it fail?"]


def test_a_failed_answer_fails_the_waiting_cell(loaded: Load) -> None:
    kernel = loaded()
    kernel.run(
        "from codemaestro_jupyter.errors import PathError\n"
        "double.error = PathError('There is no file x.', hint='Look again.')"
    )
    run = kernel.run("%%maestro\nshow x", stdin=False)
    assert run.reply["content"]["evalue"] == "There is no file x. Look again."
    live = kernel.run("%%maestro\nshow x", cell="c1")
    kernel.wait_for(
        lambda m: m["content"].get("data", {}).get("text/markdown") == "**There is no file x.** Look again.", live.id
    )


@pytest.mark.parametrize(
    ("code", "front"),
    [("%%maestro --wait\nwhere is it?", {"cell": "c1"}), ("%%maestro\nwhere is it?", {"stdin": False})],
)
def test_stopping_a_waiting_cell_stops_the_work(loaded: Load, code: str, front: dict[str, Any]) -> None:
    kernel = loaded(hold=True, first=["Look "])
    run = kernel.start(code, **front)
    kernel.wait_for(lambda m: m["msg_type"] == "update_display_data", run.id)
    kernel.manager.interrupt_kernel()
    kernel.finish(run)
    assert run.reply["content"]["ename"] == "KeyboardInterrupt"
    assert run.reply["content"]["traceback"] == ["KeyboardInterrupt: the answer was stopped."]
    assert kernel.value("double.told('cancel')") == ["t1"]
    kernel.wait_for(
        lambda m: m["content"].get("data", {}).get("text/markdown") == "Look\n\n*Stopped, 312 tokens billed.*"
    )


def test_capturing_a_cell_captures_the_answer(loaded: Load) -> None:
    kernel = loaded()
    kernel.run("%%capture out\n%maestro ask where is it?", cell="c1")
    assert "It is here." in kernel.value("out.stdout")


def test_what_at_names_is_looked_up(loaded: Load) -> None:
    kernel = loaded()
    kernel.run("frame = 1")
    run = kernel.run("%%maestro\nexplain @frame in @src/auth.pi and a@b.com", cell="c1")
    assert "*There is no file `src/auth.pi` in the project.*" in run.data()
    assert kernel.value("[v.name for v in double.told('variables')[-1]]")[0] == "frame"


def test_a_console_of_text_is_shown_the_answer_once(loaded: Load) -> None:
    kernel = loaded()
    run = kernel.run("%%maestro\nwhere is it?")
    assert run.data() == [f"It is here.\n\n{RECEIPT}"]
    kept = kernel.run("%%maestro --into answer\nwhere is it?")
    assert [m["msg_type"] for m in kept.messages if "display" in m["msg_type"]] == ["display_data"]
    assert kept.data()[0].startswith("The answer is in `answer`")
