"""Run the `git` command as a guest: it reads one repository and leaves no trace, whatever the repository configures.

What a configuration can make git do, and what is set against it: rewrite the index (`--no-optional-locks`), fsmonitor
and hooks (`core.fsmonitor`, `core.hooksPath`), external diffs and text conversions (`--no-ext-diff`, `--no-textconv`,
given by the callers), signature checks (`log.showSignature`), content filters (each one that is configured is
switched off by name), fetching what a partial clone lacks (`GIT_NO_LAZY_FETCH`, and `GIT_ALLOW_PROTOCOL` for git
before 2.45), traces that a person's own configuration asks for (`GIT_TRACE2*`), the same again inside submodules
(callers ignore submodules), a `git` that lies in the project itself (never run), and `GIT_*` variables of the person's
shell (dropped). Discovery stops at the root that we found ourselves. One trace cannot be prevented: with a split index
(`core.splitIndex`) whatever reads git's shared index gives that file a newer time, so that it is not thrown away.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

MOST_OUTPUT = 64_000_000
"""Bytes; 50,000 paths are 3 MB, 3,000 commits of them 1 MB."""
_NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)


def find_git(root: Path) -> str | None:
    """The git on the PATH, never one in a relative folder of it, in the current folder or under the root."""
    for folder in os.get_exec_path():
        place = Path(folder)
        if not place.is_absolute() or place == root or root in place.parents:
            continue
        found = shutil.which("git", path=folder)
        if found and Path(found).parent == place:  # Windows looks in the current folder first
            return found
    return None


class Guest:
    """One repository's read-only git; `run` gives None wherever git cannot answer.

    `program` is the git command, `root` the folder it works in, `top` the folder that holds the repository.
    """

    def __init__(self, program: str, root: Path, top: Path, *, bare: bool = False) -> None:
        self._program = program
        self._root = root
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.upper().startswith("GIT_")},
            "GIT_CEILING_DIRECTORIES": str(top.parent),
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_ALLOW_PROTOCOL": "none",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_LITERAL_PATHSPECS": "1",
            "GIT_TRACE2": "0",
            "GIT_TRACE2_EVENT": "0",
            "GIT_TRACE2_PERF": "0",
            "LC_ALL": "C",
            "LANGUAGE": "",
        }
        settings = {
            "core.fsmonitor": "false",
            "core.hooksPath": os.devnull,
            "core.quotePath": "false",
            "core.pager": "",
            "log.showSignature": "false",
            "diff.external": "",
            "submodule.recurse": "false",
            "status.submoduleSummary": "false",
            "protocol.allow": "never",
        }
        self._arguments = [program, "--no-pager", "--no-optional-locks"]
        for name, value in settings.items():
            self._arguments += ["-c", f"{name}={value}"]
        self._arguments += [f"--git-dir={root}"] if bare else ["-C", str(root)]

    def run(
        self, *arguments: str, seconds: float = 10.0, most: int = MOST_OUTPUT, filters: bool = False
    ) -> bytes | None:
        """What `git <arguments>` prints, cut at `most` bytes; None if it fails, takes too long or cannot start.

        `filters` says that the command compares file contents, so that content filters have to be switched off.
        """
        environment = {**self._environment, **self._without_filters()} if filters else self._environment
        return self._output(arguments, environment, seconds, most, (0,))

    def ignores(self, path: str) -> bool | None:
        """Whether a path (relative to the root; it need not exist) is untracked and ignored; None if git cannot say."""
        # `check-ignore` takes names rather than pathspecs, and refuses to be told that they are literal.
        environment = {name: value for name, value in self._environment.items() if name != "GIT_LITERAL_PATHSPECS"}
        output = self._output(("check-ignore", "--", f"./{path}"), environment, 10.0, MOST_OUTPUT, (0, 1))
        return None if output is None else bool(output)

    def _output(
        self, arguments: Sequence[str], environment: Mapping[str, str], seconds: float, most: int, fine: Sequence[int]
    ) -> bytes | None:
        try:
            process = subprocess.Popen(
                [*self._arguments, *arguments],
                cwd=self._root,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                creationflags=_NO_WINDOW,
            )
        except (OSError, ValueError):  # git vanished, the root vanished, a NUL in an argument
            return None
        overdue = threading.Timer(seconds, process.kill)
        overdue.name, overdue.daemon = "maestro-git-limit", True
        overdue.start()
        try:
            with process:
                assert process.stdout is not None
                output = process.stdout.read(most + 1)
                if len(output) > most:
                    process.kill()
        finally:
            overdue.cancel()
        if len(output) > most:
            return output[:most]
        return output if process.returncode in fine else None

    def complaint(self) -> str:
        """Why git refuses this repository, in its own words; empty if it does not."""
        try:
            done = subprocess.run(
                [*self._arguments, "rev-parse", "--git-dir"],
                cwd=self._root,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=10,
                creationflags=_NO_WINDOW,
                check=False,
            )
        except (OSError, subprocess.SubprocessError) as error:
            return str(error)
        return done.stderr.decode("utf8", "replace").strip() if done.returncode else ""

    def _without_filters(self) -> dict[str, str]:
        """Environment that switches every configured content filter off, by git's way of passing settings.

        Asked anew each time: the configuration may have changed. A filter's name may hold `=`, which `-c` cannot pass.
        """
        listed = self.run(
            "config", "-z", "--name-only", "--get-regexp", r"^filter\..*\.(clean|smudge|process|required)$"
        )
        names = sorted({name for name in (listed or b"").decode("utf8", "surrogateescape").split("\0") if name})
        environment = {"GIT_CONFIG_COUNT": str(len(names))}
        for number, name in enumerate(names):
            environment[f"GIT_CONFIG_KEY_{number}"] = name
            environment[f"GIT_CONFIG_VALUE_{number}"] = "false" if name.lower().endswith(".required") else ""
        return environment
