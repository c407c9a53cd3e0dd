"""Check a value that came over the wire against a type expression, and name the field that is wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, Literal, NotRequired, Required, Union, get_args, get_origin
from typing import get_type_hints as hints_of

from codemaestro_jupyter.errors import ProtocolError

UPGRADE = "Panel and kernel may come from different versions: reload the page, then restart the kernel."


@cache
def _fields(form: Any) -> tuple[tuple[str, Any, bool], ...]:
    """Name, type and whether it is required, of each key of a TypedDict."""
    return tuple((name, hint, name in form.__required_keys__) for name, hint in hints_of(form).items())


def checked(value: Any, form: Any, where: str) -> Any:
    """The value if it has the form (a type expression built of what JSON has), else `ProtocolError` that names it."""
    if isinstance(form, type) and hasattr(form, "__required_keys__"):
        if not isinstance(value, dict):
            raise _wrong(value, "an object", where)
        result = dict(value)
        for name, hint, required in _fields(form):
            if name in value:
                result[name] = checked(value[name], hint, f"{where}.{name}")
            elif required:
                raise ProtocolError(f"{where} lacks {name!r}.", hint=UPGRADE)
        return result
    origin = get_origin(form)
    if origin is list:
        if not isinstance(value, list):
            raise _wrong(value, "a list", where)
        (item,) = get_args(form)
        return [checked(each, item, f"{where}[{number}]") for number, each in enumerate(value)]
    if origin is Literal:
        if value not in get_args(form):
            raise _wrong(value, "one of " + ", ".join(map(repr, get_args(form))), where)
        return value
    if origin in (Union, UnionType):
        for choice in get_args(form):
            try:
                return checked(value, choice, where)
            except ProtocolError:
                continue
        raise _wrong(value, " or ".join(_NAMES.get(choice, "something else") for choice in get_args(form)), where)
    if origin in (Required, NotRequired):
        return checked(value, get_args(form)[0], where)
    return _scalar(value, form, where)


_NAMES: Final[Mapping[Any, str]] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    NoneType: "null",
}


def _scalar(value: Any, form: Any, where: str) -> Any:
    if form is str and isinstance(value, str):
        if value.isascii():
            return value
        # JavaScript strings may hold lone surrogates; Python can hold them too but neither store nor send them.
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if form is float and isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return value
    if form is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if (form is bool and isinstance(value, bool)) or (form is NoneType and value is None):
        return value
    raise _wrong(value, _NAMES.get(form, str(form)), where)


def _wrong(value: Any, wanted: str, where: str) -> ProtocolError:
    return ProtocolError(f"{where} must be {wanted}, not {called(value)}.", hint=UPGRADE)


def called(value: Any) -> str:
    """A value in a few words."""
    if isinstance(value, str | int | float | bool | None):
        text = repr(value)
        return text if len(text) <= 60 else text[:57] + "…"
    return "an object" if isinstance(value, dict) else "a list" if isinstance(value, list) else type(value).__name__
