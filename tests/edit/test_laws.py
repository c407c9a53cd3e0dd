"""Laws of going back and forth: undo and redo are one stack, a person's own text stays, kept plans hold or go."""

from __future__ import annotations

import itertools
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemaestro_jupyter.edit.blueprint import Blueprint, Change, Component
from codemaestro_jupyter.edit.kept import keep, whole
from codemaestro_jupyter.edit.merge import merge_text
from codemaestro_jupyter.edit.pipeline import run
from codemaestro_jupyter.edit.proposal import propose
from codemaestro_jupyter.errors import ConflictError, EditError

from .engine_project import engine, tree

MOVES = st.lists(st.one_of(st.just("undo"), st.just("redo"), st.integers(0, 2)), max_size=12)


@settings(deadline=None, max_examples=25)
@given(MOVES)
def test_undo_and_redo_are_one_stack(moves: list[str | int]) -> None:
    """A number applies another text to that file; the model is two lists of trees."""
    with tempfile.TemporaryDirectory() as made:
        root = Path(made) / "project"
        root.mkdir()
        one = engine(root)
        past, future = [tree(root)], []
        for number, move in enumerate(moves):
            if isinstance(move, int):
                path = f"f{move}.txt"
                now = past[-1].get(path)
                before = None if now is None else Component(path, now)
                one.write([Change(path, before, Component(path, b"text %d\n" % number))], f"change {number}")
                past, future = [*past, {**past[-1], path: b"text %d\n" % number}], []
            elif (move == "undo" and len(past) > 1) or (move == "redo" and future):
                getattr(one, move)()
                source, target = (past, future) if move == "undo" else (future, past)
                target.append(source.pop())
            else:
                with pytest.raises(EditError, match=f"nothing to {move}"):
                    getattr(one, move)()
            assert tree(root) == past[-1]
        one.close()


LINES = st.lists(st.sampled_from(["a", "b", "c", ""]), min_size=1, max_size=8)


def text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


@given(LINES, LINES)
def test_where_only_one_side_changed_its_text_is_taken(base: list[str], other: list[str]) -> None:
    assert merge_text(text(base), text(other), text(base), "x") == text(other)
    assert merge_text(text(base), text(base), text(other), "x") == text(other)


@given(st.integers(3, 12), st.data())
def test_changes_of_lines_apart_are_both_there_and_of_one_line_a_conflict(count: int, data: st.DataObject) -> None:
    base = [f"line {number}" for number in range(count)]
    mine, theirs = data.draw(st.integers(0, count - 1)), data.draw(st.integers(0, count - 1))
    target, current, both = list(base), list(base), list(base)
    target[mine], current[theirs] = "mine", "theirs"
    both[mine] = "mine"
    both[theirs] = "theirs"
    if abs(mine - theirs) > 1:
        assert merge_text(text(base), text(target), text(current), "x") == text(both)
    else:  # the same place, or one beside it
        with pytest.raises(ConflictError, match=r"x line \d+ was changed since"):
            merge_text(text(base), text(target), text(current), "x")


FILES = ("a.py", "b.py", "c.py")


@settings(deadline=None)
@given(st.sets(st.sampled_from(FILES)), st.sets(st.sampled_from(FILES)))
def test_a_kept_proposal_is_there_exactly_while_every_file_of_it_is_as_it_was(
    using: set[str], changed: set[str]
) -> None:
    start = Blueprint(
        Component(path, b"from d import one\none()\n" if path in using else b"x = 1\n") for path in FILES
    ).with_changes([("d.py", Component("d.py", b"def one():\n    return 1\n"))])
    said = "rename one to two"
    proposal = propose(run(said, start), said, (said,))
    kept = json.loads(json.dumps(keep(proposal)))
    now = start.with_changes((path, Component(path, b"y = 2\n")) for path in changed)
    found = whole(kept, now.get)
    if changed & using:
        assert found is None
    else:
        assert found is not None
        assert found.diffs == proposal.diffs


@given(st.lists(st.booleans(), max_size=6))
def test_versions_only_grow_whatever_a_command_does(works: list[bool]) -> None:
    blueprint = Blueprint([Component("a.py", b"x = 1\n")])
    for number, (works_, _) in enumerate(zip(works, itertools.count(), strict=False)):
        try:
            after = run(f"append 'y_{number} = 1' to a.py" if works_ else "append '(' to a.py", blueprint).blueprint
        except EditError:
            assert blueprint == Blueprint(list(blueprint))
            continue
        assert after.version > blueprint.version
        blueprint = after
