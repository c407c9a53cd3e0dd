"""What is measured can be kept as sums, added up over processes, and told as percentiles, Prometheus text and SVG."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.edit.engine import Engine
from codemaestro_jupyter.edit.files import DiskFiles
from codemaestro_jupyter.edit.metrics import Metrics, Row, picture_of, prometheus
from codemaestro_jupyter.errors import ConflictError, DiskError, EditError
from codemaestro_jupyter.experiment.engine_picture import draw
from codemaestro_jupyter.store.store import Store
from codemaestro_jupyter.workspace.reader import Reader

from .engine_project import API, RENAME, START, FullDisk

TIMES = st.lists(st.floats(1e-6, 100), min_size=1, max_size=50)


@given(TIMES, st.integers(1, 5))
def test_percentiles_from_kept_sums_are_within_a_twentieth(seconds: list[float], processes: int) -> None:
    together, rows = Metrics(), list[tuple[str, str, int, int, float]]()
    for process in range(processes):
        own = Metrics()
        for value in seconds[process::processes]:
            together.observe("verify", value)
            own.observe("verify", value)
        rows += own.drain()
    sums: dict[tuple[str, str, int], tuple[int, float]] = {}
    for name, kind, bucket, number, total in rows:
        before = sums.get((name, kind, bucket), (0, 0.0))
        sums[name, kind, bucket] = (before[0] + number, before[1] + total)
    found = picture_of((*key, *value) for key, value in sums.items())["stages"]["verify"]
    exact = together.picture()["stages"]["verify"]
    assert found["count"] == exact["count"]
    for mark in ("seconds", "p50", "p95", "p99"):
        assert found[mark] == pytest.approx(exact[mark], rel=0.045)


def test_what_was_drained_is_not_drained_again_and_nothing_gives_nothing() -> None:
    metrics = Metrics()
    metrics.count("conflicts", "version", 2)
    assert metrics.drain() == [("conflicts", "version", 0, 2, 0.0)]
    assert metrics.drain() == []
    assert picture_of([]) == {"stages": {}, "counts": []}


def test_an_engine_keeps_its_figures_in_the_store_over_restarts(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root = tmp_path / "project"
    for path, text in START.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf8")
    store = Store(tmp_path / "maestro.db")
    with caplog.at_level(logging.INFO, "codemaestro_jupyter.edit"):
        for _ in range(2):
            engine = Engine(root, Reader(root), tmp_path / "data", measures=store.measures)
            engine.apply(engine.propose(RENAME))
            engine.undo()
            engine.propose("rename nothing_here to something")
    picture = picture_of(store.measures.rows())
    store.close()
    assert {name: item["count"] for name, item in picture["stages"].items()} == {
        "command": 2, "decompose": 2, "execute": 2, "serialize": 2, "transaction": 2, "verify": 2,
    }  # fmt: skip
    assert picture["counts"] == [["failed", "execute", 2], ["transactions", "apply", 2], ["transactions", "undo", 2]]
    assert 'codemaestro_edit_transactions_total{kind="undo"} 2' in prometheus(picture)
    events = [json.loads(record.message)["event"] for record in caplog.records]
    assert events == ["proposed", "apply", "undo", "refused"] * 2


@pytest.mark.parametrize("seconds", [(), (1e-4,), (1e-5, 3.0)])
def test_the_picture_is_well_formed_and_shows_every_stage_and_count(seconds: tuple[float, ...]) -> None:
    metrics = Metrics()
    for value in seconds:
        metrics.observe("verify", value)
    metrics.count("corrections", "a <b> & c")
    words = "".join(ElementTree.fromstring(draw(metrics.picture())).itertext())
    assert "corrections (a <b> & c): 1" in words
    assert ("verify (" in words) is bool(seconds)


def test_the_picture_says_its_numbers_and_has_room_for_its_names() -> None:
    stages = {"decompose": {"count": 1_000_000, "seconds": 1.0, "p50": 0.0425, "p95": 12.04, "p99": 5679.5}}
    drawn = ElementTree.fromstring(draw({"stages": stages, "counts": []}))
    said = {"".join(node.itertext()): node for node in drawn.iter() if node.tag.endswith("text")}
    assert "0.0425 / 12 / 5680" in said
    name = said["decompose (1000000)"]
    assert float(name.attrib["x"]) >= 7.5 * len("decompose (1000000)") - 5, "at 13 px a letter is 7 px wide"
    assert next(iter(drawn)).tag.endswith("style")
    assert drawn.find("{*}rect") is not None, "legible on a page of whatever colour"


def test_the_committed_picture_is_that_of_the_committed_figures() -> None:
    results = Path(__file__).parents[2] / "docs" / "results"
    figures = json.loads((results / "engine.json").read_text(encoding="utf8"))["figures"]
    assert (results / "engine.svg").read_text(encoding="utf8") == draw(figures["memory"]["metrics"])


class Kept:
    """A store that remembers what it was given."""

    def __init__(self) -> None:
        self.counted: list[list[object]] = []
        self.events: list[dict[str, object]] = []

    def add(self, rows: Iterable[Row]) -> None:
        self.counted += [[name, kind, number] for name, kind, _, number, _ in rows if name != "seconds"]

    def tell(self, event: str, **values: object) -> None:
        values.pop("milliseconds")
        self.events.append({"event": event, **values})


def test_conflicts_and_rollbacks_are_kept_though_nothing_succeeds_afterwards(root: Path) -> None:
    kept = Kept()

    def engine(files: DiskFiles | None = None) -> Engine:
        return Engine(root, Reader(root), root.parent / "data", files=files, measures=kept)

    api = root / "src/pkg/api.py"
    one = engine()
    stale = one.propose(RENAME)
    api.write_text("# mine\n" + API, encoding="utf8")
    with pytest.raises(ConflictError):
        one.apply(stale)
    full = engine(FullDisk(2))
    with pytest.raises(DiskError):
        full.apply(full.propose(RENAME))
    last = engine()
    last.apply(last.propose(RENAME))
    api.write_text("# nothing is left of it\n", encoding="utf8")
    with pytest.raises(ConflictError):
        last.undo()
    with pytest.raises(EditError):
        last.redo()
    last.propose("frobnicate it")
    assert kept.counted == [
        ["conflicts", "version", 1],
        ["rollbacks", "OSError", 1],
        ["transactions", "apply", 1],
        ["conflicts", "undo", 1],
        ["failed", "decompose", 1],
    ]
    files = ["src/pkg/__init__.py", "src/pkg/api.py"]
    assert [each for each in kept.events if each["event"] == "failed"] == [
        {"event": "failed", "operation": "apply", "error": "ConflictError", "files": files,
         "counted": [["conflicts", "version", 1]]},
        {"event": "failed", "operation": "apply", "error": "DiskError", "files": files,
         "counted": [["rollbacks", "OSError", 1]]},
        {"event": "failed", "operation": "undo", "error": "ConflictError", "files": [],
         "counted": [["conflicts", "undo", 1]]},
        {"event": "failed", "operation": "redo", "error": "EditError", "files": [], "counted": []},
    ]  # fmt: skip


def test_what_recovery_did_is_kept(root: Path) -> None:
    class Dying(DiskFiles):
        def replace(self, source: str, target: str) -> None:
            raise OSError(5, "Input/output error", target)

        def remove(self, path: str) -> None:
            raise OSError(5, "Input/output error", path)  # nothing can be taken back either

    one = Engine(root, Reader(root), root.parent / "data", files=Dying())
    with pytest.raises(EditError):
        one.apply(one.propose(RENAME))
    kept = Kept()
    Engine(root, Reader(root), root.parent / "data", measures=kept)
    assert kept.events == [{"event": "recovered", "counted": [["recoveries", "apply", 1]]}]


def test_the_log_holds_neither_what_was_typed_nor_what_stands_in_files(root: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "maestro.db")
    one = Engine(root, Reader(root), tmp_path / "data", measures=store.measures)
    one.apply(one.propose('insert "password = 1234567" at the start of src/pkg/api.py'))
    one.undo()
    one.propose('replace "password = 1234567" with "hunter22" in src/pkg/api.py')
    store.close()
    log = (tmp_path / "edit.log").read_text(encoding="utf8")
    assert [json.loads(line)["event"] for line in log.splitlines()] == ["proposed", "apply", "undo", "refused"]
    assert "1234567" not in log
    assert "hunter22" not in log
    proposed = json.loads(log.splitlines()[0])
    assert {name: proposed[name] for name in ("event", "steps", "files", "corrected")} == {
        "event": "proposed", "steps": ["insert_text"], "files": ["src/pkg/api.py"], "corrected": [],
    }  # fmt: skip
    assert set(proposed["milliseconds"]) == {"decompose", "execute", "verify", "serialize", "command"}
