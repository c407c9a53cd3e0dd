"""The README says what the code has. `python tests/test_readme.py` writes the generated tables into it."""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import codemaestro_jupyter
from codemaestro_jupyter.cli.parser import COMMANDS as CLI_COMMANDS
from codemaestro_jupyter.cli.parser import build_parser
from codemaestro_jupyter.experiment import model_report as report
from codemaestro_jupyter.jupyter.commands import COMMANDS as MAGIC_COMMANDS
from codemaestro_jupyter.jupyter.options import OPTIONS
from codemaestro_jupyter.settings import CodeMaestro, setting_names

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
PACKAGE = ROOT / "codemaestro_jupyter"


def table(header: str, rows: list[str]) -> str:
    columns = header.count("|") + 1
    return "\n".join([f"| {header} |", "|" + "---|" * columns, *(f"| {row} |" for row in rows)])


def escaped(text: str) -> str:
    return text.replace("|", "\\|")


def settings_table() -> str:
    rows = []
    for name in setting_names():
        trait = CodeMaestro.class_traits()[name]
        rows.append(f"`{name}` | `{trait.default()!r}` | {escaped(str(trait.help))}")
    return table("setting | default | meaning", rows)


def options_table() -> str:
    rows = [f"`{spelling}` | {escaped(meaning)}" for spelling, (_, meaning) in OPTIONS.items()]
    return table("option of `%%maestro` | meaning", rows)


def commands_table() -> str:
    rows = [f"`{escaped(command.usage)}` | {escaped(command.help)}" for command in MAGIC_COMMANDS.values()]
    return table("`%maestro …` | meaning", rows)


def cli_table() -> str:
    rows = []
    for name, parser in subparsers().items():
        words = [f"codemaestro {name}"]
        for action in parser._actions:
            if action.dest in {"help", "json", "root"}:
                continue
            spelling = "/".join(action.option_strings)
            value = action.metavar or ("|".join(map(str, action.choices)) if action.choices else "")
            value = " ".join(value) if isinstance(value, tuple) else str(value)
            part = " ".join(piece for piece in (spelling, value if action.nargs != 0 else "") if piece)
            words.append(f"[{part}]" if action.option_strings or action.nargs in {"*", "?"} else part)
        rows.append(f"`{escaped(' '.join(words))}` | {escaped(HELP[name])}")
    return table("command | meaning", rows)


def subparsers() -> dict[str, argparse.ArgumentParser]:
    action = next(action for action in build_parser()._actions if isinstance(action, argparse._SubParsersAction))
    HELP.update({choice.dest: str(choice.help) for choice in action._choices_actions})
    return dict(action.choices)


HELP: dict[str, str] = {}


def house_map() -> str:
    """The rooms and files as they stand, each with the first sentence of its docstring."""
    lines = []
    for path in sorted(PACKAGE.iterdir()):
        if path.is_dir() and (path / "__init__.py").exists():
            lines.append(f"{path.name + '/':16s} {first_sentence(path / '__init__.py')}")
        elif path.suffix == ".py" and path.name not in {"__init__.py", "__main__.py", "_alias.py"}:
            lines.append(f"{path.name:16s} {first_sentence(path)}")
    return "```\n" + "\n".join(lines) + "\n```"


def first_sentence(path: Path) -> str:
    import ast

    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf8"))) or ""
    line = " ".join(docstring.split("\n\n")[0].split())
    return line.rstrip(".")


RESULTS = ROOT / "docs" / "results"


def result(name: str) -> tuple[dict[str, Any], str]:
    """The figures of a committed result file, and the command that made it."""
    found = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf8"))
    return found["figures"], found["command"]


def figures_table() -> str:
    rows = []
    figures, command = result("predict")
    for kind, what in (("src", "source files"), ("ipynb", "notebooks")):
        hits = figures["hits"][kind]
        shares = " / ".join(f"{hits['hit@3'][share]:.0f}" for share in ("25", "50", "75", "100"))
        text = f"a right file among the first three, {what} ({hits['cases']} commits), 25/50/75/100 % typed"
        rows.append(f"{text} | {shares} % | `{command}`")
    rows.append(f"expected calibration error of the probabilities | {figures['calibration_error']:.3f} | the same")
    figures, command = result("blend")
    for protocol, text, how in (
        (
            "harness and clones",
            "the same, source files: points ahead of a linear blend, both fitted without the repository that is judged",
            f"`{command}`",
        ),
        (
            "harness and 200 further commits each",
            "the same, both fitted on the harness's own seven repositories and 200 further commits of each",
            "the same",
        ),
        (
            "6 of the clones",
            "the same, both fitted on 6 of the 25 repositories outside the harness and judged on the other 19, 8 draws",
            "the same",
        ),
    ):
        ahead = figures[protocol]["ahead"]["src"]
        points = " / ".join(f"{ahead[share]:+.1f}" for share in ("25", "50", "75", "100"))
        rows.append(f"{text} | {points} | {how}")
    figures, command = result("answer")
    for key, what in (("first", "first useful output"), ("total", "whole answer")):
        if saved := figures["saved"].get(key):
            interval = f"{saved['lower']:.0%} to {saved['upper']:.0%}"
            text = f"submit → {what}, less than without preparation ({figures['counted']} tasks over 0.1 s)"
            rows.append(f"{text} | {saved['share']:.0%} (95 % interval {interval}) | `{command}`")
    used = f"{figures['prepared_used']:.0%} / {figures['turns_that_used']:.0%}"
    rows.append(f"prepared things that were used / answers that used one | {used} | the same")
    for file, when in (("change", "0.6 s"), ("change_at_once", "right")):
        figures, command = result(file)
        [task] = figures["tasks"]
        seconds = " / ".join(f"{task[arm]['first']['p50']:.2f}" for arm in ("traditional", "staggered"))
        text = f"a typed command that changes 69 files, submitted {when} after its last key → its diff, "
        text += "without / with preparation"
        rows.append(f"{text} | {seconds} s | `{command}`")
    figures, command = result("load")
    rows.append(f"`%load_ext codemaestro`, median | {figures['seconds']['p50']:.2f} s | `{command}`")
    figures, command = result("typing")
    rows.append(f"CPU added while typing, of one core | {figures['cpu_share_added']:.0%} | `{command}`")
    delay = figures["cell_start_milliseconds"]
    slower = max(0.0, figures["busy_cell_slowdown"])
    rows.append(f"a busy cell is slower while somebody types by | {slower:.0%} | the same")
    rows.append(f"later start of a cell, p50 / p95 | {delay['added_p50']:.1f} / {delay['added_p95']:.1f} ms | the same")
    others = model_rows() + panel_rows() + index_rows() + engine_rows() + project_rows()
    return table("what | measured | command", rows + others)


def panel_rows() -> list[str]:
    figures, command = result("panel")
    waits = " / ".join(f"{figures[f'keystroke, {state}']['p95']:.0f}" for state in ("idle", "sleeping", "computing"))
    text = "key → the panel shows the prediction, p95: idle / beside `sleep` / beside a loop of pure Python"
    watching, not_watching = (figures[f"cell sent, {arm}"] for arm in ("watching", "not watching"))
    delays = " / ".join(f"{watching[value] - not_watching[value]:.1f}" for value in ("median", "p95"))
    shown = figures["cell shown, watching"]["median"] - figures["cell shown, not watching"]["median"]
    longest = figures["history of 1,000"]["longest task"]
    return [
        f"{text} | {waits} ms | `{command}`",
        f"later start of a cell because the page watches, p50 / p95 | {delays} ms | the same",
        f"first output of a cell that was run while typing is seen later by | {shown:.0f} ms | the same",
        f"longest task of the page while typing beside 1,000 messages | {longest:.0f} ms | the same",
        f"the panel's own script, gzipped | {figures['script']['kB gzipped']:.0f} kB | the same",
    ]


def model_rows() -> list[str]:
    if not (RESULTS / "model.json").exists():
        return []
    figures, command = result("model")
    return [
        f"{what} | {measured} | {'the same' if number else f'`{command}`'}"
        for number, (what, measured) in enumerate(report.rows(figures))
    ]


def index_rows() -> list[str]:
    if not (RESULTS / "index.json").exists():  # it takes half an hour of a quiet machine
        return []
    figures, command = result("index")
    rows = []
    for name, found in figures["projects"].items():
        times = " / ".join(f"{found[f'predict_warm_{kind}']:.1f}" for kind in ("ms_p50", "ms_p99", "cpu_ms_p99"))
        rows.append(f"prediction, {name}: p50 / p99 / p99 of processor time | {times} ms | `{command}`")
        memory = f"{found['kernel_added_mb']:.0f} / {found['child_peak_mb']:.0f}"
        rows.append(f"memory, {name}, at most: added to the kernel / the indexing process | {memory} MB | the same")
        seconds = f"{found['paths_seconds']:.1f} / {found['first_index_seconds']:.0f}"
        rows.append(f"first index, {name}: first paths / everything, beside a busy cell | {seconds} s | the same")
        rows.append(f"a changed file is seen, {name} | {found['change_seen_seconds']:.2f} s | the same")
    return rows


def project_rows() -> list[str]:
    """Other people's projects, changed by many commands: what their own tests say."""
    if not (RESULTS / "projects.json").exists():  # it clones other people's projects and runs their tests
        return []
    figures, command = result("projects")
    rows = []
    for item in figures["projects"]:
        what = f"{item['commands']} rename, move and edit commands on {item['project']} ({item['python_files']} files)"
        before, after = (passed(item[key]) for key in ("tests_before", "tests_after"))
        new = len(item["newly_failing"])
        how = "the same" if rows else f"`{command}`"
        rows.append(
            f"{what}: its own tests passed, before / after / newly failing | {before} / {after} / {new} | {how}"
        )
    return rows


def passed(summary: str) -> str:
    """How many tests passed, of pytest's last line."""
    found = re.search(r"(\d+) passed", summary)
    return f"{int(found[1]):,}" if found else "none"


def engine_rows() -> list[str]:
    figures, command = result("engine")
    command += " (a tenth of the runs)" if figures["quick"] else ""
    suite, steps, memory, kill, faults = (figures[key] for key in ("suite", "steps", "memory", "kill", "faults"))
    rows = [
        f"a command of the plan engine in memory, {what}: mean / p95 / p99 | {thousandths(found)} ms | `{command}`"
        for what, found in (
            ("100 components of up to 3 kB", suite["100"]),
            ("of 10 kB each", figures["suite_10_kB"]["100"]),
            ("of 50 kB each", figures["suite_50_kB"]["100"]),
        )
    ]
    median, mean = (suite["1000"][key] / suite["100"][key] for key in ("p50", "mean"))
    rows.append(f"1,000 components against 100, time a command: median / mean | × {median:.2f} / {mean:.2f} | the same")
    first, last = (steps["per_step_ms"][key] for key in ("1", "50"))
    text = "50 steps in one command; a step of 50 / of 1"
    rows.append(f"{text} | {steps['50_steps_ms']:.0f} ms; {last:.2f} / {first:.2f} ms | the same")
    for name, what in (("add logging to", "add logging to a function"), ("rename", "rename a function")):
        times = " / ".join(f"{found[name]:.1f}" for found in figures["trees"].values())
        rows.append(f"{what}, file of 3 / 10 / 50 kB | {times} ms | the same")
    renamed = figures["rename"]
    text = f"propose a rename that changes {renamed['files_changed']} files; of it processor time"
    rows.append(f"{text} | {renamed['seconds']:.1f} / {renamed['cpu_seconds']:.1f} s | the same")
    for key, what in (
        ("batch_trees", "on syntax trees of 50 kB"),
        ("batch_trees_mixed", "on syntax trees of 30 to 70 kB"),
        ("batch_disk", "to this disk"),
        ("batch_disk_2_ms", "to a disk that needs 2 ms for each sync"),
        ("batch_commands_to_disk", "worked out and written"),
    ):
        rows.append(f"5 commands as a batch, {what}: throughput | × {figures[key]['throughput']:.1f} | the same")
    same = figures["same_bytes"]
    text = f"other results in {same['runs']:,} runs of one batch, every tenth on several processes"
    rows.append(f"{text} | {same['different_results'] - 1} | the same")
    text = f"memory over {memory['commands']:,} commands, last tenth against second"
    rows.append(f"{text} | {memory['growth']:+.1%} | the same")
    text = (
        f"`kill -9` at {kill['moments']} random moments of an apply ({figures['file_system']}): half-done / files lost"
    )
    rows.append(f"{text} | {kill['half-done']} / {kill['lost_files']} | the same")
    text = f"{faults['faults']} injected faults: corrected, or done after the offered fix / nothing half-done"
    rows.append(f"{text} | {faults['recovered']:.0%} / {faults['clean']:.0%} | the same")
    return [rows[0], *(row.replace(f"`{command}`", "the same") for row in rows[1:])]


def thousandths(found: dict[str, float]) -> str:
    return " / ".join(f"{found[key]:.2f}" for key in ("mean", "p95", "p99"))


SECTIONS = {
    "figures": figures_table,
    "magic-options": options_table,
    "magic-commands": commands_table,
    "cli": cli_table,
    "settings": settings_table,
    "house": house_map,
}


def section(text: str, name: str) -> str:
    match = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", text, re.DOTALL)
    assert match, f"the README has no section {name}"
    return match[1].strip()


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_is_what_the_code_has(name: str) -> None:
    assert section(README.read_text(encoding="utf8"), name) == SECTIONS[name](), "run python tests/test_readme.py"


def test_every_command_is_performed_by_something_that_exists() -> None:
    from importlib import import_module

    assert set(subparsers()) == set(CLI_COMMANDS)
    for place in CLI_COMMANDS.values():
        module, _, function = place.partition(":")
        assert callable(getattr(import_module(module), function))


def test_every_room_has_a_name_that_says_what_it_is_for() -> None:
    for path in PACKAGE.iterdir():
        if path.is_dir() and any(path.glob("*.py")):
            assert first_sentence(path / "__init__.py"), path.name


def test_the_public_names_are_the_ones_that_the_readme_uses() -> None:
    text = README.read_text(encoding="utf8")
    for name in codemaestro_jupyter.__all__:
        assert hasattr(codemaestro_jupyter, name)
        if not name.endswith("ipython_extension"):
            assert re.search(rf"\b{name}\b", text), name


def test_the_python_example_runs(tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf8"), re.DOTALL)
    example = next(block for block in blocks if "Maestro(" in block)
    (tmp_path / "house.py").write_text("class Maestro:\n    '''Leads the band.'''\n", encoding="utf8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", example], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "house.py" in done.stdout


def test_the_links_lead_to_files_that_exist() -> None:
    for target in re.findall(r"\]\(([^)#]+)", README.read_text(encoding="utf8")):
        if "://" not in target:
            assert (ROOT / target).exists(), target


def write() -> None:
    text = README.read_text(encoding="utf8")
    for name, make in SECTIONS.items():
        start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, rest = text.split(start, 1)
        text = before + start + make() + "\n" + end + rest.split(end, 1)[1]
    README.write_text(text, encoding="utf8")


if __name__ == "__main__":
    write()
