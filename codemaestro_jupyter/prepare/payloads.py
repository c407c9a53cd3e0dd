"""Prepared content as JSON and back: plain dictionaries in the store and on the way to the child, nouns elsewhere."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from codemaestro_jupyter.types import RelPath

T = TypeVar("T")
Reads = Callable[[Any], Any]
_NESTED: dict[type, tuple[tuple[str, Reads], ...]] = {}


def plain(value: Any) -> Any:
    """A noun, or a sequence or mapping of them, as dictionaries and lists."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    return value


def noun(kind: type[T], value: Mapping[str, Any]) -> T:
    """One noun from its dictionary; raises `TypeError` or `KeyError` for what is none."""
    fields = dict(value)
    for name, read in _nested(kind):
        if name in fields:
            fields[name] = read(fields[name])
    return kind(**fields)


def nouns(kind: type[T], values: Any) -> tuple[T, ...]:
    """Nouns from a list of dictionaries."""
    return tuple(noun(kind, value) for value in values)


def paths(values: Iterable[Any]) -> tuple[RelPath, ...]:
    """Paths from a list of strings."""
    return tuple(RelPath(str(value)) for value in values)


def _nested(kind: type) -> tuple[tuple[str, Reads], ...]:
    """The fields of a noun that JSON has in another form, and how each is read back."""
    if kind not in _NESTED:
        found = ((name, _reader(hint)) for name, hint in get_type_hints(kind).items())
        _NESTED[kind] = tuple((name, read) for name, read in found if read is not None)
    return _NESTED[kind]


def _reader(hint: Any) -> Reads | None:
    """How a value of this type is read from JSON; None where it is there as it should be."""
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return lambda value: noun(hint, value)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is tuple:
        inner = _reader(arguments[0])
        return tuple if inner is None else lambda values: tuple(inner(value) for value in values)
    if origin is Mapping:
        inside = _reader(arguments[1])
        return None if inside is None else lambda values: {name: inside(value) for name, value in values.items()}
    if origin in (Union, types.UnionType):
        readers = [read for one in arguments if (read := _reader(one)) is not None]
        return None if not readers else lambda value: None if value is None else readers[0](value)
    return None
