"""Several requests ask at once: each waits for its own answer, whatever the others do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from codemaestro_jupyter.jupyter.drawing import question_of
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.settings import Settings

from .conftest import eventually
from .test_dialogue import draft, made

pytestmark = pytest.mark.usefixtures("no_remains")
ONE, OTHER = "improve the timeout of Session in auth.py", "improve the token of Session in auth.py"
PLAN = draft("auth.py", "TIMEOUT = 30", "TIMEOUT = 60")


def asked(maestro: Maestro, turn: str, stage: str = "") -> dict[str, Any]:
    """What a turn asks, once it asks (about that)."""
    found = eventually(lambda: (q := question_of(maestro.view(), turn)) and stage in ("", q["stage"]) and q)
    return dict(found)  # type: ignore[call-overload]


def alone(project: Path) -> Maestro:
    maestro = Maestro(Settings(environment={}, policy={}, model="off"), root=project)
    assert maestro.workspace.index.wait(60)
    return maestro


def cell(maestro: Maestro, request: str, number: int) -> Any:
    return maestro.submit(request, notebook_id="n.ipynb", cell_id=f"c{number}", asks=True)


@pytest.mark.parametrize("models", [[PLAN] * 8, None])
def test_two_cells_ask_at_once_and_each_is_answered(project: Path, models: list[str] | None) -> None:
    maestro = made(project, models)[0] if models else alone(project)
    with maestro:
        one, other = cell(maestro, ONE, 1), cell(maestro, OTHER, 2)
        first, second = asked(maestro, one.turn), asked(maestro, other.turn)
        view = maestro.view()
        assert {view["question"]["id"], *(each["id"] for each in view["earlier_questions"])} == {  # type: ignore[index]
            first["id"], second["id"],
        }  # fmt: skip
        eventually(lambda: any(option["ready"] for option in (maestro.view()["question"] or {})["options"]))
        maestro.choose(first["id"], first["options"][1]["id"])
        if models:
            waits = asked(maestro, one.turn, "READY")
            assert asked(maestro, other.turn) | {"options": []} == second | {"options": []}  # its marks may have come
            maestro.choose(second["id"], text="in a new function")
            asked(maestro, other.turn, "READY")
            maestro.choose(waits["id"], "leave")
            maestro.choose(asked(maestro, other.turn)["id"], "leave")
        else:
            one.result(30)
            maestro.choose(asked(maestro, other.turn)["id"], text="in a new function")
        assert f"→ {first['options'][1]['label']}*" in one.result(30).markdown
        assert "→ in a new function*" in other.result(30).markdown
        view = maestro.view()
        assert (view["question"], view["earlier_questions"]) == (None, [])


def test_what_one_chooses_on_a_card_concerns_that_card_alone(project: Path) -> None:
    maestro, _ = made(project, [PLAN] * 2)
    with maestro:
        one = cell(maestro, "change the timeout in auth.py to 60", 1)
        asked(maestro, one.turn, "READY")
        other = cell(maestro, "set the timeout in auth.py to 60, please change it", 2)
        asked(maestro, other.turn, "READY")
        maestro.change(one.turn, "discard")
        assert one.result(30)
        assert not other.done
        maestro.change(other.turn, "apply")
        other.result(30)
    assert "TIMEOUT = 60" in (project / "auth.py").read_text("utf8")
