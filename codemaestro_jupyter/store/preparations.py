"""Every preparation by version: what was made from which fingerprints, at what cost, and whether it was used."""

from __future__ import annotations

import difflib
import json
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import orjson

from codemaestro_jupyter.errors import OptionError
from codemaestro_jupyter.store.database import Database
from codemaestro_jupyter.store.text import storable, to_json
from codemaestro_jupyter.types import Fingerprint, Preparation, PreparationId, PreparationKey, TurnId

KEYS_REMEMBERED = 50_000
"""Version counters kept; beyond that the longest untouched ones go (a few MB)."""
COLUMNS = "id, kind, subject, stage, version, fingerprints, payload, seconds, tokens, created, used, turn, request"


class Preparations:
    """Preparations as stored; versions of one key only grow, whoever stores them."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def put(self, preparation: Preparation) -> Preparation:
        """Store it as the next version of its key; returned with its id and version."""
        kind, subject = preparation.key.kind, storable(preparation.key.subject)
        payload = encode(preparation.payload)
        fingerprints = to_json(dict(preparation.fingerprints)).decode()

        def change(connection: sqlite3.Connection) -> Preparation:
            [version] = connection.execute(
                "INSERT INTO version (kind, subject, last, touched) VALUES (?, ?, 1, ?) ON CONFLICT (kind, subject)"
                " DO UPDATE SET last = last + 1, touched = excluded.touched RETURNING last",
                (kind, subject, self._clock()),
            ).fetchone()
            row = connection.execute(
                "INSERT INTO preparation (kind, subject, stage, version, fingerprints, payload, seconds, tokens,"
                " created, used, turn, request) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    kind, subject, preparation.stage, version, fingerprints, payload, preparation.seconds,
                    preparation.tokens, preparation.created, preparation.used, preparation.turn,
                    storable(preparation.request),
                ),
            ).lastrowid  # fmt: skip
            return replace(preparation, id=PreparationId(row or 0), version=version)

        return self._database.write(change)

    def latest(self, key: PreparationKey) -> Preparation | None:
        """The newest version of a key."""
        return next(
            iter(self._select("kind = ? AND subject = ? ORDER BY version DESC LIMIT 1", key.kind, key.subject)), None
        )

    def versions(self, key: PreparationKey) -> tuple[Preparation, ...]:
        """Every stored version of a key, newest first."""
        return self._select("kind = ? AND subject = ? ORDER BY version DESC", key.kind, key.subject)

    def get(self, identity: PreparationId) -> Preparation | None:
        """One preparation by its id."""
        return next(iter(self._select("id = ?", identity)), None)

    def list(self, subject: str = "", limit: int = 30) -> tuple[Preparation, ...]:
        """The newest version of everything, or all versions of one subject; newest first, -1: all."""
        if subject:
            return self._select("subject = ? ORDER BY id DESC LIMIT ?", subject, limit)
        return self._select(
            "id IN (SELECT max(id) FROM preparation GROUP BY kind, subject) ORDER BY id DESC LIMIT ?", limit
        )

    def mark_used(self, identities: Iterable[PreparationId], turn: TurnId, when: float) -> None:
        """Record that a turn's answer holds content of these preparations."""
        rows = [(when, turn, identity) for identity in identities]
        self._database.write(
            lambda connection: connection.executemany("UPDATE preparation SET used = ?, turn = ? WHERE id = ?", rows)
        )

    def difference(self, older: PreparationId, newer: PreparationId) -> str:
        """Unified diff of two preparations' fingerprints and content; empty if they are the same.

        Raises `OptionError` if there is no such preparation.
        """
        one, two = self._existing(older), self._existing(newer)
        lines = difflib.unified_diff(describe(one), describe(two), _title(one), _title(two), lineterm="")
        return "\n".join(lines)

    def forget(self, key: PreparationKey) -> int:
        """Delete every version of a key; how many there were."""

        def change(connection: sqlite3.Connection) -> int:
            where = (key.kind, key.subject)
            connection.execute("DELETE FROM version WHERE kind = ? AND subject = ?", where)
            return connection.execute("DELETE FROM preparation WHERE kind = ? AND subject = ?", where).rowcount

        return self._database.write(change)

    # -- retention ----------------------------------------------------------------------------------

    def delete_older(self, before: float) -> int:
        """Delete what was made and last used before a time (seconds since the epoch); how many."""

        def change(connection: sqlite3.Connection) -> int:
            connection.execute(
                "DELETE FROM version WHERE (kind, subject) IN"
                " (SELECT kind, subject FROM version ORDER BY touched DESC LIMIT -1 OFFSET ?)",
                (KEYS_REMEMBERED,),
            )
            return connection.execute(
                "DELETE FROM preparation WHERE max(created, coalesce(used, 0)) < ?", (before,)
            ).rowcount

        return self._database.write(change)

    def delete_least_useful(self, size: int) -> int:
        """Delete about `size` bytes: outdated versions first, then unused ones, then the oldest; how many."""

        def change(connection: sqlite3.Connection) -> int:
            rows = connection.execute(
                "SELECT preparation.id, length(payload) + 300 FROM preparation"
                " LEFT JOIN version USING (kind, subject)"
                " ORDER BY preparation.version = version.last, used IS NOT NULL, preparation.id"
            )
            doomed, freed = [], 0
            for identity, length in rows:
                doomed.append((identity,))
                freed += length
                if freed >= size:
                    break
            rows.close()
            connection.executemany("DELETE FROM preparation WHERE id = ?", doomed)
            return len(doomed)

        return self._database.write(change)

    # -- rows ---------------------------------------------------------------------------------------

    def _existing(self, identity: PreparationId) -> Preparation:
        found = self.get(identity)
        if found is None:
            raise OptionError(f"There is no preparation {identity}.", hint="`codemaestro preparations` lists them.")
        return found

    def _select(self, where: str, *arguments: Any) -> tuple[Preparation, ...]:
        rows = self._database.read(f"SELECT {COLUMNS} FROM preparation WHERE {where}", arguments)  # noqa: S608 - ours
        return tuple(preparation for row in rows if (preparation := _from_row(row)) is not None)


def encode(payload: Mapping[str, object]) -> bytes:
    """A payload as stored: JSON, compressed fast; its checksum tells damage."""
    return zlib.compress(to_json(payload), 1)


def describe(preparation: Preparation) -> list[str]:
    """A preparation as lines of text, for comparing two of them."""
    lines = [f"made from {resource} = {value}" for resource, value in sorted(preparation.fingerprints.items())]
    for name, value in sorted(preparation.payload.items()):
        text = value if isinstance(value, str) else json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)
        first, *rest = text.splitlines() or [""]
        lines += [f"{name}:", first, *rest] if "\n" in text else [f"{name}: {first}"]
    return lines


def _title(preparation: Preparation) -> str:
    return f"{preparation.key.kind} {preparation.key.subject} (version {preparation.version})"


def _from_row(row: tuple[Any, ...]) -> Preparation | None:
    """None for a row whose content is damaged: it is remade, never used."""
    identity, kind, subject, stage, version, fingerprints, payload, *rest = row
    seconds, tokens, created, used, turn, request = rest
    try:
        made_from: dict[str, Fingerprint] = orjson.loads(fingerprints)
        content: dict[str, object] = orjson.loads(zlib.decompress(payload))
    except (orjson.JSONDecodeError, zlib.error):
        return None
    return Preparation(
        key=PreparationKey(kind, subject), stage=stage, version=version, fingerprints=made_from, payload=content,
        seconds=seconds, tokens=tokens, created=created, id=identity, used=used, turn=turn, request=request,
    )  # fmt: skip
