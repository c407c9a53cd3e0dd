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


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("wait: int = typer.Option(3)", 'limit: int = typer.Option(3, "--wait-for")'),
        ("wait: int = typer.Option(3, help='s')", "limit: int = typer.Option(3, '--wait-for', help='s')"),
        ("wait: int = Option(default=3)", 'limit: int = Option(3, "--wait-for")'),
        ("wait: bool = typer.Option(False)", 'limit: bool = typer.Option(False, "--wait-for/--no-wait-for")'),
        ("wait: int = typer.Option(3, '-w')", "limit: int = typer.Option(3, '-w')"),
        ("wait: Annotated[int, Option()] = 3", 'limit: Annotated[int, Option("--wait-for")] = 3'),
        ("wait: Annotated[int, Option('-w')] = 3", "limit: Annotated[int, Option('-w')] = 3"),
        ("wait: Annotated[str, typer.Argument()]", "limit: Annotated[str, typer.Argument()]"),
        ("wait: str", "limit: str"),
    ],
)
@pytest.mark.parametrize("way", ["@app.command()\ndef go(PLACE):\n", "def go(PLACE):\n"])
def test_typer_makes_the_option_that_users_know(before: str, after: str, way: str) -> None:
    before, after = before.replace("wait", "wait_for"), after
    run_it = "" if way.startswith("@") else "\n\ntyper.run(go)\n"
    made = [
        f"import typer\n\n\n{way.replace('PLACE', text)}    return {name}\n{run_it}"
        for text, name in ((before, "wait_for"), (after, "limit"))
    ]
    found = run("rename parameter wait_for of go to limit", Blueprint([Component("a.py", made[0].encode())]))
    assert [item.data.decode() for item in found.blueprint] == made[1:]
    assert found.warnings == ()


def test_an_option_that_typer_makes_of_a_default_changes_with_its_name_and_that_is_said() -> None:
    text = "import typer\n\n\n@app.command()\ndef go(wait_for: int = 3):\n    return wait_for\n"
    found = run("rename parameter wait_for of go to limit", Blueprint([Component("a.py", text.encode())]))
    assert [item.data.decode() for item in found.blueprint] == [text.replace("wait_for", "limit")]
    assert found.warnings == ("The option --wait-for of go is then --limit.",)


HANDED = (
    "import click\nfrom threading import Thread\n\n\ndef go(wait, n=0): ...\n\n\n"
    "@click.pass_context\ndef first(ctx, runner, pool):\n"
    "    ctx.invoke(go, wait=1)\n    ctx.forward(go, wait=2)\n    click.get_current_context().invoke(go, wait=3)\n"
    "    Thread(target=go, kwargs={'wait': 4, 'n': 'wait'})\n    pool.apply_async(go, (), {'wait': 5})\n"
    "    pool.apply_async(go, kwds=dict(wait=6))\n    go.apply_async(kwargs={'wait': 7})\n"
    "    go.delay(wait=8)\n    go.s(wait=8)\n"
    "    ctx.invoke(other, wait=8)\n    Thread(target=other, kwargs={'wait': 9})\n"
)


def test_what_is_handed_on_by_name_is_renamed_too() -> None:
    found = run("rename parameter wait of go to limit", Blueprint([Component("a.py", HANDED.encode())]))
    lines = HANDED.replace("wait", "limit").replace("'n': 'limit'", "'n': 'wait'").splitlines(keepends=True)
    lines[-2:] = HANDED.splitlines(keepends=True)[-2:]
    assert [item.data.decode() for item in found.blueprint] == ["".join(lines)]


def test_a_test_runner_may_be_given_the_keyword_for_itself() -> None:
    text = "def go(env): ...\n\n\nrunner.invoke(go, env={})\n"
    found = run("rename parameter env of go to where", Blueprint([Component("a.py", text.encode())]))
    assert [item.data.decode() for item in found.blueprint] == [text.replace("go(env)", "go(where)")]
    assert [(item.before, item.why) for item in found.candidates] == [
        ("runner.invoke(go, env={})", "cannot tell what is called")
    ]
