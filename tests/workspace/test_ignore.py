"""What belongs to a project: git's rules exactly as git has them, and what no rule brings back."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codemaestro_jupyter.workspace.ignore import Ignore, built_in_reason


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("src/a.py", None),
        ("uv.lock", "it is written by a tool"),
        ("web/app.min.js", "it is written by a tool"),
        ("web/package-lock.JSON", "it is written by a tool"),
        ("node_modules/a/index.js", "it was copied from another project"),
        ("pkg/_vendor/six.py", "it was copied from another project"),
        (".codemaestro/maestro.db", "it belongs to a tool"),
        (".git/config", "it belongs to a tool"),
        (".git", "it belongs to a tool"),
        ("a/.env", "its name says that it holds secrets"),
        ("a.png", "it is not text"),
        ("two\nlines.py", "its name holds control characters or is not valid UTF-8"),
        ("caf\udce9.py", "its name holds control characters or is not valid UTF-8"),
        ("vendor.py", None),
        ("Makefile", None),
        (".gitignore", None),
        (".github/workflows/a.yml", None),
    ],
)
def test_what_is_never_part_of_a_project(path: str, reason: str | None) -> None:
    assert built_in_reason(path) == reason


def test_a_person_s_own_rules_count(root: Path, write) -> None:
    write(root, {".git/info/exclude": "mine\n", ".git/HEAD": ""})
    write(Path.home(), {".config/git/ignore": "*.swp~\n"})
    rules = Ignore(root)
    assert [path for path in ("mine", "a.swp~", "yours") if rules.allows(path)] == ["yours"]


def test_ignore_files_that_are_links_folders_or_broken_are_passed_over(root: Path, write) -> None:
    write(root, {"rules": "*.py\n", "b/.gitignore/x": "", "c/.gitignore": b"\xff\xfe*\n[\n!\n*.log\n"})
    (root / "a").mkdir()
    (root / "a" / ".gitignore").symlink_to(root / "rules")
    rules = Ignore(root)
    assert rules.allows("a/x.py")
    assert rules.allows("b/x.py")
    assert rules.allows("c/x.py")
    assert not rules.allows("c/x.log")


_SAMPLES = "*.py a a/ /a a/b a/** **/b a/**/c *.md !*.py !a !a/b /b/ b/* !b/c \\#x # ?.py [ab].md *.* !*/ c/**/ **"
PATTERNS = st.lists(
    st.sampled_from(_SAMPLES.split()),
    max_size=4,
)
NAMES = ["a", "b", "c", "a.py", "b.md", "#x"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    top=PATTERNS, nested=PATTERNS, names=st.lists(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3), min_size=1)
)
def test_the_rules_are_git_s(root: Path, run, top: list[str], nested: list[str], names: list[list[str]]) -> None:
    if not (root / ".git").exists():
        run("init", "-q")
        (root / "a").mkdir()
    (root / ".gitignore").write_text("\n".join(top) + "\n")
    (root / "a" / ".gitignore").write_text("\n".join(nested) + "\n")
    paths = sorted({"/".join(name) for name in names})
    # A folder of that name makes git take the path for a folder; we are only ever asked about files.
    paths = [path for path in paths if path != "a"]
    asked = subprocess.run(
        ["git", "check-ignore", "--stdin", "-z", "--no-index"],
        cwd=root,
        input="\0".join(paths),
        capture_output=True,
        text=True,
    )
    rules = Ignore(root)
    assert [path for path in paths if rules.is_ignored(path)] == [name for name in asked.stdout.split("\0") if name]
