"""What went wrong lately: the kernel's last traceback, pytest's last failures, errors at the end of log files.

All three are found where others left them; nothing is run. What they quote is cleared of secrets before anyone sees it.
"""

from __future__ import annotations

import inspect
import json
import linecache
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from codemaestro_jupyter.errors import PathError
from codemaestro_jupyter.types import CellId, Failure, Frame, RelPath
from codemaestro_jupyter.workspace.called_secret import called_secret, without
from codemaestro_jupyter.workspace.ignore import built_in_reason
from codemaestro_jupyter.workspace.inside import read_inside, relative_path
from codemaestro_jupyter.workspace.kernel import class_name
from codemaestro_jupyter.workspace.secrets import redact

LAST_FAILED = ".pytest_cache/v/cache/lastfailed"
MOST_FRAMES = 30
MOST_OF_OTHERS = 10
"""Frames of an exception that another one came of, or that is one of a group."""
MOST_OTHERS = 4
MOST_TESTS = 50
MOST_LOGS = 5
MOST_LINES = 40
MOST_LINE = 400
_TAIL = 16_000
_MOST_FOLDERS = 2_000
_DEPTH = 4
_ERROR = re.compile(
    r"\b(?:ERROR|CRITICAL|FATAL|PANIC)\b|\bTraceback \(most recent call last\)|^\w*(?:Error|Exception)\b", re.M
)
_RAISED = re.compile(r"^[\w.]*(?:Error|Exception|Warning|Interrupt|Exit)(?::|$)")
_FRAME = re.compile(
    r'^[ \t]*File "(?P<file>[^"\n]{1,500})", line (?P<line>\d{1,9})(?:, in (?P<function>.{1,200}))?$', re.M
)
_CELL_FILE = re.compile(r"<ipython-input-|[\\/]ipykernel_\d+[\\/]|^<cell|Cell\[")
_SCALARS = (str, int, float, bool, bytes, complex, type(None))
_TELLS_ITSELF = frozenset(
    id(inspect.getattr_static(found, "__str__"))
    for found in vars(__import__("builtins")).values()
    if isinstance(found, type) and issubclass(found, BaseException)
)
"""The `__str__` of Python's own exceptions: others are a person's code, which is not called."""


def from_exception(
    kind: type[BaseException] | None,
    error: BaseException | None,
    traceback: TracebackType | None,
    root: Path,
    *,
    cells: Mapping[str, CellId] | None = None,
    when: float | None = None,
) -> Failure:
    """The failure that an exception is: its name and message, and where it happened, innermost frame last.

    The innermost frame of a SyntaxError is the line that does not parse, that of a group is the one where the first
    exception in it was raised. Frames of the exceptions that it came of are in `before`.
    `cells` tells which compiled file name is which cell. `when` is in seconds since the epoch (default: now). Never
    raises and never calls the exception's own code.
    """
    cls = type(error) if error is not None else kind or BaseException
    inner, before = _inner(error), _before(error)
    secret = called_secret([traceback, *map(_traceback_of, (*inner, *before))])
    title = _one_line(without(_title(cls, error), secret))
    own = (*_frames(traceback, root, cells or {}), *_unparsed(error, root))
    lines = [title, *(_told(frame) for frame in reversed(own))]
    parts = [tuple(_frames(_traceback_of(other), root, cells or {}, MOST_OF_OTHERS)) for other in (*inner, *before)]
    for other, frames, word in zip(
        (*inner, *before), parts, ["with"] * len(inner) + ["after"] * len(before), strict=True
    ):
        lines += [
            f"{word} {_one_line(without(_title(type(other), other), secret))}",
            *(_told(frame) for frame in reversed(frames)),
        ]
    return Failure(
        "traceback",
        title,
        redact("\n".join(lines))[0],
        (*own, *(parts[0] if inner else ())),
        time.time() if when is None else when,
        "kernel",
        tuple(frame for frames in reversed(parts[len(inner) :]) for frame in frames),
    )


def pytest_failures(root: Path) -> tuple[Failure, ...]:
    """The tests that failed when pytest last ran, by its cache; empty without one."""
    try:
        opened = read_inside(root, RelPath(LAST_FAILED), 2_000_000)
        found = json.loads(opened.data)
    except (PathError, ValueError, RecursionError):
        return ()
    failures: list[Failure] = []
    for test in list(found) if isinstance(found, dict) else []:
        file, _, name = test.partition("::")
        path = _inside(file, root)
        if path is None or len(failures) >= MOST_TESTS:
            continue
        names = name.partition("[")[0].split("::")  # what is in brackets is a parameter, and may hold anything
        frame = Frame(path, _line_of(root, path, names), names[-1])
        title = _one_line(test)
        when = opened.mtime_ns / 1e9
        failures.append(Failure("pytest", title, "It failed when pytest last ran.", (frame,), when, LAST_FAILED))
    return tuple(failures)


def log_tails(root: Path, most: int = MOST_LOGS) -> tuple[Failure, ...]:
    """Errors near the end of the `*.log` files that changed last, newest first; logs without errors are left out."""
    logs = sorted(_logs(root), reverse=True)[:most]
    failures = []
    for modified, path in logs:
        try:
            data = read_inside(root, path, _TAIL, tail=True).data
        except PathError:
            continue
        if len(data) == _TAIL:  # what begins inside a line may begin inside a secret
            data = data.partition(b"\n")[2]
        text, _ = redact(data.decode("utf8", "replace"))
        failure = _from_log(text, path, modified, root)
        if failure:
            failures.append(failure)
    return tuple(failures)


def _from_log(text: str, path: RelPath, modified: float, root: Path) -> Failure | None:
    errors = list(_ERROR.finditer(text))
    if not errors:
        return None
    lines = [_one_line(line) for line in text.rstrip().split("\n")]
    raised = [line for line in lines if _RAISED.match(line)]
    last = text.count("\n", 0, errors[-1].start())
    title = raised[-1] if raised and lines.index(raised[-1]) >= last else lines[min(last, len(lines) - 1)]
    frames = tuple(
        Frame(_inside(found["file"], root), int(found["line"]), found["function"] or "")
        for found in _FRAME.finditer(text)
    )[-MOST_FRAMES:]
    return Failure("log", title, "\n".join(lines[-MOST_LINES:]), frames, modified, path)


def _logs(root: Path) -> Iterator[tuple[float, RelPath]]:
    """`*.log` files a few folders deep, also those that git ignores (logs usually are), with when they changed."""
    waiting, entered = [""], 0
    while waiting and entered < _MOST_FOLDERS:
        folder = waiting.pop(0)
        entered += 1
        try:
            entries = list(os.scandir(root / folder))
        except OSError:
            continue
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if built_in_reason(path) is not None:
                continue
            try:
                if entry.is_dir(follow_symlinks=False):
                    if path.count("/") < _DEPTH and built_in_reason(f"{path}/_") is None:
                        waiting.append(path)
                elif entry.name.lower().endswith(".log") and entry.is_file(follow_symlinks=False):
                    yield entry.stat(follow_symlinks=False).st_mtime, RelPath(path)
            except OSError:
                continue


def _frames(
    traceback: TracebackType | None, root: Path, cells: Mapping[str, CellId], most: int = MOST_FRAMES
) -> Iterator[Frame]:
    places = []
    while traceback is not None:
        places.append((traceback.tb_frame.f_code, traceback.tb_lineno))
        traceback = traceback.tb_next
    if len(places) > most:  # endless recursion: how it began and how it ended
        places = places[:5] + places[5 - most :]
    for code, line in places:
        file = code.co_filename
        path = None if _CELL_FILE.search(file) else _inside(file, root)
        # A cell's lines are in memory. Of the project's own files those that may be shown are read; others are not.
        text = linecache.getline(file, line or 0).strip() if path or file in linecache.cache else ""
        yield Frame(path, line or 0, code.co_name, redact(_one_line(text))[0], cells.get(file))


def _title(cls: type[BaseException], error: BaseException | None) -> str:
    name = class_name(cls)
    if error is None:
        return name
    if issubclass(cls, BaseExceptionGroup):
        message = BaseExceptionGroup.__dict__["message"].__get__(error)
        count = len(BaseExceptionGroup.__dict__["exceptions"].__get__(error))
        return f"{name}: {message} ({count} exceptions)" if type(message) is str else name
    arguments = BaseException.__dict__["args"].__get__(error)
    # A SyntaxError's second argument is a tuple; its message is made of attributes.
    if issubclass(cls, SyntaxError) or all(type(argument) in _SCALARS for argument in arguments):
        if id(inspect.getattr_static(cls, "__str__")) in _TELLS_ITSELF:
            message = str(error) if _keeps_scalars(error) else ""
        else:
            message = ", ".join(argument for argument in arguments if type(argument) is str)
        return f"{name}: {message}" if message else name
    return name


def _before(error: BaseException | None) -> list[BaseException]:
    """The exceptions that this one came of, the nearest first, asked without their own `__getattribute__`."""
    found: list[BaseException] = []
    while error is not None and len(found) < MOST_OTHERS:
        cause, context, suppressed = (
            BaseException.__dict__[name].__get__(error) for name in ("__cause__", "__context__", "__suppress_context__")
        )
        error = cause if cause is not None or suppressed else context
        if error is None or any(error is other for other in found):
            break
        found.append(error)
    return found


def _inner(error: BaseException | None) -> list[BaseException]:
    """The exceptions in a group, and in groups in it: what really went wrong."""
    found: list[BaseException] = []
    waiting = [error] if error is not None and issubclass(type(error), BaseExceptionGroup) else []
    while waiting and len(found) < MOST_OTHERS:
        group = waiting.pop(0)
        for other in BaseExceptionGroup.__dict__["exceptions"].__get__(group):
            (waiting if issubclass(type(other), BaseExceptionGroup) else found).append(other)
    return found[:MOST_OTHERS]


def _traceback_of(error: BaseException) -> TracebackType | None:
    found: TracebackType | None = BaseException.__dict__["__traceback__"].__get__(error)
    return found


def _unparsed(error: BaseException | None, root: Path) -> Iterator[Frame]:
    """Where a file of the project does not parse: the traceback ends at its import."""
    if error is None or not issubclass(type(error), SyntaxError):
        return
    file, line, text = (SyntaxError.__dict__[name].__get__(error) for name in ("filename", "lineno", "text"))
    path = _inside(file, root) if type(file) is str and not _CELL_FILE.search(file) else None
    if path is not None and type(line) is int:
        yield Frame(path, line, "", redact(_one_line(text.strip()))[0] if type(text) is str else "")


def _keeps_scalars(error: BaseException) -> bool:
    """Whether what an exception's `__str__` puts together besides `args` is harmless as well (OSError's file name)."""
    cls = type(error)  # `isinstance` may ask the object's `__class__`
    if issubclass(cls, OSError):
        return all(
            type(OSError.__dict__[name].__get__(error)) in _SCALARS
            for name in ("errno", "strerror", "filename", "filename2")
        )
    if issubclass(cls, SyntaxError):
        return all(
            type(SyntaxError.__dict__[name].__get__(error)) in _SCALARS for name in ("msg", "filename", "lineno")
        )
    return True


def _told(frame: Frame) -> str:
    place = frame.path or ("a cell" if frame.cell else "elsewhere")
    return f"  {place}:{frame.line} in {frame.function}" + (f": {frame.text}" if frame.text else "")


def _inside(file: str, root: Path) -> RelPath | None:
    """The file's path if it is the project's own code: under the root, not installed there, not secret."""
    try:
        path = relative_path(file, root)
        if built_in_reason(path) is not None or not (root / path).is_file():
            return None
        real = (root / path).resolve()
        return path if real.is_relative_to(root) else None
    except (PathError, OSError, RuntimeError, ValueError):
        return None


def _line_of(root: Path, path: RelPath, names: Sequence[str]) -> int:
    """The line of a test: its function, after the classes that it is in; 1 if it is not there."""
    try:
        data = read_inside(root, path, 400_000).data
    except PathError:
        return 1
    place = 0
    for number, name in enumerate(names):
        form = rb"(?:async[ \t]+)?def" if number == len(names) - 1 else rb"class"
        wanted = form + rb"[ \t]+" + re.escape(name.encode("utf8", "replace")) + rb"\b"
        indents = (rb"^[ \t]*",) if number else (rb"^", rb"^[ \t]*")  # first one of the module itself
        tries = (re.compile(indent + wanted, re.M).search(data, place) for indent in indents)
        found = next(filter(None, tries), None) if name else None
        if found is None:
            return 1
        place = found.start()
    return data.count(b"\n", 0, place) + 1


def _one_line(text: str) -> str:
    text = redact(" ".join(text.splitlines()) if "\n" in text or "\r" in text else text)[0]
    return text if len(text) <= MOST_LINE else text[: MOST_LINE - 1] + "…"
