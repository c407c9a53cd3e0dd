"""Propose, look, apply, undo and redo on real files."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemaestro_jupyter.edit.proposal import unified
from codemaestro_jupyter.edit.proposal_json import proposal_to_json
from codemaestro_jupyter.edit.python.units import tree_of
from codemaestro_jupyter.errors import ConflictError, EditError, OptionError, PathError

from .engine_project import API, RENAME, START, engine, tree


def test_a_plan_is_shown_applied_undone_and_redone(root: Path) -> None:
    start = tree(root)
    one = engine(root)
    proposal = one.propose(f"{RENAME}, then add logging to it")
    assert proposal.applicable
    assert tree(root) == start
    assert [(hunk.id, hunk.ticked) for hunk in proposal.hunks()] == [
        ("src/pkg/__init__.py:1", True),
        ("src/pkg/api.py:1", True),
        ("src/pkg/api.py:2", True),
        ("src/pkg/api.py:3", True),
        ("src/pkg/api.py:4", False),
        ("src/pkg/api.py:5", True),
        ("README.md:1", False),
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


def test_a_batch_leaves_one_trace_of_all_its_steps(root: Path) -> None:
    one = engine(root)
    said = 'append "More." to README.md, then append "SHOWN = json.dumps(1)" to src/pkg/api.py'
    trace = one.trace(one.apply(one.propose_batch([RENAME, said])).transaction)
    assert [step[:2] for step in trace["steps"]] == [
        [1, "rename symbol fetch_user to load_user"],
        [2, "insert text README.md"],
        [3, "insert text src/pkg/api.py"],
    ]
    assert [item[:2] for item in trace["corrections"]] == [[3, "missing import"]]


def test_code_is_shown_first_then_tests_then_what_speaks_of_it(root: Path) -> None:
    for path in ("CHANGES", "a.md", "tests/test_api.py", "zz.py"):
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text("from src.pkg.api import fetch_user  # `fetch_user`\n")
    shown = [diff.path for diff in engine(root).propose(RENAME).diffs]
    assert shown == ["src/pkg/__init__.py", "src/pkg/api.py", "zz.py", "tests/test_api.py", "README.md", "a.md"]


def test_a_name_that_is_nowhere_brings_only_names_that_could_be_meant(root: Path) -> None:
    (root / "src/pkg/more.py").write_text("def sorting_key(): ...\n\n\ndef fetch_usr(): ...\n")
    one = engine(root)
    hints = [str(one.propose(f"rename {name} to x").problem.hint) for name in ("nothing_here", "fetch_usrs")]  # type: ignore[union-attr]
    assert hints == [
        "Check its spelling, or name its file.",
        "Did you mean src/pkg/more.py::fetch_usr, src/pkg/api.py::fetch_user?",
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
    with pytest.raises(EditError, match="would be broken") as error:
        one.apply(proposal, {"m.py:1"})
    assert error.value.hint == "Tick the hunks that belong together as well, or none."


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


def test_an_undo_of_several_that_meets_a_conflict_names_what_it_undid(root: Path) -> None:
    one = engine(root)
    for number in range(3):
        one.apply(one.propose(f"create new{number}.txt with `x`"))
    (root / "new0.txt").write_text("y", encoding="utf8")
    with pytest.raises(ConflictError, match=r"new0\.txt") as error:
        one.undo(3)
    undone = [line.transaction for line in one.log() if line.operation == "undo"][::-1]
    titles = ["undo create new2.txt with `x`", "undo create new1.txt with `x`"]
    told = ", ".join(f"{title} ({each})" for title, each in zip(titles, undone, strict=True))
    assert error.value.message.endswith(f"Before that, this was done: {told}.")
    assert not (root / "new1.txt").exists()


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
    with pytest.raises(PathError, match="lies behind one that leads out"):
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


def test_metrics_count_stages_and_transactions(root: Path) -> None:
    one = engine(root)
    one.apply(one.propose(RENAME))
    text = one.metrics_text()
    assert 'codemaestro_edit_seconds_count{stage="verify"} 1' in text
    assert 'codemaestro_edit_transactions_total{kind="apply"} 1' in text


def test_no_tree_is_kept_once_something_is_proposed(root: Path) -> None:
    one = engine(root)
    one.propose(RENAME)
    one.propose_batch([RENAME, "add logging to nothing"])
    assert tree_of.cache_info().currsize == 0


@pytest.mark.parametrize("back", [(), ("src/pkg/api.py",), ("src/pkg/__init__.py", "src/pkg/api.py", "src/new.py")])
def test_what_a_checkout_took_back_already_needs_no_undo(root: Path, back: tuple[str, ...]) -> None:
    one, start = engine(root), tree(root)
    one.apply(one.propose(f'{RENAME}, then create src/new.py with "x = 1"'))
    applied = tree(root)
    for path in back:
        (root / path).write_bytes(start[path]) if path in start else (root / path).unlink()
    (receipt,) = one.undo()
    assert tree(root) == start
    assert set(receipt.files) == {"src/pkg/__init__.py", "src/pkg/api.py", "src/new.py"} - set(back)
    assert [line.state for line in one.log()] == ["done", "undone"]
    one.redo()
    assert tree(root) == applied


def test_a_step_given_as_json_is_called_by_what_it_does_not_by_its_text(root: Path) -> None:
    created = engine(root).propose({"do": "create_file", "path": "my_notes.txt", "text": "1"})
    renamed = engine(root).propose([{"do": "rename_symbol", "name": "fetch_user", "new": "load_user"}])
    assert (created.title, renamed.title) == ("create file my_notes.txt", "rename symbol fetch_user")


def test_more_undos_than_there_are_changes_tell_those_that_were_done(root: Path) -> None:
    start = tree(root)
    one = engine(root)
    one.apply(one.propose(RENAME))
    one.apply(one.propose('append "More." to README.md'))
    assert len(one.undo(9)) == 2
    assert tree(root) == start
    assert len(one.redo(9)) == 2
