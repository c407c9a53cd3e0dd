"""Text as SQLite and JSON can hold it: half a surrogate pair (an emoji cut in two while typing) becomes `?`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson


def storable(text: str) -> str:
    """The text itself if it is valid Unicode, else with each lone surrogate replaced."""
    return text if text.isascii() else text.encode("utf8", "replace").decode("utf8")


def to_json(value: object, default: Callable[[Any], Any] | None = None) -> bytes:
    """JSON of plain values and dataclasses, keys sorted."""
    options = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
    try:
        return orjson.dumps(value, default, options)
    except orjson.JSONEncodeError:  # checking every string first would cost more than the rare second attempt
        return orjson.dumps(_storable(value), default, options)


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return {_storable(key): _storable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_storable(item) for item in value]
    return value
