"""Lint and the covering tests on a proposal, in a copy: only where a person switched it on, never in the project.

What the linter said before, and what failed before, is not held against a change.

The copy holds the project's files (what is ignored or secret stays out) with the proposal's changes laid over them;
commands run there in a child process with a time limit, without the person's virtual display or input and without
their keys, out of reach of the network and of every other folder (`confinement.py`), and whatever they started ends
with them: what runs may be what a model wrote and nobody has read yet.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from codemaestro_jupyter.edit.blueprint import Change
from codemaestro_jupyter.edit.confinement import walls
from codemaestro_jupyter.edit.python.modules import ROOTS, Modules
from codemaestro_jupyter.workspace.reader import Reader
from codemaestro_jupyter.workspace.secrets import redact

RUFF = ("ruff", "check", "--no-cache", "--output-format=concise")
TIMEOUT = 120.0
"""Seconds each command may take."""


KEYS = re.compile(r"KEYS?(?:_|$)|TOKENS?(?:_|$)|SECRET|PASSW|CREDENTIAL|AUTH|COOKIE|DATABASE_URL", re.IGNORECASE)
"""Names of variables of the environment that no command sees."""
OUTPUT = ".maestro-check-output"
TEMPORARY = "temporary"
"""Beside the copy: where its commands keep temporary files."""
LOOK = 0.1
"""Seconds between two looks whether it was stopped."""


def never() -> bool:
    """Nobody stops it."""
    return False


@dataclass(frozen=True, slots=True)
class Check:
    """One command's verdict: `passed`, its name, and the end of what it said."""

    name: str
    passed: bool
    output: str
    left: str = ""
    """What this system could not keep it from; empty where it was kept from everything."""

    @property
    def told(self) -> str:
        """The verdict in one line of an answer."""
        verdict = f"`{self.name}` {'passed' if self.passed else 'FAILED'}"
        return f"in a copy, {verdict} ({self.left})" if self.left else f"in a copy, {verdict}"


def check_in_copy(
    reader: Reader,
    changes: Sequence[Change],
    *,
    lint: bool = False,
    tests: bool = False,
    timeout: float = TIMEOUT,
    stopped: Callable[[], bool] = never,
) -> tuple[Check, ...]:
    """Run what is switched on over the changed files; empty if nothing applies (no Python, no linter, no tests).

    Once `stopped()`, what runs is ended within a moment.
    """
    changed = [change.path for change in changes if change.after is not None and change.path.endswith(".py")]
    if not changed or not (lint or tests):
        return ()
    with tempfile.TemporaryDirectory(prefix="maestro-check-") as made:
        within = Path(made).resolve()
        copy = within / (reader.root.name or "project")
        (within / TEMPORARY).mkdir()
        copy.mkdir()
        paths = [str(item.path) for item in reader.list()]
        for path in paths:
            if stopped():
                return ()
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(reader.root / path, copy / path)
        linter = [*RUFF, *changed] if lint and shutil.which("ruff") else []
        tops = source_folders(paths, changed)
        execute = partial(run, timeout=timeout, within=within, tops=tops)
        earlier = findings(execute(copy, "ruff check", linter)) if linter else Counter[str]()
        lay(copy, changes, after=True)
        found = []
        if linter:
            new = findings(execute(copy, "ruff check", linter, stopped=stopped)) - earlier
            found.append(Check("ruff check", not new, "\n".join(sorted(new.elements()))))
        covering = covering_tests(copy, changed) if tests else []
        if covering:
            command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *covering]
            check = execute(copy, f"pytest {' '.join(covering)}", command, stopped=stopped)
            if not check.passed:  # what failed without the change is no fault of it
                lay(copy, changes, after=False)
                worse = failures(check.output) - failures(execute(copy, check.name, command, stopped=stopped).output)
                check = replace(check, passed=bool(failures(check.output)) and not worse)
            found.append(check)
        return tuple(found)


def lay(copy: Path, changes: Sequence[Change], *, after: bool) -> None:
    """Put the files in a copy as they are after (or were before) some changes."""
    for change in changes:
        component, target = change.after if after else change.before, copy / change.path
        if component is None:
            target.unlink(missing_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(component.data)


def findings(check: Check) -> Counter[str]:
    """What a linter found, without line numbers: a change may move what was wrong before."""
    return Counter(
        re.sub(r":\d+:\d+:", ":", line) for line in check.output.splitlines() if re.search(r":\d+:\d+:", line)
    )


def failures(output: str) -> set[str]:
    """The tests that failed, as pytest's summary names them."""
    return {line.split(" - ")[0] for line in output.splitlines() if line.startswith(("FAILED ", "ERROR "))}


def covering_tests(root: Path, changed: Sequence[str]) -> list[str]:
    """Test files among the changed ones, and those that import a changed module."""
    everything = {path.relative_to(root).as_posix() for path in root.rglob("*.py")}
    modules = Modules(everything)
    names = {modules.name(path) for path in changed} - {""}
    found = []
    for path in sorted(everything):
        if not path.rpartition("/")[2].startswith("test_"):
            continue
        text = (root / path).read_text(encoding="utf8", errors="replace")
        if path in changed or any(mentions(text, name) for name in names):
            found.append(path)
    return found


def mentions(text: str, module: str) -> bool:
    """Whether a file imports a module, by its dotted name or from its package."""
    package, _, last = module.rpartition(".")
    whole = f"import {module}" in text or f"from {module} " in text
    return whole or bool(package and f"from {package} import {last}" in text)


def source_folders(paths: Sequence[str], changed: Sequence[str]) -> tuple[str, ...]:
    """Where imports of the changed modules begin: an installed project would otherwise be read in their stead."""
    modules = Modules(set(paths) | set(changed))
    tops = {(modules.top(path), path.rpartition("/")[0]) for path in changed}
    return tuple(sorted({top for top, folder in tops if top != folder or top in ROOTS}))


def run(
    folder: Path,
    name: str,
    command: Sequence[str],
    timeout: float,
    stopped: Callable[[], bool] = never,
    within: Path | None = None,
    tops: Sequence[str] = (),
) -> Check:
    """Run one command in a folder; a time-out, a missing program or being stopped is a failure that says so.

    It may write `within` (the folder, if nothing is said), where its temporary files are, too, and nowhere else as far
    as this system can see to that. Imports look into `tops` of the folder first.
    """
    kept, writable = walls(), (within or folder).resolve()
    variables = environment()
    if within is not None:
        variables |= dict.fromkeys(("TMPDIR", "TMP", "TEMP"), str(writable / TEMPORARY))
        paths = [str(folder / top) for top in tops] + [variables.get("PYTHONPATH", "")]
        variables["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    try:
        with (folder / OUTPUT).open("wb") as output:
            process = subprocess.Popen(
                kept.around(writable, command), cwd=folder, stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True, env=variables,
            )  # fmt: skip
            code = wait(process, time.monotonic() + timeout, stopped)
    except (OSError, TimeoutError) as error:
        return Check(name, False, str(error), kept.left)
    said = (folder / OUTPUT).read_text(encoding="utf8", errors="replace")
    return Check(name, code == 0, said[-4_000:], kept.left)


def environment() -> dict[str, str]:
    """The person's variables without what holds a key."""
    return {name: value for name, value in os.environ.items() if not (KEYS.search(name) or redact(value)[1])}


def wait(process: subprocess.Popen[bytes], deadline: float, stopped: Callable[[], bool]) -> int:
    """Its exit code; raises `TimeoutError` after ending it, with everything it started, once it is late or stopped."""
    try:
        while not stopped() and time.monotonic() < deadline:
            try:
                return process.wait(LOOK)
            except subprocess.TimeoutExpired:
                continue
        raise TimeoutError("It was stopped." if stopped() else "It took too long.")
    finally:
        if hasattr(os, "killpg"):  # also what outlives it
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        if process.poll() is None:
            process.kill()
            process.wait()
