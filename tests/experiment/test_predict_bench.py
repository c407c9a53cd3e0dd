from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from codemaestro_jupyter.errors import InputError
from codemaestro_jupyter.experiment.commit_view import Repository
from codemaestro_jupyter.experiment.own_history import cases_of, changes_by_convention, clean, kind_of, read_cases
from codemaestro_jupyter.experiment.predict_bench import run_predict_bench


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixteen modules and a few commits that change one or two of them."""
    folder = tmp_path_factory.mktemp("shop")
    git(folder, "init", "-q", "-b", "main")
    for number in range(16):
        (folder / f"part_{number:02d}.py").write_text(f"def step_{number}():\n    return {number}\n")
    (folder / "CHANGELOG.md").write_text("# Changes\n")
    (folder / "logo.py").write_bytes(b"\0\1\2")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "Begin with sixteen parts of a shop")
    for number, subject in ((3, "Make step_3 return more than before (#12)"), (7, "fix: count step_7 only once a day")):
        (folder / f"part_{number:02d}.py").write_text(f"def step_{number}():\n    return {number} + 1\n")
        (folder / "CHANGELOG.md").write_text(f"# Changes\n\n{subject}\n")
        git(folder, "commit", "-qam", subject)
    git(folder, "commit", "-q", "--allow-empty", "-m", "Say something that changes no file at all")
    return folder


def test_cases_are_the_subjects_of_commits_and_what_they_modified(project: Path) -> None:
    with Repository(project) as repository:
        cases = cases_of(repository, 10)
        assert [(case.request, case.truth, case.kind) for case in cases] == [
            ("count step_7 only once a day", frozenset({"part_07.py"}), "src"),
            ("Make step_3 return more than before", frozenset({"part_03.py"}), "src"),
        ]
        assert cases[0].prefixes == (7, 14, 21, 28)
        view = repository.view(cases[0].parent)
        assert "logo.py" not in view.paths
        assert view.history.subjects[0] == "Make step_3 return more than before (#12)"
        assert view.field("symbols").postings("step_7")[0].tolist() == [view.paths.index("part_07.py")]


def test_a_view_of_a_parent_does_not_know_what_came_after(project: Path) -> None:
    with Repository(project) as repository:
        first = repository.view(git(project, "rev-list", "--max-parents=0", "HEAD"))
        assert list(first.history.subjects) == ["Begin with sixteen parts of a shop"]


def test_the_bench_of_a_projects_own_history(project: Path) -> None:
    lines: list[str] = []
    figures = run_predict_bench(project, report=lines.append)
    assert figures["cases"] == 2
    assert figures["hits"]["src"]["hit@3"]["100"] == 100.0
    assert 0 <= figures["calibration_error"] <= 1
    assert figures["milliseconds"]["cold"]["n"] == 2
    assert len(lines) == 2


def test_the_bench_of_a_harness_reads_its_cases(project: Path, tmp_path: Path) -> None:
    case = {
        "repo": "own/shop", "parent": git(project, "rev-parse", "HEAD"), "request": "explain part_05.py", "kind": "src",
        "truth": ["part_05.py"], "prefixes": {"25": 4, "50": 9, "75": 14, "100": 18}, "ts": 1,
    }  # fmt: skip
    (tmp_path / "dev.jsonl").write_text(json.dumps(case) + "\n")
    (tmp_path / "own+shop").mkdir()
    git(tmp_path, "clone", "-q", "--bare", str(project), str(tmp_path / "own+shop" / "repo"))
    figures = run_predict_bench(harness=tmp_path, mirror=tmp_path)
    assert figures["hits"]["src"]["hit@1"]["100"] == 100.0


def test_what_cannot_be_read_is_said(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BENCH_MIRROR", raising=False)
    with pytest.raises(InputError, match="BENCH_MIRROR"):
        run_predict_bench(harness=tmp_path)
    (tmp_path / "dev.jsonl").write_text('{"repo": 1}\n')
    with pytest.raises(InputError, match="no cases"):
        read_cases(tmp_path / "dev.jsonl")
    with pytest.raises(InputError, match="git cannot read"):
        run_predict_bench(tmp_path)
    git(tmp_path, "init", "-q")
    (tmp_path / "a.py").write_text("a = 1\n")
    git(tmp_path, "add", "a.py")
    git(tmp_path, "commit", "-qm", "Too small a project to learn from")
    with pytest.raises(InputError, match="no commits"):
        run_predict_bench(tmp_path)


@pytest.mark.parametrize(
    ("subject", "request_text"),
    [
        ("feat(api): add retries (#12)", "add retries"),
        ("[MRG] Fix f(), closes #3", "Fix f"),
        ("Rename a to b", "Rename a to b"),
    ],
)
def test_a_subject_is_cleaned_to_what_a_person_would_say(subject: str, request_text: str) -> None:
    assert clean(subject) == request_text


@pytest.mark.parametrize(
    ("path", "expected"),
    [("CHANGELOG.md", True), ("docs/release-notes/1.md", True), ("src/changes.py", False), ("docs/guide.md", False)],
)
def test_changelogs_change_by_convention(path: str, expected: bool) -> None:
    assert changes_by_convention(path) is expected


@pytest.mark.parametrize(
    ("truth", "kind"),
    [({"a.py", "b.ipynb"}, "src"), ({"b.ipynb", "c.md"}, "ipynb"), ({"c.md"}, "md"), ({"x.yaml"}, "")],
)
def test_the_kind_of_a_change(truth: set[str], kind: str) -> None:
    assert kind_of(frozenset(truth)) == kind
