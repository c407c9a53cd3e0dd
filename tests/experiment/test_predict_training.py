from __future__ import annotations

from dataclasses import replace

import numpy as np

from codemaestro_jupyter.experiment.predict_training import Samples, fitted_on_nothing, outcomes, train
from codemaestro_jupyter.predict.signals import ROW, SIGNALS


def samples() -> Samples:
    """Two questions of three files each; of the second, only a file that the rough score did not keep is right."""
    signals = np.zeros((6, len(SIGNALS)), np.float32)
    signals[:, ROW["named"]] = [1, 0, 0, 1, 0, -5]
    return Samples(
        signals,
        right=np.array([True, False, False, False, False, True]),
        reached=np.array([True, True, True, True, True, False]),
        begin=np.array([0, 3, 6]),
        complete=np.array([1, 2], np.float32),
        share=np.array([50, 100]),
        kind=np.array(["src", "src"]),
        project=np.array(["one", "two"]),
    )


def test_nothing_is_learned_from_a_file_that_only_being_right_has_kept() -> None:
    learned = samples().learnable()
    assert learned.begin.tolist() == [0, 3]
    assert learned.project.tolist() == ["one"]
    assert learned.signals[:, ROW["named"]].tolist() == [1, 0, 0]
    assert train(samples()).steady[ROW["named"]] > 0


def test_such_a_file_is_never_counted_as_found() -> None:
    found = outcomes(fitted_on_nothing(), samples())
    assert [outcome.right for outcome in found] == [(True, False, False), (False, False)]


def test_a_question_counts_by_its_kind_and_the_less_the_more_its_project_has() -> None:
    many = Samples.join([samples()] * 2 + [samples().of(np.array([True, False]))])
    kinds = replace(many, kind=np.array(["src", "src", "ipynb", "src", "md"]))
    three, two = 3**-0.5, 2**-0.5
    assert kinds.weight.tolist() == [three, two, 3 * three, two, 0.5 * three]
