"""A parameter of a command keeps the option by which its users know it, and follows the name that is said of it."""

from __future__ import annotations

import pytest

from codemaestro_jupyter.edit.blueprint import Blueprint, Component
from codemaestro_jupyter.edit.pipeline import run
from codemaestro_jupyter.edit.python.options import given


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('@click.option("--wait", "-w", default=1)', '@click.option("--wait", "-w", "limit", default=1)'),
        ("@click.option('--wait/--no-wait')", "@click.option('--wait/--no-wait', 'limit')"),
        ("@click.option('-w', 'wait', '--wait-for')", "@click.option('-w', 'limit', '--wait-for')"),
        ("@click.argument('WAIT')", "@click.argument('limit')"),
        ('@argument("wait", nargs=-1)', '@argument("limit", nargs=-1)'),
        ('@option(\n    "--wait",\n    help="wait",\n)', '@option(\n    "--wait",\n    "limit",\n    help="wait",\n)'),
    ],
)
def test_what_gives_a_parameter_of_a_command(before: str, after: str) -> None:
    source = f"import click\n\n\n@click.command()\n{before}\n@click.option('--other')\ndef go(other, wait):\n    "
    files = {"a.py": f"{source}return wait\n"}
    found = run(
        "rename parameter wait of go to limit",
        Blueprint(Component(path, text.encode()) for path, text in files.items()),
    )
    changed = source.replace(before, after).replace("other, wait)", "other, limit)")
    assert {item.path: item.data.decode() for item in found.blueprint} == {"a.py": f"{changed}return limit\n"}
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("options", "name"),
    [
        (["-t", "--time-out"], "time_out"),
        (["--Shout/--no-shout", "-s"], "shout"),
        (["/debug;/no-debug"], "debug"),
        (["-v"], "v"),
        (["--from", "--since"], "from"),
    ],
)
def test_the_name_that_click_makes(options: list[str], name: str) -> None:
    assert given(options) == name


def test_what_is_computed_may_hand_it_over() -> None:
    text = "@click.option(*WAIT)\ndef go(wait): ...\n"
    found = run("rename parameter wait of go to limit", Blueprint([Component("a.py", text.encode())]))
    assert found.warnings == ("@click.option may hand wait to go by its name.",)


def test_who_looks_for_values_by_its_name_is_said() -> None:
    text = "@click.option('--wait')\ndef go(wait): ...\n\n\ngo(auto_envvar_prefix='APP')\n"
    found = run("rename parameter wait of go to limit", Blueprint([Component("a.py", text.encode())]))
    assert found.warnings == ("Variables of the environment and defaults named wait are then limit: a.py.",)
