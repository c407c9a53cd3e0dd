"""Properties are checked without a deadline: the machine may be busy, and timings are benchmarks, never assertions."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("steady", deadline=None)
settings.load_profile("steady")
