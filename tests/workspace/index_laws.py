"""What the tests of the index share: build it in this process, and say everything a view knows in plain values."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

from codemaestro_jupyter.store.database import Database, open_database
from codemaestro_jupyter.workspace.index import merging
from codemaestro_jupyter.workspace.index.blocks import SEPARATOR
from codemaestro_jupyter.workspace.index.builder import Builder
from codemaestro_jupyter.workspace.index.loading import Loader
from codemaestro_jupyter.workspace.index.schema import FIELDS, MIGRATIONS
from codemaestro_jupyter.workspace.index.view import IndexView

PREFIXES = ("a", "al", "be", "g", "gam", "T", "x", "_")


def git(root: Path, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main")
    return subprocess.run(
        ["git", *identity, *arguments], cwd=root, check=True, capture_output=True, text=True, env=environment
    ).stdout


class Built:
    """An index written and read in this process."""

    def __init__(self, root: Path, path: Path) -> None:
        self.database: Database = open_database(path, MIGRATIONS, name="index")
        self.builder = Builder(root, self.database)
        self.loader = Loader()
        self.path = path

    def update(self, paths: list[str] | None = None) -> IndexView:
        """Compare everything, or some paths, and load what came of it."""
        if paths is None:
            self.builder.scan()
        else:
            self.builder.changed(paths)  # type: ignore[arg-type]
        while self.builder.busy:
            self.builder.step()
        return self.view()

    def view(self) -> IndexView:
        self.loader.load(self.path)
        return self.loader.view

    def merge(self, sources: list[int] | None = None) -> IndexView:
        """Merge these segments (all of them if not given) and sweep what is left over."""
        every = [segment for (segment,) in self.database.read("SELECT id FROM segments ORDER BY id")]
        for _ in merging.merge(self.database, sources or every, self.builder.reserve_segment()):
            pass
        for _ in merging.sweep(self.database):
            pass
        self.builder.moved_on()
        return self.view()

    def terms(self, field: int) -> list[str]:
        rows = self.database.read("SELECT terms FROM blocks WHERE field = ?", (field,))
        return sorted({term for (terms,) in rows for term in terms.split(SEPARATOR)})

    def knowledge(self) -> dict[str, Any]:
        """Everything that the view answers, with paths for document numbers."""
        view = self.view()
        named = lambda documents: sorted(view.paths[document] for document in documents.tolist())  # noqa: E731
        knowledge: dict[str, Any] = {
            "head": view.head,
            "paths": list(view.paths),
            "sizes": view.sizes.tolist(),
            "tokens": view.tokens.tolist(),
            "modified": view.modified.tolist(),
            "subjects": list(view.history.subjects),
            "files": [named(files) for files in view.history.files],
            "words": {prefix: view.words(prefix, 5) for prefix in PREFIXES},
            "outlines": [view.outline(document) for document in range(len(view.paths))],
        }
        for number, name in enumerate(FIELDS):
            field = view.field(name)
            postings = {}
            for term in self.terms(number):
                documents, counts = field.postings(term)
                if len(documents):
                    postings[term] = sorted(zip(map(view.paths.__getitem__, documents), counts.tolist(), strict=True))
            knowledge[name] = postings
            knowledge[f"{name} lengths"] = field.lengths.tolist()
            knowledge[f"{name} completions"] = {prefix: field.complete(prefix, 4) for prefix in PREFIXES}
            for prefix in PREFIXES:  # the same, counted here
                counted = [(term, len(found)) for term, found in postings.items() if term.startswith(prefix)]
                best = sorted(counted, key=lambda item: (-item[1], item[0]))[:4]
                assert knowledge[f"{name} completions"][prefix] == best
        knowledge["definitions"] = {name: view.definitions(name) for name in knowledge["names"]}
        return knowledge

    def close(self) -> None:
        self.loader.close()
        self.database.close()
