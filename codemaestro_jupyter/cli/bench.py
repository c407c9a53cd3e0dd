"""`codemaestro bench WHAT`: figures of this machine and project, on the screen and in a result file."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import orjson

from codemaestro_jupyter import __version__
from codemaestro_jupyter.cli.screen import print_json
from codemaestro_jupyter.errors import DiskError, InputError

OWN_PROJECTS = frozenset({"index", "load", "model"})
"""What is measured on synthetic projects."""


def bench(arguments: argparse.Namespace) -> int:
    """Run one benchmark and print its figures as JSON (people read it too)."""
    if arguments.repo is not None and arguments.what in OWN_PROJECTS:
        raise InputError(f"`bench {arguments.what}` measures on projects of its own.", hint="Leave --repo out.")
    figures = BENCHES[arguments.what](arguments)
    result = {"command": _command(arguments), "machine": _machine(), "figures": figures}
    print_json(result)
    if arguments.output:
        try:
            Path(arguments.output).write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2) + b"\n")
            if arguments.what == "engine":  # and its stages as a picture beside it
                from codemaestro_jupyter.experiment.engine_picture import draw

                picture = draw(figures["memory"]["metrics"])
                Path(arguments.output).with_suffix(".svg").write_text(picture, encoding="utf8")
        except OSError as error:
            raise DiskError(f"{arguments.output} cannot be written: {error.strerror}.") from error
    return 0


def _command(arguments: argparse.Namespace) -> str:
    """The call as it can be repeated elsewhere: project and case folders by their names only."""
    parts = ["codemaestro bench", arguments.what]
    for option in ("repo", "harness", "cases"):
        if (value := getattr(arguments, option)) is not None:
            parts += [f"--{option}", Path(value).resolve().name if option in {"repo", "harness"} else str(value)]
    return " ".join(parts)


def _machine() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "processors": os.cpu_count(),
        "codemaestro": __version__,
        "ipykernel": metadata.version("ipykernel"),
        "numpy": metadata.version("numpy"),
    }


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _predict(arguments: argparse.Namespace) -> dict[str, Any]:
    from codemaestro_jupyter.experiment.predict_bench import run_predict_bench

    return run_predict_bench(
        repo=arguments.repo or arguments.root or ".", harness=arguments.harness, cases=arguments.cases, report=_say
    )


def _index(arguments: argparse.Namespace) -> dict[str, Any]:
    from codemaestro_jupyter.experiment.index_bench import run_index_bench

    return run_index_bench(repetitions=arguments.cases or 3, say=_say)


def _answer(arguments: argparse.Namespace) -> dict[str, Any]:
    from codemaestro_jupyter.experiment.answer_bench import run_answer_bench

    root = arguments.repo or arguments.root or "."
    return run_answer_bench(root, repetitions=arguments.cases or 5, report=_say)


def _load(arguments: argparse.Namespace) -> dict[str, Any]:
    from codemaestro_jupyter.experiment.load_bench import run_load_bench

    return run_load_bench(repetitions=arguments.cases or 9)


def _typing(arguments: argparse.Namespace) -> dict[str, Any]:
    from codemaestro_jupyter.experiment.typing_bench import run_typing_bench

    return run_typing_bench(arguments.repo or arguments.root or ".", cells=arguments.cases or 300)


def _model(arguments: argparse.Namespace) -> dict[str, Any]:
    from codemaestro_jupyter.experiment.model_bench import run_model_bench

    return run_model_bench(repetitions=arguments.cases or 3, report=_say)


def _engine(arguments: argparse.Namespace) -> dict[str, Any]:
    from codemaestro_jupyter.experiment.engine_bench import run_engine_bench

    folder = Path(arguments.repo).resolve() if arguments.repo else None
    return run_engine_bench(quick=arguments.cases is not None, folder=folder, say=_say)


BENCHES: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "predict": _predict,
    "index": _index,
    "answer": _answer,
    "load": _load,
    "typing": _typing,
    "model": _model,
    "engine": _engine,
}
