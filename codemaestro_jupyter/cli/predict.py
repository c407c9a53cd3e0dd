"""`codemaestro predict`: the likely files of a half-typed request, as a table or a line protocol."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import orjson

from codemaestro_jupyter.cli.screen import print_json, print_markdown, project, wait_for_index
from codemaestro_jupyter.errors import InputError, MaestroError
from codemaestro_jupyter.predict import Predictor
from codemaestro_jupyter.settings import Settings
from codemaestro_jupyter.store.location import data_folder
from codemaestro_jupyter.types import LiveContext, Prediction
from codemaestro_jupyter.workspace.root import find_root
from codemaestro_jupyter.workspace.workspace import Workspace

MATCH_TIMEOUT = 600.0
"""Seconds to wait for an index that matches the files, before a line is answered with an error."""
ROOTS_KEPT = 8
"""Warm projects of `--jsonl`; the one not asked for longest is closed."""


def predict(arguments: argparse.Namespace) -> int:
    """Print a table, JSON, or (with `--jsonl`) a line of JSON for each line read."""
    if arguments.jsonl:
        return _lines()
    text = " ".join(arguments.text)
    if not text:
        raise InputError("There is no text to predict from.", hint='Try: codemaestro predict "fix the log"')
    with project(arguments.root) as maestro:
        maestro.memory.resume()
        wait_for_index(maestro, quiet=arguments.json)
        prediction = maestro.predict(text, k=arguments.k)
    if arguments.json:
        print_json(as_json(prediction))
        return 0
    rows = [f"| {file.probability:.0%} | {file.path} | {', '.join(file.why)} |" for file in prediction.files]
    table = "\n".join(["| likely | file | why |", "|---|---|---|", *rows]) if rows else "Nothing to expect yet."
    words = ", ".join(word.word for word in prediction.words)
    tools = ", ".join(f"{tool.tool} {tool.argument}".strip() for tool in prediction.tools)
    print_markdown(
        "\n\n".join([table, *([f"next: {words}"] if words else []), *([f"tools: {tools}"] if tools else [])])
    )
    return 0


def as_json(prediction: Prediction) -> dict[str, Any]:
    """The answer of the line protocol."""
    return {
        "paths": [file.path for file in prediction.files],
        "files": [
            {"path": file.path, "probability": round(file.probability, 4), "why": list(file.why)}
            for file in prediction.files
        ],
        "words": [word.completion for word in prediction.words],
        "ms": round(prediction.milliseconds, 3),
    }


def _lines() -> int:
    """Answer each line once the index matches that root's HEAD and files; databases stay in the cache folder."""
    settings = Settings(database="cache")
    predictor = Predictor()
    warm: dict[Path, Workspace] = {}
    try:
        for line in sys.stdin.buffer:
            if line.strip():
                sys.stdout.buffer.write(orjson.dumps(_line(line, settings, predictor, warm)) + b"\n")
                sys.stdout.buffer.flush()
    finally:
        for workspace in warm.values():
            workspace.close()
    return 0


def _line(line: bytes, settings: Settings, predictor: Predictor, warm: dict[Path, Workspace]) -> dict[str, Any]:
    try:
        root, text, k = _asked(line)
        workspace = _workspace(find_root(root, override=root), settings, warm)
        return as_json(predictor.predict(text, workspace.index.view(), LiveContext(), k=k))
    except MaestroError as error:
        problem = str(error)
    except Exception as error:  # one project's trouble must not end the others
        problem = f"{type(error).__name__}: {error}"
    return {"paths": [], "files": [], "words": [], "ms": 0.0, "error": problem}


def _asked(line: bytes) -> tuple[str, str, int]:
    """Root, text and number of files that a line asks for; raises `InputError`."""
    try:
        asked = orjson.loads(line)
        root, text, k = asked["root"], asked["text"], int(asked.get("k", 3))
    except (ValueError, KeyError, TypeError, AttributeError):
        root = text = None
    if not isinstance(root, str) or not isinstance(text, str) or not root:
        raise InputError("A line is no request.", hint='It must look like {"root":"…","text":"…","k":3}.')
    return root, text, k


def _workspace(root: Path, settings: Settings, warm: dict[Path, Workspace]) -> Workspace:
    """The project whose index matches its files, from the warm ones or new; raises `InputError` if it never does."""
    for last in (False, True):
        workspace = warm.pop(root, None)
        if workspace is None:
            while len(warm) >= ROOTS_KEPT:
                warm.pop(next(iter(warm))).close()
            workspace = Workspace(root, settings, data_folder(root, settings), watch=False, hurried=True)
            workspace.start()
        workspace.index.refresh()
        if workspace.index.wait(MATCH_TIMEOUT):
            warm[root] = workspace
            return workspace
        failed = workspace.index.progress().state == "failed"
        workspace.close()
        if not failed or last:
            break  # otherwise its process died too often: once more, with a new one
    why = "its process does not live" if failed else f"it was not ready in {MATCH_TIMEOUT:.0f} s"
    raise InputError(f"The index of {root} does not match its files: {why}.", hint="Ask again.")
