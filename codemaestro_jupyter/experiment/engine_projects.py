"""Rename and edit in a real project, and let its own tests say whether it still works.

    python -m codemaestro_jupyter.experiment.engine_projects <clone> <renames> -- python -m pytest -q tests

Works on a copy. Symbols are chosen by a rule, not by hand: functions of modules (no tests) that are defined once and
used in most other files. The tests run before and after; what failed before may fail, nothing else.
"""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from codemaestro_jupyter.edit.engine import Engine
from codemaestro_jupyter.errors import MaestroError
from codemaestro_jupyter.workspace.reader import Reader

SKIPPED = re.compile(
    r"(^|/)(tests?|testing|docs?|examples?|benchmarks?|conftest\.py|setup\.py|versioneer\.py)(/|$)|test_"
)
TIMEOUT = 1_800
EDITS = ("add logging to {place}", "add error handling to {place}", "add a parameter `extra_option=None` to {place}")


def well_used(root: Path, count: int) -> list[tuple[str, str]]:
    """(path, name) of `count` functions and classes defined once at module level and used in the most files."""
    defined: dict[str, list[str]] = {}
    words: Counter[str] = Counter()
    for path in sorted(root.rglob("*.py")):
        relative = path.relative_to(root).as_posix()
        try:
            text = path.read_text(encoding="utf8")
            tree = ast.parse(text)
        except (SyntaxError, ValueError):
            continue
        words.update(set(re.findall(r"\b\w+\b", text)))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
                top = node in tree.body and not SKIPPED.search(relative) and not node.name.startswith("_")
                defined.setdefault(node.name, []).append(relative if top else "")
    once = [(places[0], name) for name, places in defined.items() if len(places) == 1 and places[0]]
    once.sort(key=lambda item: (-words[item[1]], item))
    return [item for item in once if len(item[1]) > 5][:count]


def check_project(clone: Path, tests: Sequence[str], renames: int = 5) -> dict[str, Any]:
    """Rename `renames` symbols of a copy of a project and edit three functions; its tests before and after."""
    with tempfile.TemporaryDirectory() as made:
        root = Path(made).resolve() / "project"
        shutil.copytree(clone, root, symlinks=True)
        before = run_tests(root, tests)
        engine = Engine(root, Reader(root), root / ".codemaestro")
        done: list[tuple[str, int]] = []
        refused: list[tuple[str, str]] = []
        seconds: list[float] = []
        chosen = well_used(root, renames * 3)
        commands = [f"rename {path}::{name} to {renamed(name)}" for path, name in chosen]
        functions = [(path, name) for path, name in well_used(root, renames * 20) if name.islower()]
        places = [f"{path}::{name}" for path, name in functions if (path, name) not in chosen][:3]
        edits = [text.format(place=place) for text, place in zip(EDITS, places, strict=False)]
        candidates = 0
        for command in [*commands, *edits]:
            if command.startswith("rename") and len(done) >= renames:
                continue
            started = time.perf_counter()
            proposal = engine.propose(command)
            seconds.append(time.perf_counter() - started)
            candidates += sum(not hunk.ticked for hunk in proposal.hunks())
            try:
                receipt = engine.apply(proposal)
                done.append((command, len(receipt.files)))
            except MaestroError as error:
                refused.append((command, error.message))
        after = run_tests(root, tests)
        engine.undo(len(done))
        touched = {path for line in engine.log(len(done) * 3) for path in line.files}
        same = all(unchanged(clone / path, root / path) for path in touched)
    return {
        "project": clone.name if clone.name != "repo" else clone.parent.name,
        "python_files": sum(1 for _ in clone.rglob("*.py")),
        "done": done,
        "refused": refused,
        "unticked": candidates,
        "propose_seconds": [round(value, 2) for value in seconds],
        "tests_before": before["summary"],
        "tests_after": after["summary"],
        "newly_failing": sorted(set(after["failed"]) - set(before["failed"])),
        "as_before": set(after["failed"]) <= set(before["failed"]) and 0 < before["passed"] <= after["passed"],
        "undone_byte_for_byte": same,
    }


def renamed(name: str) -> str:
    """Another name of the same kind."""
    return f"{name}_renamed" if name.islower() else f"{name}Renamed"


def run_tests(root: Path, tests: Sequence[str]) -> dict[str, Any]:
    """What a project's tests say: its last line, how many passed, and which failed."""
    try:
        done = subprocess.run(
            list(tests), cwd=root, capture_output=True, text=True, timeout=TIMEOUT, check=False, errors="replace"
        )
    except subprocess.TimeoutExpired:
        return {"summary": f"no end within {TIMEOUT} s", "passed": 0, "failed": ["time-out"]}
    lines = done.stdout.strip().splitlines()
    summary = lines[-1] if lines else f"exit {done.returncode}: {done.stderr[-300:]}"
    passed = re.search(r"(\d+) passed", summary)
    failed = [line.split()[1] for line in lines if line.startswith(("FAILED ", "ERROR ")) and len(line.split()) > 1]
    return {"summary": summary, "passed": int(passed[1]) if passed else 0, "failed": failed}


def unchanged(one: Path, two: Path) -> bool:
    """Whether a file that was changed and put back reads as in the clone (or is in neither)."""
    if not one.is_file() or not two.is_file():
        return one.is_file() == two.is_file()
    return one.read_bytes() == two.read_bytes()


if __name__ == "__main__":
    split = sys.argv.index("--")
    amount = int(sys.argv[2]) if split > 2 else 5
    print(json.dumps(check_project(Path(sys.argv[1]).resolve(), sys.argv[split + 1 :], amount), indent=1))
