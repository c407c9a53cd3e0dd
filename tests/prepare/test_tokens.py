from __future__ import annotations

import pytest

from codemaestro_jupyter.prepare.tokens import estimate_tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("hello world", 2),
        ("def fetch(url, timeout=30):\n    return get(url)\n", 17),
        ("internationalisation", 3),
    ],
)
def test_pieces_are_counted_as_a_vocabulary_cuts_them(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


def test_a_large_text_is_estimated_from_its_beginning() -> None:
    line = "value = compute(left, right)\n"
    assert estimate_tokens(line * 10_000) == pytest.approx(10_000 * estimate_tokens(line), rel=0.02)
