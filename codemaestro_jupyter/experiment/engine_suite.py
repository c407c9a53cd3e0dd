"""The reference suite of the plan engine: 10 kinds of commands on blueprints of 1, 100 and 1,000 components.

Everything follows from a seed. A command is a sentence, as a person would say it, so decomposing is measured too;
each has a number in it, so that (nearly) no two make the same text.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable

from codemaestro_jupyter.edit.blueprint import Blueprint, Component

WORDS = "load save user order price total index cache value token report result table query page item".split()  # noqa: SIM905


def python_text(seed: int, size: int) -> str:
    """About `size` bytes of ordinary Python: an import, a constant, functions with a loop and a docstring."""
    rng = random.Random(seed)  # noqa: S311 - made-up code
    parts = [f'"""Module {seed}."""\n\nimport os\nimport re\n\nLIMIT = {seed}\n']
    number = 0
    while sum(map(len, parts)) < size:
        one, two, three = (rng.choice(WORDS) for _ in range(3))
        parts.append(
            f"\n\ndef {one}_{two}_{number}({three}, limit=LIMIT):\n"
            f'    """Return what {one} {two} gives for {three}."""\n'
            f"    found = []\n    for {one} in {three}:\n        if {one} > limit and re.match('{two}', str({one})):\n"
            f"            found.append(os.path.join(str({one}), '{two}'))\n    return found, len({three}) + {number}\n"
        )
        number += 1
    return "".join(parts)


def notebook_text(seed: int, size: int) -> str:
    """About `size` bytes of a notebook with code and Markdown cells, as nbformat writes it."""
    cells, number = [], 0
    length = 200
    while length < size or number < 4:
        source = (
            f"# Part {number} of {seed}\n"
            if number % 3 == 0
            else f"value_{number} = {seed} + {number}\nprint(value_{number})"
        )
        cell: dict[str, object] = {
            "cell_type": "markdown" if number % 3 == 0 else "code",
            "id": f"cell{number:04d}",
            "metadata": {},
            "source": source.splitlines(keepends=True),
        }
        if number % 3:
            cell |= {"execution_count": number, "outputs": []}
        cells.append(cell)
        length += len(json.dumps(cell, indent=1)) + 60
        number += 1
    whole = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, sort_keys=True) + "\n"


def markdown_text(seed: int, size: int) -> str:
    """About `size` bytes of prose."""
    rng = random.Random(seed)  # noqa: S311 - made-up prose
    lines = [f"# Notes {seed}\n"]
    while sum(map(len, lines)) < size:
        lines.append(f"\nLine {len(lines)} about {rng.choice(WORDS)} and {rng.choice(WORDS)}.\n")
    return "".join(lines)


MAKERS: tuple[tuple[str, Callable[[int, int], str]], ...] = (
    ("py", python_text),
    ("md", markdown_text),
    ("ipynb", notebook_text),
)


def component(path: str, seed: int, size: int) -> Component:
    """One component of about `size` bytes; its suffix says what it holds."""
    make = dict(MAKERS)[path.rpartition(".")[2]]
    return Component(path, make(seed, size).encode())


TARGETS: dict[str, str] = {
    "replace_text": "src/replaced.py",
    "insert_text": "src/inserted.py",
    "delete_text": "src/shortened.py",
    "create_file": "src/other.py",
    "rename_file": "src/renamed.py",
    "move_file": "src/moved.py",
    "insert_cell": "work/grown.ipynb",
    "replace_cell": "work/replaced.ipynb",
    "delete_cell": "work/shortened.ipynb",
    "move_cell": "work/moved.ipynb",
}


def command(kind: str, number: int) -> str:
    """The `number`-th sentence of a kind."""
    path = TARGETS[kind]
    return {
        "replace_text": f'replace "import os\\nimport re" with "import os\\nimport re  # {number}" in {path}',
        "insert_text": f'insert "ADDED_{number} = {number}" after "import re" in {path}',
        "delete_text": f'delete "import os\\n" from {path}',
        "create_file": f'create src/new_{number}.py with "VALUE = {number}\\n"',
        "rename_file": f"rename {path} to renamed_{number}.py",
        "move_file": f"move {path} to lib_{number}/",
        "insert_cell": f'insert code cell "print({number})" after cell 2 of {path}',
        "replace_cell": f'replace cell 2 of {path} with "print({number})"',
        "delete_cell": f"delete cell {2 + number % 2} of {path}",
        "move_cell": f"move cell {3 + number % 2} of {path} to 1",
    }[kind]


def blueprint(kind: str, count: int, size: int = 3_000, seed: int = 1) -> Blueprint:
    """A blueprint of `count` components of 0.3 kB to `size` bytes that holds what a kind of command needs.

    The target itself is of full `size`; for 10 and 50 kB every component is.
    """
    rng = random.Random(seed)  # noqa: S311 - made-up sizes
    found = [component(TARGETS[kind], seed, size - 200)]
    while len(found) < count:
        number = len(found)
        suffix = MAKERS[number % 3][0]
        found.append(component(f"area_{number % 17}/part_{number}.{suffix}", number, rng.randint(300, size - 200)))
    return Blueprint(found, known=frozenset(item.path for item in found))


def many_steps(seed: int, count: int, files: int = 0) -> tuple[Blueprint, list[str]]:
    """A plan of `count` steps over `files` components of the suite's size (0: one each), to be said in one sentence."""
    files = files or count
    parts = [component(f"src/part_{number}.py", seed + number, 2_800) for number in range(files)]
    said = []
    for at in range(count):
        line = f"LIMIT = {seed + at % files}\\n"
        said.append(f'replace "{line}" with "{line}STEP_{at} = {at}\\n" in src/part_{at % files}.py')
    return Blueprint(parts), said
