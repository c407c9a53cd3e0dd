"""Dotted paths in configuration follow what they name, and nothing else there does."""

from __future__ import annotations

import pytest

from codemaestro_jupyter.edit.blueprint import Blueprint, Component
from codemaestro_jupyter.edit.pipeline import Outcome, run
from codemaestro_jupyter.edit.python.configs import values

FILES = {
    "src/pkg/__init__.py": "",
    "src/pkg/app.py": "class Old(Warning):\n    def begin(self): ...\n\n\ndef main(): ...\n",
    "src/pkg/other.py": "def main(): ...\n",
    "pyproject.toml": (
        "# pkg.app:main starts it\n[project]\nname = 'main'\n[project.scripts]\n"
        'main = "pkg.app:main"\nother = "pkg.other:main"\nbegin = "pkg.app:Old.begin"\n'
        "[tool.pytest]\nfilterwarnings = ['ignore::pkg.app.Old', \"error\"]\n"
        '[[tool.mypy.overrides]]\nmodule = ["pkg.app.*", "pkg.application"]\n'
    ),
    "setup.cfg": (
        "[options.entry_points]\nconsole_scripts =\n    main = pkg.app:main\n    other=pkg.other:main\r\n"
        "[tool:pytest]\nfilterwarnings =\n    ignore::pkg.app.Old\n# pkg.app:main\n; x = pkg.app:main\n"
        "[run]\ncommand = python -m pkg.app\n"
    ),
}


def outcome(said: str) -> Outcome:
    return run(said, Blueprint((Component(k, v.encode()) for k, v in FILES.items()), known=frozenset(FILES)))


@pytest.mark.parametrize(
    ("said", "changes"),
    [
        ("rename src/pkg/app.py::main to serve", {"pkg.app:main": "pkg.app:serve"}),
        ("rename Old to Obsolete", {"pkg.app.Old": "pkg.app.Obsolete", "pkg.app:Old": "pkg.app:Obsolete"}),
        ("rename Old.begin to start", {"pkg.app:Old.begin": "pkg.app:Old.start"}),
        ("rename module pkg.app to web", {"pkg.app:": "pkg.web:", "pkg.app.": "pkg.web."}),
    ],
)
def test_a_whole_value_that_is_a_dotted_path_follows(said: str, changes: dict[str, str]) -> None:
    found = outcome(said)
    for path in ("pyproject.toml", "setup.cfg"):
        lines = []
        for line in FILES[path].split("\n"):
            if not line.startswith(("#", ";")):
                for old, new in changes.items():
                    line = line.replace(old, new)
            lines.append(line)
        component = found.blueprint.get(path)
        assert component is not None
        assert component.data.decode() == "\n".join(lines)
    listed = {(item.path, item.before) for item in found.candidates if item.path.endswith((".toml", ".cfg"))}
    if "module" in said:
        assert ("setup.cfg", "command = python -m pkg.app") in listed


def test_the_values_of_a_configuration_file() -> None:
    def read(text: str, path: str) -> list[str]:
        return [text[start:end] for start, end in values(text, path)]

    assert read("a = 'b' # 'c'\nd = [\"e\", '']\nf = \"\"\"'g'\"\"\"\n", "x.toml") == ["b", "e"]
    assert read("[s]\na = b \n  c\n# d\ne = f = g\n\n", "x.ini") == ["b", "c"]
