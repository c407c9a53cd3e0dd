"""The tables of `index.db`: documents, and for each segment one row of packed postings per field and term.

    facts      generation (grows by one per change), head, the order of history, progress: one value per name
    docs       one row per version of a file; `died` is the generation it ceased in, 0 while it is the file's version
    segments   immutable once their row is here; blocks without one are what an interrupted writer left
    blocks     (segment, field, first term) -> some terms with their postings (see `blocks.py`)
    outlines   the symbols and imports of a document, as JSON
    commits    what git said about them; they never change, so they are asked for once

A document's number is never used twice, so postings of versions that ceased stay harmless until a merge drops them.
"""

from __future__ import annotations

from typing import Literal

from codemaestro_jupyter.store.migrations import Migration

FieldName = Literal["path", "content", "symbols", "words", "names", "imports"]
FIELDS: tuple[FieldName, ...] = ("path", "content", "symbols", "words", "names", "imports")
"""A field is stored as its position here.

`path`, `content` and `symbols` (defined names, headings) hold terms as `tokens.py` cuts them, `words` the surface words
as `word_key` writes them, `names` the defined names as they are, `imports` the imported modules as written.
"""
FIELD_NUMBER: dict[FieldName, int] = {name: number for number, name in enumerate(FIELDS)}

LISTED, INDEXED, SKIPPED = 0, 1, 2
"""States of a document: its path is known; its contents too; it cannot be indexed (binary, too large, secret)."""

MOST_DOCUMENTS = 1 << 24
MOST_FREQUENCY = 255

_EMPTY = """
        DELETE FROM docs;
        DELETE FROM blocks;
        DELETE FROM segments;
        DELETE FROM outlines;
        DELETE FROM commits;
        UPDATE facts SET value = '' WHERE name IN ('head', 'history_head');
        UPDATE facts SET value = x'' WHERE name = 'history';
        UPDATE facts SET value = 0 WHERE name IN ('done', 'total');
        UPDATE facts SET value = hex(randomblob(16)) WHERE name = 'identity';
        UPDATE facts SET value = value + 1 WHERE name IN ('generation', 'history_version');
        UPDATE facts SET value = (SELECT value FROM facts WHERE name = 'generation') WHERE name = 'floor';
        """
"""Everything is made again."""

MIGRATIONS = (
    Migration(
        "index 1",
        """
        CREATE TABLE facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
        CREATE TABLE docs (
            id INTEGER PRIMARY KEY, path TEXT NOT NULL, state INTEGER NOT NULL, hash TEXT NOT NULL DEFAULT '',
            size INTEGER NOT NULL, mtime INTEGER NOT NULL, ctime INTEGER NOT NULL, inode INTEGER NOT NULL,
            checked INTEGER NOT NULL, path_length INTEGER NOT NULL, tokens INTEGER NOT NULL DEFAULT 0,
            symbol_length INTEGER NOT NULL DEFAULT 0, path_segment INTEGER NOT NULL DEFAULT 0,
            segment INTEGER NOT NULL DEFAULT 0, changed INTEGER NOT NULL, died INTEGER NOT NULL DEFAULT 0
        );
        CREATE UNIQUE INDEX docs_living ON docs (path) WHERE died = 0;
        CREATE INDEX docs_dead ON docs (path) WHERE died > 0;
        CREATE INDEX docs_changed ON docs (changed);
        CREATE TABLE segments (id INTEGER PRIMARY KEY, postings INTEGER NOT NULL);
        CREATE TABLE postings (
            segment INTEGER NOT NULL, field INTEGER NOT NULL, term TEXT NOT NULL, packed BLOB NOT NULL,
            PRIMARY KEY (segment, field, term)
        ) WITHOUT ROWID;
        CREATE TABLE outlines (doc INTEGER PRIMARY KEY, outline BLOB NOT NULL);
        CREATE TABLE commits (
            id INTEGER PRIMARY KEY, sha TEXT NOT NULL UNIQUE, timestamp INTEGER NOT NULL, author TEXT NOT NULL,
            subject TEXT NOT NULL, files TEXT NOT NULL
        );
        INSERT INTO facts VALUES
            ('generation', 0), ('identity', hex(randomblob(16))), ('floor', 0), ('head', ''), ('history_head', ''),
            ('history', x''), ('history_version', 0), ('next_document', 1), ('next_segment', 1),
            ('done', 0), ('total', 0);
        """,
    ),
    Migration(
        "index 2: terms in blocks",
        """
        DROP TABLE postings;
        CREATE TABLE blocks (
            id INTEGER PRIMARY KEY, segment INTEGER NOT NULL, field INTEGER NOT NULL, first TEXT NOT NULL,
            last TEXT NOT NULL, terms TEXT NOT NULL, counts BLOB NOT NULL, packed BLOB NOT NULL
        );
        CREATE UNIQUE INDEX blocks_first ON blocks (segment, field, first);
        """
        + _EMPTY,
    ),
    Migration("index 3: letters of every language", _EMPTY),
    Migration("index 4: where definitions end, and whose methods are", _EMPTY),
)
"""A change of the tables or of how terms are cut is a new step that empties them: everything here can be made again."""


def word_key(word: str) -> str:
    """The term of a surface word: sorted by its lower case, so that one range holds every spelling of a prefix."""
    return f"{word.lower()}\x01{word}"


def next_text(prefix: str) -> str:
    """The least text after all that start with `prefix`, in SQLite's order (by code point)."""
    last = ord(prefix[-1]) + 1
    if last > 0x10FFFF:
        return prefix + "\U0010ffff"  # no word ends so
    return prefix[:-1] + chr(0xE000 if last == 0xD800 else last)  # between them are no characters
