"""Imports that were in order are in order after a renaming or a move; others stay where they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.edit.blueprint import Blueprint, Component
from codemaestro_jupyter.edit.pipeline import run
from codemaestro_jupyter.edit.python.keeping import ORDERS, blocks, in_order


def result(said: str, files: dict[str, str], path: str) -> str:
    blueprint = Blueprint((Component(name, text.encode()) for name, text in files.items()), known=frozenset(files))
    found = run(said, blueprint).blueprint.get(path)
    assert found is not None
    return found.data.decode()


@pytest.mark.parametrize(
    ("before", "renamed", "after"),
    [
        ("from m import b, c, d\n", "x", "from m import b, d, x\n"),
        ("from m import (\n    b,\n    c,\n    d,\n)\n", "x", "from m import (\n    b,\n    d,\n    x,\n)\n"),
        ("from m import c, b\n", "a", "from m import a, b\n"),  # in no order before: stays where it is
        ("from m import d, b, c\n", "x", "from m import d, b, x\n"),
        ("import a\nfrom m import c\nfrom m import d\n", "x", "import a\nfrom m import d\nfrom m import x\n"),
        ("from m import c as e, d\n", "x", "from m import d, x as e\n"),
        ("from m import b, c, D\n", "x", "from m import b, D, x\n"),
        ("from m import D, b, c\n", "A", "from m import A, D, b\n"),
        ("from m import (  # all\n    b,\n    c,\n)\n", "a", "from m import (  # all\n    b,\n    a,\n)\n"),
    ],
)  # fmt: skip
def test_a_renamed_name_stands_in_its_place_among_the_others(before: str, renamed: str, after: str) -> None:
    module = "b = d = D = 1\n\n\ndef c(): ...\n"
    assert result(f"rename c to {renamed}", {"m.py": module, "user.py": before, "a.py": "z = 1\n"}, "user.py") == after


def test_the_import_of_a_renamed_module_stands_in_its_place() -> None:
    files = {
        "p/__init__.py": "",
        "p/utils.py": "a = 1\n",
        "p/core.py": "b = 1\n",
        "p/m.py": (
            '"""Do it.\n\nfrom .core import b\nfrom .utils import a\n"""\n\n'
            "import os\nfrom typing import TYPE_CHECKING\n\nfrom .core import b\nfrom .utils import a\n\n"
            "if TYPE_CHECKING:\n    import os\n\n    from .core import b as c\n"
            "    from .utils import a as d\n\nx = 1\n"
        ),
    }
    first, second = "from .core import b\n", "from .ahead import a\n"
    found = result("rename p/utils.py to ahead.py", files, "p/m.py")
    assert found.endswith(
        f"import os\nfrom typing import TYPE_CHECKING\n\n{second}{first}\nif TYPE_CHECKING:\n    import os\n\n"
        "    from .ahead import a as d\n    from .core import b as c\n\nx = 1\n"
    )


def test_an_import_that_is_split_by_a_move_stands_in_its_place() -> None:
    files = {
        "p/__init__.py": "",
        "p/a.py": "",
        "p/b.py": "c = 1\n",
        "p/m.py": "from . import a, b\nfrom .b import c\n",
        "p/sub/__init__.py": "",
    }
    assert (
        result("move p/b.py to p/sub/", files, "p/m.py")
        == "from . import a\nfrom .sub import b\nfrom .sub.b import c\n"
    )


NAMES = st.sampled_from(["a", "b", "B", "_c", "CONST", "d as e", "Ff"])
MODULES = st.sampled_from(["a", "b.c", ".b", "..a", ".", "B"])
IMPORTS = st.one_of(
    st.builds("import {}\n".format, st.sampled_from(["a", "b.c as d", "B"])),
    st.builds(
        lambda module, names: f"from {module} import {', '.join(names)}\n",
        MODULES,
        st.lists(NAMES, min_size=1, unique=True),
    ),
)


@given(st.lists(IMPORTS, unique=True), st.lists(IMPORTS, unique=True), st.integers(0, len(ORDERS) - 1))
def test_the_imports_are_the_same_and_in_the_order_they_were_in(before: list[str], after: list[str], at: int) -> None:
    key, _ = ORDERS[at]
    (_, block), *_ = blocks("".join(before)) or [(0, ())]
    was = "".join(line.text for line in sorted(block, key=key))
    found = in_order(was, "".join(after))
    assert sorted(found) == sorted("".join(after))
    assert in_order(was, found) == found
    assert in_order(was, was) == was
