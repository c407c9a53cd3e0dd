"""What several plans have in common is done once, and no result changes by it: not a byte, not an error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from codemaestro_jupyter.edit import steps as s
from codemaestro_jupyter.edit.blueprint import Blueprint, Component
from codemaestro_jupyter.edit.decompose import decompose
from codemaestro_jupyter.edit.pipeline import Outcome, run
from codemaestro_jupyter.edit.sharing import Shared, Sharer
from codemaestro_jupyter.edit.state import Candidate, State
from codemaestro_jupyter.errors import MaestroError

TEXTS = {
    "a.py": "x = 1\n\n\ndef f():\n    return x\n",
    "b.py": "from a import f\n\n\ndef g(n=2): ...\n\n\nf()\n",
    "pkg/__init__.py": "",
    "pkg/c.py": "import a\n\n\nclass K:\n    def f(self):\n        return a.f()\n",
    "d.txt": "x = 1\ny\n",
}
PATHS = st.sampled_from([*TEXTS, "e.py", "new/e.py"])
TEXT = st.sampled_from(["x = 1", "y", "return x", "x = math.pi", "def h(): ...", "  x = 1"])
NAMES = st.sampled_from(["f", "g", "h", "K", "K.f", "missing"])
STEPS: st.SearchStrategy[s.Step] = st.one_of(
    st.builds(s.ReplaceText, PATHS, TEXT, TEXT),
    st.builds(s.InsertText, PATHS, TEXT, st.sampled_from(["end", "start"])),
    st.builds(s.CreateFile, PATHS, TEXT),
    st.builds(s.DeleteFile, PATHS),
    st.builds(s.RenameFile, PATHS, st.sampled_from(["g.py", "pkg/g.py", "a.py"])),
    st.builds(s.RenameSymbol, NAMES, st.sampled_from(["h", "i", "f"])),
    st.builds(s.AddDocstring, st.one_of(NAMES, st.just("pkg/c.*")), st.just("Do.")),
    st.builds(s.AddLogging, NAMES),
    st.builds(s.AddTypeHints, NAMES),
    st.builds(s.OrganizeImports, PATHS),
    st.builds(s.AddTestSkeleton, NAMES),
)
PLANS = st.lists(STEPS, min_size=1, max_size=5)


def blueprint(paths: Sequence[str] = tuple(TEXTS)) -> Blueprint:
    return Blueprint((Component(path, TEXTS[path].encode()) for path in paths), known=frozenset(TEXTS))


def load(path: str) -> Component | None:
    return Component(path, TEXTS[path].encode()) if path in TEXTS else None


def told(work: Callable[[], Outcome]) -> object:
    """Everything that an outcome is, or its error."""
    try:
        found = work()
    except MaestroError as error:
        return type(error), error.message, error.hint, getattr(error, "step", 0), getattr(error, "candidates", ())
    assert type(found.blueprint) is Blueprint
    return replace(found, before=Blueprint()), list(found.blueprint), found.blueprint.known, found.blueprint.version


def done(plan: Sequence[s.Step], start: Blueprint, shared: Sharer | None = None, *, lazy: bool = False) -> object:
    return told(lambda: run(list(plan), start, shared=shared, loader=load if lazy else None))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[list[s.Step], list[s.Step]]:
    """Two plans that often have steps in common: at the beginning, in another order, or anywhere."""
    one, other = draw(PLANS), draw(PLANS)
    mixed = draw(st.permutations([*one[: draw(st.integers(0, 3))], *other[:2]]))
    return one, draw(st.sampled_from([[*one[:2], *other], mixed, list(one), other])) or other


@settings(deadline=None, max_examples=300)
@given(pairs(), st.booleans(), st.sets(st.sampled_from(list(TEXTS))), st.sets(st.sampled_from(list(TEXTS))))
def test_sharing_never_changes_a_result(
    plans: tuple[list[s.Step], list[s.Step]], lazy: bool, first: set[str], second: set[str]
) -> None:
    shared = Shared()
    held = [sorted(first), sorted(second)] if lazy else [list(TEXTS)] * 2
    for owner, plan, paths in zip("AB", plans, held, strict=True):
        alone = done(plan, blueprint(paths), lazy=lazy)
        assert done(plan, blueprint(paths), shared.of(owner), lazy=lazy) == alone
        assert done(plan, blueprint(paths), shared.of(owner), lazy=lazy) == alone, "and again, from itself"


# -- a step that rests on anything whatever ----------------------------------------------------------------

WHERE = st.sampled_from("pqr")
HELD = st.dictionaries(WHERE, st.sampled_from([b"1", b"2"]), max_size=3)
MADE = st.lists(st.sampled_from(["one", "two"]), max_size=1)
PROGRAM = st.lists(
    st.tuples(
        st.sampled_from(["get", "exists", "paths", "all", "holding", "find", "candidates", "origins", "moved", "loaded",
                         "put", "remove", "warn", "correct", "promise", "candidate", "move"]),
        WHERE,
    ), min_size=1, max_size=5,
)  # fmt: skip


FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "held": HELD, "known": st.frozensets(WHERE), "disk": HELD | st.none(), "candidates": MADE, "moved": HELD,
    "loaded": HELD, "version": st.integers(0, 2),
}  # fmt: skip


@st.composite
def starts(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """How two states stand before a step: alike, or alike but for one thing."""
    first = {name: draw(values) for name, values in FIELDS.items()}
    name = draw(st.sampled_from([*FIELDS, ""]))
    return first, {**first, name: draw(FIELDS[name])} if name else first


def state(held: Any, known: Any, disk: Any, candidates: Any, moved: Any, loaded: Any, version: int) -> State:
    def components(found: dict[str, bytes]) -> dict[str, Component]:
        return {path: Component(path, data) for path, data in found.items()}

    return State(
        Blueprint(components(held).values(), known=known, version=version),
        candidates=[Candidate("p", 1, text, text, text) for text in candidates],
        warnings=list(candidates), moved=components(moved), loaded=components(loaded),
        origins=dict.fromkeys(moved, "was"), loader=None if disk is None else components(disk).get,
    )  # fmt: skip


def interpret(program: Sequence[tuple[str, str]]) -> Callable[[State, s.Step], None]:
    """A step whose every effect rests on everything that it saw before."""

    def do(state: State, step: s.Step) -> None:
        seen: list[object] = []
        for what, path in program:
            match what:
                case "get":
                    seen.append((path in state.blueprint, state.blueprint.get(path)))
                case "exists":
                    seen.append(state.blueprint.exists(path))
                case "paths":
                    seen.append(sorted(state.blueprint.paths()))
                case "all":
                    seen.append(list(state.blueprint))
                case "holding":
                    seen.append(state.blueprint.holding("1"))
                case "find":
                    seen.append(state.find(path))
                case "candidates" | "origins" | "moved" | "loaded":
                    seen.append(str(getattr(state, what)))
                case "put":
                    state.put(Component(path, repr(seen).encode()))
                case "remove":
                    state.remove(path)
                case "warn":
                    state.warnings.append(repr(seen))
                case "correct":
                    state.correct("whitespace", repr(seen))
                case "promise":
                    state.promise(path, repr(seen))
                case "candidate":
                    state.candidates[:] = [Candidate(path, 1, "", repr(seen), "")]
                case "move":
                    state.moved[path], state.origins[path] = Component(path, b"moved"), repr(seen)

    return do


def picture(state: State) -> list[object]:
    found = state.blueprint
    return [type(found), list(found), found.known, found.version,
            *(getattr(state, name) for name in ("touched", "corrections", "warnings", "candidates", "promises",
                                                "moved", "origins", "loaded", "gone"))]  # fmt: skip


NONE: dict[str, Any] = {"held": {}, "known": frozenset(), "disk": {}, "candidates": [], "loaded": {}, "version": 0}
ANOTHER_WORD = {**NONE, "moved": {}, "held": {"p": b"1"}}, {**NONE, "moved": {}, "held": {"p": b"2"}}
IN_ANOTHER_ORDER = {**NONE, "moved": {"p": b"2", "r": b"1"}}, {**NONE, "moved": {"r": b"1", "p": b"2"}}


@settings(deadline=None, max_examples=600)
@example([("origins", "p"), ("put", "p")], IN_ANOTHER_ORDER)
@example([("holding", "p"), ("warn", "p")], ANOTHER_WORD)
@given(PROGRAM, starts())
def test_a_step_is_taken_over_only_where_it_would_go_the_same_way(
    program: list[tuple[str, str]], starts: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    do, shared = interpret(program), Shared()
    for number, start in enumerate(starts, 1):
        item = s.PlannedStep(number, s.CreateFile("step", "of any kind"))
        alone, together = state(**start), state(**start)
        alone.step = together.step = number
        do(alone, item.step)
        shared.perform(together, item, do, str(number))
        assert picture(together) == picture(alone)
    assert shared.saved == 1 or repr(starts[0]) != repr(starts[1])  # in their order, too


def test_common_steps_are_done_once_wherever_they_stand_and_whatever_their_reason() -> None:
    create, replace_, rename = (
        s.CreateFile("e.py", "y = 2\n"), s.ReplaceText("d.txt", "y", "z"), s.RenameSymbol("f", "h")
    )  # fmt: skip
    other = s.ReplaceText("b.py", "n=2", "n=3")
    shared = Shared()
    run([create, replace_, rename], blueprint(), shared=shared.of("A"))
    assert (shared.saved, shared.common("A")) == (0, 0)
    plan = decompose([replace_, create, rename, other])
    plan = replace(plan, steps=tuple(replace(item, reason=f"because {item.id}") for item in plan.steps))
    run(plan, blueprint(), shared=shared.of("B"))
    assert (shared.saved, shared.common("A"), shared.common("B")) == (3, 3, 3)
    run([other], blueprint(), shared=shared.of("B"))
    assert (shared.common("A"), shared.common("B")) == (0, 0), "the newest plan of an answer counts"


def test_a_step_that_finds_something_else_is_done_anew() -> None:
    shared = Shared()
    step = s.ReplaceText("d.txt", "y", "z")
    run([step], blueprint(), shared=shared.of("A"))
    run([s.InsertText("d.txt", "first", "start"), step], blueprint(), shared=shared.of("B"))
    assert shared.saved == 0
