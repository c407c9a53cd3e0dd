"""Steps on Python: what is written parses, means what was asked, and touches nothing else."""

from __future__ import annotations

import ast

import pytest

from codemaestro_jupyter.edit.blueprint import Blueprint, Component
from codemaestro_jupyter.edit.pipeline import Outcome, run
from codemaestro_jupyter.errors import AmbiguousError, ConflictError, EditError


def blueprint(files: dict[str, str]) -> Blueprint:
    return Blueprint((Component(path, text.encode()) for path, text in files.items()), known=frozenset(files))


def result(said: str, files: dict[str, str]) -> dict[str, str]:
    outcome: Outcome = run(said, blueprint(files))
    return {item.path: item.data.decode() for item in outcome.blueprint}


PACKAGE = {
    "src/pkg/__init__.py": 'from .api import fetch_user\n\n__all__ = ["fetch_user"]\n',
    "src/pkg/api.py": 'def fetch_user(a):\n    """fetch_user it."""\n    return f"{fetch_user.__name__!r:>{len(a)}}"\n',
    "app.py": (
        "import pkg\nimport pkg.api\nfrom pkg import api as a, fetch_user\nfrom unittest.mock import patch\n\n\n"
        "def f(fetch_user):\n    return fetch_user\n\n\n"
        "def g(x):\n    fetch_user_too = [fetch_user(y) for y in x]\n    with patch('pkg.api.fetch_user'):\n"
        "        x.fetch_user()  # fetch_user\n"
        "    return pkg.fetch_user(1), a.fetch_user(2), pkg.api.fetch_user(3), dict(fetch_user=1)\n\n\n"
        "def h():\n    global fetch_user\n    fetch_user = None\n"
    ),
    "late.py": (
        "def f():\n    from pkg.api import fetch_user as get\n\n    return get, lambda fetch_user=1: fetch_user\n"
    ),
    "star.py": "from pkg.api import *\n\nprint(fetch_user)\n",
    "other.py": "from elsewhere import fetch_user\n\nfetch_user()\n",
}


def test_rename_follows_scopes_imports_modules_reexports_and_quoted_paths() -> None:
    files = {**PACKAGE, "README.md": "Use fetch_user.\n"}
    outcome = run("rename fetch_user to load_user in src/pkg/api.py", blueprint(files))
    found = {item.path: item.data.decode() for item in outcome.blueprint}
    expected = dict(files)
    expected["src/pkg/__init__.py"] = files["src/pkg/__init__.py"].replace("fetch_user", "load_user")
    expected["src/pkg/api.py"] = (
        'def load_user(a):\n    """fetch_user it."""\n    return f"{load_user.__name__!r:>{len(a)}}"\n'
    )
    expected["app.py"] = (
        "import pkg\nimport pkg.api\nfrom pkg import api as a, load_user\nfrom unittest.mock import patch\n\n\n"
        "def f(fetch_user):\n    return fetch_user\n\n\n"
        "def g(x):\n    fetch_user_too = [load_user(y) for y in x]\n    with patch('pkg.api.load_user'):\n"
        "        x.fetch_user()  # fetch_user\n"
        "    return pkg.load_user(1), a.load_user(2), pkg.api.load_user(3), dict(fetch_user=1)\n\n\n"
        "def h():\n    global load_user\n    load_user = None\n"
    )
    expected["late.py"] = files["late.py"].replace("import fetch_user as", "import load_user as")
    expected["star.py"] = files["star.py"].replace("print(fetch_user)", "print(load_user)")
    assert found == expected
    listed = {(item.path, item.before.strip()) for item in outcome.candidates}
    assert listed == {
        ("README.md", "Use fetch_user."),
        ("src/pkg/api.py", '"""fetch_user it."""'),
        ("app.py", "x.fetch_user()  # fetch_user"),
    }


def test_the_category_of_a_warnings_filter_is_renamed() -> None:
    files = {
        "pkg/__init__.py": "",
        "pkg/errors.py": "class Old(Warning): ...\n",
        "t.py": (
            "import pytest\n\n\n@pytest.mark.filterwarnings('ignore::pkg.errors.Old')\n"
            "@pytest.mark.filterwarnings('error:Old it is:pkg.errors.Old')\ndef test_it(): ...\n"
        ),
    }
    found = result("rename Old to Obsolete", files)["t.py"]
    assert "'ignore::pkg.errors.Obsolete'" in found
    assert "'error:Old it is:pkg.errors.Obsolete'" in found  # the message may mean something else


def test_a_string_that_names_the_symbol_in_full_or_imports_it_follows() -> None:
    files = {
        "pkg/__init__.py": "",
        "pkg/errors.py": "class Old(Exception): ...\n",
        "t.py": (
            'CODE = """\nimport os\n  from pkg.errors import Old, New\nraise Old\n"""\n'
            "LINE = 'from pkg.errors import Old\\nOld'\nKEY = 'count/pkg.errors.Old: 3'\n"
            "OTHER = 'from elsewhere import Old', 'Old', 'pkg.other.Old is', 'from pkg.errors import Old; x.Old'\n"
        ),
    }
    expected = files["t.py"].split("OTHER")
    assert result("rename Old to Gone", files)["t.py"] == "OTHER".join(
        (expected[0].replace("Old", "Gone"), expected[1])
    )


def test_a_name_that_is_compared_with_is_renamed_where_only_one_thing_has_it() -> None:
    files = {
        "a.py": "class Graph: ...\n",
        "t.py": 'from a import Graph\n\nassert Graph().__class__.__name__ == "Graph"\n',
    }
    assert result("rename Graph to Net", files)["t.py"] == files["t.py"].replace("Graph", "Net")
    more = {**files, "b.py": "class Graph: ...\n"}
    assert '== "Graph"' in result("rename a.py::Graph to Net", more)["t.py"]


CLASSES = {
    "base.py": (
        "class Base:\n    def get(self):\n        return self.get\n\n\nclass Child(Base):\n    def get(self):\n"
        "        return super().get()\n"
    ),
    "use.py": (
        "from base import Base, Child\n\n\ndef f(x: Child, y):\n    b = Base()\n    b.get()\n    x.get()\n    y.get()\n"
        "    Child().get()\n    return {}.get(1), Base.get\n"
    ),
    "unrelated.py": "class Base:\n    def get(self):\n        return self.get()\n",
}


def test_rename_of_a_method_follows_its_class_and_heirs_and_lists_the_rest() -> None:
    outcome = run("rename base.py::Base.get to fetch", blueprint(CLASSES))
    found = {item.path: item.data.decode() for item in outcome.blueprint}
    assert found == {
        "base.py": CLASSES["base.py"].replace("get", "fetch"),
        "use.py": (
            "from base import Base, Child\n\n\ndef f(x: Child, y):\n    b = Base()\n    b.fetch()\n    x.fetch()\n"
            "    y.get()\n    Child().fetch()\n    return {}.get(1), Base.fetch\n"
        ),
        "unrelated.py": CLASSES["unrelated.py"],
    }
    assert [item.before.strip() for item in outcome.candidates if item.path == "use.py"] == ["y.get()"]


def test_a_renamed_project_means_the_same() -> None:
    """The tree of each file, with the new name put back, is the tree it was."""
    found = result("rename fetch_user to load_user in src/pkg/api.py", PACKAGE)
    for path, text in found.items():
        before = ast.dump(ast.parse(PACKAGE[path]))
        assert ast.dump(ast.parse(text)).replace("load_user", "fetch_user") == before


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a.py": "def f(): ...\ndef g(): ...\n"}, "rename f to g"),
        ({"a.py": "def f(): ...\ndef h():\n    g = 1\n    return f, g\n"}, "rename f to g"),
        ({"a.py": "def f(): ...\nprint(sorted)\n"}, "rename f to sorted"),
        ({"a.py": "def f(): ...\n", "b.py": "from a import f\ng = f\n"}, "rename f to g"),
    ],
)
def test_a_new_name_that_means_something_already_is_a_conflict(files: dict[str, str], said: str) -> None:
    with pytest.raises(ConflictError):
        run(said, blueprint(files))


def test_which_symbol_is_meant_must_be_clear() -> None:
    files = {"a.py": "def f(): ...\n", "b.py": "def f(): ...\n"}
    with pytest.raises(AmbiguousError) as caught:
        run("rename f to g", blueprint(files))
    assert caught.value.candidates == ("a.py::f", "b.py::f")
    assert result("rename a.py::f to g", files) == {"a.py": "def g(): ...\n", "b.py": "def f(): ...\n"}
    with pytest.raises(EditError, match="no frobnicate"):
        run("add logging to frobnicate", blueprint(files))


MODULE = '"""Module."""\n\nimport os\n\n\ndef f(a, b=2, *, c=None):\n    # keep me\n    x = os.sep * b\n    return x\n'


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("add a parameter `d: int = 3` to f", MODULE.replace("c=None)", "c=None, d: int = 3)")),
        ('add a docstring "Do it." to f', MODULE.replace("    # keep me", '    """Do it."""\n    # keep me')),
        ("add type hints to f", MODULE.replace("b=2", "b: int = 2")),
        (
            "add logging to f",
            MODULE.replace(
                "import os\n", "import logging\nimport os\n\nlogger = logging.getLogger(__name__)\n"
            ).replace("    # keep me", '    logger.debug("f(a=%r, b=%r, c=%r)", a, b, c)\n    # keep me'),
        ),
        (
            "add error handling to f",
            MODULE.replace(
                "import os\n", "import logging\nimport os\n\nlogger = logging.getLogger(__name__)\n"
            ).replace(
                "    # keep me\n    x = os.sep * b\n    return x\n",
                "    try:\n        # keep me\n        x = os.sep * b\n        return x\n    except Exception:\n"
                '        logger.exception("f failed")\n        raise\n',
            ),
        ),
        (
            "extract 2 in m.py to constant TWO",
            MODULE.replace("import os\n", "import os\n\nTWO = 2\n").replace("b=2", "b=TWO"),
        ),
        (
            "extract line 8 of m.py into function join",
            MODULE.replace("def f(", "def join(b):\n    x = os.sep * b\n    return x\n\n\ndef f(").replace(
                "me\n    x = os.sep * b", "me\n    x = join(b)"
            ),
        ),
    ],
)
def test_steps_on_a_function(said: str, expected: str) -> None:
    assert result(said, {"m.py": MODULE}) == {"m.py": expected}


def test_steps_keep_crlf_tabs_and_strings_that_span_lines() -> None:
    text = 'class A:\r\n\tdef f(self):\r\n\t\treturn """one\r\n  two"""\r\n'
    (found,) = result('add a docstring "Do it." to A.f', {"m.py": text}).values()
    assert 'one\r\n  two"""\r\n' in found
    assert found.count("\n") == found.count("\r\n")
    assert '\t\t"""Do it."""\r\n' in found


def test_imports_are_grouped_and_sorted_and_keep_their_comments() -> None:
    text = (
        "import sys\nfrom os import path, getcwd\nimport requests  # web\nfrom mine import b\n"
        "from mine import A\nimport os\n\nx = 1\n"
    )
    found = result("organise imports in m.py", {"m.py": text, "mine.py": "A = b = 1\n"})["m.py"]
    assert found == (
        "import os\nimport sys\nfrom os import getcwd, path\n\nimport requests  # web\n\n"
        "from mine import A, b\n\nx = 1\n"
    )


def test_a_test_skeleton_runs_as_it_stands() -> None:
    found = result("add a test for load", {"pkg/__init__.py": "", "pkg/io.py": "def load(path): ...\n"})
    assert found["tests/test_io.py"].startswith("from pkg.io import load\n\n\ndef test_load():\n")
    more = result("add a test for save", {**found, "pkg/io.py": "def load(path): ...\ndef save(): ...\n"})
    tree = ast.parse(more["tests/test_io.py"])
    assert [node.name for node in tree.body if isinstance(node, ast.FunctionDef)] == ["test_load", "test_save"]


@pytest.mark.parametrize(
    ("module", "there", "path"),
    [
        ("_utils", "tests/test_utils.py", "tests/test_utils.py"),
        ("_utils", "tests/test_other.py", "tests/test_utils.py"),
        ("_utils", "tests/test__utils.py", "tests/test__utils.py"),
        ("utils", "tests/test_utils/test_echo.py", "tests/test_utils/test_utils.py"),
    ],
)
def test_a_test_skeleton_stands_where_the_tests_of_its_module_are(module: str, there: str, path: str) -> None:
    found = result("add a test for load", {f"pkg/{module}.py": "def load(path): ...\n", there: "x = 1\n"})
    assert "def test_load():" in found[path]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("extract lines 8-9 of m.py into function g", "return"),
        ("extract lines 7-7 of m.py into function g", "not whole statements"),
        ("extract 99 in m.py to constant X", "no literal"),
        ("add a parameter a to f", "has a parameter a already"),
        ("add a parameter `x y` to f", "no parameter"),
        ("rename f to class", "cannot be a name"),
        ("rename f to f", "already has that name"),
    ],
)
def test_what_cannot_be_done_is_said(said: str, message: str) -> None:
    with pytest.raises(EditError, match=message):
        run(said, blueprint({"m.py": MODULE}))


def test_a_required_parameter_names_the_calls_that_lack_it() -> None:
    outcome = run("add a parameter key to f", blueprint({"m.py": "def f(a): ...\n\n\nf(1)\n"}))
    assert outcome.warnings == ("key has no default: these calls of f lack it: m.py:4.",)
    assert outcome.changes[0].after is not None
    assert outcome.changes[0].after.data == b"def f(a, key): ...\n\n\nf(1)\n"
