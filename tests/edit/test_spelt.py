"""Python reads a name in normal form NFKC (PEP 3131): however it is spelt, it is one name."""

from __future__ import annotations

import pytest

from codemaestro_jupyter.edit.blueprint import Blueprint, Component
from codemaestro_jupyter.edit.pipeline import run

MICRO, MU, FI = "\N{MICRO SIGN}", "\N{GREEK SMALL LETTER MU}", "\N{LATIN SMALL LIGATURE FI}"
SOURCE = (
    "# ½\n{0} = 1\n\n\ndef f({0}=2, *, b={0}):\n    return {0} + b\n\n\n"
    "class C:\n    def __init__(self):\n        self.{0} = 3\n\n"
    "    def g(self):\n        return self.{0}\n\n\nf({0}={0})\n"
)


def did(said: str, files: dict[str, str]) -> dict[str, str]:
    found = run(said, Blueprint([Component(path, text.encode()) for path, text in files.items()]))
    assert found.candidates == ()
    return {item.path: item.data.decode() for item in found.blueprint}


@pytest.mark.parametrize("asked", [MICRO, MU])
@pytest.mark.parametrize("written", [MICRO, MU])
def test_a_name_is_found_however_it_is_spelt(asked: str, written: str) -> None:
    files = {
        "a.py": f"{written} = 1\nprint({written})\n",
        "b.py": f"import a\nfrom a import {MICRO}\n\na.{MU}, {MICRO}\n",
    }
    assert did(f"rename variable {asked} to mean", files) == {
        "a.py": "mean = 1\nprint(mean)\n",
        "b.py": "import a\nfrom a import mean\n\na.mean, mean\n",
    }


def test_parameters_and_attributes_too() -> None:
    lines = SOURCE.format(MICRO)
    first = did(f"rename parameter {MU} of f to mean", {"a.py": lines})["a.py"]
    assert first == lines.replace(f"def f({MICRO}", "def f(mean").replace(f"return {MICRO}", "return mean").replace(
        f"f({MICRO}=", "f(mean="
    )
    second = did(f"rename attribute C.{MICRO} to mean", {"a.py": lines})["a.py"]
    assert second == lines.replace(f"self.{MICRO}", "self.mean")


def test_a_ligature_is_its_letters() -> None:
    files = {"a.py": "def find(): ...\n", "b.py": f"import a\nfrom a import {FI}nd\n\n{FI}nd(), a.{FI}nd()\n"}
    assert did("rename find to look", files) == {
        "a.py": "def look(): ...\n",
        "b.py": "import a\nfrom a import look\n\nlook(), a.look()\n",
    }
