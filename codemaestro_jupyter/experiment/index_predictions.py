"""Measure whole predictions on a real index as a person meets them: letter by letter, cold, warm, after a change.

Texts are half past subjects, half new requests in the project's own words. Each prediction goes through
`WarmPredictor`, as in a session. Milliseconds of wall time and of the thread's own processor time: on a busy machine
only the second says what a prediction takes.
"""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from codemaestro_jupyter.experiment.statistics import percentile
from codemaestro_jupyter.types import LiveContext

if TYPE_CHECKING:
    from codemaestro_jupyter.predict import WarmPredictor
    from codemaestro_jupyter.workspace.index import Index, IndexView

TEXTS = 24
LONGEST_TEXT = 60
SHORTEST_ASKED = 4
KEY_SECONDS = 0.03
"""Between two keys while the index is built: ten times faster than a person, so that there is something to count."""
FIRST_SECONDS = 60.0
LIMIT_SECONDS = 30.0
CHANGES = 7
_FORMS = ("Fix {0} in {1} and {2}", "rename {2}_{0} to {1}", "where is {0} used", "explain {1} and {2}")


@contextmanager
def predicting(index: Index) -> Iterator[WarmPredictor]:
    """A predictor on an index, made ready after each change as in a session."""
    from codemaestro_jupyter.predict import Predictor, WarmPredictor

    with ThreadPoolExecutor(1) as pool:
        predictor = WarmPredictor(Predictor(projects=1), index.view, pool)
        forget = index.on_change(predictor.changed)
        try:
            yield predictor
        finally:
            forget()
            predictor.close()


def texts(view: IndexView, seed: int = 5) -> list[str]:
    """What people of this project might type."""
    chance = random.Random(seed)  # noqa: S311 - the same texts each time
    subjects = [subject for subject in view.history.subjects if subject] or ["Fix the first thing"]
    words = [word for subject in subjects for word in subject.split()]
    stems = [
        path.rpartition("/")[2].partition(".")[0].rstrip("0123456789") for path in chance.sample(view.paths, TEXTS)
    ]
    asked = [
        form.format(chance.choice(words), stem, chance.choice(words))
        for form, stem in zip(itertools.cycle(_FORMS), stems, strict=False)
    ]
    return [text[:LONGEST_TEXT] for text in [*chance.sample(subjects, min(TEXTS, len(subjects)) // 2), *asked]][:TEXTS]


def typed(predictor: WarmPredictor, given: Sequence[str], name: str) -> dict[str, float]:
    """Predict after each letter of each text; p50, p99 and the longest."""
    times = [timed(predictor, text[:length]) for text in given for length in range(SHORTEST_ASKED, len(text) + 1)]
    return summary(times, name)


def typed_while(
    predictor: WarmPredictor, given: Sequence[str], goes_on: Callable[[], bool], name: str
) -> dict[str, float]:
    """The same, at intervals and over and over, for as long as something goes on (a minute at most)."""
    times: list[tuple[float, float]] = []
    started = time.perf_counter()
    while goes_on() and time.perf_counter() - started < FIRST_SECONDS:
        for text in given:
            for length in range(SHORTEST_ASKED, len(text) + 1):
                if not goes_on():
                    break
                times.append(timed(predictor, text[:length]))
                time.sleep(KEY_SECONDS)
    return summary(times or [(-1.0, -1.0)], name)


def after_changes(index: Index, predictor: WarmPredictor, root: Path, given: Sequence[str]) -> dict[str, float]:
    """The first prediction once a changed file is in the view, then once a new file is; and when that is predicted."""
    changed: list[tuple[float, float]] = []
    added: list[tuple[float, float]] = []
    seen: list[float] = []
    for number in range(CHANGES):
        view = index.view()
        with (root / view.paths[number * 5 + 1]).open("a", encoding="utf8") as file:
            file.write(f"\nanother{number} = {number}\n")
        _wait(lambda view=view: index.view() is not view)  # type: ignore[misc]
        changed.append(timed(predictor, given[number % len(given)]))
        view = index.view()
        path = f"zz_created{number}qx.py"
        (root / path).write_text(f"def created{number}qx(): ...\n", encoding="utf8")
        started = time.perf_counter()
        _wait(lambda view=view: index.view().paths != view.paths)  # type: ignore[misc]
        added.append(timed(predictor, given[number % len(given)]))
        _wait(lambda number=number, path=path: path in _expected(predictor, f"explain created{number}qx "))  # type: ignore[misc]
        seen.append(time.perf_counter() - started)
    return {
        **summary(changed, "predict_after_change"),
        **summary(added, "predict_after_new_file"),
        "new_file_predicted_seconds": percentile(seen, 0.5),
    }


def _expected(predictor: WarmPredictor, text: str) -> list[str]:
    return [file.path for file in predictor.predict(text, LiveContext()).files]


def timed(predictor: WarmPredictor, text: str) -> tuple[float, float]:
    """Milliseconds of one prediction: wall, processor."""
    wall, processor = time.perf_counter(), time.thread_time()
    predictor.predict(text, LiveContext())
    return 1e3 * (time.perf_counter() - wall), 1e3 * (time.thread_time() - processor)


def summary(times: Sequence[tuple[float, float]], name: str) -> dict[str, float]:
    """Percentiles by name: `<name>_ms_p50`, …, and the same of processor time as `<name>_cpu_ms_p50`, …"""
    found: dict[str, float] = {}
    for kind, values in zip(("ms", "cpu_ms"), zip(*times, strict=True), strict=True):
        for share, label in ((0.5, "p50"), (0.99, "p99"), (1.0, "max")):
            found[f"{name}_{kind}_{label}"] = percentile(values, share)
    return found


def _wait(condition: Callable[[], bool]) -> None:
    started = time.perf_counter()
    while not condition() and time.perf_counter() - started < LIMIT_SECONDS:
        time.sleep(0.002)
