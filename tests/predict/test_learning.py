"""Predictions get better with use: a simulated person works on few files of a project whose texts do not tell."""

from __future__ import annotations

import random

from codemaestro_jupyter.experiment.commit_view import MemoryView, view_of_texts
from codemaestro_jupyter.predict import Predictor
from codemaestro_jupyter.store.store import Store
from codemaestro_jupyter.types import LiveContext, RelPath

REQUESTS = 60
MODULES = 24
VERBS = ("speed up", "simplify", "check", "document", "repair")
NOUNS = ("the totals", "the report", "the loop", "this step", "the inputs")


def project() -> MemoryView:
    """Modules that no text tells apart."""
    return view_of_texts(
        {f"work/part_{number:02d}.py": "def step(inputs):\n    return inputs\n" for number in range(MODULES)}
    )


def hits(*, learning: bool, seed: int) -> list[bool]:
    """Whether each request's file was among the first three; what came of it is remembered as in a session."""
    chance = random.Random(seed)
    view, predictor = project(), Predictor(clock=lambda: 0.0)
    store = Store(None, lambda: 1_000.0)
    favourites = chance.sample(view.paths, 3)
    found = []
    try:
        for _ in range(REQUESTS):
            request = f"{chance.choice(VERBS)} {chance.choice(NOUNS)}"
            used = RelPath(chance.choice(favourites))
            remembered = store.learning
            live = (
                LiveContext(accepted=remembered.accepted(), rejected=remembered.rejected())
                if learning
                else LiveContext()
            )
            predicted = [file.path for file in predictor.predict(request, view, live).files]
            found.append(used in predicted)
            for path in {*predicted, used}:
                remembered.record(path, path == used)
    finally:
        store.close()
    return found


def test_a_person_who_keeps_to_few_files_is_understood_after_a_while() -> None:
    late = {learning: [] for learning in (True, False)}
    for learning in late:
        for seed in range(5):
            late[learning] += hits(learning=learning, seed=seed)[REQUESTS // 2 :]
    with_it, without = (sum(late[learning]) / len(late[learning]) for learning in (True, False))
    assert with_it >= 0.9
    assert without <= 0.4


def test_the_first_requests_are_no_better_than_without() -> None:
    assert hits(learning=True, seed=1)[0] == hits(learning=False, seed=1)[0]
