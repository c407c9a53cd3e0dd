"""What `%load_ext codemaestro` costs: seconds, in a fresh interpreter each time, and what it imports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from typing import Any

from codemaestro_jupyter.experiment.statistics import summary

PROBE = """
import json, sys, time
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
import ipykernel.comm, ipykernel.ipkernel
before = set(sys.modules)
started = time.perf_counter()
shell.run_line_magic("load_ext", "codemaestro")
seconds = time.perf_counter() - started
modules = sorted({name.split(".")[0] for name in set(sys.modules) - before})
shell.run_line_magic("unload_ext", "codemaestro")
print(json.dumps({"seconds": seconds, "modules": modules}))
"""
HEAVY = ("openai", "anthropic", "tiktoken", "rich", "libcst", "pandas", "matplotlib", "jupyterlab", "prompt_toolkit")
"""Packages that loading must not pull in."""


def run_load_bench(repetitions: int = 9) -> dict[str, Any]:
    """Load the extension in `repetitions` fresh interpreters, after one that warms the disk."""
    runs = [_load() for _ in range(repetitions + 1)][1:]
    modules = runs[-1]["modules"]
    return {
        "seconds": summary([run["seconds"] for run in runs]),
        "modules": modules,
        "heavy": [name for name in HEAVY if name in modules],
    }


def _load() -> dict[str, Any]:
    # an installed package has its bytecode beside it; the run before the others writes it where there is none
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", PROBE], capture_output=True, text=True, check=True, cwd=folder, env=environment
        )
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result
