"""Draw the plan engine's metrics: p50, p95 and p99 of each stage on a logarithmic axis, and the counts, as SVG.

No library draws it: a report must not need one, and the picture is some lines and words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape
from typing import Any

ORDER = ("decompose", "execute", "verify", "serialize", "command", "transaction")
MARKS = (("p50", "#2f6f4f"), ("p95", "#b8860b"), ("p99", "#b03a2e"))
LEFT, WIDTH, ROW, VALUES = 150, 480, 26, 190
"""Pixels: for the names of stages (a million runs each), for the dots, for a row, and for the numbers."""
STYLE = (  # with a ground of its own: it may stand on a dark page that says nothing of its colours
    "<style>rect{fill:#fff}text{font:13px sans-serif;fill:#333}line{stroke:#ccc}"
    "@media(prefers-color-scheme:dark){rect{fill:#1b1b1b}text{fill:#ddd}line{stroke:#555}}</style>"
    '<rect width="100%" height="100%"/>'
)


def draw(picture: Mapping[str, Any]) -> str:
    """The SVG of a picture as `Metrics.picture` gives it; with no stage, a picture that says so."""
    stages = picture["stages"]
    names = [name for name in ORDER if name in stages] + sorted(set(stages) - set(ORDER))
    counts = [f"{what}{f' ({kind})' if kind else ''}: {number}" for what, kind, number in picture["counts"]]
    values = [stages[name][mark] for name in names for mark, _ in MARKS if stages[name][mark] > 0]
    low = math.floor(math.log10(min(values))) if values else 0
    high = max(low + 1, math.ceil(math.log10(max(values)))) if values else 1
    top, bottom = 44, 44 + ROW * len(names)
    lines = [text(LEFT, 20, "Plan engine: milliseconds by stage" if names else "Plan engine: nothing was measured yet")]
    for at, (mark, colour) in enumerate(MARKS):
        lines.append(f'<circle cx="{LEFT + WIDTH - 140 + at * 52}" cy="16" r="5" fill="{colour}"/>')
        lines.append(text(LEFT + WIDTH - 131 + at * 52, 20, mark))
    for power in range(low, high + 1):
        x = place(10.0**power, low, high)
        lines.append(f'<line x1="{x}" y1="{top - 10}" x2="{x}" y2="{bottom}"/>')
        lines.append(text(x, bottom + 16, f"{10.0**power:g}", "middle"))
    for row, name in enumerate(names):
        y = top + ROW * row + 6
        lines.append(text(LEFT - 10, y + 4, f"{name} ({stages[name]['count']})", "end"))
        spots = [(place(stages[name][mark], low, high), colour) for mark, colour in MARKS]
        lines.append(f'<line x1="{spots[0][0]}" y1="{y}" x2="{spots[-1][0]}" y2="{y}" style="stroke:#888"/>')
        lines += [f'<circle cx="{x}" cy="{y}" r="5" fill="{colour}"/>' for x, colour in reversed(spots)]
        lines.append(text(LEFT + WIDTH + 20, y + 4, " / ".join(number(stages[name][mark]) for mark, _ in MARKS)))
    y = bottom + 42
    lines += [text(LEFT, y + 18 * row, line) for row, line in enumerate(counts)]
    size = f'width="{LEFT + WIDTH + VALUES}" height="{y + 18 * len(counts)}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img"'
    return "\n".join([f'{head} aria-label="Plan engine: milliseconds by stage">', STYLE, *lines, "</svg>"]) + "\n"


def place(value: float, low: int, high: int) -> float:
    """Where a value stands on the axis."""
    share = (math.log10(max(value, 10.0**low)) - low) / (high - low)
    return round(LEFT + share * WIDTH, 1)


def number(value: float) -> str:
    """Milliseconds in three digits, without an exponent."""
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def text(x: float, y: float, words: str, anchor: str = "start") -> str:
    """A line of text."""
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'
