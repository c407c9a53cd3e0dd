"""Try to break the boundary: what a preparation gets, what its code may contain, and what git is kept from doing."""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codemaestro_jupyter.errors import BoundaryError
from codemaestro_jupyter.plan.scripted_sources import ScriptedSources
from codemaestro_jupyter.plan.workspace_sources import WorkspaceSources
from codemaestro_jupyter.prepare import boundary, kinds
from codemaestro_jupyter.prepare.boundary import ALLOWED, Allowed, StoppedError, made_from
from codemaestro_jupyter.prepare.changing import Opened, work_out
from codemaestro_jupyter.prepare.kinds import KINDS
from codemaestro_jupyter.prepare.review import linted
from codemaestro_jupyter.types import (
    Cell,
    CellId,
    Failure,
    FileText,
    LiveContext,
    NotebookId,
    NotebookPicture,
    Prediction,
    RelPath,
    Symbol,
)
from codemaestro_jupyter.workspace.symbols import symbols
from codemaestro_jupyter.workspace.workspace import Workspace
from tests.prepare.conftest import git


class PlainOutliner:
    def __init__(self, read: Callable[[RelPath], FileText]) -> None:
        self._read = read

    def outline(self, path: RelPath) -> tuple[FileText, tuple[Symbol, ...]]:
        text = self._read(path)
        return text, symbols(path, text.text)

    sketch = outline

    def change(self, sentence: str, stopped: Callable[[], bool]) -> dict[str, Any]:
        return {"diffs": []}


class Working(PlainOutliner):
    """Works commands out, too, with the journal of a project's data folder."""

    def __init__(self, workspace: Workspace, folder: Path) -> None:
        super().__init__(workspace.read)
        self._workspace, self._notebooks = workspace, Opened(journal=(folder / "journal").as_posix())

    def change(self, sentence: str, stopped: Callable[[], bool]) -> dict[str, Any]:
        return work_out(self._workspace, self._notebooks, sentence, stopped)


def allowed(sources: Any = None, stopped: bool = False) -> Allowed:
    sources = sources or ScriptedSources({"a.py": "def fetch():\n    pass\n"})
    return Allowed(sources, PlainOutliner(sources.read), lambda: stopped)


# -- the narrow object ------------------------------------------------------------------------------


def test_there_is_exactly_what_is_listed() -> None:
    public = {name for name in dir(Allowed) if not name.startswith("_")}
    assert public == set(ALLOWED)


@pytest.mark.parametrize("name", ["write", "open", "unlink", "workspace", "reader", "git", "run", "system", "maestro"])
def test_anything_else_is_refused_with_what_is_possible(name: str) -> None:
    with pytest.raises(BoundaryError, match=f"'{name}'.*It may: files, read, outline"):
        getattr(allowed(), name)


def test_nothing_can_be_put_on_it() -> None:
    for name in ("read", "note", "_sources"):
        with pytest.raises(BoundaryError):
            setattr(allowed(), name, None)
    assert not hasattr(Allowed, "__dict__") or "__dict__" not in Allowed.__slots__


@pytest.mark.parametrize("question", sorted(ALLOWED))
def test_every_question_is_a_point_where_a_cancelled_preparation_ends(question: str) -> None:
    arguments: dict[str, tuple[Any, ...]] = {
        "search": ("x", 1), "history": ("", (), 1), "status": (), "failures": (), "notebook": (), "variables": (),
        "files": (), "now": (), "enough": (), "branch": (), "too_large": (),
    }  # fmt: skip
    with pytest.raises(StoppedError):
        getattr(allowed(stopped=True), question)(*arguments.get(question, ("a.py",)))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_no_kind_can_forget_what_it_was_made_from(kind: str) -> None:
    asked = allowed()
    KINDS[kind](asked, "a.py")  # type: ignore[index]
    assert made_from(asked)


# -- the code of preparations -----------------------------------------------------------------------

HARMLESS = {"__future__", "collections.abc", "typing", "codemaestro_jupyter"}
PURE_ROOMS = {
    "codemaestro_jupyter.errors",
    "codemaestro_jupyter.plan.structure",
    "codemaestro_jupyter.types",
    "codemaestro_jupyter.prepare.boundary",
    "codemaestro_jupyter.prepare.payloads",
    "codemaestro_jupyter.prepare.rehearsal",
    "codemaestro_jupyter.prepare.tokens",
    "codemaestro_jupyter.workspace.secrets",
}
FORBIDDEN = {"open", "exec", "eval", "compile", "__import__", "getattr", "setattr", "globals", "vars", "input", "print"}


def test_the_code_of_preparations_reaches_nothing_else() -> None:
    tree = ast.parse(Path(kinds.__file__).read_text(encoding="utf8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert {alias.name for alias in node.names} <= HARMLESS
        elif isinstance(node, ast.ImportFrom):
            assert node.module in HARMLESS | PURE_ROOMS
        elif isinstance(node, ast.Name):
            assert node.id not in FORBIDDEN
        elif isinstance(node, ast.Attribute):
            assert not node.attr.startswith("_"), "a preparation must not reach behind what it may ask"
        elif isinstance(node, ast.MatchClass):
            assert not [name for name in node.kwd_attrs if name.startswith("_")], "a pattern reads attributes as well"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not re.search(r"\{[^{}]*[._]_", node.value), "and so does a template"


def test_the_boundary_itself_touches_no_file_and_starts_no_process() -> None:
    tree = ast.parse(Path(boundary.__file__).read_text(encoding="utf8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {"os", "subprocess", "pathlib", "shutil", "socket"} & {
        alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    assert not any(module and module.startswith("codemaestro_jupyter.workspace.git") for module in imported)


# -- what really happens ----------------------------------------------------------------------------

CHANGING = {
    "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.chmod", "os.chown", "os.link", "os.symlink", "os.truncate",
    "os.utime", "os.system", "os.exec", "os.fork", "os.posix_spawn", "shutil.rmtree", "socket.connect", "socket.bind",
    "ctypes.dlopen",
}  # fmt: skip


class Audit:
    """What the interpreter reports while `watching`: attempts to change anything, and processes other than git."""

    def __init__(self) -> None:
        self.watching = False
        self.found: list[tuple[str, tuple[Any, ...]]] = []
        sys.addaudithook(self.hook)

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.watching:
            return
        if event == "open":
            path, mode, flags = arguments
            if path == os.devnull:  # what a child process gets for its unused pipes
                return
            writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
            if (isinstance(mode, str) and set(mode) & set("wax+")) or (isinstance(flags, int) and flags & writes):
                self.found.append((event, arguments))
        elif event in CHANGING or (event == "subprocess.Popen" and os.path.basename(str(arguments[0])) != "git"):
            self.found.append((event, arguments))


AUDIT = Audit()
"""One for the whole run: an audit hook cannot be taken away again."""


def picture(root: Path) -> dict[str, tuple[int, int, bytes]]:
    """Every file with its time, inode and bytes, git's own included; and every folder."""
    every = list(root.rglob("*"))
    return {
        str(path): (path.stat().st_mtime_ns, path.stat().st_ino, path.read_bytes() if path.is_file() else b"")
        for path in every
    }


def hostile(root: Path, marks: Path) -> None:
    """A repository whose configuration would run a program at every chance it gets."""
    marks.mkdir()
    script = root.parent / "evil.sh"
    script.write_text(f'#!/bin/sh\ntouch "{marks}/$1"\ncat\n')
    script.chmod(0o755)
    for name, value in {
        "core.fsmonitor": f"{script} fsmonitor",
        "core.hooksPath": str(root / ".git" / "hooks"),
        "core.pager": f"{script} pager",
        "core.editor": f"{script} editor",
        "diff.external": f"{script} external",
        "diff.evil.textconv": f"{script} textconv",
        "diff.evil.command": f"{script} command",
        "filter.evil.clean": f"{script} clean",
        "filter.evil.smudge": f"{script} smudge",
        "filter.evil.process": f"{script} process",
        "gpg.program": f"{script} gpg",
        "log.showSignature": "true",
        "core.sshCommand": f"{script} ssh",
        "credential.helper": f"{script} credential",
    }.items():
        git(root, "config", name, value)
    (root / ".gitattributes").write_text("*.py diff=evil filter=evil\n")
    for hook in ("post-index-change", "pre-commit", "post-checkout", "reference-transaction", "fsmonitor-watchman"):
        place = root / ".git" / "hooks" / hook
        place.parent.mkdir(exist_ok=True)
        place.write_text(f'#!/bin/sh\ntouch "{marks}/hook"\n')
        place.chmod(0o755)


def everything(workspace: Workspace, folder: Path) -> dict[str, dict[str, Any]]:
    """Run every kind of preparation on a project, with all that a live session may know."""
    cell = Cell(CellId("c"), "code", "x = 1")
    live = LiveContext(
        notebook=NotebookPicture(NotebookId("n"), None, (cell,), cell.id),
        failures=(Failure("traceback", "KeyError: 'a'", "detail"),),
    )
    sources = WorkspaceSources(workspace, live, lambda text: Prediction())
    subjects = {
        "file": ("app/client.py", "README.md"),
        "symbol": ("fetch_orders",),
        "neighbours": ("app/client.py",),
        "history": ("recent", "topic:orders", "file:app/client.py"),
        "status": ("working tree",),
        "failure": ("last",),
        "cell": ("n",),
        "scope": ("app/", "./", "app/client.py"),
        "change": ("rename decode to unpack, then add logging to it", "move app/codec.py to app/sub/"),
        "tool": ("answer:explain fetch_orders", "answer:why did it fail", "answer:what changed", "answer:make it fast"),
    }
    assert set(subjects) == set(KINDS)
    made = {}
    for kind, names in subjects.items():
        for name in names:
            asked = Allowed(sources, Working(workspace, folder), lambda: False)
            made[f"{kind} {name}"] = KINDS[kind](asked, name)  # type: ignore[index]
    return made


@pytest.mark.skipif(os.name == "nt", reason="the hostile scripts are shell scripts")
def test_no_preparation_changes_anything_whatever_the_repository_configures(root: Path, tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    hostile(root, marks)
    # Same content, newer time: a plain `git status` would now refresh the index and rewrite it.
    os.utime(root / "app/codec.py", (2e9, 2e9))
    (root / "app/client.py").write_text("changed = True\n")
    (root / "new.py").write_text("new = True\n")
    workspace = Workspace(root, None, tmp_path / "data", watch=False)
    workspace.start()
    assert workspace.index.wait(60)
    for mark in marks.iterdir():  # what setting up or indexing did is not ours to judge here
        mark.unlink()
    before = picture(root)

    AUDIT.found.clear()
    AUDIT.watching = True
    try:
        made = everything(workspace, tmp_path / "data")
    finally:
        AUDIT.watching = False
        workspace.close()

    assert picture(root) == before
    assert list(marks.iterdir()) == []
    assert AUDIT.found == []
    assert made["status working tree"]["status"]["changed"] == ["app/client.py"]
    assert "+changed = True" in made["status working tree"]["diffs"]["app/client.py"]
    assert set(made["status working tree"]["status"]["untracked"]) == {".gitattributes", "new.py"}
    assert not list(root.rglob("*.lock"))
    assert not (tmp_path / "data" / "journal").exists()
    paths = [item["path"] for item in made["change rename decode to unpack, then add logging to it"]["diffs"]]
    assert paths == ["app/codec.py"]


def test_a_plain_git_status_would_have_been_noticed(root: Path) -> None:
    """The test above can fail: git's usual manners do rewrite the index."""
    os.utime(root / "app/codec.py", (2e9, 2e9))
    before = picture(root)
    git(root, "status")
    assert picture(root) != before


def test_secrets_are_neither_read_nor_kept(root: Path, tmp_path: Path) -> None:
    token = "ghp_" + "a1B2" * 9
    (root / ".env").write_text(f"TOKEN={token}\n")
    (root / "app/client.py").write_text(f'token = "{token}"\nvalue = 1\n')
    workspace = Workspace(root, None, tmp_path / "data", watch=False)
    workspace.start()
    assert workspace.index.wait(60)
    made = everything(workspace, tmp_path / "data")
    cell = Cell(CellId("c"), "code", f"key = '{token}'")
    live = LiveContext(notebook=NotebookPicture(NotebookId("n"), None, (cell,), cell.id))
    sources = WorkspaceSources(workspace, live, lambda text: Prediction())
    made["cell"] = KINDS["cell"](Allowed(sources, PlainOutliner(workspace.read), lambda: False), "n")
    workspace.close()
    assert token not in str(made)
    assert "value = 1" in made["file app/client.py"]["text"]
    assert made["cell"]["cells"][0]["id"] == "c"


def test_only_the_review_of_a_draft_starts_a_program_and_it_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Path(boundary.__file__).parent
    starting = {path.name for path in room.glob("*.py") if re.search(r"\bsubprocess\b", path.read_text("utf8"))}
    assert starting == {"review.py"}
    assert set(boundary.DRAFTING) == {"model", "blueprint", "review", "trial"}
    monkeypatch.chdir(tmp_path)
    list(linted("a.py", "import hashlib\nhashlib.md5(b'')\n"))
    assert list(tmp_path.iterdir()) == []
