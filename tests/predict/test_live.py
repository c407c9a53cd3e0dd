from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.experiment.commit_view import MemoryView
from codemaestro_jupyter.predict import Predictor
from codemaestro_jupyter.predict.live import MOST_CHOICE, choice
from codemaestro_jupyter.types import (
    Cell,
    CellId,
    Failure,
    Frame,
    LiveContext,
    NotebookId,
    NotebookPicture,
    RelPath,
    Variable,
)

TEXT = "make it better"
CLIENT, LOG, NOTEBOOK = RelPath("shop/client.py"), RelPath("shop/log_format.py"), RelPath("study.ipynb")


def traceback(*paths: RelPath | None) -> Failure:
    return Failure("traceback", "KeyError: 'a'", "", tuple(Frame(path, 1, "f") for path in paths))


def notebook(source: str = "") -> NotebookPicture:
    return NotebookPicture(NotebookId("n"), NOTEBOOK, (Cell(CellId("c"), "code", source),))


@pytest.mark.parametrize(
    ("live", "path", "why"),
    [
        (LiveContext(notebook=notebook()), NOTEBOOK, "open notebook"),
        (LiveContext(notebook=notebook("total = 1")), NOTEBOOK, "open notebook"),
        (LiveContext(notebook=notebook("from shop.client import fetch_user")), CLIENT, "imported in your notebook"),
        (LiveContext(cell_text="import shop.log_format\n"), LOG, "imported in your cell"),
        (LiveContext(cell_text="x = fetch_user('a')"), CLIENT, "defines names in your cell"),
        (LiveContext(failures=(traceback(None, LOG),)), LOG, "in the traceback"),
        (LiveContext(recent_files=(LOG,)), LOG, "used in an earlier answer"),
        (LiveContext(accepted={LOG: 3.0}), LOG, "you used it when it was predicted before"),
    ],
)
def test_each_thing_a_session_knows_lifts_its_file_and_is_said(
    view: MemoryView, live: LiveContext, path: RelPath, why: str
) -> None:
    predictor = Predictor()
    before = {file.path: file for file in predictor.predict(TEXT, view, LiveContext(), 99).files}
    after = {file.path: file for file in predictor.predict(TEXT, view, live, 99).files}
    assert why in after[path].why
    assert why not in before[path].why
    assert after[path].probability > before[path].probability
    assert list(after).index(path) <= list(before).index(path)


def test_a_variable_that_the_text_names_leads_to_its_type(view: MemoryView) -> None:
    live = LiveContext(variables=(Variable("cart", "Basket", module="shop.log_format"),))
    named, unnamed = (Predictor().predict(text, view, live, 99).files for text in ("show the cart", "show the rest"))
    assert "defines the type of cart" in next(file.why for file in named if file.path == LOG)
    assert all("defines the type of cart" not in file.why for file in unnamed)


@pytest.mark.parametrize("source", ["", "%%maestro\nwhere is fetch_us", "total = 1"])
def test_a_name_that_is_asked_about_leads_to_its_file_before_it_is_complete(view: MemoryView, source: str) -> None:
    files = Predictor().predict("where is fetch_us", view, LiveContext(notebook=notebook(source))).files
    assert (files[0].path, files[0].why[0]) == (CLIENT, "defines fetch_us…")


def test_a_notebook_counts_once_something_is_written_in_it(view: MemoryView) -> None:
    empty, asked, written = (
        Predictor().predict(TEXT, view, LiveContext(notebook=notebook(source)), 99).files
        for source in ("\n", f"%%maestro\n{TEXT}", "total = 1")
    )
    chances = [next(file.probability for file in files if file.path == NOTEBOOK) for files in (empty, asked, written)]
    assert chances[0] == chances[1] < chances[2]


def test_the_innermost_frame_comes_before_the_outer(view: MemoryView) -> None:
    live = LiveContext(failures=(traceback(CLIENT, LOG),))
    assert [file.path for file in Predictor().predict("why does it fail", view, live).files][:2] == [LOG, CLIENT]


def test_a_rejected_file_falls(view: MemoryView) -> None:
    predictor = Predictor()
    first = predictor.predict(TEXT, view, LiveContext()).files[0]
    rejected = predictor.predict(TEXT, view, LiveContext(rejected={first.path: 8.0}), 99).files
    assert next(file.probability for file in rejected if file.path == first.path) < first.probability
    assert all("predicted before" not in why for file in rejected for why in file.why)


def test_paths_that_are_not_in_the_project_are_passed_over(view: MemoryView) -> None:
    gone = RelPath("gone.py")
    live = LiveContext(recent_files=(gone,), accepted={gone: 1.0}, failures=(traceback(gone),))
    predictor = Predictor()
    expected = predictor.predict(TEXT, view, LiveContext()).files
    assert [f.path for f in predictor.predict(TEXT, view, live).files] == [f.path for f in expected]


COUNTS = st.floats(0, 1000)


@given(COUNTS, COUNTS, st.floats(0, 50))
def test_choices_move_the_odds_one_way_and_not_without_limit(accepted: float, rejected: float, more: float) -> None:
    assert choice(accepted + more, rejected) >= choice(accepted, rejected) >= choice(accepted, rejected + more)
    assert -MOST_CHOICE <= choice(accepted, rejected) <= MOST_CHOICE
    assert choice(accepted, accepted) == 0
