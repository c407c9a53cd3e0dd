"""A quick security scan of what a plan would change: secrets and dangerous calls on the lines that are new.

ruff's rules of flake8-bandit (S) say it where ruff is installed: it reads the text from its standard input, with no
configuration and no cache (boundary.DRAFTING), so nothing is written and nothing of the project is run. A small check
of the syntax tree says the gravest of it everywhere.
"""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from codemaestro_jupyter.workspace import parsing
from codemaestro_jupyter.workspace.neighbours import is_test
from codemaestro_jupyter.workspace.secrets import is_secret_line

if TYPE_CHECKING:  # the plan engine brings LibCST, imported once a plan is drafted
    from codemaestro_jupyter.edit.proposal import FileDiff, Proposal

MOST = 8
"""Findings of one plan that are told."""
LARGEST = 400_000
"""Bytes of a file that is looked at; parsing more would stall other threads."""
SECONDS = 5.0
QUIET = frozenset({"S101", "S404", "S603", "S607"})
"""Rules that are no news in a draft: `assert`, and that a subprocess is used at all."""
DANGEROUS: Mapping[str, str] = {
    "eval": "runs text as code",
    "exec": "runs text as code",
    "os.system": "gives text to a shell",
    "os.popen": "gives text to a shell",
    "pickle.load": "runs whatever the data says",
    "pickle.loads": "runs whatever the data says",
    "marshal.loads": "reads data that can crash the interpreter",
    "tempfile.mktemp": "names a file that somebody else may make first",
}
_KEYWORDS: Mapping[tuple[str, object], str] = {
    ("shell", True): "gives text to a shell",
    ("verify", False): "accepts any certificate",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line that should be looked at before it is applied."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.message}"


def review(proposal: Proposal) -> tuple[Finding, ...]:
    """What the new lines of a proposal may do wrong, by path and line; blocks for a moment."""
    found: dict[tuple[str, int], Finding] = {}
    for diff in proposal.diffs:
        for finding in _findings(diff):
            found.setdefault((finding.path, finding.line), finding)
    return tuple(sorted(found.values(), key=lambda item: (item.path, item.line)))[:MOST]


def _findings(diff: FileDiff) -> Iterator[Finding]:
    if diff.after is None or len(diff.after.data) > LARGEST:
        return
    text = diff.after.data.decode("utf8", "replace")
    before = diff.before.data.decode("utf8", "replace") if diff.before is not None else ""
    known = set(before.splitlines())
    new = {number for number, line in enumerate(text.splitlines(), 1) if line not in known}
    for number, line in enumerate(text.splitlines(), 1):
        if number in new and is_secret_line(line):
            yield Finding(diff.path, number, "looks like a secret")
    if diff.path.endswith((".py", ".pyi")):
        yield from (item for item in (*dangers(diff.path, text), *linted(diff.path, text)) if item.line in new)


def dangers(path: str, text: str) -> Iterator[Finding]:
    """Calls that run text, shells, or data; nothing for text that does not parse."""
    try:
        tree = parsing.module(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func) if isinstance(node.func, (ast.Name, ast.Attribute)) else ""
        if name in DANGEROUS:
            yield Finding(path, node.lineno, f"`{name}` {DANGEROUS[name]}")
        if name == "yaml.load" and not any(item.arg == "Loader" for item in node.keywords) and len(node.args) < 2:
            yield Finding(path, node.lineno, "`yaml.load` makes any object that the data names")
        for item in node.keywords:
            value = item.value.value if isinstance(item.value, ast.Constant) else None
            if isinstance(value, bool) and (why := _KEYWORDS.get((item.arg or "", value))):
                yield Finding(path, node.lineno, f"`{item.arg}={value}` {why}")


def linted(path: str, text: str) -> Iterator[Finding]:
    """What ruff's security rules find; nothing without ruff, in tests, or if it takes too long."""
    ruff = shutil.which("ruff")
    if ruff is None or is_test(path):
        return
    command = [ruff, "check", "--isolated", "--no-cache", "--select", "S", "--output-format", "json", "-"]
    try:
        done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=SECONDS, check=False)
        found: Any = json.loads(done.stdout or "[]")
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return
    for item in found:
        if item["code"] and item["code"].startswith("S") and item["code"] not in QUIET:
            yield Finding(path, int(item["location"]["row"]), f"{item['message']} (ruff {item['code']})")
