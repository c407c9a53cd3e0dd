"""What is left out of a prompt: as little as possible, from the end, and never without saying so."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.converse.context import Front
from codemaestro_jupyter.converse.fitting import Fitted, fitted
from codemaestro_jupyter.models.protocol import Message
from codemaestro_jupyter.models.slots import common
from codemaestro_jupyter.plan.prompt import Moment, prefix, prompt
from codemaestro_jupyter.types import Cell, CellId, FileText, Fingerprint, NotebookId, NotebookPicture

CELLS = tuple(Cell(CellId(f"c{n}"), "code", f"x{n} = 1  # {'y' * 900}") for n in range(5))
NOW = Moment(
    "why?",
    notebook=NotebookPicture(NotebookId("n"), "n.ipynb", CELLS, CellId("c2")),
    changed=("a.py",),
    earlier=(("what?", "that " * 200),),
)


def front(*sizes: int) -> Front:
    texts = tuple(
        FileText(f"f{n}.py", (f"line of {n}\n" * size)[:size], Fingerprint(f"{n}"), size)
        for n, size in enumerate(sizes)
    )
    prints = {f"file:{text.path}": text.fingerprint for text in texts}
    return Front(prefix((), texts), prints, (), texts)


def fit(whole: Front, wanted: Sequence[str], now: Moment, most: int) -> Fitted:
    def fits(messages: Sequence[Message]) -> bool:
        return length(messages) <= most

    return fitted(whole, wanted, now, lambda narrow, less: prompt(narrow.prefix, less), fits, "turn")


def length(messages: Sequence[Message]) -> int:
    return sum(len(message.content) for message in messages)


FILES = front(5_000, 5_000, 5_000)
ALL = ("f0.py", "f1.py", "f2.py")


@pytest.mark.parametrize(
    ("wanted", "most", "files", "said"),
    [
        (ALL, 30_000, ALL, ""),
        (ALL, 19_500, ALL, "3 of 3 files, one of them in part"),
        (ALL, 17_000, ALL[:2], "2 of 3 files"),
        (ALL, 8_500, ALL[:1], "1 of 3 files in part"),
        (ALL[1:], 17_000, ALL[1:], ""),
        (ALL[1:2], 8_500, ALL[1:2], "1 of 1 file in part"),
        (ALL, 6_000, ALL[:1], "1 of 3 files in part and less of the conversation and what is around and the notebook"),
        (ALL, 3_000, (), "0 of 3 files and less of the conversation and what is around and the notebook"),
        ((), 7_000, (), ""),
        ((), 6_000, (), "less of the conversation"),
        ((), 10, (), "less of the conversation and what is around and the notebook"),
    ],
)
def test_files_go_from_the_end_the_unwanted_first_then_what_the_moment_can_do_without(
    wanted: tuple[str, ...], most: int, files: tuple[str, ...], said: str
) -> None:
    found = fit(FILES, wanted, NOW, most)
    whole = f"The budget of a turn left room for {said}; raise `turn_budget` for more." if said else ""
    assert (found.front.prefix.files, found.said) == (files, whole)
    assert found.messages == prompt(found.front.prefix, found.moment)
    assert set(found.front.fingerprints) == {f"file:{path}" for path in files}


def test_the_budget_of_a_day_has_another_setting() -> None:
    found = fitted(FILES, ALL, NOW, lambda narrow, less: prompt(narrow.prefix, less), lambda _: False, "day")
    assert found.said.startswith("The budget of a day left room for 0 of 3 files")
    assert found.said.endswith("raise `daily_budget` for more.")


@given(st.lists(st.integers(0, 30_000), max_size=5), st.sets(st.integers(0, 4)), st.integers(0, 120_000))
def test_what_is_sent_fits_if_anything_does_and_begins_as_it_did(sizes: list[int], picked: set[int], most: int) -> None:
    whole = front(*sizes)
    wanted = [f"f{n}.py" for n in picked]
    found = fit(whole, wanted, NOW, most)
    asked = [path for path in whole.prefix.files if path in wanted]
    leanest = fit(whole, wanted, NOW, -1)
    assert length(found.messages) <= most or found == leanest
    assert (found.front is whole and found.moment == NOW) or length(prompt(whole.prefix, NOW)) > most
    kept = [path for path in found.front.prefix.files if path in asked]
    assert kept == asked[: len(kept)]
    if kept == list(whole.prefix.files)[: len(kept)]:
        before = front(*sizes[: max(0, len(kept) - 1)]).prefix.text if kept else ""
        assert common(found.front.prefix.text, whole.prefix.text) >= len(before)
