"""Choose what to prepare next: start while probability × seconds saved > price, cancel what no longer pays.

The price is what a preparation takes from the person, in seconds (spec S1): idle CPU is cheap, contended CPU is not,
tokens and money are weighed by one dial. Pure: the state comes in, instructions go out; no clock, no I/O.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from codemaestro_jupyter.types import PreparationKey

IDLE_PRICE = 0.05
"""Seconds a second of idle CPU is worth (spec S1)."""
CONTENDED_PRICE = 0.5
"""The same while a cell runs: work of ours delays it by about half of what it takes (two threads, one interpreter)."""
ASIDE_PRICE = 0.15
"""The same for work of the low-priority child process: it waits for the cell where they share a core, and `codemaestro
bench typing` finds a busy cell no slower for it; but heat, memory and disk are the person's too."""
THOUSAND_TOKENS_PRICE = 0.2
"""Seconds that a thousand tokens are worth with the dial in the middle: about what a local model takes to read them."""
DOLLAR_PRICE = 120.0
"""Seconds that a dollar is worth with the dial in the middle: two minutes of a person's time, at 30 dollars an hour."""
DIAL_SPAN = 16.0
"""The dial's ends make prices this many times higher (0, thrifty: only what is nearly sure) or lower (1, fast)."""
LIMIT = 3
"""At most this many of one kind: the top 2-3 hold most of the value (80/20), the rest is made on demand."""
UNLIMITED = frozenset({"scope"})
"""Kinds not bound by it: every answer that is offered is mapped as far as the budget goes (spec S1)."""
LEAST_PROBABILITY = 0.25
"""Below this (with the dial in the middle) a thing is made on demand: by price alone nearly everything would pay, and
most of it would be made for nothing."""
EXEMPT = frozenset({"tool", "scope"})
"""Kinds not bound by it: rehearsing the answer saves so much more than it costs that a fair chance is enough, and every
answer that is offered is mapped."""
SLOTS = 2
"""Preparations that run at once; one while a cell runs."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that could be prepared; times in seconds, as learned from what was measured."""

    key: PreparationKey
    probability: float
    """That the answer will need it."""
    seconds: float
    """What preparing it will take of the CPU."""
    saved: float
    """What the person need not wait if it is there: the work less the check that it still holds."""
    tokens: int = 0
    """Tokens that a model will read and write for it; 0 without a model."""
    dollars: float = 0.0
    size: float = 0.0
    """Bytes, or what stands for them: what its cost is learned by."""
    aside: bool = False
    """Whether the child process does it, beside the person's interpreter."""

    @property
    def uses_model(self) -> bool:
        """Whether it is one of the expensive ones, which come last."""
        return self.tokens > 0 or self.dollars > 0.0


@dataclass(frozen=True, slots=True)
class Underway:
    """A preparation that runs, and for how many seconds it has."""

    key: PreparationKey
    elapsed: float = 0.0


@dataclass(frozen=True, slots=True)
class Budget:
    """What may still be started: CPU seconds, tokens and dollars. Nothing passes it."""

    seconds: float
    tokens: int = 0
    dollars: float = 0.0

    def covers(self, candidate: Candidate) -> bool:
        """Whether the candidate's estimated cost fits."""
        return (
            candidate.seconds <= self.seconds and candidate.tokens <= self.tokens and candidate.dollars <= self.dollars
        )

    def less(self, candidate: Candidate) -> Budget:
        """What is left once the candidate is started."""
        return Budget(
            self.seconds - candidate.seconds, self.tokens - candidate.tokens, self.dollars - candidate.dollars
        )


@dataclass(frozen=True, slots=True)
class Start:
    """Begin this preparation."""

    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Cancel:
    """End this preparation; nothing of it is kept."""

    key: PreparationKey


Instruction = Start | Cancel


def price(candidate: Candidate, *, dial: float = 0.5, contended: bool = False, elapsed: float = 0.0) -> float:
    """What (the rest of) a preparation takes from the person, in seconds; `dial` from 0 (thrifty) to 1 (fast)."""
    thrift = float(DIAL_SPAN ** (1.0 - 2.0 * dial))
    rate = IDLE_PRICE if not contended else ASIDE_PRICE if candidate.aside else CONTENDED_PRICE
    left = max(0.0, candidate.seconds - elapsed)
    paid = 1.0 if elapsed == 0.0 else left / candidate.seconds if candidate.seconds > 0.0 else 0.0
    model = candidate.tokens / 1000 * THOUSAND_TOKENS_PRICE + candidate.dollars * DOLLAR_PRICE
    return thrift * (rate * left + model * paid)


def value(candidate: Candidate, *, dial: float = 0.5, contended: bool = False, elapsed: float = 0.0) -> float:
    """Expected seconds won by (going on with) a preparation: above zero, it pays."""
    return candidate.probability * candidate.saved - price(candidate, dial=dial, contended=contended, elapsed=elapsed)


def least_probability(dial: float) -> float:
    """How likely a thing must be to be prepared at all: 0.5 for the thrifty, anything for the fast."""
    return 2.0 * LEAST_PROBABILITY * (1.0 - dial)


def wanted(candidates: Iterable[Candidate], *, dial: float = 0.5, contended: bool = False) -> tuple[Candidate, ...]:
    """Those worth preparing, in the order in which to start them.

    What pays, best first, at most `LIMIT` of most kinds; then cheap before expensive, and what needs a model last.
    """
    worth = {candidate: value(candidate, dial=dial, contended=contended) for candidate in candidates}
    chosen: list[Candidate] = []
    count: dict[str, int] = {}
    for candidate in sorted(
        worth, key=lambda candidate: (-worth[candidate], candidate.key.kind, candidate.key.subject)
    ):
        if worth[candidate] <= 0.0:
            break
        kind = candidate.key.kind
        within = count.get(kind, 0) < LIMIT or kind in UNLIMITED
        if within and (kind in EXEMPT or candidate.probability >= least_probability(dial)):
            count[kind] = count.get(kind, 0) + 1
            chosen.append(candidate)
    return tuple(sorted(chosen, key=lambda candidate: (candidate.uses_model, _magnitude(candidate), -worth[candidate])))


def decide(
    candidates: Sequence[Candidate],
    running: Sequence[Underway],
    ready: Collection[PreparationKey],
    budget: Budget,
    *,
    dial: float = 0.5,
    contended: bool = False,
) -> tuple[Instruction, ...]:
    """What to start and what to cancel now.

    `running` is under way, `ready` was prepared and need not be made. The estimated cost of what is started never
    exceeds `budget`; what does not fit is passed over for what does.
    """
    by_key = {candidate.key: candidate for candidate in candidates}
    instructions: list[Instruction] = []
    kept: set[PreparationKey] = set()
    for work in running:
        candidate = by_key.get(work.key)
        if candidate and value(candidate, dial=dial, contended=contended, elapsed=work.elapsed) > 0.0:
            kept.add(work.key)
        else:
            instructions.append(Cancel(work.key))
    free = (1 if contended else SLOTS) - len(kept)
    for candidate in wanted(candidates, dial=dial, contended=contended):
        if free <= 0:
            break
        if candidate.key in kept or candidate.key in ready or not budget.covers(candidate):
            continue
        budget = budget.less(candidate)
        instructions.append(Start(candidate))
        free -= 1
    return tuple(instructions)


@dataclass(frozen=True, slots=True)
class Allowance:
    """CPU seconds that preparing may take: a share of one core, saved up to a burst."""

    left: float
    since: float
    """Time (any clock's seconds) up to which the share was added."""
    burst: float = 0.5

    def at(self, now: float, share: float) -> Allowance:
        """The allowance at a later time; `share` of each second passed was added."""
        return Allowance(min(self.burst, self.left + max(0.0, now - self.since) * share), now, self.burst)

    def spend(self, seconds: float) -> Allowance:
        """Less what was started or turned out to take longer (more, if `seconds` is negative)."""
        return Allowance(min(self.burst, self.left - seconds), self.since, self.burst)


def _magnitude(candidate: Candidate) -> int:
    """Cost in powers of two: among things that cost about the same, value decides."""
    return int(candidate.seconds * 1_000_000).bit_length()
