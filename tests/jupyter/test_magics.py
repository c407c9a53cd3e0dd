"""What IPython would make of a request, and what is made of it instead."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.jupyter.magics import protect
from codemaestro_jupyter.jupyter.mentions import Mentions, mentions

if TYPE_CHECKING:
    from tests.jupyter.scripted import ScriptedMaestro


@pytest.mark.parametrize(
    ("cell", "protected"),
    [
        ("%maestro ask why?", "get_ipython().run_line_magic('maestro', 'ask why?')\n"),
        ("%maestro ask why?  \n1\n", "get_ipython().run_line_magic('maestro', 'ask why?')\n1\n"),
        ("\n# so\n!ls\n%maestro ask it's?", "\n# so\n!ls\nget_ipython().run_line_magic('maestro', \"ask it's?\")\n"),
        ("%%maestro why?", "%%maestro why?\n \n"),
        ("%%maestro why?\n\n", "%%maestro why?\n \n"),
        ("%%maestro --wait\nwhy?", "%%maestro --wait\nwhy?"),
        ("%maestro ask why", "%maestro ask why"),
        ("%maestro?", "%maestro?"),
        ("%%maestro?", "%%maestro?"),
        ('text = """\n%maestro ask why?\n"""', 'text = """\n%maestro ask why?\n"""'),
        ("", ""),
    ],
)
def test_a_question_mark_is_no_call_for_help(cell: str, protected: str) -> None:
    assert "".join(protect(cell.splitlines(keepends=True))) == protected


@given(st.text(alphabet=st.characters(codec="utf-8")).filter(lambda cell: "maestro" not in cell))
def test_other_cells_stay_as_they_are(cell: str) -> None:
    lines = cell.splitlines(keepends=True)
    assert protect(lines) == lines


def look_up(text: str, maestro: ScriptedMaestro) -> Mentions:
    return mentions(text, {"frame": 1, "x": 2}, maestro.root, maestro.complete)


def test_variables_and_files_are_told_apart(scripted: ScriptedMaestro, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "there.py").touch()
    text = (
        "plot @frame.columns, @x and @frame; see @src/there.py and @lib/auth.py, not me@here.com, `@code` or @property."
    )
    assert look_up(text, scripted) == Mentions(
        ("frame", "x"), ("There is no file `lib/auth.py` in the project. Did you mean `@src/auth.py`?",)
    )
    assert look_up("@", scripted) == Mentions()
