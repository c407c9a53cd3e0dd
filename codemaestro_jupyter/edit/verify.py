"""Check what changed, only what changed, and always: it parses, keeps its promises, and nothing else was touched."""

from __future__ import annotations

import ast
import functools
import importlib.util
import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from codemaestro_jupyter.edit import notebook
from codemaestro_jupyter.edit.blueprint import Blueprint, Change, Component
from codemaestro_jupyter.edit.python.locate import names_of
from codemaestro_jupyter.edit.python.units import check as check_syntax
from codemaestro_jupyter.edit.python.units import masked, parse, quiet
from codemaestro_jupyter.edit.python.units import problem as problem_of
from codemaestro_jupyter.edit.state import Promise
from codemaestro_jupyter.edit.text import decode
from codemaestro_jupyter.errors import EditError
from codemaestro_jupyter.workspace import parsing

Checker = Callable[[Change, dict[str, ast.Module]], str]
Made = Mapping[str, Sequence[tuple[int, Component | None]]]
NOTHING_MADE: Made = {}
NO_TREE = ast.Module([], [])
"""Stands for a tree that a promise will ask for and nobody has made yet."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What was checked: the paths, how many texts were parsed, and what was already broken before."""

    paths: tuple[str, ...]
    parsed: int
    warnings: tuple[str, ...] = ()


def verify(
    changes: Sequence[Change],
    touched: set[str],
    promises: Sequence[Promise],
    blueprint: Blueprint,
    made: Made = NOTHING_MADE,
) -> Verified:
    """Check every changed component once.

    Raises `EditError` for a component outside the plan, text that does not parse (and did before), or a name that
    a step promised and is not there; by what each step made of a component (`made`) it names the one at fault. A file
    that was broken before may be changed; a warning says so.
    """
    warnings: list[str] = []
    trees: dict[str, ast.Module] = {promise.path: NO_TREE for promise in promises}
    same = {change.before.data for change in changes if change.before is not None}  # a moved file did not change
    parsed = 0
    for change in changes:
        if change.path not in touched:
            raise EditError(
                f"{change.path} was changed though no step names it; nothing was written.",
                hint="This is a fault of CodeMaestro: please report it.",
            )
        if change.after is None:
            continue
        suffix = change.path.rpartition(".")[2]
        check = CHECKS.get(suffix)
        if check is None or change.after.data in same:
            continue
        parsed += 1
        problem = check(change, trees)
        if problem:
            if change.before is not None and check(Change(change.path, None, change.before), {}):
                warnings.append(f"{change.path} was broken before and still is: {problem}.")
                continue
            raise EditError(
                f"After this change {change.path} would be broken: {problem}.",
                hint="Nothing was written. Change the step, or mend the place by hand.",
                step=breaking(change, made.get(change.path, ()), check),
            )
    # a later step may rename again what an earlier one made: the last promise about a name holds
    last = {(promise.path, promise.name): promise for promise in promises}
    for promise in last.values():
        component = blueprint.get(promise.path)
        if component is None or not promise.path.endswith(".py"):
            continue
        if trees[promise.path] is NO_TREE:
            try:
                trees[promise.path] = parse(decode(component.data, promise.path).text)
            except SyntaxError:
                continue
        if (promise.name in names_of(trees[promise.path])) is not promise.present:
            verb = "is not defined in" if promise.present else "is still defined in"
            raise EditError(
                f"{promise.name} {verb} {promise.path} after step {promise.step}.",
                hint="Nothing was written. Take the step out, or make this change by hand.",
                step=promise.step,
            )
    return Verified(tuple(change.path for change in changes), parsed, tuple(warnings))


def breaking(change: Change, made: Sequence[tuple[int, Component | None]], check: Checker) -> int:
    """The step since which a component is broken; 0 if none is known."""
    found = 0
    for step, component in reversed(made):
        if not step or component is None or not check(Change(change.path, change.before, component), {}):
            break
        found = step
    return found


def python(change: Change, trees: dict[str, ast.Module]) -> str:
    """What is wrong with a Python file; empty if nothing."""
    data = change.after.data if change.after else b""
    try:
        text = decode(data, change.path).text
        if change.path in trees:  # a promise asks for its names: it needs the tree anyway
            trees[change.path] = parse(text)
        else:
            check_syntax(text)
    except SyntaxError as error:
        return problem_of(error)
    return ""


def json_file(change: Change, trees: dict[str, ast.Module]) -> str:
    """What is wrong with a JSON file; what orjson refuses but `json` takes (NaN, a BOM) is right."""
    data = change.after.data if change.after else b""
    try:
        orjson.loads(data)
    except ValueError:
        try:
            json.loads(data)
        except ValueError as error:
            return str(error)
    return ""


def toml_file(change: Change, trees: dict[str, ast.Module]) -> str:
    """What is wrong with a TOML file."""
    try:
        tomllib.loads(decode(change.after.data if change.after else b"", change.path).text.replace("\r\n", "\n"))
    except ValueError as error:
        return str(error)
    return ""


def notebook_file(change: Change, trees: dict[str, ast.Module]) -> str:
    """What is wrong with a notebook: its JSON, its schema, the Python of the cells that changed."""
    before: set[str] = set()
    if change.before is not None:
        before = {cell.source for cell in notebook.scan(decode(change.before.data, change.path).text).cells}
    try:
        raw = notebook.scan(decode(change.after.data if change.after else b"").text)
    except EditError as error:
        return error.message
    value = {**raw.head, "cells": [cell.value for cell in raw.cells]}
    problem = schema_problem(value)
    if problem:
        return problem
    ids = [cell.value["id"] for cell in raw.cells if "id" in cell.value]
    if len(ids) != len(set(ids)):
        return "two cells have the same id"
    for number, cell in enumerate(raw.cells, 1):
        if cell.value.get("cell_type") != "code" or cell.source in before or "%%" in cell.source[:80]:
            continue
        try:
            parse(cell.source)
        except SyntaxError as error:
            # a person's own half-written cell is no reason to refuse, one that this change broke is
            if compile_async(cell.source):
                return f"cell {number}: {problem_of(error)}"
    return ""


def compile_async(source: str) -> bool:
    """Whether a cell is broken even with top-level `await` allowed."""
    try:
        quiet(lambda text: parsing.module(text, "cell", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), masked(source))
    except SyntaxError:
        return True
    return False


def schema_problem(value: dict[str, Any]) -> str:
    """What nbformat's own schema says about a notebook; empty if it is valid."""
    minor = value.get("nbformat_minor")
    check = validator(minor if isinstance(minor, int) else 0)
    return check(value)


@functools.lru_cache(maxsize=8)
def validator(minor: int) -> Callable[[dict[str, Any]], str]:
    """nbformat's schema for one minor version; compiled once, it takes 0.1 ms for ten cells."""
    validate = compiled(minor)

    def check(value: dict[str, Any]) -> str:
        try:
            if validate is not None:
                validate(value)
        except Exception as error:  # fastjsonschema's and jsonschema's errors share no base
            said = str(error).partition("\n")[0] or type(error).__name__
            return f"it is no valid notebook: {said}"
        return ""

    return check


def compiled(minor: int) -> Callable[[dict[str, Any]], object] | None:
    """What raises for a notebook that is not as nbformat's schema says; None where it has none for this version.

    The schema is read beside nbformat, as its validator does: importing nbformat brings jsonschema and its grammars,
    0.9 s that every command in a terminal would wait for.
    """
    spec = importlib.util.find_spec("nbformat")
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        schema = Path(folder, "v4", f"nbformat.v4.{minor}.schema.json")
        if schema.is_file():
            import fastjsonschema

            found: Callable[[dict[str, Any]], object] = fastjsonschema.compile(orjson.loads(schema.read_bytes()))
            return found
    from nbformat import validator as nbformat_validator

    get_validator: Any = nbformat_validator.get_validator
    # a minor version later than this nbformat: what it knows must hold, more may be there
    later = get_validator(version=4, version_minor=minor) or get_validator(4, minor, relax_add_props=True)
    return None if later is None else later.validate


CHECKS: dict[str, Checker] = {
    "py": python,
    "pyi": python,
    "json": json_file,
    "toml": toml_file,
    "ipynb": notebook_file,
}
