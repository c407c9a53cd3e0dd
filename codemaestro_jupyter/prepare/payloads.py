"""Prepared content as JSON and back: plain dictionaries in the store, the nouns of types.py outside."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from codemaestro_jupyter.types import Cell, Commit, Failure, FileText, Frame, GitStatus, Match, RelPath, Symbol

T = TypeVar("T")
NESTED: Mapping[type, Mapping[str, type]] = {Failure: {"frames": Frame}}
"""Fields that hold tuples of other nouns."""
TUPLES: Mapping[type, tuple[str, ...]] = {Commit: ("files",), GitStatus: ("changed", "untracked"), Failure: ("frames",)}


def plain(value: Any) -> Any:
    """A noun, or a sequence of them, as dictionaries and lists."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    return value


def noun(kind: type[T], value: Any) -> T:
    """One noun from its dictionary; raises `TypeError` or `KeyError` for what is none."""
    fields = dict(value)
    for name in TUPLES.get(kind, ()):
        inner = NESTED.get(kind, {}).get(name)
        fields[name] = tuple(noun(inner, item) if inner else item for item in fields[name])
    return kind(**fields)


def nouns(kind: type[T], values: Any) -> tuple[T, ...]:
    """Nouns from a list of dictionaries."""
    return tuple(noun(kind, value) for value in values)


def paths(values: Iterable[Any]) -> tuple[RelPath, ...]:
    """Paths from a list of strings."""
    return tuple(RelPath(str(value)) for value in values)


__all__ = ["Cell", "Commit", "Failure", "FileText", "GitStatus", "Match", "Symbol", "noun", "nouns", "paths", "plain"]
