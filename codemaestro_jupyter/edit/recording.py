"""A file system in memory that knows what was not synced, and can show every state a power loss may leave.

Model (POSIX's promises and no more): bytes of a file are durable after `sync`; a name (create, rename, link, remove,
mkdir) after `sync_folders` of its folder. Of what is pending, any subset may have reached the disk, and of pending
bytes also the first half only. A rename is one thing: never half of it.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import posixpath
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from codemaestro_jupyter.edit.files import NewFile


class PowerLoss(BaseException):
    """The machine stopped here (no `Exception`: nothing may handle it and go on)."""


@dataclass(slots=True)
class Node:
    """A file's bytes and mode, or a folder's names."""

    data: bytes = b""
    mode: int = 0o644
    entries: dict[str, Node] | None = None


@dataclass(slots=True)
class Pending:
    """One thing not yet durable: what it does to the durable state."""

    kind: Literal["bytes", "names"]
    node: Node
    data: bytes = b""
    mode: int = 0o644
    set: tuple[tuple[str, Node | None], ...] = ()
    """For names: what each name of the folder becomes (None: gone)."""


@dataclass(slots=True)
class Durable:
    """What is on the disk for each node; a file never synced has no bytes there yet."""

    data: dict[int, tuple[bytes, int]] = field(default_factory=dict)
    names: dict[int, dict[str, Node]] = field(default_factory=dict)


class RecordingFiles:
    """The double of `DiskFiles`; `fuse` is how many changing calls are done before the power is lost."""

    def __init__(self, tree: dict[str, tuple[bytes, int]] | None = None, fuse: int | None = None) -> None:
        self.root = Node(entries={})
        self.fuse = fuse
        self.calls = 0
        self.capacity: int | None = None
        """Bytes all files together may have; more is a full disk."""
        self.refuse: set[str] = set()
        """Paths that cannot be replaced or removed (`PermissionError`)."""
        self._pending: list[Pending] = []
        self._durable = Durable(names={id(self.root): {}})
        self._keep: list[Node] = [self.root]  # ids stay unique while their nodes live
        for path, (data, mode) in (tree or {}).items():
            self._seed(path, data, mode)

    def _seed(self, path: str, data: bytes, mode: int) -> None:
        folder = self.root
        for part in posixpath.dirname(path).strip("/").split("/"):
            if part:
                assert folder.entries is not None
                if part not in folder.entries:
                    folder.entries[part] = self._new(Node(entries={}))
                    self._durable.names[id(folder)][part] = folder.entries[part]
                folder = folder.entries[part]
        if data == b"" and path.endswith("/"):
            return
        node = self._new(Node(data, mode))
        assert folder.entries is not None
        folder.entries[posixpath.basename(path)] = node
        self._durable.names[id(folder)][posixpath.basename(path)] = node
        self._durable.data[id(node)] = (data, mode)

    def _new(self, node: Node) -> Node:
        self._keep.append(node)
        if node.entries is not None:
            self._durable.names[id(node)] = {}
        return node

    def _tick(self) -> None:
        if self.fuse is not None and self.calls >= self.fuse:
            raise PowerLoss
        self.calls += 1

    def _find(self, path: str) -> Node | None:
        node: Node | None = self.root
        for part in path.strip("/").split("/"):
            if part and node is not None:
                node = node.entries.get(part) if node.entries is not None else None
        return node

    def _folder(self, path: str) -> tuple[Node, str]:
        folder = self._find(posixpath.dirname(path))
        if folder is None or folder.entries is None:
            raise FileNotFoundError(path)
        return folder, posixpath.basename(path)

    def _set(self, folder: Node, *items: tuple[str, Node | None]) -> None:
        assert folder.entries is not None
        for name, node in items:
            if node is None:
                folder.entries.pop(name, None)
            else:
                folder.entries[name] = node
        self._pending.append(Pending("names", folder, set=items))

    def _room(self, more: int) -> None:
        used = sum(len(data) for data, _ in self.tree().values())
        if self.capacity is not None and used + more > self.capacity:
            raise OSError(28, "No space left on device")

    def read(self, path: str) -> tuple[bytes, int] | None:
        node = self._find(path)
        return (node.data, node.mode) if node is not None and node.entries is None else None

    def read_from(self, path: str, offset: int) -> tuple[bytes, int]:
        found = self.read(path)
        return (found[0][offset:], len(found[0])) if found is not None else (b"", 0)

    def create(self, files: Sequence[NewFile]) -> None:
        for path, data, mode in files:
            self._write(path, data, mode)
        self.sync([path for path, _, _ in files])

    def _write(self, path: str, data: bytes, mode: int) -> None:
        self._tick()
        folder, name = self._folder(path)
        assert folder.entries is not None
        if name in folder.entries:
            raise FileExistsError(path)
        self._room(len(data))
        node = self._new(Node(b"", mode))
        self._set(folder, (name, node))
        node.data = data
        self._pending.append(Pending("bytes", node, data, mode))

    def append(self, path: str, data: bytes) -> None:
        self._tick()
        folder, name = self._folder(path)
        assert folder.entries is not None
        self._room(len(data))
        node = folder.entries.get(name)
        if node is None:
            node = self._new(Node(b"", 0o600))
            self._set(folder, (name, node))
        node.data += data
        self._pending.append(Pending("bytes", node, node.data, node.mode))

    def truncate(self, path: str, size: int) -> None:
        self._tick()
        node = self._find(path)
        if node is None:
            raise FileNotFoundError(path)
        node.data = node.data[:size]
        self._pending.append(Pending("bytes", node, node.data, node.mode))

    def sync(self, paths: Sequence[str]) -> None:
        self._tick()
        for path in paths:
            node = self._find(path)
            if node is None:
                raise FileNotFoundError(path)
            self._durable.data[id(node)] = (node.data, node.mode)
            self._pending = [item for item in self._pending if not (item.kind == "bytes" and item.node is node)]

    def sync_folders(self, folders: Sequence[str]) -> None:
        self._tick()
        for path in folders:
            node = self._find(path)
            if node is None or node.entries is None:
                raise FileNotFoundError(path)
            self._durable.names[id(node)] = dict(node.entries)
            self._pending = [item for item in self._pending if not (item.kind == "names" and item.node is node)]

    def replace(self, source: str, target: str) -> None:
        self._tick()
        if target in self.refuse:
            raise PermissionError(13, "Permission denied", target)
        folder, old = self._folder(source)
        other, new = self._folder(target)
        assert folder is other  # transactions rename within a folder only
        node = self._find(source)
        if node is None:
            raise FileNotFoundError(source)
        self._set(folder, (old, None), (new, node))

    def link(self, source: str, target: str) -> None:
        self._tick()
        if self._find(target) is not None:
            raise FileExistsError(target)
        if target in self.refuse:
            raise PermissionError(13, "Permission denied", target)
        folder, name = self._folder(target)
        self._set(folder, (name, self._find(source)))

    def remove(self, path: str) -> None:
        self._tick()
        if path in self.refuse:
            raise PermissionError(13, "Permission denied", path)
        if self._find(path) is not None:
            folder, name = self._folder(path)
            self._set(folder, (name, None))

    def make_folder(self, path: str) -> None:
        self._tick()
        if self._find(path) is None:
            folder, name = self._folder(path)
            self._set(folder, (name, self._new(Node(entries={}))))

    def remove_folder(self, path: str) -> None:
        self._tick()
        node = self._find(path)
        if node is not None and node.entries == {}:
            folder, name = self._folder(path)
            self._set(folder, (name, None))

    def spelled(self, root: str, path: str) -> str:
        return path

    def is_folder(self, path: str) -> bool:
        node = self._find(path)
        return node is not None and node.entries is not None

    def outside(self, root: str, paths: Sequence[str]) -> list[str]:
        return []  # no links here

    def names(self, folder: str) -> list[str]:
        node = self._find(folder)
        return sorted(node.entries) if node is not None and node.entries is not None else []

    def lock(self, path: str) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def close(self) -> None:
        pass

    def tree(self) -> dict[str, tuple[bytes, int]]:
        """Every file by its path, as a running program sees it; an empty folder as its path with `/`."""
        return flatten(self.root, lambda node: (node.data, node.mode), lambda node: node.entries or {})

    def losses(self, limit: int = 4_096) -> Iterator[dict[str, tuple[bytes, int]]]:
        """Every state that a power loss now may leave, each once.

        Of more than `limit` combinations, `limit` are drawn (the same ones each time), none and all of it among them.
        """
        choices: list[tuple[int, ...]] = [(0, 1) if item.kind == "names" else (0, 1, 2) for item in self._pending]
        seen: set[tuple[tuple[str, tuple[bytes, int]], ...]] = set()
        for combination in combinations(choices, limit):
            data = dict(self._durable.data)
            names = {key: dict(entries) for key, entries in self._durable.names.items()}
            for item, choice in zip(self._pending, combination, strict=True):
                if item.kind == "names" and choice:
                    for name, node in item.set:
                        if node is None:
                            names[id(item.node)].pop(name, None)
                        else:
                            names[id(item.node)][name] = node
                elif choice:
                    was = data.get(id(item.node), (b"", item.mode))[0]
                    cut = (
                        len(was) + (len(item.data) - len(was)) // 2
                        if item.data.startswith(was)
                        else len(item.data) // 2
                    )
                    data[id(item.node)] = (item.data if choice == 1 else item.data[:cut], item.mode)
            tree = flatten(
                self.root,
                lambda node, data=data: data.get(id(node), (b"", node.mode)),
                lambda node, names=names: names.get(id(node), {}),
            )
            key = tuple(sorted(tree.items()))
            if key not in seen:
                seen.add(key)
                yield tree


def combinations(choices: Sequence[tuple[int, ...]], limit: int) -> Iterator[tuple[int, ...]]:
    """One of each of the choices, in every way; if there are too many ways, some of them."""
    if math.prod(map(len, choices)) <= limit:
        yield from itertools.product(*choices)
        return
    yield tuple(0 for _ in choices)
    yield tuple(1 for _ in choices)
    rng = random.Random(len(choices))  # noqa: S311 - a sample, not a secret
    for _ in range(limit - 2):
        yield tuple(rng.choice(options) for options in choices)


def flatten(root: Node, data: object, names: object, prefix: str = "") -> dict[str, tuple[bytes, int]]:
    """Every file below a folder by its path."""
    found: dict[str, tuple[bytes, int]] = {}
    entries: dict[str, Node] = names(root)  # type: ignore[operator]
    for name, node in entries.items():
        path = f"{prefix}/{name}"
        if node.entries is None:
            found[path] = data(node)  # type: ignore[operator]
        else:
            inside = flatten(node, data, names, path)
            found.update(inside or {path + "/": (b"", 0)})
    return found
