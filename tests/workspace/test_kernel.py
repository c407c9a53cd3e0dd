"""The picture of the variables: right for what is known, and blind to everything that could run a person's code."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from codemaestro_jupyter.types import Variable
from codemaestro_jupyter.workspace import kernel


def picture(namespace: Any, clock: Callable[[], float] = lambda: 0.0) -> tuple[Variable, ...]:
    """A picture that a busy machine does not cut short."""
    return kernel.picture(namespace, clock)


def test_known_classes_are_looked_into() -> None:
    frame = pd.DataFrame({"name": ["a"], "age": [1], 7: [0.5], "kind": pd.Categorical(["x"])})
    namespace: dict[str, object] = {
        "numbers": [1, 2],
        "text": "hello",
        "array": np.zeros((2, 3), np.float32),
        "frame": frame,
        "ages": frame["age"],
        "np": np,
        "one": 1,
        "nothing": None,
        "f": picture,
        "Class": Variable,
    }
    frame_types = tuple(picture({"f": frame})[0].dtypes)
    assert frame_types[1:] == ("int64", "float64", "CategoricalDtype")
    assert picture(namespace) == (
        Variable("numbers", "list", (2,)),
        Variable("text", "str", (5,)),
        Variable("array", "ndarray", (2, 3), (), ("float32",), "numpy"),
        Variable("frame", "DataFrame", (1, 4), ("name", "age", "7", "kind"), frame_types, type(frame).__module__),
        Variable("ages", "Series", (1,), ("age",), ("int64",), type(frame["age"]).__module__),
        Variable("np", "module", module="numpy"),
        Variable("one", "int"),
        Variable("nothing", "NoneType"),
        Variable("f", "function"),
        Variable("Class", "type"),
    )


class Alarm(BaseException):
    """No handler for ordinary exceptions hides it."""


def alarm(*_: object, **__: object) -> Any:
    raise Alarm


_NAMES = (
    "__getattribute__ __getattr__ __repr__ __str__ __len__ __iter__ __bool__ __eq__ __ne__ __hash__ __call__"
    " __getitem__ __contains__ __format__ __index__ __int__ __instancecheck__ __subclasscheck__ __sizeof__"
    " __reduce__ __dir__"
)
HOSTILE = {**dict.fromkeys(_NAMES.split(), alarm), **dict.fromkeys(("__class__", "shape", "columns"), property(alarm))}


def hostile(base: type) -> tuple[object, type]:
    """An object, and its class, that raise the alarm on whatever is done with them."""
    methods = {**HOSTILE, "__name__": property(alarm), "__module__": property(alarm)}
    if base is np.ndarray:  # numpy asks a new array's class for this one itself
        del methods["__getattribute__"]
    cls = type.__new__(type("Meta", (type,), methods), "Hostile", (base,), dict(HOSTILE))
    return (base.__new__(cls, (1,)) if base is np.ndarray else base.__new__(cls)), cls


@pytest.mark.parametrize("base", [object, list, dict, str, np.ndarray, pd.DataFrame, pd.Series])
def test_other_people_s_code_never_runs(base: type) -> None:
    value, cls = hostile(base)
    with pytest.raises(Alarm):
        len(value)  # type: ignore[arg-type]
    found = picture({"x": value, "cls": cls, "y": 1})
    assert [(variable.name, variable.type, variable.shape) for variable in found] == [
        ("x", "Hostile", None),
        ("cls", "Meta", None),
        ("y", "int", None),
    ]


def test_a_class_that_only_calls_itself_known_is_not() -> None:
    fake = type("DataFrame", (), {"__module__": "pandas", "shape": property(alarm), "columns": property(alarm)})
    assert picture({"x": fake()}) == (Variable("x", "DataFrame", module="pandas"),)


def test_labels_and_modules_of_strange_kinds() -> None:
    label, _ = hostile(str)
    frame = pd.DataFrame([[1, 2]], columns=pd.Index(["a", ("b", 1)], dtype=object))
    wide = pd.DataFrame(np.zeros((1, 600)))
    nested = pd.DataFrame(np.zeros((1, 2)), columns=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)]))
    odd = types.ModuleType("odd")
    odd.__name__ = label  # type: ignore[assignment]
    found = {variable.name: variable for variable in picture({"a": frame, "b": wide, "c": nested, "d": odd})}
    assert found["a"].columns == ("a", "")
    assert (found["b"].shape, len(found["b"].columns), found["b"].dtypes) == ((1, 600), 50, ())
    assert (found["c"].shape, found["c"].columns) == ((1, 2), ())
    assert found["d"] == Variable("d", "module")


def test_names_that_are_not_the_person_s_are_left_out() -> None:
    class Name(str):
        __hash__ = str.__hash__

        def __eq__(self, other: object) -> bool:
            raise Alarm

    namespace = {"_": 1, "__name__": "x", "In": [], "get_ipython": 1, Name("y"): 1, 5: 1, "mine": 1}
    assert [variable.name for variable in picture(namespace)] == ["mine"]
    assert picture(types.MappingProxyType({"a": 1})) == ()


def test_at_most_three_hundred_names_the_newest() -> None:
    found = picture({f"x{number}": number for number in range(1000)}, clock=lambda: 0.0)
    assert [variable.name for variable in found] == [f"x{number}" for number in range(700, 1000)]


def test_once_the_time_is_up_only_names_and_types_then_nothing() -> None:
    ticks = iter([0.0, 0.0, 0.002, 0.004])
    found = picture({name: [1] for name in "abcd"}, clock=lambda: next(ticks))
    assert found == (Variable("a", "list", (1,)), Variable("b", "list"))


def test_a_library_that_is_not_really_imported_is_not_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    class Lazy(types.ModuleType):
        def __getattribute__(self, name: str) -> Any:
            raise Alarm

    monkeypatch.setitem(sys.modules, "polars", Lazy("polars"))
    monkeypatch.setitem(sys.modules, "torch", None)
    assert picture({"x": 1}) == (Variable("x", "int"),)


def test_a_broken_object_of_a_known_class_has_a_name_and_a_type() -> None:
    broken = pd.DataFrame.__new__(pd.DataFrame)
    assert picture({"x": broken})[0].type == "DataFrame"


@pytest.mark.parametrize(
    ("library", "kind", "wide"),
    [
        ("polars", "DataFrame", {"width": 501, "shape": (2, 501)}),
        ("pyarrow", "Table", {"num_columns": 501, "num_rows": 2}),
    ],
)
def test_of_tables_wider_than_one_can_look_through_only_the_shape_is_told(
    monkeypatch: pytest.MonkeyPatch, library: str, kind: str, wide: dict[str, object]
) -> None:
    def alarm(self: object) -> None:
        raise AssertionError

    listing = dict.fromkeys(("columns", "dtypes", "schema"), property(alarm))
    cls = type(kind, (), {**wide, **listing})
    monkeypatch.setitem(sys.modules, library, module := types.ModuleType(library))
    setattr(module, kind, cls)
    assert [variable.shape for variable in picture({"table": cls()})] == [(2, 501)]
