"""Terms in blocks: whatever the segments are, their terms and counts are those that were written."""

from __future__ import annotations

from collections import Counter
from unittest.mock import patch

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from codemaestro_jupyter.store.database import open_database
from codemaestro_jupyter.workspace.index import blocks, terms
from codemaestro_jupyter.workspace.index.parts import highest
from codemaestro_jupyter.workspace.index.schema import FIELD_NUMBER, MIGRATIONS
from codemaestro_jupyter.workspace.index.segments import SegmentBuilder
from codemaestro_jupyter.workspace.index.small import Small
from codemaestro_jupyter.workspace.index.terms import Memory, Segments

WORD = st.text("abß", min_size=1, max_size=5)
DOCUMENTS = st.lists(st.dictionaries(WORD, st.integers(1, 300), max_size=12), max_size=5)
CONTENT = FIELD_NUMBER["content"]
SMALL_ROWS = "SELECT field, terms, counts, packed FROM blocks WHERE segment = ?"


@settings(deadline=None)
@given(
    segments=st.lists(DOCUMENTS, max_size=4),
    block=st.sampled_from((1, 40, 3_600)),
    counted=st.sampled_from((0, 3, 1_000)),
    remembered=st.sampled_from((0, 1_000_000)),
    asked=st.lists(WORD, max_size=6),
    limit=st.integers(1, 6),
    small=st.sets(st.integers(1, 4)),
)
def test_every_term_is_found_and_the_most_frequent_come_first(
    segments: list[list[dict[str, int]]],
    block: int,
    counted: int,
    remembered: int,
    asked: list[str],
    limit: int,
    small: set[int],
) -> None:
    database = open_database(None, MIGRATIONS, name="index")
    written: dict[str, list[int]] = {}
    document = 0
    with patch.object(blocks, "BLOCK_BYTES", block), patch.object(terms, "MOST_COUNTED", counted):
        for number, documents in enumerate(segments, 1):
            builder = SegmentBuilder()
            for counts in documents:
                document += 1
                builder.add(document, "content", counts)
                builder.add(document, "names", {"other": 1})
                for term, count in counts.items():
                    written.setdefault(term, []).append(document << 8 | min(count, 255))
            with database.transaction() as connection:
                builder.write(connection, number)
        held = Small()
        for number in sorted(small):
            held = held.with_segments([number], database.read(SMALL_ROWS, (number,)))
        others = [number for number in range(1, len(segments) + 1) if number not in small]
        stored = Segments(database.read, others, Memory(remembered), held)
        for term in (*asked, *written):
            assert sorted(blocks.unpack(stored.packed(CONTENT, term)).tolist()) == written.get(term, [])
            for prefix in (term, term[:3], term[:1]):
                held = Counter({one: len(found) for one, found in written.items() if one.startswith(prefix)})
                best = sorted(held.items(), key=lambda one: (-one[1], one[0]))
                assert stored.most_frequent(CONTENT, prefix, limit) == best[:limit]
                assert list(stored.by_frequency(CONTENT, prefix, limit)) == best
    database.close()


def test_a_view_with_one_more_segment_reads_only_that_one() -> None:
    database = open_database(None, MIGRATIONS, name="index")
    for number in (1, 2):
        builder = SegmentBuilder()
        builder.add(number, "content", {"alpha": 1, "alphabet": 2})
        with database.transaction() as connection:
            builder.write(connection, number)
    memory = Memory()
    assert Segments(database.read, (1,), memory).most_frequent(CONTENT, "alpha", 5) == [("alpha", 1), ("alphabet", 1)]
    with database.transaction() as connection:
        connection.execute("DELETE FROM blocks WHERE segment = 1")
    both = Segments(database.read, (1, 2), memory)
    assert both.most_frequent(CONTENT, "alphab", 5) == [("alphabet", 2)]
    database.close()


@settings(deadline=None)
@given(st.lists(st.integers(0, 5)), st.integers(1, 8))
def test_the_highest_counts_in_order(counts: list[int], limit: int) -> None:
    expected = sorted(range(len(counts)), key=lambda place: (-counts[place], place))[:limit]
    assert highest(np.array(counts, np.uint32), limit).tolist() == expected


@settings(deadline=None)
@given(st.lists(st.tuples(WORD, st.integers(0, 9)), unique_by=lambda one: one[0]), st.sampled_from((1, 60, 3_600)))
def test_blocks_give_back_what_was_cut(given_terms: list[tuple[str, int]], size: int) -> None:
    ordered = sorted(given_terms)
    counts = np.array([count for _, count in ordered], np.int64)
    postings = np.arange(int(counts.sum()), dtype=np.uint32)
    with patch.object(blocks, "BLOCK_BYTES", size):
        rows = list(blocks.cut(3, [term for term, _ in ordered], counts, postings))
    found = [(term, len(packed) // 4) for row in rows for term, packed in blocks.each(*row[3:])]
    assert found == ordered
    assert b"".join(row[5] for row in rows) == postings.astype("<u4").tobytes()
    assert [(row[1], row[2]) for row in rows] == [
        (names[0], names[-1]) for names in (row[3].split("\n") for row in rows)
    ]
