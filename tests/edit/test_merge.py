"""What differs between two texts: the spans lead from one to the other, in large texts as in small ones."""

from __future__ import annotations

import difflib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.edit import merge
from codemaestro_jupyter.edit.merge import anchors, changed, merge_cells
from codemaestro_jupyter.errors import ConflictError
from codemaestro_jupyter.types import Cell, CellId

TEXTS = st.lists(st.sampled_from("abcdefgh"), max_size=30)


@pytest.mark.parametrize("large", [0, merge.LARGE])
@given(one=TEXTS, two=TEXTS)
def test_the_spans_lead_from_one_text_to_the_other_and_touch_nothing_else(
    large: int, one: list[str], two: list[str]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(merge, "LARGE", large)
        spans = changed(one, two)
    assert all(one[start:end] != new for start, end, new in spans)
    assert all(end <= start for (_, end, _), (start, _, _) in pairwise(spans))
    merged, at = [], 0
    for start, end, new in spans:
        merged += [*one[at:start], *new]
        at = end
    assert merged + one[at:] == two


@given(one=TEXTS, two=TEXTS)
def test_anchors_are_the_same_lines_in_one_order(one: list[str], two: list[str]) -> None:
    found = anchors(one, two)
    assert all(one[a] == two[b] for a, b in found)
    assert all(a < c and b < d for (a, b), (c, d) in pairwise(found))


def test_ten_thousand_places_are_found_without_comparing_all_with_all(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []

    class Matcher(difflib.SequenceMatcher[str]):
        def __init__(self, junk: None, one: list[str], two: list[str], autojunk: bool) -> None:
            sizes.append(len(one) + len(two))
            super().__init__(junk, one, two, autojunk)

    monkeypatch.setattr(merge, "SequenceMatcher", Matcher)
    one = [line for number in range(10_000) for line in (f"a_{number} = 1", f"# keep {number}", "")]
    two = [line.replace("= 1", "= 2") for line in one]
    two.insert(15_002, "new")
    spans = changed(one, two)
    assert len(spans) == 10_001
    assert max(sizes) < 10


def test_a_cell_that_reads_already_as_it_should_is_no_conflict() -> None:
    """A page that had the change was closed without being saved: what is on disk never had it."""
    was, changed_to, mine = (Cell(CellId("a"), "code", source) for source in ("fetch()", "load()", "other()"))
    assert merge_cells([changed_to], [was], [was], "n.ipynb") == [was]
    with pytest.raises(ConflictError):
        merge_cells([changed_to], [was], [mine], "n.ipynb")
