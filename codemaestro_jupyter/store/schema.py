"""The tables of `maestro.db`, as the ordered steps that make them; released steps never change."""

from __future__ import annotations

from codemaestro_jupyter.store.migrations import Migration

NAME = "maestro"
MIGRATIONS = (
    Migration(
        "2026-11-begin",
        """
        CREATE TABLE version (  -- outlives pruned preparations, so that versions only grow
            kind TEXT NOT NULL, subject TEXT NOT NULL, last INTEGER NOT NULL, touched REAL NOT NULL,
            PRIMARY KEY (kind, subject)
        ) WITHOUT ROWID;
        CREATE TABLE preparation (
            id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, subject TEXT NOT NULL, version INTEGER NOT NULL,
            stage TEXT NOT NULL, fingerprints TEXT NOT NULL, seconds REAL NOT NULL, tokens INTEGER NOT NULL,
            created REAL NOT NULL, used REAL, turn TEXT, request TEXT NOT NULL, payload BLOB NOT NULL,
            UNIQUE (kind, subject, version)
        );
        CREATE INDEX preparation_created ON preparation (created);
        CREATE TABLE turn (
            id TEXT PRIMARY KEY, request TEXT NOT NULL, answer TEXT NOT NULL, tool TEXT NOT NULL,
            notebook_id TEXT NOT NULL, cell_id TEXT NOT NULL, started REAL NOT NULL, first_output REAL NOT NULL,
            finished REAL NOT NULL, receipt TEXT NOT NULL, state TEXT NOT NULL, rating TEXT NOT NULL,
            fingerprints TEXT NOT NULL, files TEXT NOT NULL, data TEXT NOT NULL
        );
        CREATE INDEX turn_started ON turn (started);
        CREATE INDEX turn_cell ON turn (cell_id, notebook_id, started);
        CREATE TABLE choice (
            path TEXT PRIMARY KEY, accepted REAL NOT NULL, rejected REAL NOT NULL, updated REAL NOT NULL
        );
        CREATE TABLE usefulness (kind TEXT PRIMARY KEY, used REAL NOT NULL, wasted REAL NOT NULL);
        CREATE TABLE cost (
            kind TEXT PRIMARY KEY, n REAL NOT NULL, x REAL NOT NULL, y REAL NOT NULL, xx REAL NOT NULL, xy REAL NOT NULL
        );
        CREATE TABLE rating (
            id INTEGER PRIMARY KEY, turn TEXT, fast INTEGER, smooth INTEGER, anticipated INTEGER, given REAL NOT NULL
        );
        CREATE TABLE spending (
            id INTEGER PRIMARY KEY, turn TEXT, purpose TEXT NOT NULL, model TEXT NOT NULL, sent INTEGER NOT NULL,
            received INTEGER NOT NULL, dollars REAL NOT NULL, spent REAL NOT NULL
        );
        CREATE INDEX spending_spent ON spending (spent);
        """,
    ),
    Migration("2026-11-cached", "ALTER TABLE spending ADD COLUMN cached INTEGER NOT NULL DEFAULT 0;"),
    Migration(
        "2026-11-notebooks",
        """
        CREATE TABLE notebook (  -- `cleared`: turns that began until then are not brought back on the screen
            id TEXT PRIMARY KEY, path TEXT NOT NULL, cells TEXT NOT NULL, cleared REAL NOT NULL DEFAULT 0,
            seen REAL NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX turn_notebook ON turn (notebook_id, started);
        """,
    ),
    Migration(
        "2026-11-holds",
        """
        -- `held`: money set aside for a call under way; `used`: whether what a call brought was used
        ALTER TABLE spending ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE spending ADD COLUMN used INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE spending ADD COLUMN seconds REAL NOT NULL DEFAULT 0;
        CREATE TABLE server (  -- what was found out about a model's server, so that it is asked once
            base_url TEXT PRIMARY KEY, facts TEXT NOT NULL, seen REAL NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE consent (  -- whether a provider may see what is not submitted
            provider TEXT PRIMARY KEY, allowed INTEGER NOT NULL, given REAL NOT NULL
        ) WITHOUT ROWID;
        """,
    ),
    Migration(
        "2026-11-measures",
        """
        CREATE TABLE measure (
            name TEXT NOT NULL, kind TEXT NOT NULL, bucket INTEGER NOT NULL, number INTEGER NOT NULL,
            seconds REAL NOT NULL, PRIMARY KEY (name, kind, bucket)
        ) WITHOUT ROWID;
        """,
    ),
    Migration("2026-11-sources", "ALTER TABLE notebook ADD COLUMN sources TEXT NOT NULL DEFAULT '[]';"),
    Migration(
        "2026-11-asked",  # a long conversation has thousands of turns without a cell
        """
        DROP INDEX turn_cell;
        CREATE INDEX turn_asked ON turn (cell_id, notebook_id, substr(request, 1, 64), started);
        """,
    ),
)
