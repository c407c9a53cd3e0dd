"""How many tokens a text has, estimated: no vocabulary, no download, fast enough for the way of a keystroke.

tiktoken's own counts need a vocabulary that may not be there (models/tokens.py uses it where it is).
"""

from __future__ import annotations

import re

_PIECE = re.compile(r"[A-Za-z]+|\d{1,3}|[^\sA-Za-z\d]|\n+[ \t]*")
_SAMPLE = 20_000


def estimate_tokens(text: str) -> int:
    """About how many tokens a model reads: pieces as a byte-pair vocabulary cuts them, long words counted in parts.

    From the first 20,000 characters, the rest in proportion: counting a whole large file would stall other threads.
    """
    sample = text[:_SAMPLE]
    count = sum(1 + (len(piece) - 1) // 8 for piece in _PIECE.findall(sample))
    return round(count * len(text) / len(sample)) if sample else 0
