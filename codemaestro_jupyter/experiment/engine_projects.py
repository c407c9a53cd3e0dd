"""Rename, move and edit in real projects, and let their own tests say whether they still work.

    python -m codemaestro_jupyter.experiment.engine_projects clones/networkx clones/scrapy clones/celery \\
        --output docs/results/projects.json

For each clone a copy is made and its tests run in it, before and after `COMMANDS` were applied, and everything is
undone. What failed before may fail, nothing else. Unticked places are left as they are, but for those of which only one
class can be the owner: a person reads "only Client defines it" and ticks them (`ticked_by_hand` counts these).

`clones/networkx-venv` is the environment of `clones/networkx` (made with `--install`); `PROJECTS` knows what it needs
and how its tests are run, other projects run `pytest -q`. Symbols are chosen by rule (`engine_targets`), each command
on another one.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codemaestro_jupyter.edit.engine import Engine
from codemaestro_jupyter.errors import MaestroError
from codemaestro_jupyter.experiment.engine_targets import Targets, find_targets
from codemaestro_jupyter.workspace.reader import Reader

TIMEOUT = 1_800
SUMMARY = re.compile(r"\d+ (?:passed|failed|error|skipped)\b.* in [\d.]+s")


@dataclass(frozen=True, slots=True)
class Known:
    """What a project's environment needs besides itself, and what runs its tests."""

    needs: str
    tests: str


PROJECTS = {
    "networkx": Known("pytest numpy scipy pandas", "networkx"),
    "scrapy": Known(
        "attrs pexpect pyftpdlib pygments pytest<9 pytest-rerunfailures pytest-timeout pytest-xdist sybil"
        " pytest-twisted testfixtures httpx uvloop",
        "tests -n 4",  # they wait more than they compute
    ),
    "celery": Known(
        "pytest==9.0.3 pytest-celery pytest-rerunfailures pytest-subtests pytest-timeout pytest-click pytest-order"
        " redis sqlalchemy pymemcache cryptography pydantic msgpack pyyaml boto3 moto eventlet gevent pymongo",
        "t/unit --timeout 60 --ignore t/unit/backends/test_azureblockblob.py --ignore t/unit/backends/test_gcs.py"
        " --ignore t/unit/backends/test_mongodb.py",
    ),
    "rich": Known("pytest attrs", "tests"),
}
COMMANDS: tuple[tuple[str, str, int], ...] = (
    ("functions", "rename {path}::{name} to {new}", 3),
    ("classes", "rename class {path}::{name} to {new}", 3),
    ("methods", "rename method {path}::{name} to {new}", 2),
    ("attributes", "rename attribute {path}::{name} to {new}", 2),
    ("constants", "rename {path}::{name} to {new}", 2),
    ("parameters", "rename parameter {last} of {path}::{owner} to {new}", 2),
    ("variables", "rename variable {last} of {path}::{owner} to {new}", 2),
    ("unused", "delete function {path}::{name}", 1),
    ("functions", "add a parameter extra_option=None to {path}::{name}", 1),
    ("functions", "add logging to {path}::{name}", 2),
    ("functions", "add error handling to {path}::{name}", 1),
    ("functions", "add type hints to {path}::{name}", 1),
    ("functions", "add a test for {path}::{name}", 1),
    ("classes", "add docstrings to everything in {path}", 1),
    ("blocks", "extract lines {name} of {path} as extracted_{number}", 2),
    ("literals", 'extract "{name}" as constant EXTRACTED_{number} in {path}', 2),
    ("modules", "rename {path} to {name}_renamed.py", 3),
    ("modules", "move {path} to {package}/", 2),
    ("modules", "organise imports in {path}", 2),
)
"""(which targets, what is said of each, how often)."""


def sentences(targets: Targets, row: int, used: dict[str, int]) -> Iterator[str]:
    """What is said for one row of `COMMANDS`, on one target after the other that no row before `used`."""
    kind, text, _ = COMMANDS[row]
    for path, name in getattr(targets, kind)[used.get(kind, 0) :]:
        used[kind] = used.get(kind, 0) + 1
        if "package" in text and path.rpartition("/")[0] == targets.package:
            continue
        owner, _, last = name.rpartition(".")
        new = f"{last}_renamed" if last.islower() else f"{last}_RENAMED" if last.isupper() else f"{last}Renamed"
        made = {"new": new, "number": used[kind], "package": targets.package}
        yield text.format(path=path, name=name, owner=owner, last=last, **made)


def check_project(clone: Path, tests: Sequence[str], say: Any = print) -> dict[str, Any]:
    """Do `COMMANDS` in a copy of a project; its tests before, after, and after everything was undone."""
    with tempfile.TemporaryDirectory() as made:
        root = Path(made).resolve() / "project"
        shutil.copytree(clone, root, symlinks=True)
        before = run_tests(root, tests)
        say(f"{clone.name}: before: {before['summary']}")
        engine = Engine(root, Reader(root), root.parent / "data")
        done: list[dict[str, Any]] = []
        refused: list[tuple[str, str]] = []
        count = [0] * len(COMMANDS)
        moved: set[str] = set()
        targets, used = find_targets(root), dict[str, int]()
        for row, (_, _, wanted) in enumerate(COMMANDS):
            for said in sentences(targets, row, used):
                if any(path in said for path in moved):
                    continue
                started = time.perf_counter()
                proposal = engine.propose(said)
                seconds = time.perf_counter() - started
                # what a person would tick: a member that only one class of the project defines
                by_hand = [hunk.id for hunk in proposal.hunks() if hunk.why.startswith("only ")]
                ticked = [hunk.id for hunk in proposal.hunks() if hunk.ticked]
                try:
                    receipt = engine.apply(proposal, [*ticked, *by_hand] if by_hand else None)
                except MaestroError as error:
                    refused.append((said, error.message))
                    continue
                count[row] += 1
                moved |= {diff.old_path for diff in proposal.diffs if diff.old_path}
                done.append(
                    {
                        "said": said,
                        "files": len(receipt.files),
                        "unticked": sum(not hunk.ticked for hunk in proposal.hunks()),
                        "ticked_by_hand": len(by_hand),
                        "warnings": list(proposal.warnings[:3]),
                        "seconds": round(seconds, 2),
                    }
                )
                say(f"  {said}: {len(receipt.files)} files, {seconds:.1f} s")
                if count[row] == wanted:
                    break
        after = run_tests(root, tests)
        say(f"{clone.name}: after: {after['summary']}")
        engine.undo(len(done))
        touched = {path for line in engine.log(len(done) * 3) for path in line.files}
        same = all(unchanged(clone / path, root / path) for path in touched)
    return {
        "project": clone.name,
        "python_files": sum(1 for _ in clone.rglob("*.py")),
        "commands": len(done),
        "files_changed": len(touched),
        "done": done,
        "not_done": [row for row, (_, _, wanted) in enumerate(COMMANDS) if count[row] < wanted],
        "refused": len(refused),
        "refused_first": refused[:10],
        "tests_before": before["summary"],
        "tests_after": after["summary"],
        "newly_failing": sorted(set(after["failed"]) - set(before["failed"])),
        "as_before": set(after["failed"]) <= set(before["failed"]) and 0 < before["passed"] <= after["passed"],
        "undone_byte_for_byte": same,
    }


def run_tests(root: Path, tests: Sequence[str], timeout: float = TIMEOUT) -> dict[str, Any]:
    """What a project's tests say: their last summary, how many passed, and which failed.

    They write to a file, in a session of their own that is ended with them: what tests forget to end (celery's fork
    workers) would hold a pipe open for ever, and writes after the summary.
    """
    paths = os.pathsep.join([str(root), str(root / "src")])  # the copy's code, whatever the environment has installed
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            list(tests),
            cwd=root,
            env={**os.environ, "PYTHONPATH": paths},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            return {"summary": f"no end within {timeout:g} s", "passed": 0, "failed": ["time-out"]}
        finally:
            with suppress(OSError, AttributeError):  # none of them is left; no sessions on Windows
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            process.wait()
        said.seek(0)
        return read_tests(said.read().decode(errors="replace"), status)


def read_tests(said: str, status: int) -> dict[str, Any]:
    """The last summary of pytest in its output, and the tests it names as failed. A run that broke off says so."""
    lines = said.strip().splitlines()
    summary = next((line for line in reversed(lines) if SUMMARY.search(line)), "")
    if not summary or "INTERNALERROR" in said:
        broken = next((line for line in reversed(lines) if "Error" in line), lines[-1] if lines else "nothing was said")
        summary = f"broke off with exit {status}: {broken[-300:]}"
    passed = re.search(r"(\d+) passed", summary)
    failed = [line.split(" - ")[0].partition(" ")[2] for line in lines if line.startswith(("FAILED ", "ERROR "))]
    return {"summary": summary.strip("= "), "passed": int(passed[1]) if passed else 0, "failed": failed}


def unchanged(one: Path, two: Path) -> bool:
    """Whether a file that was changed and put back reads as in the clone (or is in neither)."""
    if not one.is_file() or not two.is_file():
        return one.is_file() == two.is_file()
    return one.read_bytes() == two.read_bytes()


def environment(clone: Path, *, install: bool) -> str:
    """The interpreter of a project's own environment; this one where there is none."""
    folder = clone.parent / f"{clone.name}-venv"
    if install and not folder.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        needs = PROJECTS.get(clone.name, Known("pytest", "")).needs.split()
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "-q"]
        subprocess.run([*pip, "-e", str(clone), *needs], check=True)
    python = folder / "bin" / "python"
    return str(python) if python.exists() else sys.executable


def main(argv: Sequence[str] | None = None) -> int:
    """Check every clone given; exit status 1 if the tests of one do not pass as before."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("clones", nargs="+", type=Path, help="clones of projects")
    parser.add_argument("--install", action="store_true", help="make the environments that are missing")
    parser.add_argument("--output", type=Path, help="also write the results there, as JSON")
    arguments = parser.parse_args(argv)
    found = []
    for given in arguments.clones:
        clone = given.resolve()
        known = PROJECTS.get(clone.name, Known("pytest", ""))
        python = environment(clone, install=arguments.install)
        # whose libraries the project's members may be taken for
        os.environ["VIRTUAL_ENV"] = str(Path(python).parents[1])
        command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *known.tests.split()]
        found.append(check_project(clone, command, lambda line: print(line, file=sys.stderr, flush=True)))
        if arguments.output:
            names = " ".join(path.name for path in arguments.clones)
            result = {
                "command": f"python -m codemaestro_jupyter.experiment.engine_projects {names}",
                "figures": {"projects": found},
            }
            arguments.output.write_text(json.dumps(result, indent=2) + "\n", encoding="utf8")
    print(json.dumps(found, indent=1))
    return 0 if all(item["as_before"] and item["undone_byte_for_byte"] for item in found) else 1


if __name__ == "__main__":
    raise SystemExit(main())
