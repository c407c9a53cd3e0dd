"""A picture of the kernel's variables that touches nothing: names, types, shapes, columns; no values, no `repr`.

Only classes that are known *exactly* are looked into, since a subclass, a proxy or a lazy frame may run a person's code
or compute for minutes when asked for its shape. Everything about other objects comes from `type(value)` and from
`type`'s own descriptors, which no metaclass can redirect. Taken on the main thread after a cell, within 3 ms.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from codemaestro_jupyter.types import Variable

MOST_NAMES = 300
MOST_SECONDS = 0.003
MOST_COLUMNS = 50
MOST_LOOKED_AT = 500
"""Libraries make a list of all columns before one sees the first: of wider tables only the shape is told."""
_NAME_OF = type.__dict__["__name__"].__get__
_MODULE_OF = type.__dict__["__module__"].__get__
_OURS = frozenset({"In", "Out", "exit", "quit", "open", "get_ipython", "codemaestro"})
_SIZED = (list, tuple, dict, set, frozenset, str, bytes, bytearray, range)

_Look = Callable[[Any], tuple[tuple[int, ...] | None, tuple[str, ...], tuple[str, ...]]]


def picture(
    namespace: Mapping[str, object],
    clock: Callable[[], float] = time.perf_counter,
    *,
    limit: int = MOST_NAMES,
    seconds: float = MOST_SECONDS,
) -> tuple[Variable, ...]:
    """The variables of a namespace in the order they were first assigned, the `limit` newest at most.

    Names that begin with `_` and IPython's own are left out. Once half of `seconds` has passed, the rest get a name and
    type only; once all has passed, the rest is left out. `shape` counts items where there is one dimension.
    """
    if type(namespace) is not dict:
        return ()
    # Copied in one step of the interpreter: no thread of the person's comes between, and no key is compared.
    items = [(name, value) for name, value in list(namespace.items()) if type(name) is str]
    items = [(name, value) for name, value in items if name[:1] != "_" and name not in _OURS][-limit:]
    looks = _looks()
    start = clock()
    variables = []
    for name, value in items:
        spent = clock() - start
        if spent > seconds:
            break
        variables.append(_variable(name, value, looks if spent <= seconds / 2 else {}))
    return tuple(variables)


def class_name(cls: type) -> str:
    """A class's name, whatever its metaclass says."""
    return str(_NAME_OF(cls))


def _variable(name: str, value: object, looks: Mapping[int, _Look]) -> Variable:
    cls = type(value)
    module = _MODULE_OF(cls)
    known = Variable(name, class_name(cls), module=module if type(module) is str and module != "builtins" else "")
    look = looks.get(id(cls))  # by identity: looking a class up calls its metaclass's `__hash__` and `__eq__`
    if look is None:
        return known
    try:
        shape, columns, dtypes = look(value)
    except Exception:  # a half-built or broken object of a known class
        return known
    if cls is ModuleType:
        return Variable(name, known.type, module=columns[0] if columns else "")
    return Variable(name, known.type, shape, columns, dtypes, known.module)


def _looks() -> dict[int, _Look]:
    """How to look into each known class, by its `id`; of libraries only those that are imported already."""
    looks: dict[int, _Look] = {id(cls): _sized for cls in _SIZED}
    looks[id(ModuleType)] = _module
    for look, module, name in _LIBRARIES:
        imported = sys.modules.get(module)
        if type(imported) is ModuleType:  # a lazy stand-in would import when asked
            cls = imported.__dict__.get(name)
            if issubclass(type(cls), type):
                looks[id(cls)] = look
    return looks


def _sized(value: Any) -> tuple[tuple[int, ...], tuple[str, ...], tuple[str, ...]]:
    return (len(value),), (), ()


def _module(value: Any) -> tuple[None, tuple[str, ...], tuple[str, ...]]:
    name = value.__dict__.get("__name__")
    return None, (name,) if type(name) is str else (), ()


def _array(value: Any) -> tuple[tuple[int, ...], tuple[str, ...], tuple[str, ...]]:
    return value.shape, tuple(value.dtype.names or ())[:MOST_COLUMNS], (_dtype(value.dtype),)


def _frame(value: Any) -> tuple[tuple[int, ...], tuple[str, ...], tuple[str, ...]]:
    index = value.columns
    pandas = sys.modules["pandas"].__dict__
    if type(index) not in (pandas["Index"], pandas["RangeIndex"]):
        return value.shape, (), ()
    shown = [
        label if type(label) is str else str(label) if type(label) is int else "" for label in index[:MOST_COLUMNS]
    ]
    types = list(value.dtypes.array[:MOST_COLUMNS]) if len(index) <= MOST_LOOKED_AT else []
    return value.shape, tuple(shown), tuple(_dtype(found) for found in types)


def _series(value: Any) -> tuple[tuple[int, ...], tuple[str, ...], tuple[str, ...]]:
    return value.shape, (value.name,) if type(value.name) is str else (), (_dtype(value.dtype),)


def _polars_frame(value: Any) -> tuple[tuple[int, ...], tuple[str, ...], tuple[str, ...]]:
    if value.width > MOST_LOOKED_AT:
        return value.shape, (), ()
    schema = list(zip(value.columns, value.dtypes, strict=True))[:MOST_COLUMNS]
    return value.shape, tuple(name for name, _ in schema), tuple(str(kind) for _, kind in schema)


def _tensor(value: Any) -> tuple[tuple[int, ...], tuple[str, ...], tuple[str, ...]]:
    return tuple(int(size) for size in value.shape), (), (str(value.dtype),)


def _arrow(value: Any) -> tuple[tuple[int, ...], tuple[str, ...], tuple[str, ...]]:
    if value.num_columns > MOST_LOOKED_AT:
        return (value.num_rows, value.num_columns), (), ()
    schema = value.schema
    count = min(len(schema.names), MOST_COLUMNS)
    return (
        (value.num_rows, value.num_columns),
        tuple(schema.names[:count]),
        tuple(str(schema.types[i]) for i in range(count)),
    )


def _dtype(dtype: Any) -> str:
    """A column type's name: numpy's own by name, others by class, since `str` of them may be a person's code."""
    numpy = sys.modules["numpy"].__dict__["dtype"]
    cls = type(dtype)
    return str(dtype.name) if issubclass(cls, numpy) else class_name(cls)


_LIBRARIES: tuple[tuple[_Look, str, str], ...] = (
    (_array, "numpy", "ndarray"),
    (_frame, "pandas", "DataFrame"),
    (_series, "pandas", "Series"),
    (_polars_frame, "polars", "DataFrame"),
    (_tensor, "torch", "Tensor"),
    (_arrow, "pyarrow", "Table"),
)
