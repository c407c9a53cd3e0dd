"""An immutable picture of the components a plan touches; each change makes a new version that shares the rest.

A `Blueprint` is a persistent map from path to `Component` (buckets of small dicts, so that a change copies one
bucket), a `Delta` is what changed with its `before`, and `Versions` keeps deltas so that any kept version can be
read, and rolled back to, byte for byte.
"""

from __future__ import annotations

import base64
import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from codemaestro_jupyter.edit.bucket import Bucket
from codemaestro_jupyter.edit.sought import Sought
from codemaestro_jupyter.errors import EditError
from codemaestro_jupyter.types import Fingerprint

SCHEMA = 1
BUCKETS = 64
"""1,000 components are 16 a bucket: a change copies 16 entries and a tuple of 64."""


@dataclass(frozen=True, slots=True)
class Component:
    """One file, byte for byte; a notebook that is open (`live`) as the JSON its cells would be saved as."""

    path: str
    data: bytes
    mode: int = 0o644
    live: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """Fields of a later schema; they survive."""
    ascii: bool = field(init=False, repr=False, compare=False)
    """Whether every byte is ASCII; seen once, where the bytes come in: whoever looks for a word asks it of them all."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "ascii", self.data.isascii())

    @property
    def version(self) -> Fingerprint:
        """`sha256:…` of the bytes."""
        return fingerprint(self.data)


def fingerprint(data: bytes) -> Fingerprint:
    """The fingerprint of some bytes."""
    return Fingerprint("sha256:" + hashlib.sha256(data).hexdigest())


@dataclass(frozen=True, slots=True)
class Change:
    """One component before and after; None where it does not exist."""

    path: str
    before: Component | None
    after: Component | None


@dataclass(frozen=True, slots=True)
class Delta:
    """What one version changed, sorted by path."""

    version: int
    changes: tuple[Change, ...]
    reason: str = ""


class Blueprint:
    """Components by path, at one version; `known` are all paths of the project, whether touched or not."""

    __slots__ = ("_buckets", "_paths", "extra", "known", "version")

    def __init__(
        self,
        components: Iterable[Component] = (),
        *,
        known: frozenset[str] = frozenset(),
        version: int = 0,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        buckets = [Bucket() for _ in range(BUCKETS)]
        for component in components:
            buckets[hash(component.path) % BUCKETS][component.path] = component
        self._buckets = tuple(buckets)
        self._paths: frozenset[str] | None = None
        self.known = known
        self.version = version
        self.extra: Mapping[str, Any] = extra or {}

    def get(self, path: str) -> Component | None:
        """The component at a path, if the blueprint has it."""
        return self._buckets[hash(path) % BUCKETS].get(path)

    def __contains__(self, path: str) -> bool:
        return path in self._buckets[hash(path) % BUCKETS]

    def __iter__(self) -> Iterator[Component]:
        """Components in the order of their paths."""
        return iter(sorted((item for bucket in self._buckets for item in bucket.values()), key=lambda item: item.path))

    def holding(self, *words: str) -> list[Component]:
        """The components that hold one of the words, in the order of their paths.

        Only what is found is sorted: of a thousand that is half the time of looking through them in order.
        """
        sought = Sought(*words)
        asked = [item for bucket in self._buckets for item in bucket.may_hold(sought)]
        by_path = {item.path: item for item in sought.among(asked)}
        return [by_path[path] for path in sorted(by_path)]

    def __len__(self) -> int:
        return sum(map(len, self._buckets))

    def paths(self) -> frozenset[str]:
        """Every path: those of its components and those it only knows of."""
        if self._paths is None:
            self._paths = self.known.union(*self._buckets)
        return self._paths

    def exists(self, path: str) -> bool:
        """Whether there is a file at this path, as far as the blueprint knows."""
        return path in self or path in self.known

    def __eq__(self, other: object) -> bool:
        """Same components and unknown fields; the version is when, not what."""
        return isinstance(other, Blueprint) and self._buckets == other._buckets and self.extra == other.extra

    __hash__ = None  # type: ignore[assignment]  # compared by content, never a key

    def with_changes(self, changes: Iterable[tuple[str, Component | None]]) -> Blueprint:
        """The next version, with components put (or, for None, taken out); everything else is shared."""
        new = object.__new__(Blueprint)
        buckets = list(self._buckets)
        copied: set[int] = set()
        known, paths = self.known, self._paths
        for path, component in changes:
            at = hash(path) % BUCKETS
            if at not in copied:
                buckets[at] = Bucket(buckets[at])
                copied.add(at)
            if component is None:
                paths = None
                buckets[at].pop(path, None)
                if path in known:
                    known = known - {path}
            else:
                paths = paths if paths is not None and path in paths else None
                buckets[at][path] = component
        new._buckets = tuple(buckets)
        new._paths = paths
        new.known = known
        new.version = self.version + 1
        new.extra = self.extra
        return new

    def changes_to(self, other: Blueprint) -> tuple[Change, ...]:
        """What differs from here to `other`, sorted by path; shared buckets cost nothing."""
        found = []
        for mine, theirs in zip(self._buckets, other._buckets, strict=True):
            if mine is theirs:
                continue
            for path, before in mine.items():
                after = theirs.get(path)
                if before is not after and before != after:
                    found.append(Change(path, before, after))
            found += [Change(path, None, after) for path, after in theirs.items() if path not in mine]
        found.sort(key=lambda change: change.path)
        return tuple(found)


class Versions:
    """The versions of one blueprint, as deltas; the oldest are forgotten beyond `keep`."""

    def __init__(self, start: Blueprint, keep: int = 100) -> None:
        self.current = start
        self._deltas: deque[Delta] = deque(maxlen=keep)

    def advance(self, new: Blueprint, reason: str = "") -> Delta:
        """Record `new` as the next version; versions only grow."""
        delta = Delta(self.current.version + 1, self.current.changes_to(new), reason)
        self._deltas.append(delta)
        new.version = delta.version
        self.current = new
        return delta

    def at(self, version: int) -> Blueprint:
        """The blueprint as it was; raises `EditError` for a version not kept any more, or not made yet."""
        oldest = self._deltas[0].version - 1 if self._deltas else self.current.version
        if not oldest <= version <= self.current.version:
            raise EditError(f"Version {version} is not kept; {oldest} to {self.current.version} are.")
        found = self.current
        for delta in reversed(self._deltas):
            if delta.version <= version:
                break
            found = found.with_changes((change.path, change.before) for change in delta.changes)
        found = found.with_changes(()) if found is self.current else found
        found.version = version
        return found

    def rollback(self, version: int) -> Blueprint:
        """Make an older version the newest one (a version of its own: versions only grow)."""
        self.advance(self.at(version), f"roll back to version {version}")
        return self.current

    def deltas(self) -> tuple[Delta, ...]:
        """What is kept, oldest first."""
        return tuple(self._deltas)


def blueprint_to_json(blueprint: Blueprint) -> dict[str, Any]:
    """The blueprint as JSON; bytes in base64."""
    components = [
        {
            **item.extra,
            "path": item.path,
            "data": base64.b64encode(item.data).decode("ascii"),
            "mode": item.mode,
            "live": item.live,
        }
        for item in blueprint
    ]
    return {**blueprint.extra, "schema": SCHEMA, "version": blueprint.version, "components": components}


def blueprint_from_json(value: Mapping[str, Any]) -> Blueprint:
    """Read a blueprint; raises `EditError` for another schema. Unknown fields survive."""
    if value.get("schema") != SCHEMA:
        raise EditError(
            f"This blueprint has version {value.get('schema')!r}; this CodeMaestro reads version {SCHEMA}.",
            hint="Make it again from the project.",
        )
    ours = {"path", "data", "mode", "live"}
    components = [
        Component(
            str(item["path"]),
            base64.b64decode(item["data"]),
            int(item.get("mode", 0o644)),
            bool(item.get("live", False)),
            {key: field_ for key, field_ in item.items() if key not in ours},
        )
        for item in value["components"]
    ]
    extra = {key: item for key, item in value.items() if key not in ("schema", "version", "components")}
    return Blueprint(components, version=int(value.get("version", 0)), extra=extra)
