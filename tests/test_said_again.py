"""The same words again at a console or in a chat: no model call while what the answer rests on holds, and it is meant.

What leans on what was said before is another request once something else was said.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from codemaestro_jupyter.converse.again import CONSOLE, Leaning, leans, of_a_cell
from codemaestro_jupyter.types import CellId

from .test_asked_again import CHANGE, PLAIN, end
from .test_dialogue import made, question

pytestmark = pytest.mark.usefixtures("no_remains")
HOW, WHERE = "how is the token made?", "how is the timeout of a session kept?"
IT = "how is it made and what for?"


@pytest.mark.parametrize("cell", [CONSOLE, "chat-1"])
@pytest.mark.parametrize(
    ("requests", "calls"),
    [
        ([HOW, HOW], 1),
        ([HOW, WHERE, HOW], 2),
        ([HOW, IT, IT], 2),
        ([HOW, IT, WHERE, IT], 4),
        ([HOW, IT, HOW, IT], 3),
        ([HOW, "explain more of the token", "explain more of the token"], 3),
        ([HOW, "why?", WHERE, "why?"], 4),
    ],
)
def test_what_stands_for_itself_is_answered_from_history(
    project: Path, cell: str, requests: list[str], calls: int
) -> None:
    maestro, model = made(project, [f"Answer {number}, in auth.py." for number in range(1, 9)])
    with maestro:
        answers = [maestro.submit(request, cell_id=cell).result(30).markdown for request in requests]
    assert len(model.calls) == calls == len(set(answers))


def test_at_a_console_too_only_while_what_it_rests_on_holds_and_unless_a_fresh_one_is_wanted(project: Path) -> None:
    maestro, model = made(project, [f"Answer {number}, in auth.py." for number in range(1, 4)])
    with maestro:
        maestro.submit(HOW, cell_id=CONSOLE).result(30)
        assert maestro.submit(HOW, cell_id=CONSOLE, fresh=True).result(30).markdown.startswith("Answer 2")
        (project / "auth.py").write_text((project / "auth.py").read_text("utf8") + "\nMORE = 1\n", "utf8")
        maestro.workspace.index.refresh()
        assert maestro.submit(HOW, cell_id=CONSOLE).result(30).markdown.startswith("Answer 3")
    again, silent = made(project, [])
    with again:
        pending = again.submit(HOW, cell_id=CONSOLE)
        assert pending.result(30).markdown.startswith("Answer 3"), "also in the next session"
        assert pending.reused
    assert (len(model.calls), silent.calls) == (3, [])


def test_a_plan_that_was_declined_at_a_console_waits_again_without_the_model(project: Path) -> None:
    maestro, model = made(project, [CHANGE])
    with maestro:
        for _ in range(2):
            pending = maestro.submit(PLAIN, cell_id=CONSOLE, asks=True)
            question(maestro)
            end(maestro, pending, "leave")
    assert len(model.calls) == 1


@pytest.mark.parametrize(
    ("request_", "meant"),
    [
        (HOW, "on nothing"),
        ("explain Client.get", "on nothing"),
        ("explain make_token", "on nothing"),
        ("what does this project do?", "on nothing"),
        ("what is the function that makes tokens?", "on nothing"),
        ("wie wird das Token gemacht?", "on nothing"),
        ("如何添加日志", "on nothing"),
        (IT, "on the last"),
        ("where is that from", "on the last"),
        ("why is the first one slow?", "on the last"),
        ("wozu dient das?", "on the last"),
        ("这个函数怎么用", "on the last"),
        ("why?", "further"),
        ("explain more", "further"),
        ("another example of a token please", "further"),
        ("and how is the timeout kept?", "further"),
        ("et pour le client de la page ?", "further"),
    ],
)
def test_what_a_request_leans_on(request_: str, meant: Leaning) -> None:
    assert leans(request_) == meant


def test_cells_of_notebooks_are_told_from_others() -> None:
    assert [of_a_cell(CellId(cell)) for cell in ("c1", "", CONSOLE, "chat-7")] == [True, False, False, False]
