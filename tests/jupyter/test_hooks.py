"""What is learnt from cells running, in a plain IPython shell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from codemaestro_jupyter.jupyter.hooks import NAMES, OURS, Hooks
from codemaestro_jupyter.types import CellId, Failure, Variable

if TYPE_CHECKING:
    from tests.jupyter.scripted import ScriptedMaestro


def picture(namespace: Any) -> tuple[Variable, ...]:
    return tuple(Variable(name, type(value).__name__) for name, value in namespace.items())


def failure_of(error: BaseException, cells: Any) -> Failure:
    cell = next(iter(cells.values()), "")
    return Failure("traceback", f"{type(error).__name__}: {error}", "", source=cell)


@pytest.fixture
def hooks(shell: InteractiveShell, scripted: ScriptedMaestro) -> Iterator[Hooks]:
    hooks = Hooks(shell, scripted, picture, failure_of)  # type: ignore[arg-type]
    yield hooks
    hooks.close()
    assert hooks._before not in shell.events.callbacks["pre_run_cell"]
    assert hooks._after not in shell.events.callbacks["post_run_cell"]


def test_a_cell_makes_the_kernel_busy(shell: InteractiveShell, scripted: ScriptedMaestro, hooks: Hooks) -> None:
    shell.run_cell("1")
    assert scripted.told("busy") == [True, False]


def test_the_newest_variables_are_pictured(shell: InteractiveShell, scripted: ScriptedMaestro, hooks: Hooks) -> None:
    shell.run_cell("import math\n_private = 1\nfirst, second = 1, 'a'")
    seen = {variable.name: variable.type for variable in scripted.told("variables")[-1]}
    assert seen == {"second": "str", "first": "int", "math": "module"}
    shell.run_cell(f"for number in range({NAMES}): globals()[f'name_{{number}}'] = number")
    names = [variable.name for variable in scripted.told("variables")[-1]]
    assert (len(names), names[0], "first" in names) == (NAMES, f"name_{NAMES - 1}", False)
    hooks.look(["first"])
    names = [variable.name for variable in scripted.told("variables")[-1]]
    assert (len(names), names[0]) == (NAMES, "first")


def test_a_failure_is_told_and_the_next_success_ends_it(
    shell: InteractiveShell, scripted: ScriptedMaestro, hooks: Hooks, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell("1 / 0", store_history=True, cell_id="c7")
    shell.run_cell("1 +", store_history=True)
    shell.run_cell("2")
    titles = [failure.title if failure else None for failure in scripted.told("failure")]
    assert titles[0] == "ZeroDivisionError: division by zero"
    assert titles[1].startswith("SyntaxError")
    assert titles[2] is None
    assert scripted.told("failure")[0].source == CellId("c7")
    assert "ZeroDivisionError" in capsys.readouterr().out


def test_stopping_a_cell_is_no_failure(
    shell: InteractiveShell, scripted: ScriptedMaestro, hooks: Hooks, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell("raise KeyboardInterrupt")
    assert scripted.told("failure") == []
    capsys.readouterr()


@pytest.mark.parametrize(
    ("cell", "ours"),
    [
        ("%%maestro\nwhy did it fail?", True),
        ("# about it\n%maestro ask why?", True),
        ("%load_ext codemaestro", True),
        ("%reload_ext codemaestro", True),
        ("x = 1\n%maestro status", False),
        ("%%maestros\nx", False),
        ("", False),
    ],
)
def test_asking_why_it_failed_does_not_forget_that_it_failed(cell: str, ours: bool) -> None:
    assert bool(OURS.match(cell)) is ours


def test_a_namespace_that_changes_under_our_hands_costs_one_picture(
    shell: InteractiveShell, scripted: ScriptedMaestro, hooks: Hooks
) -> None:
    def changing(namespace: Any) -> tuple[Variable, ...]:
        raise RuntimeError("dictionary changed size during iteration")

    hooks._picture = changing
    assert shell.run_cell("1").success
    assert scripted.told("busy") == [True, False]
