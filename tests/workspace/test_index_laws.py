"""The law of the index: however it came to be, it answers as one built from nothing would."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from .index_laws import Built, git

NAMES = ("alpha.py", "beta.py", "docs/guide.md", "pkg/__init__.py", "pkg/gamma_ray.py", "pkg/sub/alphaBeta.ts", "b.bin")
TEXTS = (
    "",
    "def alpha(gamma):\n    return gamma + alphaBeta\n",
    "import os.path\nfrom .beta import alpha\n\nclass GammaRay:\n    def alpha(self): ...\n",
    "# Alpha guide\n\nThe beta of gamma gamma gamma.\n",
    "export function alphaBeta(gammaRay) { return gammaRay.alpha }\n",
    "binary\0file",
    "x = 'größe' * 3\nTOKEN_LIMIT = 5\n",
)


class Changes(RuleBasedStateMachine):
    """Any sequence of changes, seen all at once or path by path, with merges in between."""

    @initialize(in_git=st.booleans())
    def begin(self, in_git: bool) -> None:
        # With so few files everything would be loaded each time, and what changed never tried.
        self.small = patch.multiple("codemaestro_jupyter.workspace.index.snapshot", RELOAD_SHARE=0)
        self.small.start()
        self.folder = Path(tempfile.mkdtemp())
        self.root = self.folder / "root"
        self.root.mkdir()
        self.in_git = in_git
        if in_git:
            git(self.root, "init", "-q")
        self.built = Built(self.root, self.folder / "data" / "index.db")
        self.seen = True
        self.count = 0

    @rule(name=st.sampled_from(NAMES), text=st.sampled_from(TEXTS), told=st.booleans())
    def write(self, name: str, text: str, told: bool) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        self.changed(name, told)

    @rule(name=st.sampled_from(NAMES), text=st.sampled_from(TEXTS), told=st.booleans())
    def write_in_the_same_moment(self, name: str, text: str, told: bool) -> None:
        """Same size, same modification time: only the contents say that it changed."""
        path = self.root / name
        if path.exists():
            old = path.stat()
            path.write_bytes(text.encode().ljust(old.st_size, b"\n")[: old.st_size])
            os.utime(path, ns=(old.st_atime_ns, old.st_mtime_ns))
            self.changed(name, told)

    @rule(name=st.sampled_from((*NAMES, "pkg", "docs")), told=st.booleans())
    def delete(self, name: str, told: bool) -> None:
        path = self.root / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        self.changed(name, told)

    @rule(old=st.sampled_from(("pkg", "docs")), new=st.sampled_from(("moved", "pkg/moved")), told=st.booleans())
    def move(self, old: str, new: str, told: bool) -> None:
        source, target = self.root / old, self.root / new
        if source.is_dir() and not target.exists() and not target.is_relative_to(source):
            target.parent.mkdir(parents=True, exist_ok=True)
            source.rename(target)
            self.changed(old, told)
            self.changed(new, told)

    @precondition(lambda self: self.in_git)
    @rule(name=st.sampled_from(NAMES))
    def ignore(self, name: str) -> None:
        (self.root / ".gitignore").write_text(f"/{name}\n", encoding="utf8")
        self.seen = False

    @precondition(lambda self: self.in_git)
    @rule()
    def commit(self) -> None:
        self.count += 1
        git(self.root, "add", "-A")
        git(self.root, "commit", "-q", "--allow-empty", "-m", f"Change number {self.count}")
        self.seen = False

    @precondition(lambda self: self.in_git and self.count > 1)
    @rule(back=st.integers(0, 3))
    def check_out(self, back: int) -> None:
        git(self.root, "add", "-A")
        git(self.root, "stash", "-q")
        commits = git(self.root, "rev-list", "--all").split()
        git(self.root, "checkout", "-q", "-f", "--detach", commits[back % len(commits)])
        git(self.root, "clean", "-qfdx")
        self.seen = False

    @rule()
    def merge(self) -> None:
        self.built.merge()

    @rule(data=st.data())
    def merge_some(self, data: st.DataObject) -> None:
        segments = [segment for (segment,) in self.built.database.read("SELECT id FROM segments")]
        if segments:
            self.built.merge(data.draw(st.lists(st.sampled_from(segments), min_size=1, unique=True)))

    @rule()
    def reopen(self) -> None:
        """The process ends and another one begins."""
        self.built.close()
        self.built = Built(self.root, self.built.path)

    def changed(self, name: str, told: bool) -> None:
        if told and self.seen:
            self.built.update([name])
        else:
            self.seen = False

    @invariant()
    def answers_as_one_built_from_nothing(self) -> None:
        if not hasattr(self, "built"):
            return
        if not self.seen:
            self.built.update()
            self.seen = True
        fresh = Built(self.root, self.folder / "fresh" / "index.db")
        fresh.update()
        try:
            assert self.built.knowledge() == fresh.knowledge()
        finally:
            fresh.close()
            shutil.rmtree(self.folder / "fresh")

    def teardown(self) -> None:
        if hasattr(self, "built"):
            self.built.close()
            shutil.rmtree(self.folder)
            self.small.stop()


Changes.TestCase.settings = settings(max_examples=12, stateful_step_count=15, deadline=None)
TestChanges: Any = Changes.TestCase
