"""What happens to projects while people work: moved functions and files, links, conflicts left open by a merge."""

from __future__ import annotations

from pathlib import Path

from codemaestro_jupyter.edit.proposal import Problem

from .engine_project import API, engine, tree


def problem(root: Path, said: str) -> Problem:
    found = engine(root).propose(said).problem
    assert found is not None
    return found


def test_a_function_that_moved_to_another_module_is_offered_there(root: Path) -> None:
    (root / "src/pkg/core.py").write_text(API, encoding="utf8")
    (root / "src/pkg/api.py").write_text("from .core import fetch_user\n", encoding="utf8")
    found = problem(root, "add logging to src/pkg/api.py::fetch_user")
    assert [fix.title for fix in found.fixes] == ["Use src/pkg/core.py::fetch_user."]
    assert engine(root).fix(found.fixes[0]).applicable


def test_of_a_link_the_file_itself_is_offered(root: Path) -> None:
    (root / "real.py").write_text(API, encoding="utf8")
    (root / "src/pkg/api.py").unlink()
    (root / "src/pkg/api.py").symlink_to("../../real.py")
    before = tree(root)
    found = problem(root, "replace 'import os' with 'import os, sys' in src/pkg/api.py")
    assert [fix.title for fix in found.fixes] == ["Change real.py itself."]
    fixed = engine(root).fix(found.fixes[0])
    assert [diff.path for diff in fixed.diffs] == ["real.py"]
    assert tree(root) == before


def test_a_link_out_of_the_project_is_offered_nothing(root: Path, tmp_path: Path) -> None:
    (root.parent / "outside.py").write_text(API, encoding="utf8")
    (root / "src/pkg/api.py").unlink()
    (root / "src/pkg/api.py").symlink_to(root.parent / "outside.py")
    assert problem(root, "replace 'import os' with 'import sys' in src/pkg/api.py").fixes == ()


def test_a_conflict_left_open_by_a_merge_is_named(root: Path) -> None:
    (root / "src/pkg/api.py").write_text(API + "<<<<<<< HEAD\nA = 1\n=======\nA = 2\n>>>>>>> theirs\n", encoding="utf8")
    assert problem(root, "add logging to fetch_user").hint == (
        "A merge left its conflict open in line 7: resolve it first."
    )


def test_a_file_that_was_given_another_name_is_not_made_a_second_time(root: Path) -> None:
    one = engine(root)
    proposal = one.propose("replace 'import os' with 'import os, sys' in src/pkg/api.py")
    (root / "src/pkg/api.py").rename(root / "src/pkg/client.py")
    try:
        one.apply(proposal)
    except Exception as error:
        fixes = one.fixes(error, proposal)  # type: ignore[arg-type]
    assert [fix.action for fix in fixes] == ["", "restore"]
