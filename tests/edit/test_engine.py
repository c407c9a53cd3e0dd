"""Propose, look, apply, undo on real files; cells through a front end; several processes; hard endings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codemaestro_jupyter.edit.cellsteps import ScriptedCells
from codemaestro_jupyter.edit.engine import Engine
from codemaestro_jupyter.edit.files import DiskFiles
from codemaestro_jupyter.edit.proposal import proposal_to_json, unified
from codemaestro_jupyter.errors import ConflictError, DiskError, EditError, OptionError, PathError
from codemaestro_jupyter.types import Cell, CellId
from codemaestro_jupyter.workspace.reader import Reader

API = 'import os\n\n\ndef fetch_user(a):\n    """fetch_user it."""\n    return os.fspath(a)\n'
START = {
    "src/pkg/__init__.py": "from .api import fetch_user\n",
    "src/pkg/api.py": API,
    "README.md": "Use fetch_user.\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, text in START.items():
        full = tmp_path / "project" / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_text(text, encoding="utf8")
    return (tmp_path / "project").resolve()


def engine(root: Path, cells: ScriptedCells | None = None, files: DiskFiles | None = None) -> Engine:
    return Engine(root, Reader(root), root.parent / "data", cells, files=files, clock=lambda: 5.0)


def tree(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


RENAME = "rename fetch_user to load_user"


def test_a_plan_is_shown_applied_undone_and_redone(root: Path) -> None:
    start = tree(root)
    one = engine(root)
    proposal = one.propose(f"{RENAME}, then add logging to it")
    assert proposal.applicable
    assert tree(root) == start
    assert [(hunk.id, hunk.ticked) for hunk in proposal.hunks()] == [
        ("README.md:1", False),
        ("src/pkg/__init__.py:1", True),
        ("src/pkg/api.py:1", True),
        ("src/pkg/api.py:2", True),
        ("src/pkg/api.py:3", True),
        ("src/pkg/api.py:4", False),
        ("src/pkg/api.py:5", True),
    ]
    assert "-from .api import fetch_user\n+from .api import load_user\n" in unified(proposal)
    assert proposal_to_json(proposal)["applicable"] is True
    receipt = one.apply(proposal)
    applied = tree(root)
    assert receipt.files == ("src/pkg/__init__.py", "src/pkg/api.py")
    assert b'logger.debug("load_user(a=%r)", a)' in applied["src/pkg/api.py"]
    one.undo()
    assert tree(root) == start
    one.redo()
    assert tree(root) == applied
    assert [(line.operation, line.state) for line in one.log()] == [
        ("redo", "done"),
        ("undo", "done"),
        ("apply", "applied"),
    ]
    assert [step[1] for step in one.trace(receipt.transaction)["steps"]] == [
        "rename symbol fetch_user to load_user",
        "add logging load_user",
    ]


def test_only_accepted_hunks_are_written(root: Path) -> None:
    one = engine(root)
    proposal = one.propose(RENAME)
    every = {hunk.id for hunk in proposal.hunks()}
    one.apply(proposal, every)
    assert all(b"fetch_user" not in data for data in tree(root).values())
    one.undo()
    one.apply(one.propose(RENAME), {"README.md:1"})
    assert tree(root) == {path: text.encode() for path, text in {**START, "README.md": "Use load_user.\n"}.items()}
    with pytest.raises(OptionError, match="no hunk 'x'"):
        one.apply(proposal, {"x"})
    with pytest.raises(EditError, match="No hunk"):
        one.apply(proposal, set())


def test_hunks_that_do_not_parse_by_themselves_are_refused(root: Path) -> None:
    one = engine(root)
    (root / "m.py").write_text("a = [\n    1,\n]\nb = 2\n", encoding="utf8")
    proposal = one.propose('replace "a = [" with "a = (" in m.py, then replace "]\\nb" with ")\\nb" in m.py')
    assert len(proposal.hunks()) == 2
    with pytest.raises(EditError, match="would be broken"):
        one.apply(proposal, {"m.py:1"})


def test_undo_and_redo_any_number_of_steps(root: Path) -> None:
    one = engine(root)
    states = [tree(root)]
    for number in range(4):
        one.apply(one.propose(f'append "Line {number}." to README.md'))
        states.append(tree(root))
    one.undo(3)
    assert tree(root) == states[1]
    engine(root).redo(2)  # another process goes on where this one was
    assert tree(root) == states[3]
    one.undo(3)
    assert tree(root) == states[0]
    with pytest.raises(EditError, match="nothing to undo"):
        one.undo()
    one.apply(one.propose("create new.txt"))
    with pytest.raises(EditError, match="nothing to redo"):
        one.redo()


def test_undo_keeps_what_the_person_did_elsewhere_and_refuses_where_it_meets(root: Path) -> None:
    one = engine(root)
    receipt = one.apply(one.propose(RENAME))
    path = root / "src/pkg/api.py"
    path.write_text("# mine\n" + path.read_text(encoding="utf8"), encoding="utf8")
    one.undo()
    assert path.read_text(encoding="utf8") == "# mine\n" + API
    one.redo()
    path.write_text(path.read_text(encoding="utf8").replace("def load_user(a)", "def load_user(a, b)"), encoding="utf8")
    before = tree(root)
    with pytest.raises(ConflictError, match=r"src/pkg/api.py line 5 was changed since: def load_user\(a, b\):"):
        one.undo(transaction=receipt.transaction)
    assert tree(root) == before


def test_files_are_moved_with_their_mode_and_their_bytes(root: Path) -> None:
    script = root / "run.sh"
    script.write_bytes(b"\xef\xbb\xbfecho one\r\necho two")
    script.chmod(0o755)
    one = engine(root)
    one.apply(one.propose('move run.sh to bin/, then replace "one" with "1" in bin/run.sh'))
    moved = root / "bin/run.sh"
    assert (moved.read_bytes(), moved.stat().st_mode & 0o777) == (b"\xef\xbb\xbfecho 1\r\necho two", 0o755)
    one.undo()
    assert (script.read_bytes(), script.stat().st_mode & 0o777) == (b"\xef\xbb\xbfecho one\r\necho two", 0o755)
    assert not (root / "bin").exists()


def test_what_changed_since_the_plan_is_never_overwritten(root: Path) -> None:
    one = engine(root)
    proposal = one.propose(RENAME)
    (root / "src/pkg/api.py").write_text(API + "# mine\n", encoding="utf8")
    before = tree(root)
    with pytest.raises(ConflictError, match=r"src/pkg/api.py changed since") as caught:
        one.apply(proposal)
    assert tree(root) == before
    again = one.fix(one.fixes(caught.value, proposal)[0])
    one.apply(again)
    assert b"# mine" in tree(root)["src/pkg/api.py"]
    assert b"def load_user" in tree(root)["src/pkg/api.py"]


def test_a_folder_that_became_a_link_out_of_the_project_is_noticed(root: Path) -> None:
    one = engine(root)
    proposal = one.propose(RENAME)
    outside = root.parent / "outside"
    (root / "src").rename(outside)
    (root / "src").symlink_to(outside)
    before = tree(outside)
    with pytest.raises(PathError, match="leads out of the project by now"):
        one.apply(proposal)
    assert tree(outside) == before


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("create ../outside.txt", "leads out"),
        ("create /etc/outside.txt", "not a path relative"),
        ('create out/new.txt with "x"', "through a link"),
        ('append "x" to linked.py', "is a link to README.md"),
        ('append "x" to picture.png', "not changed"),
        ('append "x" to .env', "secrets"),
        ("create id_rsa", "secret"),
        ('append "x" to ignored/a.txt', "ignored"),
        ('append "x" to src', "no regular file"),
        ("rename load_usr to x", "no load_usr"),
    ],
)
def test_what_may_not_be_touched_is_a_problem_and_nothing_is_written(root: Path, said: str, message: str) -> None:
    (root / ".gitignore").write_text("ignored/\n", encoding="utf8")
    (root / "ignored").mkdir()
    (root / "ignored/a.txt").write_text("x", encoding="utf8")
    (root / "out").symlink_to(root.parent)
    (root / "linked.py").symlink_to(root / "README.md")
    (root / "picture.png").write_bytes(b"\x89PNG\x00")
    before = tree(root)
    one = engine(root)
    proposal = one.propose(said)
    assert not proposal.applicable
    assert proposal.problem is not None
    assert message in proposal.problem.message
    with pytest.raises(EditError):
        one.apply(proposal)
    assert tree(root) == before


def test_a_misspelt_symbol_comes_with_a_fix(root: Path) -> None:
    one = engine(root)
    problem = one.propose("add logging to fetch_usr").problem
    assert problem is not None
    assert [fix.title for fix in problem.fixes] == ["Use src/pkg/api.py::fetch_user."]
    assert one.fix(problem.fixes[0]).applicable


def test_a_write_protected_file_needs_a_word_more(root: Path) -> None:
    (root / "README.md").chmod(0o444)
    one = engine(root)
    proposal = one.propose('append "More." to README.md')
    assert [(item.path, item.allowed, item.fix) for item in proposal.permissions] == [
        ("README.md", False, "make writable")
    ]
    with pytest.raises(PathError) as caught:
        one.apply(proposal)
    one.apply(one.fix(one.fixes(caught.value, proposal)[0]))
    assert (root / "README.md").read_text(encoding="utf8") == "Use fetch_user.\nMore.\n"
    assert (root / "README.md").stat().st_mode & 0o777 == 0o444


class FullDisk(DiskFiles):
    """A disk that fills up at the n-th replace."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at

    def replace(self, source: str, target: str) -> None:
        self.at -= 1
        if self.at == 0:
            raise OSError(28, "No space left on device", target)
        super().replace(source, target)


def test_a_full_disk_in_the_middle_takes_everything_back(root: Path) -> None:
    one = engine(root, files=FullDisk(2))
    before = tree(root)
    proposal = one.propose(RENAME)
    with pytest.raises(DiskError, match="No space left"):
        one.apply(proposal)
    assert tree(root) == before
    assert one.log()[0].state == "taken back"
    one.apply(proposal)
    assert b"load_user" in tree(root)["src/pkg/api.py"]


def cell(name: str, source: str) -> Cell:
    return Cell(CellId(name), "code", source)


CELLS = [
    cell("one", "from pkg import fetch_user"),
    cell("two", "%time fetch_user(1)\nfetch_user(2)"),
    cell("three", "x = 1"),
]


def test_open_notebooks_change_through_their_front_end_and_closed_ones_on_disk(root: Path) -> None:
    host = ScriptedCells({"open.ipynb": CELLS})
    for name in ("open", "closed"):
        cells = [nbformat.v4.new_code_cell(item.source, id=item.id) for item in CELLS]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), root / f"{name}.ipynb")
    start, cells_before = tree(root), host.open_notebooks()
    one = engine(root, host)
    one.apply(one.propose(RENAME))
    wanted = ["from pkg import load_user", "%time fetch_user(1)\nload_user(2)", "x = 1"]
    assert [item.source for item in host.notebooks["open.ipynb"]] == wanted
    assert [item.source for item in nbformat.read(root / "closed.ipynb", 4).cells] == wanted
    assert tree(root)["open.ipynb"] == start["open.ipynb"]  # saving it is the front end's
    one.undo()
    assert tree(root) == start
    assert host.open_notebooks() == cells_before


def test_a_refused_cell_leaves_everything_as_it_was(root: Path) -> None:
    host = ScriptedCells({"a.ipynb": CELLS, "b.ipynb": CELLS})
    one = engine(root, host)
    proposal = one.propose(RENAME)
    host.notebooks["b.ipynb"][1] = cell("two", "person typed")
    before, cells_before = tree(root), host.open_notebooks()
    with pytest.raises(ConflictError, match=r"b.ipynb was not changed: cell two changed meanwhile"):
        one.apply(proposal)
    assert (tree(root), host.open_notebooks()) == (before, cells_before)


def test_typing_in_another_cell_is_no_conflict(root: Path) -> None:
    host = ScriptedCells({"a.ipynb": CELLS})
    one = engine(root, host)
    proposal = one.propose(RENAME)
    host.notebooks["a.ipynb"][2] = cell("three", "person typed")
    one.apply(proposal)
    one.undo()
    assert host.notebooks["a.ipynb"] == [*CELLS[:2], cell("three", "person typed")]


def test_cells_are_taken_back_if_the_disk_fails(root: Path) -> None:
    host = ScriptedCells({"a.ipynb": CELLS})
    one = engine(root, host, FullDisk(2))
    before, cells_before = tree(root), host.open_notebooks()
    with pytest.raises(DiskError):
        one.apply(one.propose(RENAME))
    assert (tree(root), host.open_notebooks()) == (before, cells_before)


SCRIPT = """
import sys
from pathlib import Path
from codemaestro_jupyter.edit.engine import Engine
from codemaestro_jupyter.errors import ConflictError
from codemaestro_jupyter.workspace.reader import Reader
root = Path(sys.argv[1])
one = Engine(root, Reader(root), root.parent / "data")
done = 0
while done < 8:
    try:
        one.apply(one.propose(f'append "{sys.argv[2]} {done}" to README.md'))
        done += 1
    except ConflictError:
        pass
"""


def test_two_processes_at_once_lose_nothing(root: Path) -> None:
    children = [subprocess.Popen([sys.executable, "-c", SCRIPT, str(root), name]) for name in ("one", "two")]
    assert [child.wait(120) for child in children] == [0, 0]
    lines = (root / "README.md").read_text(encoding="utf8").splitlines()
    assert sorted(lines[1:]) == sorted(f"{name} {number}" for name in ("one", "two") for number in range(8))
    one = engine(root)
    one.undo(16)
    assert (root / "README.md").read_text(encoding="utf8") == START["README.md"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
def test_kill_at_random_moments_leaves_nothing_half_done(tmp_path: Path) -> None:
    """A few moments here; the 500 of the figure are `engine_bench.bench_kill`."""
    done = subprocess.run(
        [sys.executable, "-m", "codemaestro_jupyter.experiment.engine_kill", str(tmp_path / "project"), "25", "3"],
        capture_output=True,
        text=True,
        check=True,
    )
    found = __import__("json").loads(done.stdout)
    assert (found["half-done"], found["lost_files"], found["whole"] + found["no trace"]) == (0, 0, 25)


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("abc"), st.binary(max_size=20)), max_size=6))
def test_any_series_of_changes_is_undone_byte_for_byte(root: Path, changes: list[tuple[str, bytes]]) -> None:
    from codemaestro_jupyter.edit.blueprint import Change, Component

    one = engine(root)
    states = [tree(root)]
    for name, data in changes:
        path = f"{name}/x.bin"
        before = one.files.read(f"{root.as_posix()}/{path}")
        change = Change(path, Component(path, *before) if before else None, Component(path, data) if data else None)
        if change.before == change.after or (
            change.before and change.after and change.before.data == change.after.data
        ):
            continue
        one.write([change], f"change {path}")
        states.append(tree(root))
    for state in reversed(states[:-1]):
        one.undo()
        assert tree(root) == state


def test_a_batch_is_one_transaction(root: Path) -> None:
    one = engine(root)
    start = tree(root)
    proposal = one.propose_batch([RENAME, 'append "More." to README.md', 'create notes.txt with "hi"'])
    one.apply(proposal)
    assert len(one.log()) == 1
    one.undo()
    assert tree(root) == start
    problem = one.propose_batch(["delete file README.md", 'append "x" to README.md']).problem
    assert problem is not None
    assert "Commands 1 and 2 conflict in README.md" in problem.message


def test_a_damaged_end_of_the_journal_is_cut_off_and_the_rest_still_undone(root: Path) -> None:
    one = engine(root)
    start = tree(root)
    one.apply(one.propose(RENAME))
    (log,) = (root.parent / "data/journal").glob("*.log")
    log.write_bytes(log.read_bytes() + b"CMJ1\x99 half a record")
    two = engine(root)
    two.undo()
    assert tree(root) == start


def test_a_journal_deleted_under_a_running_kernel_is_begun_again(root: Path) -> None:
    one = engine(root)
    one.apply(one.propose(RENAME))
    for path in (root.parent / "data/journal").iterdir():
        path.unlink()
    (root.parent / "data/journal").rmdir()
    one.apply(one.propose('append "More." to README.md'))
    assert [line.title for line in one.log()] == ['append "More." to README.md']


def test_metrics_count_stages_and_transactions(root: Path) -> None:
    one = engine(root)
    one.apply(one.propose(RENAME))
    text = one.metrics_text()
    assert 'codemaestro_edit_seconds_count{stage="verify"} 1' in text
    assert 'codemaestro_edit_transactions_total{kind="apply"} 1' in text
