"""What `doctor` looks at: installation, comm set-up, database, index and model; each line says what to do."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import orjson

from codemaestro_jupyter import __version__, problems
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.models.addresses import shown as address
from codemaestro_jupyter.reports import Report, index_state
from codemaestro_jupyter.workspace.secrets import redact

INDEX_WAIT = 2.0
"""Seconds that a starting index is given before it is reported on."""
TOLD = 5
"""Problems of the background that are told, the newest."""
LAB_EXTENSION = "codemaestro-jupyter"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `hint` says what to do where it is not `ok`."""

    name: str
    state: Literal["ok", "info", "warning", "error"]
    detail: str
    hint: str = ""


def checkup(maestro: Maestro) -> Report:
    """Check installation, comm set-up, database, index and model; say what to do."""
    checks = list(_checks(maestro))
    marks = {"ok": "✓", "info": "·", "warning": "!", "error": "✗"}
    lines = [
        f"- {marks[check.state]} **{check.name}**: {check.detail}" + (f" → {check.hint}" if check.hint else "")
        for check in checks
    ]
    return Report("\n".join(lines), {"checks": checks, "ok": all(check.state != "error" for check in checks)})


def _checks(maestro: Maestro) -> Iterable[Check]:
    yield Check("Python", "ok", f"{sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}")
    yield _kernel_check()
    yield _lab_check()
    yield _extension_check()
    notices = [*maestro.store.notices, *maestro.workspace.notices]
    for notice in notices:
        yield Check("Database", "warning", notice)
    yield _database_check(maestro)
    maestro.workspace.index.wait(INDEX_WAIT)
    begun, done, total = index_state(maestro)
    state: Any = {"ready": "ok", "failed": "error"}.get(begun, "info")
    hint = {
        "failed": "Run `codemaestro index --rebuild`.",
        "ready": "" if total else "There is no text file here; is this the project's folder?",
    }.get(begun, "It goes on by itself; until then answers know paths and git history only.")
    yield Check("Index", state, f"{begun}, {done} of {total} files", hint)
    git = maestro.workspace.git
    if git.available:
        yield Check("Git", "ok", f"branch {git.status().branch or 'detached'}")
    else:
        yield Check(
            "Git", "info", git.problem or "no repository here", "Predictions are better where git knows what changed."
        )
    yield _model_check(maestro)
    for problem in maestro.settings.problems:
        yield Check("Settings", "warning", problem, "Correct it where it is set; the next layer applies meanwhile.")
    for failed in problems.kept()[-TOLD:]:
        detail = redact(" ".join(str(failed).split()))[0]
        yield Check("Problem", "warning", detail, "Please report it, with what you did before.")


def _database_check(maestro: Maestro) -> Check:
    place = maestro.store.path
    if place is None:
        return Check(
            "Database",
            "warning",
            "in memory: nothing is kept beyond this session",
            "The line above says why; the setting `database` = `cache` keeps it in your cache folder.",
        )
    aside = sorted(path.name for path in place.parent.glob("*.corrupt-*") if not path.name.endswith(("-wal", "-shm")))
    if aside:
        return Check(
            "Database",
            "info",
            f"{place}; set aside as corrupt earlier: {', '.join(aside)}",
            "Delete them if you do not need them.",
        )
    return Check("Database", "ok", f"{place}")


def _model_check(maestro: Maestro) -> Check:
    models = maestro.dialogue.models
    model = models.look(patient=True)
    if model is None:
        hint = "Start Ollama, LM Studio or llama.cpp, or set `model` and `base_url`." if not models.off else ""
        return Check("Model", "info", models.problem or "none; everything shown here works without one", hint)
    info = model.info
    if info.waits:
        return Check(
            "Model", "warning", f"{info.name} at {address(info.base_url)}: {info.waits}", "It is looked at again."
        )
    where = "on this machine" if info.local else "elsewhere; it sees nothing before you submit"
    if not info.local and maestro.dialogue.consent.allowed(info):
        where = "elsewhere; it may read ahead what you type (`consent no` ends that)"
    return Check("Model", "ok", f"{info.name} at {address(info.base_url) or info.provider}, {where}")


def _kernel_check() -> Check:
    version = _version("ipykernel")
    if not version:
        return Check("ipykernel", "error", "not installed", "Run `pip install ipykernel`.")
    if int(version.split(".")[0]) < 7:
        return Check(
            "ipykernel",
            "warning",
            f"{version}: typing waits while a cell runs",
            "Run `pip install -U ipykernel` for version 7 or newer.",
        )
    return Check("ipykernel", "ok", version)


def _lab_check() -> Check:
    version = _version("jupyterlab")
    if not version:
        return Check("JupyterLab", "info", "not in this environment", "The widgets work in any front end.")
    return Check("JupyterLab", "ok", version)


def _extension_check() -> Check:
    from jupyter_core.paths import jupyter_path

    for folder in jupyter_path("labextensions"):
        if (package := Path(folder, LAB_EXTENSION, "package.json")).is_file():
            return _version_check(package)
    return Check(
        "Side panel",
        "warning",
        "the lab extension is not where Jupyter looks",
        "Install CodeMaestro in the environment that runs JupyterLab: `pip install codemaestro-jupyter`.",
    )


def _version_check(package: Path) -> Check:
    """Whether the panel that Jupyter finds was built for this package: an older one may lie in another folder."""
    try:
        found = str(orjson.loads(package.read_bytes()).get("version", ""))
    except (OSError, ValueError):
        found = ""
    if found and found != __version__:
        return Check(
            "Side panel",
            "warning",
            f"{package.parent} is version {found}, this package {__version__}",
            "Install CodeMaestro again in the environment that runs JupyterLab, then reload the page.",
        )
    return Check("Side panel", "ok", str(package.parent))


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
