"""Steps that several plans have in common are done once: what a step did is kept with everything it looked at.

Another plan takes it over if the step does the same and finds all of that as it was, wherever in the plan it stands;
else the step is done anew. So nothing is guessed of what is independent of what, and the result is byte for byte the
one of doing it. Why a step is there (its reason) does not matter.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeVar

from codemaestro_jupyter.edit.blueprint import Blueprint, Component
from codemaestro_jupyter.edit.state import Candidate, Correction, Promise, State
from codemaestro_jupyter.edit.steps import PlannedStep, Step
from codemaestro_jupyter.errors import MaestroError

MOST_KEPT = 4
"""Ways in which one step is kept to have gone: plans drafted for one request seldom differ in more."""
Do = Callable[[State, Step], None]
B = TypeVar("B", bound=Blueprint)


@dataclass(slots=True)
class Looks:
    """What was looked at of a blueprint."""

    paths: set[str] = field(default_factory=set)
    names: bool = False
    """Which paths there are."""
    everything: bool = False
    """Every component."""
    loads: dict[str, Component | None] = field(default_factory=dict)
    """What was read, and what that brought."""


class Watched(Blueprint):
    """A blueprint that notes what is looked at; changed, it still does."""

    __slots__ = ("looks",)
    looks: Looks

    def get(self, path: str) -> Component | None:
        """The component at a path."""
        self.looks.paths.add(path)
        return Blueprint.get(self, path)

    def __contains__(self, path: str) -> bool:
        self.looks.paths.add(path)
        return Blueprint.__contains__(self, path)

    def __iter__(self) -> Iterator[Component]:
        self.looks.everything = True
        return Blueprint.__iter__(self)

    def holding(self, *words: str) -> list[Component]:
        """The components that hold one of the words."""
        self.looks.everything = True
        return Blueprint.holding(self, *words)

    def __len__(self) -> int:
        self.looks.everything = True
        return Blueprint.__len__(self)

    def paths(self) -> frozenset[str]:
        """Every path."""
        self.looks.names = True
        return plain(self).paths()

    def exists(self, path: str) -> bool:
        """Whether there is a file at this path."""
        self.looks.paths.add(path)
        return Blueprint.exists(self, path)

    def with_changes(self, changes: Iterable[tuple[str, Component | None]]) -> Blueprint:
        """The next version."""
        return watched(plain(self).with_changes(changes), self.looks)


def watched(blueprint: Blueprint, looks: Looks) -> Watched:
    """The same blueprint, noting in `looks` what is looked at."""
    found = copied(blueprint, object.__new__(Watched))
    found.looks = looks
    return found


def plain(blueprint: Blueprint) -> Blueprint:
    """The same blueprint, noting nothing."""
    return copied(blueprint, object.__new__(Blueprint)) if isinstance(blueprint, Watched) else blueprint


def copied(blueprint: Blueprint, new: B) -> B:
    """`new` with all that a blueprint holds."""
    new._buckets, new._paths, new.known = blueprint._buckets, blueprint._paths, blueprint.known
    new.version, new.extra = blueprint.version, blueprint.extra
    return new


@dataclass(frozen=True, slots=True)
class Books:
    """What of a state, beside its blueprint, a step may rest on, the order of it too."""

    candidates: tuple[Candidate, ...]
    moved: tuple[tuple[str, Component], ...]
    origins: tuple[tuple[str, str], ...]
    loaded: tuple[tuple[str, Component], ...]
    gone: frozenset[str]

    @classmethod
    def of(cls, state: State) -> Books:
        """As they stand."""
        moved, origins, loaded = state.moved.items(), state.origins.items(), state.loaded.items()
        return cls(tuple(state.candidates), tuple(moved), tuple(origins), tuple(loaded), frozenset(state.gone))

    def put(self, state: State) -> None:
        """Make them those of a state."""
        state.candidates[:] = self.candidates
        state.moved, state.origins, state.loaded = dict(self.moved), dict(self.origins), dict(self.loaded)
        state.gone = set(self.gone)


@dataclass(frozen=True, slots=True)
class Done:
    """How a step went once: what it looked at, and what came of it."""

    number: int
    looked: frozenset[str]
    looks: Looks
    reads: bool
    """Whether it could read what its blueprint did not hold."""
    start: Blueprint
    end: Blueprint
    before: Books
    after: Books
    touched: frozenset[str]
    corrections: tuple[Correction, ...]
    warnings: tuple[str, ...]
    promises: tuple[Promise, ...]
    owners: set[str]

    def fits(self, state: State) -> bool:
        """Whether the step would find all that it looked at as it was."""
        now, start = state.blueprint, self.start
        if Books.of(state) != self.before or not all(
            now.get(path) == start.get(path) and now.exists(path) == start.exists(path) for path in self.looked
        ):
            return False
        if (self.looks.names or self.looks.everything) and now.paths() != start.paths():
            return False
        if self.looks.everything and now._buckets != start._buckets:
            return False
        return self._loads(state)

    def _loads(self, state: State) -> bool:
        """Whether reading what the blueprint did not hold would bring the same."""
        if state.loader is None or not self.reads:
            return (state.loader is not None) == self.reads
        try:
            return all(state.loader(path) == found for path, found in self.looks.loads.items())
        except MaestroError:
            return False

    def repeat(self, state: State, number: int) -> None:
        """Bring a state to where the step would have brought it, as step `number`."""
        before = state.blueprint
        gone = self.start.known - self.end.known
        changes = [(change.path, change.after) for change in self.start.changes_to(self.end)]
        found = before.with_changes([*((path, None) for path in gone), *changes])
        found.version = before.version + self.end.version - self.start.version
        state.blueprint = found
        self.after.put(state)
        state.touched |= self.touched
        state.warnings += self.warnings
        state.corrections += [replace(item, step=number) for item in self.corrections]
        state.promises += [replace(item, step=number) for item in self.promises]


class Shared:
    """What was done for several plans that are drafted for one request; any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._known: dict[Step, list[Done]] = {}
        self.saved = 0
        """Steps that were not done again."""

    def of(self, owner: str) -> Sharer:
        """For the newest plan of one answer; what an earlier one had in common with others counts no longer."""
        with self._lock:
            for ways in self._known.values():
                for done in ways:
                    done.owners.discard(owner)
        return Sharer(self, owner)

    def common(self, owner: str) -> int:
        """How many steps of an answer's plan stand in another answer's plan, too, and were done once."""
        with self._lock:
            ways = [done for ways in self._known.values() for done in ways]
            return sum(owner in done.owners and len(done.owners) > 1 for done in ways)

    def perform(self, state: State, item: PlannedStep, do: Do, owner: str) -> bool:
        """Do a step, or take over how it went; whether it was taken over. Raises what `do` raises."""
        with self._lock:
            ways = self._known.setdefault(item.step, [])
            for done in ways:
                if done.fits(state):
                    done.repeat(state, item.id)
                    done.owners.add(owner)
                    self.saved += 1
                    return True
            found = noted(state, item, do, owner)
            ways[:] = [found, *ways[: MOST_KEPT - 1]]
            return False


@dataclass(slots=True)
class Sharer:
    """One plan's part in what is shared."""

    shared: Shared
    owner: str
    taken: int = 0
    """Steps that it took over."""

    def perform(self, state: State, item: PlannedStep, do: Do) -> None:
        """Do a step, or take over how it went (`Shared.perform`)."""
        self.taken += self.shared.perform(state, item, do, self.owner)


def noted(state: State, item: PlannedStep, do: Do, owner: str) -> Done:
    """Do a step, and note what it looked at and what came of it."""
    start, looks, before = state.blueprint, Looks(), Books.of(state)
    lengths = len(state.corrections), len(state.warnings), len(state.promises)
    touched, state.touched = state.touched, set()
    loader = state.loader

    def load(path: str) -> Component | None:
        found = looks.loads[path] = loader(path) if loader is not None else None
        return found

    state.blueprint, state.loader = watched(start, looks), loader and load
    try:
        do(state, item.step)
    finally:
        state.blueprint, state.loader = plain(state.blueprint), loader
        own, state.touched = frozenset(state.touched), touched | state.touched
    return Done(
        item.id, frozenset(looks.paths | own), looks, loader is not None, start, state.blueprint,
        before, Books.of(state), own,
        tuple(state.corrections[lengths[0] :]), tuple(state.warnings[lengths[1] :]),
        tuple(state.promises[lengths[2] :]), {owner},
    )  # fmt: skip
