"""Listing, reading and fingerprinting: strange files are normal, and nothing leads out of the root."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from codemaestro_jupyter.errors import PathError
from codemaestro_jupyter.types import FileText, Fingerprint, RelPath
from codemaestro_jupyter.workspace import inside
from codemaestro_jupyter.workspace.inside import read_inside, relative_path
from codemaestro_jupyter.workspace.reader import MOST_BYTES, Reader, _Texts, decode
from codemaestro_jupyter.workspace.secrets import WITHHELD


def names(reader: Reader) -> list[str]:
    return [file.path for file in reader.list()]


def notebook(*sources: str) -> bytes:
    cells = [{"cell_type": "code", "source": source, "outputs": [{"text": "x" * 1000}]} for source in sources]
    return json.dumps({"cells": cells, "nbformat": 4}).encode()


# -- which files there are --------------------------------------------------------------------------


def test_an_empty_folder_has_no_files(root: Path) -> None:
    assert names(Reader(root)) == []


def test_without_git_the_rules_are_kept_all_the_same(root: Path, write) -> None:
    kept = {"a.py": "", "docs/b.md": "", "n.ipynb": "{}", "sub/.gitignore": "*.tmp\n"}
    left_out = {
        "sub/c.tmp": "",
        ".env": "",
        "k.pem": "",
        "x.png": "",
        "uv.lock": "",
        "node_modules/m/i.js": "",
        "lib.min.js": "",
        "env of mine/pyvenv.cfg": "",
        "env of mine/lib/p.py": "",
        "__pycache__/a.pyc": "",
        ".codemaestro/maestro.db": "",
        "large.txt": "x" * (MOST_BYTES + 1),
        "large.ipynb": b"x" * 12_000_001,
    }
    write(root, {**kept, **left_out})
    assert names(Reader(root)) == sorted(kept)


def test_with_git_tracked_and_new_files_are_the_project(repository: Path, run, write) -> None:
    write(
        repository,
        {".gitignore": "*.log\nout/\n", "new.py": "", "x.log": "", "out/y.py": "", "kept.log": "", ".env": ""},
    )
    run("add", "-f", "kept.log", ".env")
    (repository / "docs" / "b.md").unlink()
    reader = Reader(repository)
    assert names(reader) == [".gitignore", "a.py", "kept.log", "new.py"]
    assert reader.read("kept.log").text == ""
    with pytest.raises(PathError, match="git ignores it"):
        reader.read("x.log")


def test_what_git_ignores_by_any_of_its_rules_is_not_read_and_what_it_tracks_is(
    repository: Path, run, write, tmp_path: Path
) -> None:
    write(tmp_path, {"rules": "*.mine\n"})
    run("config", "core.excludesFile", str(tmp_path / "rules"))
    write(repository, {".gitignore": "*.gen\n!kept.gen\n", ".git/info/exclude": "plans/\n", "sub/kept.gen": ""})
    write(repository, {"sub/x.gen": "", "sub/x.mine": "", "plans/x.py": "", "sub/new.py": "", "sub/a[b]*.gen": ""})
    write(repository, {"sub/forced.gen": ""})
    run("add", "-f", "sub/forced.gen")
    tree = repository.parent / "tree"
    run("worktree", "add", "-q", str(tree))
    write(tree, {"plans/x.py": "", "x.mine": "", "y.py": ""})

    def refused(root: Path, *paths: str) -> list[str]:
        reader = Reader(root)  # nothing was listed before
        return [path for path in paths if reader.reason(RelPath(path)) is not None]

    below = ("x.gen", "x.mine", "kept.gen", "forced.gen", "new.py", "not there.gen", "a[b]*.gen")
    wrong = ["x.gen", "x.mine", "not there.gen", "a[b]*.gen"]
    assert refused(repository, *(f"sub/{name}" for name in below)) == [f"sub/{name}" for name in wrong]
    assert refused(repository, "plans/x.py", "a.py") == ["plans/x.py"]
    assert refused(repository / "sub", *below) == wrong
    assert refused(tree, "plans/x.py", "x.mine", "y.py", "a.py") == ["plans/x.py", "x.mine"]


def test_of_a_listed_file_git_is_not_asked(repository: Path, write) -> None:
    write(repository, {".gitignore": "*.gen\n", "x.gen": "x", ".env": "x"})
    reader = Reader(repository, listed=lambda path: True)
    assert reader.read("x.gen").text == "x"
    with pytest.raises(PathError, match="secrets"):
        reader.read(".env")


def test_rules_that_change_apply_a_moment_later(root: Path, write) -> None:
    times = iter(range(0, 10**12, 10**9))
    write(root, {"a.gen": ""})
    reader = Reader(root, now=lambda: next(times))
    assert reader.reason(RelPath("a.gen")) is None
    write(root, {".gitignore": "*.gen\n"})
    assert [reader.reason(RelPath("a.gen")) for _ in range(3)] == [None, "git ignores it", "git ignores it"]


def test_a_root_that_git_ignores_as_a_whole_is_a_project_by_its_own_rules(repository: Path, run, write) -> None:
    write(repository, {".gitignore": "scratch/\nforced/\n", "scratch/a.py": "", "scratch/b.gen": ""})
    write(repository, {"scratch/.gitignore": "*.gen\n", "forced/a.py": "", "forced/b.py": ""})
    run("add", "-f", "forced/a.py")
    assert names(Reader(repository / "scratch")) == [".gitignore", "a.py"]
    assert names(Reader(repository / "forced")) == ["a.py"]
    assert Reader(repository / "scratch").reason(RelPath("b.gen")) == "git ignores it"


def test_a_bare_repository_has_no_files_of_a_project(repository: Path, run) -> None:
    bare = repository.parent / "bare.git"
    run("clone", "-q", "--bare", str(repository), str(bare))
    assert names(Reader(bare)) == []
    with pytest.raises(PathError, match="tool"):
        Reader(bare).read("config")


def test_nested_repositories_and_submodules_are_other_projects(repository: Path, run, write) -> None:
    run("init", "-q", "nested")
    write(repository, {"nested/inner.py": ""})
    run("clone", "-q", str(repository), str(repository.parent / "other"))
    run("submodule", "--quiet", "add", str(repository.parent / "other"), "module")
    assert names(Reader(repository)) == [".gitmodules", "a.py", "docs/b.md"]


def test_a_worktree_lists_its_own_files(repository: Path, run, write) -> None:
    tree = repository.parent / "tree"
    run("worktree", "add", "-q", str(tree))
    write(tree, {"only here.py": ""})
    assert names(Reader(tree)) == ["a.py", "docs/b.md", "only here.py"]


def test_links_are_not_listed_and_loops_end(root: Path, write, tmp_path: Path) -> None:
    write(root, {"real/a.py": "a"})
    write(tmp_path, {"outside/b.py": "b"})
    for link, target in {
        "up": root,
        "real/loop": root / "real",
        "out": tmp_path / "outside",
        "f.py": root / "real/a.py",
    }.items():
        (root / link).symlink_to(target)
    assert names(Reader(root)) == ["real/a.py"]


def test_names_that_cannot_be_shown_are_not_listed(root: Path) -> None:
    for name in (b"new\nline.py", b"esc\x1b[31m.py", b"not utf-8 \xff.py", "naïve ☃.py".encode()):
        (root / os.fsdecode(name)).write_text("x")
    assert names(Reader(root)) == ["naïve ☃.py"]


def test_unreadable_folders_and_vanishing_files_are_passed_over(
    root: Path, write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root, {"a.py": "", "gone/b.py": ""})
    real = os.scandir

    def scandir(path: object) -> object:
        if str(path).endswith("gone"):
            raise PermissionError(13, "Permission denied")
        return real(path)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "scandir", scandir)
    assert names(Reader(root)) == ["a.py"]


def test_what_may_not_be_read_is_listed_where_its_name_is_known_and_refused(powerless: Path, write) -> None:
    write(powerless, {"a.py": "a", "closed.py": "", "closed/b.py": "", "rules/.gitignore": "*", "rules/c.py": ""})
    for name in ("closed.py", "closed", "rules/.gitignore"):
        (powerless / name).chmod(0)
    reader = Reader(powerless)
    assert names(reader) == ["a.py", "closed.py", "rules/.gitignore", "rules/c.py"]
    for path in ("closed.py", "closed/b.py"):
        assert reader.fingerprint(path) is None
        with pytest.raises(PathError, match="Permission denied"):
            reader.read(path)
    (powerless / "closed.py").chmod(0o600)
    assert reader.read("closed.py").text == ""
    (powerless / "closed").chmod(0o700)


# -- what is in them --------------------------------------------------------------------------------


def test_a_file_is_read_whole_with_its_fingerprint(root: Path, write) -> None:
    write(root, {"a/b.py": "one\r\ntwö\n"})
    digest = hashlib.sha256("one\r\ntwö\n".encode()).hexdigest()
    found = Reader(root).read("./a//b.py")
    assert found == FileText("a/b.py", "one\r\ntwö\n", f"sha256:{digest}", 10)
    assert Reader(root).read(root / "a" / "b.py") == found


@pytest.mark.parametrize(
    ("data", "text", "lossy"),
    [
        (b"caf\xe9\n", "caf�\n", True),
        (b"\xef\xbb\xbfx", "x", False),
        ("x☃".encode("utf-16"), "x☃", False),
        ("x☃".encode("utf-32"), "x☃", False),
        (b"\xff\xfe\x00", "�", True),
        (b"", "", False),
    ],
)
def test_bytes_that_are_not_utf_8(root: Path, data: bytes, text: str, lossy: bool) -> None:
    (root / "a.txt").write_bytes(data)
    found = Reader(root).read("a.txt")
    assert (found.text, found.lossy) == (text, lossy) == decode(data)


def test_secret_lines_are_withheld_and_counted(root: Path, write) -> None:
    write(
        root,
        {"a.py": "x = 1\npassword = 'hunter2hunter2'\ny = 2\n", "n.ipynb": notebook("password = 'hunter2hunter2'")},
    )
    reader = Reader(root)
    assert (reader.read("a.py").text, reader.read("a.py").redacted) == (f"x = 1\n{WITHHELD}\ny = 2\n", 1)
    assert reader.read("n.ipynb").text == f"# %%\n{WITHHELD}"
    assert [cell.source for cell in reader.cells("n.ipynb")] == [WITHHELD]


def test_a_notebook_is_its_cells_and_may_be_large(root: Path) -> None:
    (root / "n.ipynb").write_bytes(notebook("a = 1", "b = 2", "x" * 1_000_000))
    found = Reader(root).read("n.ipynb")
    assert found.text.startswith("# %%\na = 1\n\n# %%\nb = 2\n\n# %%\nxxx")
    assert (len(found.text), found.lossy) == (MOST_BYTES, True)


def test_a_broken_notebook_is_shown_as_it_is(root: Path) -> None:
    (root / "n.ipynb").write_bytes(b'<<<<<<< HEAD\n{"cells": [')
    found = Reader(root).read("n.ipynb")
    assert (found.text, found.lossy) == ('<<<<<<< HEAD\n{"cells": [', True)


def test_one_line_as_long_as_a_file_may_be(root: Path) -> None:
    (root / "a.txt").write_text("x" * MOST_BYTES)
    assert Reader(root).read("a.txt").text == "x" * MOST_BYTES


def test_what_is_refused_says_why(root: Path, write, tmp_path: Path) -> None:
    write(
        root,
        {
            ".env": "A=1",
            "large.txt": "x" * (MOST_BYTES + 1),
            "bin.txt": b"a\0b",
            "uv.lock": "",
            "dir/x": "",
            "safe": "",
        },
    )
    write(tmp_path, {"out.txt": "", "project-2/x.py": ""})
    os.mkfifo(root / "pipe")
    links = {"out": tmp_path / "out.txt", "loop": "loop", "dev": "/dev/zero", "to env": ".env", "dangling": "nowhere"}
    for link, target in links.items():
        (root / link).symlink_to(target)
    refused = {
        ".env": "holds secrets",
        "to env": "holds secrets",
        "large.txt": "too large",
        "bin.txt": "is not text",
        "uv.lock": "written by a tool",
        "dir": "not a regular file|cannot be read",
        "missing.py": "There is no file",
        "out": "leads out",
        "loop": "cannot be opened",
        "dev": "leads out",
        "dangling": "There is no file",
        "pipe": "not a regular file",
        "../out.txt": "leaves the project",
        str(tmp_path / "project-2" / "x.py"): "outside the project",
        "": "does not name",
        "a\0b": "does not name|cannot be opened|control",
        "safe/x": "cannot be opened|no file|cannot be read",
    }
    reader = Reader(root)
    for path, reason in refused.items():
        with pytest.raises(PathError, match=reason) as error:
            reader.read(path)
        assert error.value.hint
        assert reader.fingerprint(path) is None


def test_a_link_inside_the_project_is_read_under_its_real_name(root: Path, write) -> None:
    write(root, {"real/a.py": "a"})
    (root / "link").symlink_to("real")
    assert Reader(root).read("link/a.py").path == "real/a.py"


@pytest.mark.parametrize("stepwise", [True, False], ids=["opened step by step", "compared afterwards"])
def test_a_folder_swapped_for_a_link_between_looking_and_opening_is_not_followed(
    root: Path, write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stepwise: bool
) -> None:
    monkeypatch.setattr(inside, "_STEPWISE", stepwise)
    write(root, {"dir/a.py": "mine"})
    write(tmp_path, {"outside/a.py": "another's"})
    assert read_inside(root, relative_path("dir/a.py", root), 100).data == b"mine"
    looked = inside.real_path

    def swap(*arguments: object) -> object:
        found = looked(*arguments)  # type: ignore[arg-type]
        (root / "dir").rename(root / "was")
        (root / "dir").symlink_to(tmp_path / "outside")
        return found

    monkeypatch.setattr(inside, "real_path", swap)
    with pytest.raises(PathError, match=r"cannot be read|changed while"):
        read_inside(root, relative_path("dir/a.py", root), 100)


def test_a_file_that_disappears_while_it_is_opened(root: Path, write, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, {"a.py": "x"})
    looked = inside.real_path

    def delete(*arguments: object) -> object:
        found = looked(*arguments)  # type: ignore[arg-type]
        (root / "a.py").unlink()
        return found

    monkeypatch.setattr(inside, "real_path", delete)
    with pytest.raises(PathError, match="cannot be read"):
        Reader(root).read("a.py")


def test_only_the_end_of_a_long_file(root: Path, write) -> None:
    write(root, {"a.log": "0123456789"})
    path = relative_path("a.log", root)
    assert read_inside(root, path, 4, tail=True).data == b"6789"
    assert read_inside(root, path, 40, tail=True).data == b"0123456789"


@pytest.mark.parametrize("path", ["a:b", "a.", "a ", "dir./x", "C:/x", "a\\..\\..\\x"])
def test_windows_names_that_mean_something_else_are_refused_there(
    root: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inside, "_ON_WINDOWS", True)
    with pytest.raises(PathError):
        relative_path(path, root)
    assert relative_path("a\\b.py", root) == "a/b.py"


# -- fingerprints -----------------------------------------------------------------------------------


def test_a_fingerprint_follows_the_contents(root: Path, write) -> None:
    reader = Reader(root)
    write(root, {"a.py": "one"})
    first = reader.fingerprint("a.py")
    assert first == reader.read("a.py").fingerprint
    write(root, {"a.py": "two"})  # the same size, perhaps within the same tick of the clock
    assert reader.fingerprint("a.py") not in (first, None)
    write(root, {"a.py": "one"})
    assert reader.fingerprint("a.py") == first
    (root / "a.py").unlink()
    assert reader.fingerprint("a.py") is None


def test_an_unchanged_file_is_not_read_again(root: Path, write, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, {"a.py": "one"})
    later = (root / "a.py").stat().st_ctime_ns + 10_000_000_000
    reader = Reader(root, now=lambda: later)
    first = reader.fingerprint("a.py")
    monkeypatch.setattr("codemaestro_jupyter.workspace.reader.read_inside", None)
    assert reader.fingerprint("a.py") == first


def test_texts_are_remembered_by_content_and_within_bounds(tmp_path: Path) -> None:
    texts = _Texts(most=10)
    first = texts.put(FileText(RelPath("a"), "12345", Fingerprint("1"), 5))
    second = texts.put(FileText(RelPath("b"), "67890", Fingerprint("2"), 5))
    assert texts.get(Fingerprint("1"), RelPath("a")) is first
    texts.put(FileText(RelPath("c"), "x", Fingerprint("3"), 1))
    assert texts.get(Fingerprint("2"), RelPath("b")) is None  # touched longest ago
    assert texts.get(Fingerprint("1"), RelPath("b")) is None
    assert texts.get(Fingerprint("1"), RelPath("a")) is first
    texts.clear()
    assert texts.get(Fingerprint("1"), RelPath("a")) is None
    assert second.text == "67890"


def test_a_file_that_changes_back_and_forth_is_read_as_it_is(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    for text in ("one", "two", "one", "six"):
        (tmp_path / "a.py").write_text(text, encoding="utf8")
        assert reader.read("a.py").text == text
