"""Deleting a definition: refused while it is used, and nothing of it is left where it is not."""

from __future__ import annotations

import pytest

from codemaestro_jupyter.edit import steps as s
from codemaestro_jupyter.edit.blueprint import Blueprint, Component
from codemaestro_jupyter.edit.decompose import decompose
from codemaestro_jupyter.edit.fixes import problem_of
from codemaestro_jupyter.edit.grammar import parse
from codemaestro_jupyter.edit.pipeline import Outcome, run
from codemaestro_jupyter.errors import ConflictError, EditError

FILES = {
    "pkg/__init__.py": "from .api import LIMIT, old, used\n\n__all__ = ['LIMIT', 'old', 'used']\n",
    "pkg/api.py": (
        "import os\n\nLIMIT = 3\n\n\n# what it was for\n@os.cache\ndef old(x):\n    return old(x - 1)\n\n\n"
        "def used():\n    return LIMIT\n\n\nclass Base:\n    def get(self): ...\n\n\nclass Heir(Base):\n"
        "    def get(self): ...\n\n    def set(self):\n        return self.get()\n"
    ),
    "app.py": "from pkg import (\n    old,\n    used,\n)\n\nused()\n",
    "only.py": "from pkg.api import old\n\nX = 1\n",
}


def outcome(said: str, files: dict[str, str] = FILES) -> Outcome:
    return run(said, Blueprint((Component(k, v.encode()) for k, v in files.items()), known=frozenset(files)))


def texts(found: Outcome) -> dict[str, str]:
    return {item.path: item.data.decode() for item in found.blueprint}


@pytest.mark.parametrize(
    ("said", "step"),
    [
        ("delete function fetch_user", s.DeleteSymbol("fetch_user")),
        ("remove the method get of Client", s.DeleteSymbol("Client.get")),
        ("drop class Client in src/a.py", s.DeleteSymbol("Client", "src/a.py")),
        ("delete Client.get anyway", s.DeleteSymbol("Client.get", "", True)),
        ("delete src/a.py::old", s.DeleteSymbol("old", "src/a.py")),
        ("delete src/a.py", s.DeleteFile("src/a.py")),
        ("remove all unused imports from a.py", s.RemoveUnusedImports("a.py")),
        ("remove unused import os from a.py", s.RemoveUnusedImports("a.py", "os")),
    ],
)
def test_wordings(said: str, step: s.Step) -> None:
    assert parse(said) == [step]


def test_what_only_hands_it_on_goes_with_it() -> None:
    found = outcome("delete function old")
    assert texts(found) == {
        "pkg/__init__.py": "from .api import LIMIT, used\n\n__all__ = ['LIMIT', 'used']\n",
        "pkg/api.py": FILES["pkg/api.py"].replace(
            "# what it was for\n@os.cache\ndef old(x):\n    return old(x - 1)\n\n\n", ""
        ),
        "app.py": "from pkg import (\n    used,\n)\n\nused()\n",
        "only.py": "X = 1\n",
    }
    assert found.warnings == (
        "os is imported in pkg/api.py and not used there any more: `remove unused imports in pkg/api.py`.",
    )


def test_what_is_used_stays_and_its_uses_are_named() -> None:
    with pytest.raises(ConflictError, match=r"pkg/api.py::used is still used: app.py:6\.") as caught:
        outcome("delete used")
    assert caught.value.hint == "Change these places first, or say `delete used anyway`."
    plan = decompose("delete used")
    assert [(fix.title, fix.commands) for fix in problem_of(caught.value, plan).fixes] == [
        ("Delete used anyway.", (s.DeleteSymbol("used", "", True),))
    ]


def test_deleted_anyway_what_is_left_dangling_is_named() -> None:
    found = outcome("delete used anyway")
    assert found.warnings == (
        "used is gone, but still used: app.py:6.",
        "used is gone, but still imported: app.py:3.",
    )
    assert texts(found)["app.py"] == FILES["app.py"]
    assert texts(found)["pkg/__init__.py"] == "from .api import LIMIT, old\n\n__all__ = ['LIMIT', 'old']\n"


def test_a_constant_a_class_and_a_method() -> None:
    with pytest.raises(ConflictError, match=r"LIMIT is still used: pkg/api.py:13\."):
        outcome("delete constant LIMIT")
    with pytest.raises(ConflictError, match=r"Base is still used: pkg/api.py:20\."):
        outcome("delete class Base")
    with pytest.raises(ConflictError, match=r"Base.get is still used: pkg/api.py:24\."):
        outcome("delete method Base.get")
    inherited = outcome("delete method Heir.get")
    assert inherited.warnings == ("pkg/api.py::Heir.get is inherited then: its uses reach the one of a base class.",)
    assert texts(inherited)["pkg/api.py"].endswith("class Heir(Base):\n    def set(self):\n        return self.get()\n")
    heir = texts(outcome("delete Heir.set, then delete Heir.get"))["pkg/api.py"]
    assert heir.endswith("class Heir(Base):\n    pass\n")
    assert texts(outcome("delete Heir"))["pkg/api.py"].endswith("class Base:\n    def get(self): ...\n")


def test_what_an_attribute_may_mean_and_what_configuration_names_is_said() -> None:
    files = {
        "a.py": "class C:\n    def go(self): ...\n\n\ndef main(): ...\n\n\ndef f(x):\n    x.go()\n",
        "pyproject.toml": '[project.scripts]\nrun = "a:main"\n',
    }
    assert outcome("delete C.go", files).warnings == ("C.go is gone, and may have been used: a.py:9.",)
    with pytest.raises(ConflictError, match=r"main is still used: pyproject\.toml"):
        outcome("delete main", files)
    with pytest.raises(ConflictError, match="Python itself"):
        outcome("delete C.__init__", {"a.py": "class C:\n    def __init__(self): ...\n"})


def test_what_is_not_defined_by_itself_is_refused() -> None:
    with pytest.raises(EditError, match="not defined by itself"):
        outcome("delete a", {"m.py": "a, b = 1, 2\n"})
    with pytest.raises(EditError, match="set in methods"):
        outcome("delete C.a", {"m.py": "class C:\n    def f(self):\n        self.a = 1\n"})


def test_unused_imports_go_and_what_may_be_used_stays() -> None:
    files = {
        "m.py": (
            "from __future__ import annotations\n\nimport os\nimport re, sys\nimport a.b\nimport kept as kept\n"
            "import quiet  # noqa: F401\nfrom typing import TYPE_CHECKING, Any, cast\n"
            "from x import (\n    one,\n    two,\n)\n"
            "from y import handed, reached\n\ntry:\n    import fast\nexcept ImportError:\n    fast = None\n\n"
            'if TYPE_CHECKING:\n    from z import Z\n\n__all__ = ["re"]\n\n\n'
            'def f(v: "Any"):\n    """one os sys."""\n'
            "    return two\n"
        ),
        "other.py": "from m import handed\nimport m\n\nm.reached\n",
    }
    text = files["m.py"]
    for old, new in (
        ("import os\nimport re, sys\nimport a.b\n", "import re\n"),
        (", Any, cast\n", ", Any\n"),
        ("    one,\n", ""),
        ("    from z import Z\n", "    pass\n"),
    ):
        text = text.replace(old, new)
    assert texts(outcome("remove unused imports in m.py", files))["m.py"] == text
    one = texts(outcome("remove unused import os from m.py", files))["m.py"]
    assert one == files["m.py"].replace("import os\n", "")
    again = outcome("remove unused imports in m.py", {"m.py": "import os\n\nos\n"})
    assert [item.message for item in again.corrections] == ["m.py has no unused imports: left as it is."]


@pytest.mark.parametrize(
    ("said", "path", "error", "text"),
    [
        ("remove unused import re from m.py", "m.py", ConflictError, "re is used"),
        ("remove unused import os from m.py", "m.py", EditError, "does not import os"),
        ("remove unused imports in p/__init__.py", "p/__init__.py", EditError, "hand names on"),
        ("remove unused imports in n.md", "n.md", EditError, "no Python file"),
    ],
)
def test_unused_imports_that_cannot_be_told(said: str, path: str, error: type[EditError], text: str) -> None:
    with pytest.raises(error, match=text):
        outcome(said, {path: "import re\n\nre.x\n"})


def test_imports_that_only_it_used_are_named() -> None:
    files = {"m.py": "import os\nimport re\nfrom a import b\n\n\ndef f():\n    return os, b\n\n\nprint(b)\n"}
    found = run("delete function f", Blueprint([Component(k, v.encode()) for k, v in files.items()]))
    assert found.warnings == ("os is imported in m.py and not used there any more: `remove unused imports in m.py`.",)


def test_where_texts_still_mention_it_is_said() -> None:
    files = {
        "m.py": '"""Like `old_one`."""\n\n\ndef old_one():\n    """Say old_one."""\n\n\n'
        "def f(old_one):  # not old_one\n    return old_one\n",
        "README.md": "# It\n\nUse old_one.\n",
        "b.py": "x = 'old_one'\ny.old_one\n",
    }
    found = outcome("delete old_one", files)
    assert found.warnings == (
        "old_one is gone, and may have been used: b.py:2.",
        "old_one is still mentioned: b.py:1, m.py:1, m.py:8, README.md:3.",
    )
    method = {
        "m.py": "class C:\n    def run(self): ...\n\n\n# run it: `C.run`, :meth:`~C.run`\n",
        "r.md": "to run\n`run`\n",
    }
    assert outcome("delete C.run", method).warnings == ("C.run is still mentioned: m.py:5, r.md:2.",)
