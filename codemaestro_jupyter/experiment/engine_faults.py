"""Faults put in a plan's way: how many are corrected or completed after the suggested fix, and is it always clean?

Each fault makes a small project, breaks something before or after the proposal, and lets the engine go on as a person
would: look, apply, and where that fails follow the first suggestion (up to three times).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from codemaestro_jupyter.edit.engine import Engine
from codemaestro_jupyter.edit.files import DiskFiles, NewFile
from codemaestro_jupyter.edit.proposal import Fix
from codemaestro_jupyter.errors import MaestroError
from codemaestro_jupyter.workspace.reader import Reader

API = '''"""Api."""
import os


def fetch(url, retries=3):
    data = os.fspath(url)
    for _ in range(retries):
        data += "!"
    return data
'''
APP = """from api import fetch


class App:
    def start(self, url):
        result = fetch(url)
        return result
"""


class FaultyFiles(DiskFiles):
    """The real file system, on which the next `failures` writes or replaces fail with an error of the system."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: list[tuple[str, OSError | None]] = []

    def _maybe(self, call: str, path: str) -> None:
        if self.failures and self.failures[0][0] == call and ".log" not in path:
            self._fail()

    def _fail(self) -> None:
        """The next failure; None lets one call pass."""
        error = self.failures.pop(0)[1]
        if error is not None:
            raise error

    def create(self, files: Sequence[NewFile]) -> None:
        for file in files:  # so that the ones before the one that fails are there
            self._maybe("write", file[0])
            super().create([file])

    def append(self, path: str, data: bytes) -> None:
        if self.failures and self.failures[0][0] == "append":
            self._fail()
        super().append(path, data)

    def replace(self, source: str, target: str) -> None:
        self._maybe("replace", target)
        super().replace(source, target)

    def sync_folders(self, folders: Sequence[str]) -> None:
        self._maybe("sync_folders", "")
        super().sync_folders(folders)


@dataclass(slots=True)
class Scene:
    """One project with an engine on it."""

    root: Path
    files: FaultyFiles = field(default_factory=FaultyFiles)

    def engine(self) -> Engine:
        """An engine as a new session makes it."""
        return Engine(self.root, Reader(self.root), self.root / ".codemaestro", files=self.files)

    def tree(self) -> dict[str, bytes]:
        """Every file but those of the journal."""
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and ".codemaestro" not in path.relative_to(self.root).parts
        }

    def write(self, path: str, data: str | bytes) -> None:
        """Write a file as the person does."""
        full = self.root / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_bytes(data if isinstance(data, bytes) else data.encode())

    def change(self, path: str, old: str, new: str) -> None:
        """Change a file as the person does."""
        self.write(path, (self.root / path).read_text(encoding="utf8").replace(old, new))

    def split(self, path: str, to: str) -> None:
        """Move what a module holds to another one that it imports, as the person does."""
        self.write(to, (self.root / path).read_bytes())
        self.write(path, "from core import fetch\n")

    def move(self, path: str, to: str) -> None:
        """Move a file as the person does."""
        (self.root / to).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).rename(self.root / to)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is asked, what goes wrong before or after the proposal, and what must be there in the end."""

    kind: str
    title: str
    command: Any
    wanted: Callable[[dict[str, bytes]], bool]
    before: Callable[[Scene], None] = lambda scene: None
    after: Callable[[Scene], None] = lambda scene: None


def has(path: str, text: str) -> Callable[[dict[str, bytes]], bool]:
    """Whether a file ends up with some text (any file of that name, for one that moved)."""
    return lambda tree: any(text.encode() in data for name, data in tree.items() if name.endswith(path))


def replace(old: str, new: str, path: str = "api.py") -> dict[str, Any]:
    """A step that replaces text."""
    return {"do": "replace_text", "path": path, "old": old, "new": new}


def insert(text: str, anchor: str, path: str = "api.py") -> dict[str, Any]:
    """A step that inserts a line after another one."""
    return {"do": "insert_text", "path": path, "text": text, "where": "after", "anchor": anchor}


LOOP = '    for _ in range(retries):\n        data += "!"\n'
NEW_LOOP = '    for _ in range(retries + 1):\n        data += "?"\n'
ASKED = replace(LOOP, NEW_LOOP)
DONE = has("api.py", "retries + 1")
FIVE = replace("retries=3", "retries=5")
DEEPER = "    if data:\n" + "".join(f"    {line}\n" for line in LOOP.splitlines())
LATIN = ("# -*- coding: latin-1 -*-\n# é\n" + API).encode("latin-1")
FULL = OSError(28, "No space left on device")
DENIED = PermissionError(13, "Permission denied")
FAULTS: tuple[Fault, ...] = (
    Fault("moved", "the text moved down in its file", ASKED, DONE,
          before=lambda s: s.change("api.py", "import os\n", "import os\nimport sys\n\nX = 1\n")),
    Fault("moved", "the text moved to another file", ASKED, has("core.py", "retries + 1"),
          before=lambda s: s.split("api.py", "core.py")),
    Fault("moved", "the file moved before the plan", ASKED, DONE,
          before=lambda s: s.move("api.py", "lib/api.py")),
    Fault("moved", "the file moved after the plan", ASKED, DONE,
          after=lambda s: s.move("api.py", "lib/api.py")),
    Fault("deleted", "the file was deleted after the plan", ASKED, DONE,
          after=lambda s: (s.root / "api.py").unlink()),
    Fault("deleted", "the place was deleted after the plan", ASKED, DONE,
          after=lambda s: s.change("api.py", LOOP, "")),
    Fault("deleted", "the symbol's file was deleted after the plan", "add logging to fetch",
          has("api.py", "logger.debug"), after=lambda s: (s.root / "api.py").unlink()),
    Fault("changed", "another place changed after the plan", ASKED, DONE,
          after=lambda s: s.change("api.py", '"""Api."""', '"""The api."""')),
    Fault("changed", "the same place changed after the plan", FIVE, has("api.py", "retries=5"),
          after=lambda s: s.change("api.py", "retries=3", "retries = 3")),
    Fault("changed", "the indent changed", ASKED, DONE,
          before=lambda s: s.change("api.py", LOOP, DEEPER)),
    Fault("changed", "the blanks changed", ASKED, DONE,
          before=lambda s: s.change("api.py", 'data += "!"', 'data  +=  "!"   ')),
    Fault("changed", "a word changed", ASKED, DONE,
          before=lambda s: s.change("api.py", "for _ in", "for __ in")),
    Fault("changed", "the line ends changed", ASKED, DONE,
          before=lambda s: s.write("api.py", API.replace("\n", "\r\n"))),
    Fault("changed", "the symbol was renamed", "add logging to fetch_url", has("api.py", "logger.debug")),
    Fault("changed", "it was applied twice", insert("import sys", "import os"), has("api.py", "import sys"),
          before=lambda s: s.change("api.py", "import os\n", "import os\nimport sys\n")),
    Fault("read-only", "the file is write-protected", ASKED, DONE,
          before=lambda s: (s.root / "api.py").chmod(0o444)),
    Fault("read-only", "the folder refuses the new bytes", ASKED, DONE,
          after=lambda s: s.files.failures.append(("write", DENIED))),
    Fault("read-only", "the file refuses to be replaced", ASKED, DONE,
          after=lambda s: s.files.failures.append(("replace", DENIED))),
    Fault("full disk", "no room for the journal", ASKED, DONE,
          after=lambda s: s.files.failures.append(("append", FULL))),
    Fault("full disk", "no room for the new bytes", "rename fetch to load", has("app.py", "load(url)"),
          after=lambda s: s.files.failures.append(("write", FULL))),
    Fault("full disk", "no room at the replace", "rename fetch to load", has("app.py", "load(url)"),
          after=lambda s: s.files.failures.append(("replace", FULL))),
    Fault("invalid syntax", "the new text lost its indent",
          replace("        result = fetch(url)\n", "result = fetch(url, 5)\n", "app.py"),
          has("app.py", "        result = fetch(url, 5)")),
    Fault("invalid syntax", "an inserted line has no indent",
          insert("print(url)", "    def start(self, url):", "app.py"), has("app.py", "        print(url)")),
    Fault("invalid syntax", "the file was broken already", FIVE, has("api.py", "retries=5"),
          before=lambda s: s.change("api.py", "return data", "return data)")),
    Fault("invalid syntax", "the new text is broken", replace("return data", "return (data"), lambda tree: False),
    Fault("invalid syntax", "a module is used without its import",
          replace("return data", "return json.dumps(data)"),
          has("api.py", "import json")),
    Fault("wrong encoding", "a Latin-1 file, an ASCII change", FIVE, has("api.py", "retries=5"),
          before=lambda s: s.write("api.py", LATIN)),
    Fault("wrong encoding", "a Latin-1 file, a character it lacks", replace("retries=3", "retries=3, mark='€'"),
          has("api.py", "mark='€'"),
          before=lambda s: s.write("api.py", LATIN)),
    Fault("wrong encoding", "UTF-16 with a byte-order mark", replace("hello", "goodbye", "notes.txt"),
          lambda tree: "goodbye" in tree["notes.txt"].decode("utf-16"),
          before=lambda s: s.write("notes.txt", "hello\n".encode("utf-16"))),
    Fault("wrong encoding", "no valid UTF-8 at all", replace("hello", "goodbye", "notes.txt"),
          has("notes.txt", "goodbye"),
          before=lambda s: s.write("notes.txt", b"caf\xe9 hello\n")),
)  # fmt: skip


def run_fault(fault: Fault, root: Path) -> dict[str, Any]:
    """Live through one fault; `clean`: every failed try left every byte as it was, and no stray file is there."""
    scene = Scene(root)
    scene.write("api.py", API)
    scene.write("app.py", APP)
    fault.before(scene)
    engine = scene.engine()
    proposal = engine.propose(fault.command)
    fault.after(scene)
    followed: list[str] = []
    waiting: list[Fix] = []
    clean = True
    applied = False
    message = ""
    for _ in range(4):
        start = scene.tree()
        fixes: Sequence[Fix]
        if proposal.problem is None and not proposal.diffs and proposal.corrections:
            break  # it is as the plan wants it already
        if proposal.problem is not None:
            message, fixes = proposal.problem.message, proposal.problem.fixes
        else:
            try:
                engine.apply(proposal)
                applied = True
                break
            except MaestroError as error:
                message, fixes = error.message, engine.fixes(error, proposal)
        clean = clean and scene.tree() == start
        waiting = [*fixes, *waiting]  # the newest suggestions first, then those offered before
        fix = next((item for item in waiting if item.title not in followed), None)
        if fix is None:
            break
        followed.append(fix.title)
        proposal = engine.fix(fix)
    tree = scene.tree()
    clean = clean and not any(name.endswith(".maestro") for name in tree)
    clean = clean and all("was found finished" in notice for notice in scene.engine().notices)
    reached = fault.wanted(tree) and (applied or bool(proposal.corrections))
    if applied and clean:
        engine.undo()
    return {
        "kind": fault.kind,
        "title": fault.title,
        "outcome": ("fixed" if followed else "corrected") if reached else "refused",
        "clean": clean,
        "fixes": followed,
        "message": message,
    }


def run_faults() -> dict[str, Any]:
    """Every fault; the shares that recovered and that stayed clean."""
    from codemaestro_jupyter.experiment.engine_mishaps import MISHAPS

    results = []
    for fault in (*FAULTS, *MISHAPS):
        with tempfile.TemporaryDirectory() as folder:
            results.append(run_fault(fault, Path(folder).resolve()))
    recovered = sum(item["outcome"] != "refused" for item in results)
    return {
        "faults": len(results),
        "recovered": recovered / len(results),
        "clean": sum(item["clean"] for item in results) / len(results),
        "not_recovered": [item for item in results if item["outcome"] == "refused"],
        "results": results,
    }
