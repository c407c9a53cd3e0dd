"""Moving modules: whoever imports them follows, and what cannot be followed is listed, unticked."""

from __future__ import annotations

import json

import pytest

from codemaestro_jupyter.edit.blueprint import Blueprint, Component
from codemaestro_jupyter.edit.pipeline import Outcome, run
from codemaestro_jupyter.edit.python.move import says
from codemaestro_jupyter.errors import EditError

FILES = {
    "pkg/__init__.py": "from . import tools\nfrom .tools import cut, saw as s\n\n__all__ = ['cut', 'tools']\n",
    "pkg/tools.py": (
        "from . import base\nfrom .base import Base\n\n\ndef cut():\n    return base, Base\n\n\ndef saw(): ...\n"
    ),
    "pkg/base.py": "class Base: ...\n",
    "pkg/sub/__init__.py": "",
    "pkg/sub/user.py": (
        "from .. import tools, base\nfrom ..tools import cut\n\n\ndef f():\n    return tools.cut, cut, base\n"
    ),
    "app.py": (
        "import pkg\nimport pkg.tools\nimport pkg.tools as t\nfrom pkg import tools as u, base\n\n\n"
        "def f(tools):\n    return tools, pkg.tools.cut, t.cut, u.cut, base, 'pkg.tools.cut', 'pkg.tools:cut',"
        " 'see pkg.tools'\n"
    ),
    "README.md": "Look at `pkg.tools` in pkg/tools.py.\n",
}


def outcome(said: str, files: dict[str, str]) -> Outcome:
    return run(said, Blueprint((Component(k, v.encode()) for k, v in files.items()), known=frozenset(files)))


def texts(found: Outcome) -> dict[str, str]:
    return {item.path: item.data.decode() for item in found.blueprint}


def test_a_file_is_not_moved_into_another_one() -> None:
    with pytest.raises(EditError, match=r"b\.py exists already"):
        outcome("move a.py to b.py", {"a.py": "x = 1\n", "b.py": "y = 2\n"})


def test_a_renamed_module_is_renamed_in_every_import_and_use() -> None:
    found = outcome("rename pkg/tools.py to knives.py", FILES)
    expected = {
        **FILES,
        "pkg/__init__.py": FILES["pkg/__init__.py"].replace("tools", "knives"),
        "pkg/sub/user.py": FILES["pkg/sub/user.py"].replace("tools", "knives"),
        "app.py": (
            "import pkg\nimport pkg.knives\nimport pkg.knives as t\nfrom pkg import knives as u, base\n\n\n"
            "def f(tools):\n    return tools, pkg.knives.cut, t.cut, u.cut, base, 'pkg.knives.cut', 'pkg.knives:cut',"
            " 'see pkg.tools'\n"
        ),
    }
    expected["pkg/knives.py"] = expected.pop("pkg/tools.py")
    assert texts(found) == expected
    assert {(item.path, item.after.strip()) for item in found.candidates} == {
        ("README.md", "Look at `pkg.knives` in pkg/knives.py."),
        ("app.py", expected["app.py"].splitlines()[-1].strip().replace("see pkg.tools", "see pkg.knives")),
    }


@pytest.mark.parametrize(
    "said",
    ["move pkg/tools.py to pkg/sub/", "move module pkg.tools to pkg.sub", "move pkg/tools.py into pkg.sub.tools"],
)
def test_a_moved_module_takes_its_importers_and_its_own_relative_imports_along(said: str) -> None:
    found = texts(outcome(said, FILES))
    assert found["pkg/sub/tools.py"].startswith("from .. import base\nfrom ..base import Base\n")
    assert found["pkg/__init__.py"] == (
        "from .sub import tools\nfrom .sub.tools import cut, saw as s\n\n__all__ = ['cut', 'tools']\n"
    )
    assert found["pkg/sub/user.py"] == FILES["pkg/sub/user.py"].replace(
        "from .. import tools, base\nfrom ..tools", "from .. import base\nfrom . import tools\nfrom .tools"
    )
    assert found["app.py"].startswith(
        "import pkg\nimport pkg.sub.tools\nimport pkg.sub.tools as t\nfrom pkg import base\n"
        "from pkg.sub import tools as u\n"
    )
    assert "tools, pkg.sub.tools.cut, t.cut, u.cut, base, 'pkg.sub.tools.cut', 'pkg.sub.tools:cut'" in found["app.py"]


def test_a_whole_package_moves_and_a_new_folder_becomes_a_package() -> None:
    found = texts(outcome("rename package pkg.sub to below", FILES))
    assert found["pkg/below/user.py"] == FILES["pkg/sub/user.py"]
    assert "pkg/sub/user.py" not in found
    deeper = outcome("move pkg/base.py to pkg/new/base.py", FILES)
    assert texts(deeper)["pkg/new/__init__.py"] == ""
    assert [item.kind for item in deeper.corrections] == ["missing package"]
    assert texts(deeper)["pkg/tools.py"].startswith("from .new import base\nfrom .new.base import Base\n")


def test_a_name_that_is_taken_and_one_that_a_package_hands_on_stay() -> None:
    files = {
        "lib/__init__.py": "from .deep import tools\n",
        "lib/deep/__init__.py": "",
        "lib/deep/tools.py": "def cut(): ...\n",
        "use.py": "from lib import tools\nfrom lib.deep import tools as deep\n\nknives = 1\nprint(tools.cut)\n",
        "taken.py": "from lib.deep import tools\n\nknives = tools.cut\n",
    }
    found = texts(outcome("rename lib/deep/tools.py to knives.py", files))
    assert found["lib/__init__.py"] == "from .deep import knives as tools\n"
    assert found["use.py"] == files["use.py"].replace("lib.deep import tools as", "lib.deep import knives as")
    assert found["taken.py"] == "from lib.deep import knives as tools\n\nknives = tools.cut\n"


def test_the_category_of_a_warnings_filter_moves_with_its_module() -> None:
    files = {
        "pkg/__init__.py": "",
        "pkg/errors.py": "class Old(Warning): ...\n",
        "t.py": (
            "import pytest\n\n\n@pytest.mark.filterwarnings('ignore::pkg.errors.Old')\n"
            "@pytest.mark.filterwarnings('error:pkg.errors is old:pkg.errors.Old')\ndef test_it(): ...\n"
        ),
    }
    found = texts(outcome("rename pkg/errors.py to faults.py", files))["t.py"]
    assert "'ignore::pkg.faults.Old'" in found
    assert "'error:pkg.errors is old:pkg.faults.Old'" in found


def test_a_string_that_imports_a_module_or_names_what_it_defines_follows() -> None:
    files = {
        "pkg/__init__.py": "",
        "pkg/errors.py": "class Old(Exception): ...\n",
        "t.py": (
            'CODE = """\n>>> from pkg.errors import Old\n    import pkg.errors as e\n"""\nKEY = \'n/pkg.errors.Old\'\n'
            'def f(x):\n    return f"""\nfrom pkg.errors import Old\nclass {x}: ...\n"""\n'
        ),
    }
    more = "# pkg.errors.Old\nOTHER = 'in pkg.errors.py', 'in pkg.errors', 'import pkg.errors now'\n"
    found = texts(outcome("rename pkg/errors.py to faults.py", {**files, "t.py": files["t.py"] + more}))["t.py"]
    assert found == files["t.py"].replace("pkg.errors", "pkg.faults") + more


def test_a_function_that_hides_its_module_is_left_alone() -> None:
    files = {
        "pkg/__init__.py": "from .dag import *\n",
        "pkg/dag.py": "def dag(): ...\n",
        "use.py": "import pkg\nfrom pkg import dag\n\npkg.dag()\ndag()\n",
    }
    found = texts(outcome("rename pkg/dag.py to graph.py", files))
    assert found["use.py"] == files["use.py"]
    assert found["pkg/__init__.py"] == "from .graph import *\n"


def test_notebooks_follow_their_magics_tolerated_and_markdown_is_listed() -> None:
    cells = [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "We use helpers.cut and pkg.helpers."},
        {"cell_type": "code", "id": "b", "metadata": {}, "outputs": [], "execution_count": None,
         "source": "%matplotlib inline\nfrom pkg import helpers\n!ls\nhelpers.cut()"},
    ]  # fmt: skip
    book = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    files = {"n.ipynb": book, "pkg/__init__.py": "", "pkg/helpers.py": "def cut(): ...\n"}
    found = outcome("rename pkg/helpers.py to tools.py", files)
    after = json.loads(texts(found)["n.ipynb"])["cells"]
    assert "".join(after[1]["source"]) == "%matplotlib inline\nfrom pkg import tools\n!ls\ntools.cut()"
    assert [(item.path, item.after) for item in found.candidates] == [
        ("n.ipynb#1", "We use helpers.cut and pkg.tools.")
    ]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("rename pkg/tools.py to base.py", "exists already"),
        ("move pkg to pkg/sub/", "cannot become"),
        ("rename module pkg.nothing to x", "no file"),
    ],
)
def test_what_cannot_move_is_said(said: str, message: str) -> None:
    with pytest.raises(EditError, match=message):
        outcome(said, FILES)


def test_where_its_old_package_was_imported_its_new_one_is_too() -> None:
    files = {
        "old/__init__.py": "from . import tools\n",
        "old/tools.py": "def cut(): ...\n",
        "new/__init__.py": "",
        "a.py": "import old\nimport os\n\nprint(old.tools.cut, old, os)\n",
        "b.py": "import old.tools\n\nprint(old.tools.cut)\n",
        "c.py": "import new\nimport old\n\nprint(old.tools.cut)\n",
    }
    assert texts(outcome("move old/tools.py to new/", files)) == {
        "old/__init__.py": "from new import tools\n",
        "new/tools.py": "def cut(): ...\n",
        "new/__init__.py": "",
        "a.py": "import new.tools\nimport old\nimport os\n\nprint(new.tools.cut, old, os)\n",
        "b.py": "import new.tools\n\nprint(new.tools.cut)\n",
        "c.py": "import new\nimport old\n\nprint(new.tools.cut)\n",
    }


def test_a_folder_that_moves_is_followed_where_its_name_is_said() -> None:
    files = {
        "pkg/__init__.py": "",
        "pkg/auth/__init__.py": "from .models import User\n",
        "pkg/auth/models.py": "from ..base import Base\n\n\nclass User(Base): ...\n",
        "pkg/base.py": "class Base: ...\n",
        "pkg/other.py": "from . import models\n\nauthor = models\n",
        "pkg/models.py": "from pkg.auth import models\n\nX = models.User, 'pkg.auth.models'\n",
    }
    found = run("rename package pkg.auth to login", Blueprint([Component(k, v.encode()) for k, v in files.items()]))
    assert {item.path: item.data.decode() for item in found.blueprint} == {
        path.replace("auth/", "login/"): text.replace("pkg.auth", "pkg.login") for path, text in files.items()
    }


def test_the_letter_of_an_escape_in_a_notebook_is_none_of_the_folders_name() -> None:
    cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    book = json.dumps({"cells": [cell | {"source": "import os\nauth = 1"}], "metadata": {}, "nbformat": 4})
    assert says(Component("a.ipynb", book.encode()), "auth")
    assert not says(Component("a.py", b"author = unauth"), "auth")
