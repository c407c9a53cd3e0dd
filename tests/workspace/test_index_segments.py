"""Segments: what goes in comes out, merged or not, whatever happens in between; and one lock for all writers."""

from __future__ import annotations

import gc
import itertools
import sys
import weakref
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codemaestro_jupyter.store.database import Database, open_database
from codemaestro_jupyter.workspace.index import blocks, merging, segments
from codemaestro_jupyter.workspace.index.lock import WriterLock
from codemaestro_jupyter.workspace.index.schema import FIELD_NUMBER, MIGRATIONS, next_text, word_key
from codemaestro_jupyter.workspace.index.segments import FAN_IN, SMALLEST, SegmentBuilder, segments_to_merge

from .index_laws import Built, git

COUNTS = st.dictionaries(st.sampled_from(("a", "b", "ß", "word")), st.integers(1, 1000), max_size=4)


@pytest.fixture
def database() -> Iterator[Database]:
    database = open_database(None, MIGRATIONS, name="index")
    yield database
    database.close()


@given(st.lists(st.tuples(st.sampled_from(("content", "names")), COUNTS), max_size=8))
def test_a_segment_holds_what_was_added_and_clips_frequencies(added: list[tuple[str, dict[str, int]]]) -> None:
    builder = SegmentBuilder()
    expected: dict[tuple[int, str], list[tuple[int, int]]] = {}
    for document, (field, counts) in enumerate(added, 1):
        builder.add(document, field, counts)  # type: ignore[arg-type]
        for term, count in counts.items():
            expected.setdefault((FIELD_NUMBER[field], term), []).append((document, min(count, 255)))  # type: ignore[index]
    rows = list(builder.rows())
    assert [row[:2] for row in rows] == sorted(row[:2] for row in rows)
    found = {
        (field, term): [(post >> 8, post & 255) for post in blocks.unpack(packed).tolist()]
        for field, _, _, *block in rows
        for term, packed in blocks.each(*block)
    }
    assert found == expected
    assert builder.postings == sum(len(postings) for postings in expected.values())


@given(st.dictionaries(st.integers(1, 500), st.integers(0, SMALLEST * FAN_IN**4), max_size=60))
def test_merging_ends_and_leaves_few_segments(sizes: dict[int, int]) -> None:
    numbers = itertools.count(1000)
    while chosen := segments_to_merge(sizes):
        assert len(chosen) >= FAN_IN
        assert set(chosen) <= sizes.keys()
        merged = sum(sizes.pop(segment) for segment in chosen)
        sizes[next(numbers)] = merged
    assert len(sizes) < FAN_IN * 7


def test_pages_of_a_segment_are_one_stream(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "BLOCKS_AT_ONCE", 3)
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 30)
    builder = SegmentBuilder()
    builder.add(1, "content", {f"term{number}": number + 1 for number in range(10)})
    builder.add(2, "names", {f"Term{number}": 1 for number in range(5)})
    with database.transaction() as connection:
        builder.write(connection, 7)
    assert list(segments.stored_rows(database, 7)) == list(builder.rows())


def finished(work: Generator[None, None, bool]) -> bool:
    """Do the rest of the work; what it returns."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return bool(end.value)


def _files(root: Path, count: int) -> None:
    root.mkdir()
    for number in range(count):
        (root / f"file{number}.py").write_text(f"def word{number}(common):\n    return common\n", encoding="utf8")


def test_a_version_that_comes_back_during_a_merge_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "TERMS_A_SLICE", 2)
    root = tmp_path / "root"
    _files(root, 3)
    built = Built(root, tmp_path / "data" / "index.db")
    built.update()
    original = (root / "file0.py").read_text(encoding="utf8")
    (root / "file0.py").write_text("other = 1\n", encoding="utf8")
    built.update()
    every = [segment for (segment,) in built.database.read("SELECT id FROM segments")]
    merge = merging.merge(built.database, every, built.builder.reserve_segment())
    next(merge)
    (root / "file0.py").write_text(original, encoding="utf8")
    built.update(["file0.py"])
    assert finished(merge) is False
    for _ in merging.sweep(built.database):
        pass
    fresh = Built(root, tmp_path / "fresh" / "index.db")
    fresh.update()
    assert built.knowledge() == fresh.knowledge()
    built.close()
    fresh.close()


def test_an_interrupted_merge_is_swept_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "TERMS_A_SLICE", 2)
    root = tmp_path / "root"
    _files(root, 4)
    built = Built(root, tmp_path / "data" / "index.db")
    built.update()
    before, knowledge = built.database.read("SELECT * FROM blocks"), built.knowledge()
    every = [segment for (segment,) in built.database.read("SELECT id FROM segments")]
    merge = merging.merge(built.database, every, built.builder.reserve_segment())
    next(merge)
    merge.close()
    assert built.database.read("SELECT * FROM blocks") != before
    assert built.knowledge() == knowledge
    for _ in merging.sweep(built.database):
        pass
    assert built.database.read("SELECT * FROM blocks") == before
    built.close()


def test_sweeping_gives_the_space_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "MOST_FREE_PAGES", 0)
    monkeypatch.setattr(merging, "PAGES_A_SLICE", 5)
    database = open_database(tmp_path / "index.db", MIGRATIONS, name="index")
    builder = SegmentBuilder()
    builder.add(1, "content", {f"term{number}": 1 for number in range(9_000)})
    with database.transaction() as connection:
        builder.write(connection, 1)
    before = database.read("PRAGMA page_count")[0][0]
    with database.transaction() as connection:
        connection.execute("DELETE FROM segments")
    for _ in merging.sweep(database):
        pass
    assert database.read("PRAGMA page_count")[0][0] < before / 2
    assert database.read("SELECT count(*) FROM blocks") == [(0,)]
    database.close()


def test_many_edits_of_one_file_do_not_pile_up(tmp_path: Path) -> None:
    root = tmp_path / "root"
    _files(root, 2)
    built = Built(root, tmp_path / "data" / "index.db")
    built.update()
    for number in range(30):
        (root / "file0.py").write_text(f"edit{number} = 1\n", encoding="utf8")
        built.update(["file0.py"])
        if sources := merging.plan(built.database):
            built.merge(sources)
    [(versions, stored)] = built.database.read("SELECT (SELECT count(*) FROM docs), (SELECT count(*) FROM segments)")
    assert versions <= 2 + FAN_IN + 1
    assert stored <= FAN_IN
    fresh = Built(root, tmp_path / "fresh" / "index.db")
    fresh.update()
    assert built.knowledge() == fresh.knowledge()
    built.close()
    fresh.close()


def test_a_version_seen_before_is_not_read_into_the_index_again(tmp_path: Path) -> None:
    root = tmp_path / "root"
    _files(root, 2)
    git(root, "init", "-q")
    built = Built(root, tmp_path / "data" / "index.db")
    built.update()
    original = (root / "file0.py").read_text(encoding="utf8")
    documents = built.database.read("SELECT id FROM docs WHERE died = 0 ORDER BY path")
    for text in ("other = 1\n", original):
        (root / "file0.py").write_text(text, encoding="utf8")
        built.update()
    assert built.database.read("SELECT id FROM docs WHERE died = 0 ORDER BY path") == documents
    assert built.database.read("SELECT count(*) FROM docs") == [(3,)]
    built.close()


def test_history_is_a_slice_first_and_whole_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codemaestro_jupyter.workspace.index.history.FIRST_SLICE", 2)
    root = tmp_path / "root"
    _files(root, 1)
    git(root, "init", "-q")
    for number in range(5):
        (root / "file0.py").write_text(f"a = {number}\n", encoding="utf8")
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", f"Commit {number}")
    built = Built(root, tmp_path / "data" / "index.db")
    built.builder.scan()
    assert list(built.view().history.subjects) == ["Commit 4", "Commit 3"]
    built.close()  # killed before the rest was read
    built = Built(root, built.path)
    built.update()
    assert list(built.view().history.subjects) == [f"Commit {number}" for number in (4, 3, 2, 1, 0)]
    assert [files.tolist() for files in built.view().history.files] == [[0]] * 5
    built.close()


def test_paths_are_seen_before_all_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codemaestro_jupyter.workspace.index.files.FIRST_CHUNK", 2)
    monkeypatch.setattr("codemaestro_jupyter.workspace.index.builder.FIRST_LISTED", 1)
    root = tmp_path / "root"
    _files(root, 14)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "Begin")
    built = Built(root, tmp_path / "data" / "index.db")
    seen: list[tuple[int, int, tuple[int, int]]] = []

    def look() -> None:
        view = built.view()
        seen.append((len(view.paths), len(view.history.subjects), built.builder.progress))

    built.builder.scan(wrote=look)
    assert seen == [(2, 1, (0, 2)), (10, 1, (0, 10)), (14, 1, (0, 14))]
    built.close()


def test_an_index_of_the_form_before_is_made_again(tmp_path: Path) -> None:
    root = tmp_path / "root"
    _files(root, 2)
    path = tmp_path / "data" / "index.db"
    old = open_database(path, MIGRATIONS[:1], name="index")
    with old.transaction() as connection:
        connection.execute(
            "INSERT INTO docs (id, path, state, size, mtime, ctime, inode, checked, path_length, changed)"
            " VALUES (1, 'file0.py', 1, 1, 1, 1, 1, 1, 1, 1)"
        )
        connection.execute("INSERT INTO postings VALUES (1, 1, 'old', x'00010000')")
        connection.execute("UPDATE facts SET value = 7 WHERE name = 'generation'")
    old.close()
    built, fresh = Built(root, path), Built(root, tmp_path / "fresh" / "index.db")
    built.update()
    fresh.update()
    assert built.knowledge() == fresh.knowledge()
    built.close()
    fresh.close()


def test_a_lock_is_had_by_one(tmp_path: Path) -> None:
    path = tmp_path / "index.db.lock"
    first, second = WriterLock(path), WriterLock(path)
    assert first.acquire()
    assert first.acquire()
    assert not second.acquire()
    first.release()
    assert second.acquire()
    second.release()
    second.release()


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be deleted there")
def test_a_lock_whose_file_was_deleted_is_taken_anew(tmp_path: Path) -> None:
    path = tmp_path / "index.db.lock"
    first, second = WriterLock(path), WriterLock(path)
    assert first.acquire()
    path.unlink()
    assert second.acquire()
    assert not first.acquire()
    second.release()


TEXT = st.text(st.characters(codec="utf-8", max_codepoint=0x10FFFE))


@given(TEXT.filter(bool), TEXT, TEXT)
@example("\ud7ff", "a", "\ue000")
def test_a_range_holds_exactly_what_starts_with_the_prefix(prefix: str, rest: str, other: str) -> None:
    assert prefix <= prefix + rest < next_text(prefix)
    assert (prefix <= other < next_text(prefix)) == other.startswith(prefix)


@given(st.from_regex(r"[A-Za-z_]{3,8}", fullmatch=True), st.integers(1, 8))
def test_every_spelling_of_a_word_is_in_the_range_of_its_beginning(word: str, length: int) -> None:
    prefix = word[:length].lower()
    assert prefix <= word_key(word) < next_text(prefix)
    assert word_key(word).rpartition("\x01")[2] == word


def test_a_view_that_nobody_holds_is_freed_at_once(tmp_path: Path) -> None:
    """Its arrays are large, and the collector, which counts objects, may not come by for long."""
    root = tmp_path / "root"
    _files(root, 3)
    built = Built(root, tmp_path / "data" / "index.db")
    old = weakref.ref(built.update())
    assert old() is not None
    built.knowledge()
    (root / "file0.py").write_text("other = 1\n", encoding="utf8")
    gc.disable()
    try:
        built.update()
        assert old() is None
    finally:
        gc.enable()
    built.close()
