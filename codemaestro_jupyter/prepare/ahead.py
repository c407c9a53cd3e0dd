"""Whether it pays that a model reads a prompt's front ahead: how likely it is used against what it takes."""

from __future__ import annotations

from codemaestro_jupyter.prepare.economics import Candidate, value
from codemaestro_jupyter.types import PreparationKey

WRITTEN, READ = 1.25, 0.1
"""What a token to be kept, and one that was kept, cost of one that is read as usual (docs of OpenAI and Anthropic)."""


def worth_reading_ahead(probability: float, saved: float, dollars: float, dial: float) -> bool:
    """Whether reading something ahead pays that would take `saved` seconds, and `dollars` at the usual price, later.

    What costs nothing runs on this machine: it takes of the CPU what it saves. Elsewhere the money counts that is paid
    on top: who uses the front pays little for it then.
    """
    key = PreparationKey("prefix", "ahead")
    if dollars <= 0.0:
        return value(Candidate(key, probability, saved, saved), dial=dial) > 0.0
    extra = WRITTEN - probability * (1.0 - READ)
    paid = Candidate(key, probability, 0.0, saved, dollars=dollars * extra)
    return value(paid, dial=dial) > 0.0
