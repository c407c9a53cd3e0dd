"""The bench measures what it says, on a project that is indexed in no time."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from codemaestro_jupyter.experiment import index_bench, index_predictions, index_project
from codemaestro_jupyter.experiment.index_project import SyntheticProject, write_project

PARTS = ("cold", "warm", "after_change", "after_new_file", "indexing")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(index_project, "COMMITS", 12)
    write_project(tmp_path / "root", SyntheticProject("small", 40, 500))
    return tmp_path / "root"


def test_a_project_is_committed_as_it_stands(root: Path) -> None:
    def git(*arguments: str) -> str:
        return subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=True).stdout

    assert git("status", "--short") == ""
    assert len(git("log", "--format=%s").splitlines()) == 12 + 3
    assert len(git("ls-files").splitlines()) == 40


def test_every_figure_is_measured(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_bench, "BASELINE_SECONDS", 0.05)
    monkeypatch.setattr(index_bench, "QUIET_SECONDS", 0.2)
    monkeypatch.setattr(index_predictions, "TEXTS", 4)
    found = index_bench.measure(root, tmp_path / "data" / "index.db", 40)
    times = {
        f"predict_{part}_{kind}_{share}"
        for part in PARTS
        for kind in ("ms", "cpu_ms")
        for share in ("p50", "p99", "max")
    }
    assert times <= found.keys()
    assert all(found[name] > 0 for name in times if "indexing" not in name)  # so few files may be read before a key
    for name in ("first_index_seconds", "paths_seconds", "history_seconds", "all_paths_seconds", "change_seen_seconds"):
        assert 0 < found[name] < index_bench.LIMIT_SECONDS
    assert 0 < found["new_file_predicted_seconds"] < index_predictions.LIMIT_SECONDS
