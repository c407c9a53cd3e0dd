"""`the notebook` in a command is a notebook's path, where it is clear which one is meant."""

from __future__ import annotations

import pytest

from codemaestro_jupyter.errors import InputError
from codemaestro_jupyter.prepare.here import placed, settled

ONE, TWO = ["a.py", "sales.ipynb"], ["sales.ipynb", "old/shop.ipynb"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rename df to orders in the notebook", "rename df to orders in sales.ipynb"),
        ("rename df to orders in this notebook, please", "rename df to orders in sales.ipynb, please"),
        ("rename df to orders in the current notebook.", "rename df to orders in sales.ipynb."),
        ("delete cell 2 of my notebook then rename a to b", "delete cell 2 of sales.ipynb then rename a to b"),
        ("rename df to orders in the notebook reader", "rename df to orders in the notebook reader"),
        ("rename notebook to book", "rename notebook to book"),
        ("rename df to orders in notebook.py", "rename df to orders in notebook.py"),
    ],
)
def test_the_only_notebook_is_meant(text: str, said: str) -> None:
    assert placed(text, None, lambda: ONE) == settled(text, None, lambda: ONE) == said


def test_of_several_the_one_that_the_person_is_in() -> None:
    said = placed("rename df to orders in the notebook", "my work/x y.ipynb", lambda: TWO)
    assert said == 'rename df to orders in "my work/x y.ipynb"'


def test_where_nobody_can_tell_it_is_asked_which() -> None:
    text = "rename df to orders in the notebook"
    assert placed(text, None, lambda: TWO) == text
    with pytest.raises(InputError) as asked:
        settled(text, None, lambda: TWO)
    assert asked.value.message == "Which notebook? There are `sales.ipynb`, `old/shop.ipynb`."
    assert asked.value.hint == "Say e.g. `rename df to orders in sales.ipynb`."
    with pytest.raises(InputError, match="no notebook in this project"):
        settled(text, None, lambda: ["a.py"])
