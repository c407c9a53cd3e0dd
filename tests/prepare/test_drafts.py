"""Whether drafting for an answer pays: how likely it is, what it saves, and what of its prompt was read before."""

from __future__ import annotations

import pytest

from codemaestro_jupyter.models.protocol import Message
from codemaestro_jupyter.prepare.drafts import DRAFT_SECONDS, worth_drafting

PROMPT = (Message("user", "word " * 10_000),)


@pytest.mark.parametrize(
    ("probability", "dial", "read", "worth"),
    [
        (0.65, 0.5, 1.0, True),
        (0.35, 0.5, 1.0, True),
        (0.65, 0.0, 1.0, False),
        (0.65, 0.0, 0.0, False),
        (0.35, 0.5, 0.0, False),
        (0.65, 0.5, 0.0, True),
        (0.05, 1.0, 0.0, True),
        (0.01, 0.5, 1.0, False),
    ],
)
def test_what_is_likely_and_cheap_is_drafted(probability: float, dial: float, read: float, worth: bool) -> None:
    assert worth_drafting(probability, PROMPT, DRAFT_SECONDS, dial, read=read) is worth


def test_a_prompt_that_was_read_before_is_cheaper() -> None:
    shares = [share / 10 for share in range(11)]
    drafted = [worth_drafting(0.4, PROMPT, DRAFT_SECONDS, 0.5, read=share) for share in shares]
    assert drafted == sorted(drafted)
    assert len(set(drafted)) == 2
