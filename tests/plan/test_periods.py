"""Time phrases against one fixed Wednesday noon."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.plan.periods import ALWAYS, PHRASE, Period, resolve, split_period

NOW = datetime(2026, 3, 18, 12, 0, tzinfo=UTC).timestamp()


def at(month: int, day: int, hour: int = 0, year: int = 2026) -> float:
    return datetime(year, month, day, hour, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("phrase", "since", "until"),
    [
        ("today", at(3, 18), None),
        ("yesterday", at(3, 17), at(3, 18)),
        ("since yesterday", at(3, 17), None),
        ("this week", at(3, 16), None),
        ("last week", at(3, 9), at(3, 16)),
        ("since last week", at(3, 9), None),
        ("last month", at(2, 1), at(3, 1)),
        ("last year", at(1, 1, year=2025), at(1, 1)),
        ("in the last 3 days", at(3, 15, 12), None),
        ("two weeks ago", at(3, 4, 12), None),
        ("past hour", at(3, 18, 11), None),
        ("since monday", at(3, 16), None),
        ("on wednesday", at(3, 18), at(3, 19)),
        ("last wednesday", at(3, 11), at(3, 12)),
        ("since 2026-02-27", at(2, 27), None),
        ("on 2026-02-27", at(2, 27), at(2, 28)),
        ("in 2026-02", at(2, 1), at(3, 1)),
        ("between 2026-01-05 and 2026-02", at(1, 5), at(3, 1)),
        ("from 2026-02-27 to 2026-01-05", at(1, 5), at(2, 28)),
        ("in march", at(3, 1), at(4, 1)),
        ("since oct 2025", at(10, 1, year=2025), None),
        ("in december", at(12, 1, year=2025), at(1, 1)),
        ("in 2025", at(1, 1, year=2025), at(1, 1)),
        ("since 2025", at(1, 1, year=2025), None),
        ("recently", None, None),
        ("on 2026-13-45", None, None),
    ],
)
def test_a_phrase_is_two_moments(phrase: str, since: float | None, until: float | None) -> None:
    assert resolve(phrase, NOW, UTC) == Period(phrase, since, until)


def test_a_phrase_is_taken_out_of_its_sentence() -> None:
    assert split_period("what changed in auth since Last Week") == ("since last week", "what changed in auth")
    assert split_period("what changed in auth") == ("", "what changed in auth")
    assert split_period("what may change in version 2025.1") == ("", "what may change in version 2025.1")
    assert split_period("what changed in oct 2025 in a.py") == ("in oct 2025", "what changed in a.py")
    assert resolve("", NOW, UTC) == ALWAYS


@given(st.from_regex(PHRASE, fullmatch=True), st.floats(0, 4e9))
def test_a_period_never_ends_before_it_begins(phrase: str, now: float) -> None:
    period = resolve(phrase, now, UTC)
    if period.since is not None and period.until is not None:
        assert period.since < period.until
        assert period.holds(period.since)
        assert not period.holds(period.until)
