"""What every command needs to print: Markdown for people, JSON for programs, a bar for whatever takes long."""

from __future__ import annotations

import codecs
import functools
import json
import re
import shutil
import sys
import textwrap
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from codemaestro_jupyter.store.text import to_json

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.markdown import Markdown
    from rich.status import Status
    from rich.table import Column, Table
    from rich.text import Text

    from codemaestro_jupyter.maestro import Maestro

PATIENCE = 1.0
"""Seconds without a progress bar; a bar that flashes for less is noise."""
NAME = 20
"""Characters that a name has at most, to be kept in one line of a table."""
GAP = 2
"""Blanks beside a column of a table."""


def print_json(value: Mapping[str, Any] | list[Any]) -> None:
    """One JSON document on standard output; where that is not UTF-8, other characters are written as escapes."""
    plain = orjson.loads(to_json(value, str))
    if codecs.lookup(sys.stdout.encoding or "ascii").name == "utf-8":
        print(orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode())
    else:
        print(json.dumps(plain, indent=2))


@contextmanager
def project(root: str | None, *, quiet: bool = False) -> Iterator[Maestro]:
    """A session for one command; what the person should know of it (a database set aside, say) goes to stderr.

    `quiet` is for a command that says it itself.
    """
    from codemaestro_jupyter.maestro import Maestro

    with Maestro(root=root) as maestro:
        maestro.models.attend(False)
        try:
            yield maestro
        finally:
            for notice in [] if quiet else maestro.view()["notices"]:
                print(f"codemaestro: {notice['message']} {notice['hint']}".rstrip(), file=sys.stderr)


_RELATIVE = re.compile(r"(?<=\]\()(?![a-z]+:|/)([^()\s#]+)(?:#line=\d+)?(?=\))")


def with_file_links(markdown: str, root: Path) -> str:
    """Links to the project's files as a terminal opens them: by their whole address, without the line."""
    return _RELATIVE.sub(lambda match: f"{root.as_uri()}/{match[1]}", markdown)


def aside(text: str) -> None:
    """Something said beside the answer, on stderr; a terminal gets lines that break between words."""
    if sys.stderr.isatty():
        text = textwrap.fill(text, shutil.get_terminal_size().columns, break_on_hyphens=False)
    print(text, file=sys.stderr)


def rendered(markdown: str, root: Path | None = None) -> Markdown:
    """Markdown as a terminal shows it, where links to files below `root` can be clicked."""
    from markdown_it import MarkdownIt

    if root is None:
        return drawn()(markdown)
    markdown, ours = with_file_links(markdown, root), f"{root.as_uri()}/"
    found = drawn()(markdown)
    parser = MarkdownIt().enable("strikethrough").enable("table")  # as rich has it, which takes no file for a link
    usual = parser.validateLink
    parser.validateLink = lambda url: url.startswith(ours) or usual(url)  # type: ignore[method-assign]
    found.parsed = parser.parse(markdown)
    return found


@functools.cache
def drawn() -> type[Markdown]:
    """Markdown with tables that cut nothing off: a first column of names stays in one line."""
    from rich.markdown import Markdown, TableElement
    from rich.table import Table

    class Whole(TableElement):
        def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
            for part in super().__rich_console__(console, options):
                if isinstance(part, Table) and sum(_widest(each) + GAP for each in part.columns) > options.max_width:
                    yield from _in_lines(part)
                    continue
                for number, column in enumerate(part.columns if isinstance(part, Table) else ()):
                    names = number == 0 and all(len(str(cell)) <= NAME for cell in column.cells)
                    column.no_wrap, column.overflow, column.min_width = names, "fold", _widest(column)
                yield part

    class Drawn(Markdown):
        elements = {**Markdown.elements, "table_open": Whole}  # noqa: RUF012 - as rich has it

    return Drawn


def _widest(column: Column) -> int:
    """Columns of a screen that a column of a table needs, lest a word of it be broken: one of usual length."""
    from rich.cells import cell_len

    words = (word for text in (column.header, *column.cells) for word in str(text).split())
    return min(NAME, max(map(cell_len, words), default=0))


def _in_lines(table: Table) -> Iterator[Text]:
    """The rows of a table below each other, each with the names of its columns: for a narrow screen."""
    from rich.text import Text

    headers = [str(column.header) for column in table.columns]
    for first, *rest in zip(*(column.cells for column in table.columns), strict=True):
        said = [f"{header} {text}" for header, text in zip(headers[1:], map(str, rest), strict=True) if text]
        yield Text.assemble((str(first), "bold"), f"\n{' · '.join(said)}\n")


def print_markdown(markdown: str, root: Path | None = None) -> None:
    """Rendered in a terminal (where links to files below `root` can be clicked), as it is in a pipe."""
    if not sys.stdout.isatty():
        print(markdown)
        return
    from rich.console import Console

    Console().print(rendered(markdown, root))


class Working:
    """A spinner on stderr for work that turns out to take longer than a second; nothing where no terminal is.

    Used as a `with` block; `stop()` ends it earlier, e.g. before a question.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._lock = threading.Lock()
        self._status: Status | None = None
        self._over = not sys.stderr.isatty()
        self._timer = threading.Timer(PATIENCE, self._begin)
        self._timer.daemon = True

    def __enter__(self) -> Working:
        if not self._over:
            self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Take the spinner away for good; may be called twice."""
        self._timer.cancel()
        with self._lock:
            self._over = True
            if self._status is not None:
                self._status.stop()
                self._status = None

    def _begin(self) -> None:
        from rich.console import Console

        with self._lock:
            if not self._over:
                self._status = Console(stderr=True).status(self._text)
                self._status.start()


def wait_for_index(maestro: Maestro, *, quiet: bool = False, timeout: float = 3600.0) -> bool:
    """Wait until the index is ready, with a bar after a second; False if that did not happen in `timeout` seconds."""
    index = maestro.workspace.index
    if index.wait(PATIENCE):
        return True
    if quiet or not sys.stderr.isatty():
        return bool(index.wait(timeout))
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Indexing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    deadline = time.monotonic() + timeout
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        while not index.wait(0.1):
            progress = index.progress()
            bar.update(task, completed=progress.done, total=progress.total or None)
            if progress.state == "failed" or time.monotonic() > deadline:
                return False
    return True
