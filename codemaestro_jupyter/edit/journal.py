"""The journal: what a transaction will do is written and synced here before the first file changes.

Files beside the database, not a table in it: an append and one `fsync` make an intent durable in a known order that
the recording file layer can replay, where SQLite's WAL would sync on its own terms. One record is

    b"CMJ1" · length (u32) · blake2b-16 of the payload · payload = length of head (u32) · head (JSON) · zlib of bytes

A record that is cut short or does not match its digest was never synced, so what it announces never began.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import posixpath
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import orjson

from codemaestro_jupyter.edit.blueprint import Change, Component
from codemaestro_jupyter.edit.corrections import common, common_end
from codemaestro_jupyter.edit.files import FileLayer
from codemaestro_jupyter.errors import ConflictError, DiskError, EditError

MAGIC = b"CMJ1"
PREFIX = struct.Struct("<4sI16s")
SEGMENT = 4 << 20
"""Bytes after which a new file is begun."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
KEEP = 8
"""Files kept: at about 2 kB a transaction, the newest 16,000 can be undone."""
LEAST = 200
"""Transactions kept beyond these, if they are large: a name in 300 files takes a file of its own."""
MOST = 256 << 20
"""Bytes that these may take: all of them are read at the start."""
Operation = Literal["apply", "undo", "redo"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One transaction of the journal; its bytes are read only when they are needed."""

    id: str
    number: int
    operation: Operation
    of: str
    """The transaction undone or redone."""
    title: str
    when: float
    paths: tuple[str, ...]
    state: Literal["pending", "done", "undone"] = "pending"
    """`undone`: it was taken back as it failed, or by recovery; it left no trace."""
    note: str = ""
    temps: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    """Folders that it makes, relative to the root, outermost first."""
    emptied: tuple[str, ...] = ()
    """Folders that go with their last file: those that the transaction it undoes had made."""
    segment: str = ""
    offset: int = 0
    data: Mapping[str, Any] = field(default_factory=dict)
    """More about it (trace, counts), JSON-able."""


def pack(head: Mapping[str, Any], blob: bytes = b"") -> bytes:
    """One record."""
    head_bytes = orjson.dumps(head)
    payload = struct.pack("<I", len(head_bytes)) + head_bytes + zlib.compress(blob, 1)
    return PREFIX.pack(MAGIC, len(payload), hashlib.blake2b(payload, digest_size=16).digest()) + payload


def unpack(data: bytes, offset: int) -> tuple[dict[str, Any], bytes, int] | None:
    """Head, compressed bytes and end of the record at an offset; None if it is cut short or damaged."""
    if offset + PREFIX.size > len(data):
        return None
    magic, length, digest = PREFIX.unpack_from(data, offset)
    start, end = offset + PREFIX.size, offset + PREFIX.size + length
    if magic != MAGIC or end > len(data):
        return None
    payload = data[start:end]
    if hashlib.blake2b(payload, digest_size=16).digest() != digest:
        return None
    (size,) = struct.unpack_from("<I", payload)
    head: dict[str, Any] = orjson.loads(payload[4 : 4 + size])
    return head, payload[4 + size :], end


def delta(before: bytes, after: bytes) -> tuple[int, int, bytes]:
    """How `after` differs: bytes kept at the beginning and at the end, and what stands between."""
    head = common(before, after)
    tail = common_end(before[head:], after[head:])
    return head, tail, after[head : len(after) - tail]


def pack_changes(changes: Sequence[Change]) -> tuple[list[dict[str, Any]], bytes]:
    """Changes as JSON and bytes: `before` whole, `after` as its difference."""
    listed, blob = [], []
    for change in changes:
        before = change.before.data if change.before else b""
        item: dict[str, Any] = {"path": change.path}
        if change.before:
            item["before"] = [len(before), change.before.mode, change.before.live]
            blob.append(before)
        if change.after:
            head, tail, middle = delta(before, change.after.data)
            item["after"] = [head, tail, len(middle), change.after.mode, change.after.live]
            blob.append(middle)
        listed.append(item)
    return listed, b"".join(blob)


def unpack_changes(listed: Sequence[Mapping[str, Any]], blob: bytes) -> tuple[Change, ...]:
    """The changes again, byte for byte."""
    found, at = [], 0
    for item in listed:
        path, before, after = str(item["path"]), None, None
        data = b""
        if "before" in item:
            size, mode, live = item["before"]
            data = blob[at : at + size]
            at += size
            before = Component(path, data, mode, live)
        if "after" in item:
            head, tail, size, mode, live = item["after"]
            whole = data[:head] + blob[at : at + size] + (data[len(data) - tail :] if tail else b"")
            at += size
            after = Component(path, whole, mode, live)
        found.append(Change(path, before, after))
    return tuple(found)


class Journal:
    """The transactions of one project, shared by all processes that work on it. Use it inside `lock()`."""

    def __init__(self, folder: str, files: FileLayer, *, make: bool = True) -> None:
        self.folder = folder
        self.files = files
        self.notices: list[str] = []
        self._entries: dict[str, Entry] = {}
        self._segments: dict[str, int] = {}
        """Bytes read of each segment so far."""
        self._last = 0
        if make:
            with at_border(folder):
                make_folders(files, folder)

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """The lock that every use of the journal, and every transaction, is under; raises `DiskError` without one."""
        with contextlib.ExitStack() as held:
            with at_border(self.folder):
                make_folders(self.files, self.folder)  # deleted under a running kernel: made again
                held.enter_context(self.files.lock(posixpath.join(self.folder, "lock")))
            yield

    def refresh(self, *, mend: bool = True) -> None:
        """Read what other processes appended; cut off a torn end (not with `mend` False, which needs no lock)."""
        with at_border(self.folder):
            self._refresh(mend)

    def _refresh(self, mend: bool) -> None:
        names = [name for name in self.files.names(self.folder) if name.endswith(".log")]
        for gone in [name for name in self._segments if name not in names]:
            del self._segments[gone]
            self._entries = {key: entry for key, entry in self._entries.items() if entry.segment != gone}
        for index, name in enumerate(names):
            path = posixpath.join(self.folder, name)
            start = self._segments.get(name, 0)
            data, size = self.files.read_from(path, start)  # what was read before is not read again
            if start > size:  # somebody cut it: read it anew
                start = 0
                data, size = self.files.read_from(path, start)
            at = 0
            while at < len(data):
                record = unpack(data, at)
                if record is None:
                    if not mend:
                        at = len(data)
                    elif index == len(names) - 1:
                        self.files.truncate(path, start + at)
                        self.files.sync([path])
                    else:
                        self.notices.append(
                            f"The journal {name} is damaged from byte {start + at} on; later records were lost."
                        )
                        at = len(data)  # said once
                    break
                self._take(record[0], name, start + at)
                at = record[2]
            self._segments[name] = start + at

    def _take(self, head: Mapping[str, Any], segment: str, offset: int) -> None:
        if "end" in head:
            entry = self._entries.get(head["id"])
            if entry is not None:
                self._entries[entry.id] = replace(entry, state=head["end"], note=head.get("note", ""))
            return
        entry = Entry(
            head["id"],
            head["number"],
            head["operation"],
            head["of"],
            head["title"],
            head["when"],
            tuple(item["path"] for item in head["changes"]),
            temps=tuple(head["temps"]),
            folders=tuple(head["folders"]),
            emptied=tuple(head["emptied"]),
            segment=segment,
            offset=offset,
            data=head.get("data", {}),
        )
        self._entries[entry.id] = entry
        self._last = max(self._last, entry.number)

    def entries(self) -> list[Entry]:
        """Every transaction kept, oldest first."""
        return sorted(self._entries.values(), key=lambda entry: entry.number)

    def pending(self) -> list[Entry]:
        """The transactions that were begun and not ended, oldest first."""
        begun = [entry for entry in self._entries.values() if entry.state == "pending"]
        return sorted(begun, key=lambda entry: entry.number)

    def get(self, transaction: str) -> Entry:
        """One transaction; raises `EditError` if there is none of that name."""
        entry = self._entries.get(transaction)
        if entry is None:
            raise EditError(f"There is no transaction {transaction!r}.", hint="`log` lists them.")
        return entry

    def changes(self, entry: Entry) -> tuple[Change, ...]:
        """What a transaction changes, with all bytes."""
        found = self.files.read(posixpath.join(self.folder, entry.segment))
        record = unpack(found[0], entry.offset) if found else None
        if record is None:
            raise EditError(f"The journal no longer holds the bytes of {entry.id}.", hint="It cannot be undone.")
        return unpack_changes(record[0]["changes"], zlib.decompress(record[1]))

    def begin(
        self,
        changes: Sequence[Change],
        *,
        title: str,
        when: float,
        operation: Operation,
        of: str,
        folders: Sequence[str],
        emptied: Sequence[str],
        temp: Callable[[str, str], str],
        data: Mapping[str, Any],
    ) -> Entry:
        """Write and sync the intent; from here on the transaction happens whole or is taken back."""
        number = self._last + 1
        listed, blob = pack_changes(changes)
        name = f"{number:06d}-{hashlib.blake2b(blob + title.encode(), digest_size=4).hexdigest()}"
        head = {
            "id": name,
            "number": number,
            "operation": operation,
            "of": of,
            "title": title,
            "when": when,
            "changes": listed,
            "folders": list(folders),
            "emptied": list(emptied),
            "temps": [
                temp(change.path, name) for change in changes if change.after is not None and not change.after.live
            ],
            "data": dict(data),
        }
        segment, offset = self._append(pack(head, blob))
        self._take(head, segment, offset)
        return self._entries[name]

    def end(self, entry: Entry, state: Literal["done", "undone"], note: str = "") -> Entry:
        """Write and sync how it ended."""
        self._append(pack({"id": entry.id, "end": state, "note": note}))
        self._entries[entry.id] = replace(entry, state=state, note=note)
        return self._entries[entry.id]

    def clear(self) -> int:
        """Delete every transaction, inside `lock()`; how many could be undone or redone. Nothing can be, from then on.

        Raises `ConflictError` while one waits for recovery: its bytes are nowhere else. Other processes see it at their
        next look, since the names of the files go on.
        """
        if waiting := self.pending():
            raise ConflictError(
                f"Nothing was deleted: {waiting[0].title!r} ({waiting[0].id}) was interrupted and waits for recovery.",
                hint=f"Make {', '.join(waiting[0].paths[:3])} writable, or open the notebook, then try again.",
            )
        count = sum(entry.operation == "apply" and entry.state == "done" for entry in self._entries.values())
        last = max(self._segments, default="")
        with at_border(self.folder):
            if last:
                self.files.append(posixpath.join(self.folder, f"{int(last[:8]) + 1:08d}.log"), b"")
            for name in self._segments:
                self.files.remove(posixpath.join(self.folder, name))
            self.files.sync_folders([self.folder])
        self._entries, self._segments = {}, {}
        self.refresh()
        return count

    def _append(self, record: bytes) -> tuple[str, int]:
        name = max(self._segments, default="00000001.log")
        offset = self._segments.get(name, 0)
        fresh = name not in self._segments
        if offset > SEGMENT:
            name, offset, fresh = f"{int(name[:8]) + 1:08d}.log", 0, True
        path = posixpath.join(self.folder, name)
        try:
            self.files.append(path, record)
            self.files.sync([path])
            if fresh:
                self.files.sync_folders([self.folder])
        except OSError as error:
            with contextlib.suppress(OSError):  # a piece of a record would be cut off by the next reader; better now
                self.files.truncate(path, offset)
            hint = "Free some space, then try again." if error.errno in FULL else f"Make {self.folder} writable."
            raise DiskError(
                f"The journal cannot be written: {error.strerror or error}. Nothing was changed.", hint=hint
            ) from error
        self._segments[name] = offset + len(record)
        if fresh:
            for old in self._superseded():
                self.files.remove(posixpath.join(self.folder, old))
                del self._segments[old]
                self._entries = {key: entry for key, entry in self._entries.items() if entry.segment != old}
        return name, offset

    def _superseded(self) -> list[str]:
        """The segments that nobody needs any more: enough is in those that are newer."""
        names = sorted(self._segments)
        found = []
        for at, old in enumerate(names[:-KEEP], 1):
            newer = sum(entry.segment > old for entry in self._entries.values())
            if newer >= LEAST or sum(self._segments[name] for name in names[at:]) > MOST:
                found.append(old)
        return found


def pending(folder: str, files: FileLayer) -> bool:
    """Whether a transaction may be half-done, as far as a look tells that takes no lock and changes nothing.

    One at a time is under way, and the next one that locks the journal ends it first: the newest records tell.
    """
    begun: set[str] = set()
    for name in sorted(name for name in files.names(folder) if name.endswith(".log"))[-2:]:
        data, _ = files.read_from(posixpath.join(folder, name), 0)
        at = 0
        while at < len(data):
            record = unpack(data, at)
            if record is None:  # cut short, or just being written
                return True
            head, _, at = record
            (begun.discard if "end" in head else begun.add)(head["id"])
    return bool(begun)


@contextlib.contextmanager
def at_border(folder: str) -> Iterator[None]:
    """Raise `DiskError` for a journal that cannot be opened; without one nothing could be taken back."""
    try:
        yield
    except OSError as error:
        raise DiskError(
            f"The journal in {folder} cannot be opened: {error.strerror or error}.",
            hint="Make that folder writable, or set `database` to `cache`: without a journal nothing can be undone.",
        ) from error


def make_folders(files: FileLayer, path: str) -> None:
    """Make a folder and those above it, each durable: an intent in a folder that is lost would be lost with it."""
    if path in ("", "/") or files.is_folder(path):
        return
    parent = posixpath.dirname(path)
    make_folders(files, parent)
    files.make_folder(path)
    files.sync_folders([parent])
