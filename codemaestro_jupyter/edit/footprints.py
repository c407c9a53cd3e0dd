"""What each command of a batch reads and writes, found before anything runs, and so which of them depend on another."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass

from codemaestro_jupyter.edit import steps as s
from codemaestro_jupyter.edit.blueprint import Blueprint
from codemaestro_jupyter.edit.moving import PYTHON, moves_of, stem_of
from codemaestro_jupyter.edit.python.style import configs
from codemaestro_jupyter.edit.sought import Sought
from codemaestro_jupyter.edit.steps import Plan

FUNCTION_STEPS = s.AddParameter | s.AddDocstring | s.AddTypeHints | s.AddLogging | s.AddErrorHandling
SYMBOL_STEPS = s.RenameSymbol | s.DeleteSymbol | s.SetConstant | FUNCTION_STEPS | s.AddTestSkeleton
ALONE_STEPS = s.SetConstant | s.AddDocstring | s.AddTypeHints | s.AddLogging | s.AddErrorHandling
TREE_STEPS = SYMBOL_STEPS | s.ExtractFunction | s.ExtractConstant | s.OrganizeImports | s.RemoveUnusedImports
STYLED_STEPS = s.OrganizeImports | s.AddLogging | s.AddErrorHandling


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a command reads and writes, by path; `seconds` is what its syntax trees will cost, roughly."""

    reads: frozenset[str]
    writes: frozenset[str]
    seconds: float = 0.0

    def meets(self, other: Footprint) -> bool:
        """Whether the order of the two matters."""
        return bool(self.writes & other.writes or self.writes & other.reads or self.reads & other.writes)


class Words:
    """Which components hold a word; each is looked for once in a batch."""

    def __init__(self, blueprint: Blueprint) -> None:
        self._blueprint = blueprint
        self._found: dict[str, frozenset[str]] = {}
        self.paths = blueprint.paths()

    def having(self, word: str) -> frozenset[str]:
        """The paths of the components with this word in their text."""
        if word not in self._found:
            self._found[word] = frozenset(item.path for item in self._blueprint.holding(word))
        return self._found[word]


def footprint(plan: Plan, blueprint: Blueprint, words: Words) -> Footprint:
    """What a plan reads and writes on a blueprint, found without running it; too much rather than too little."""
    reads: set[str] = set()
    writes: set[str] = set()
    seconds = 0.0
    everything = words.paths
    for item in plan.steps:
        step = item.step
        if step.path:
            writes.add(step.path)
            if isinstance(step, TREE_STEPS) and step.path not in everything:
                reads, writes = reads | everything, writes | everything  # a folder, or a module by its dotted name
        if isinstance(step, s.RenameFile | s.MoveFile):
            moves = moves_of(step, everything)
            writes |= {*moves, *moves.values()}
            if any(path.endswith(PYTHON) for path in moves):  # whoever imports it follows
                stems = {part for path in moves for part in posixpath.splitext(path)[0].split("/")[-2:]} - {"__init__"}
                reads |= everything
                writes = writes.union(*(words.having(stem) for stem in stems))
        if isinstance(step, s.ReplaceText | s.DeleteText) and not has(blueprint, step.path, step.old):
            reads |= everything  # it may have moved elsewhere: any file may be looked at, and one of them changed
            writes |= words.having(step.old)
        if isinstance(step, s.RemoveUnusedImports):  # another file may import what this one imports
            reads |= words.having(stem_of(step.path))
        if isinstance(step, SYMBOL_STEPS):
            word = step.name.rpartition(".")[2]
            if step.path and isinstance(step, ALONE_STEPS):
                reads.add(step.path)  # its file is named: what the others hold is the same to it
            elif not (having := words.having(word)):  # an earlier command may make it
                reads, writes = reads | everything, writes | everything
            elif isinstance(step, s.RenameSymbol | s.DeleteSymbol | s.SetConstant):
                writes |= having
                reads |= words.having(step.new) if isinstance(step, s.RenameSymbol) else set()
            elif isinstance(step, s.AddTestSkeleton):
                reads |= having
                writes |= {path for path in everything if "test" in path} | {"tests/"}
            else:
                reads |= having
                writes |= {path for path in having if has(blueprint, path, f"def {word}", f"class {word}")}
        if isinstance(step, STYLED_STEPS):  # laid out as the project has it
            beside = {posixpath.join(posixpath.dirname(path), "x") for path in writes}
            reads.update(item for path in beside for found in configs(path) for item in found if item in everything)
        if isinstance(step, TREE_STEPS):
            seconds += seconds_for(sum(len(data_of(blueprint, path)) for path in writes | reads))
    return Footprint(frozenset(reads - writes), frozenset(writes), seconds)


def effort(plans: Sequence[Plan], blueprint: Blueprint) -> float:
    """Seconds of syntax-tree work that may be done beside the largest group, found without looking into a component.

    A step that looks everywhere counts a quarter of everything: of n such steps in g groups of one size, (g - 1) / g
    are beside the largest, on a g-th of the components each, so that two groups have the most.
    """
    steps = [item.step for plan in plans for item in plan.steps if isinstance(item.step, TREE_STEPS)]
    alone = [step for step in steps if isinstance(step, ALONE_STEPS) and step.path in blueprint]
    everything = sum(len(item.data) for item in blueprint) if len(alone) < len(steps) else 0
    named = sum(seconds_for(len(data_of(blueprint, step.path))) for step in alone)
    return named + (len(steps) - len(alone)) * seconds_for(everything / 4)


def seconds_for(characters: float) -> float:
    """What a step on syntax trees costs that reads so much, roughly."""
    return 0.001 + 0.0005 * characters / 1000


def data_of(blueprint: Blueprint, path: str) -> bytes:
    """A component's bytes; none if it is not there."""
    component = blueprint.get(path)
    return component.data if component is not None else b""


def has(blueprint: Blueprint, path: str, *texts: str) -> bool:
    """Whether a component is there and has one of these texts."""
    component = blueprint.get(path)
    return component is not None and Sought(*texts).inside(component)


def group(footprints: Sequence[Footprint]) -> list[tuple[int, ...]]:
    """Commands (from 0) that meet, directly or through others, together and in their order."""
    owner = list(range(len(footprints)))

    def find(at: int) -> int:
        while owner[at] != at:
            at = owner[at]
        return at

    for later in range(len(footprints)):
        for earlier in range(later):
            if footprints[later].meets(footprints[earlier]):
                one, two = sorted((find(earlier), find(later)))
                owner[two] = one
    groups: dict[int, list[int]] = {}
    for at in range(len(footprints)):
        groups.setdefault(find(at), []).append(at)
    return [tuple(members) for _, members in sorted(groups.items())]
