"""The bench measures what it says: small runs of each part, and the faults whole (they are no timings)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from codemaestro_jupyter.edit.pipeline import run
from codemaestro_jupyter.experiment import engine_batches, engine_bench, engine_suite
from codemaestro_jupyter.experiment.engine_faults import run_faults
from codemaestro_jupyter.experiment.engine_projects import check_project


def test_every_kind_of_command_does_something_on_every_size() -> None:
    for kind in engine_suite.TARGETS:
        for count in (1, 100):
            blueprint = engine_suite.blueprint(kind, count)
            assert len(blueprint) == count
            assert all(len(item.data) <= 3_000 for item in blueprint)
            outcome = run(engine_suite.command(kind, 7), blueprint)
            assert outcome.changes
            assert [item.step.do for item in outcome.plan.steps] == [kind]
            assert outcome.corrections == ()


def test_at_least_nine_of_ten_faults_recover_and_all_are_clean() -> None:
    found = run_faults()
    assert found["clean"] == 1.0
    assert found["recovered"] >= 0.9


def test_the_same_batch_gives_the_same_bytes_here_and_on_processes() -> None:
    assert engine_batches.bench_same_bytes(11) == {"runs": 11, "different_results": 1}


def test_batches_are_measured_in_memory_and_on_disk(tmp_path: Path) -> None:
    columns = {"one_by_one_ms", "batch_ms", "throughput", "worst", "best"}
    assert set(engine_batches.bench_batch_disk(tmp_path, 1)) == columns
    assert set(engine_batches.bench_batch_commands(tmp_path, 1)) == columns
    assert {"cores", "sizes", *columns} < set(engine_batches.bench_batch_trees(1, (300,) * 2))
    assert list(tmp_path.iterdir()) == []


def test_steps_first_commands_and_memory_are_measured() -> None:
    assert set(engine_bench.bench_first((1, 2), 1)) == {"1", "2"}
    assert set(engine_bench.bench_steps(1, (1, 2))["per_step_ms"]) == {"1", "2"}
    assert engine_bench.bench_memory(40)["commands"] == 40


def test_a_project_is_renamed_tested_and_put_back(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    (clone / "tests").mkdir(parents=True)
    (clone / "pack").mkdir()
    (clone / "pack/__init__.py").write_text("", encoding="utf8")
    (clone / "pack/sums.py").write_text("def compute(a):\n    return a + 1\n", encoding="utf8")
    (clone / "tests/test_pack.py").write_text(
        "from pack import sums\n\n\ndef test_compute():\n    assert sums.compute(1) == 2\n", encoding="utf8"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir=.", "--import-mode=prepend"]
    found = check_project(clone, [*command, "-c", "/dev/null", "tests"], lambda line: None)
    assert [(item["said"], item["files"]) for item in found["done"]] == [
        ("rename pack/sums.py::compute to compute_renamed", 2),
        ("rename pack/sums.py to sums_renamed.py", 3),
    ]
    assert (found["as_before"], found["undone_byte_for_byte"]) == (True, True)


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    code = (
        "import sys, codemaestro_jupyter.edit.engine\n"
        "print([name for name in ('libcst', 'nbformat', 'rope', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
