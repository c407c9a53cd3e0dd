"""Fit a prompt to what the budgets bear: fewer files from the end, the next one in part, then less of the moment.

What was sent before stays the same bytes from the front, so only the end is given up: first files that nobody asked
for, then those that are wanted, the surest of which stand first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from codemaestro_jupyter.converse.context import Front
from codemaestro_jupyter.models.protocol import Message
from codemaestro_jupyter.plan.prompt import Moment
from codemaestro_jupyter.types import RelPath

CUTS = (12_000, 6_000, 3_000, 1_500)
"""Characters of the first file for which there is no room as a whole: the most that fits."""
LEAST_VARIABLES = 10
Less = Callable[[Moment], Moment]


@dataclass(frozen=True, slots=True)
class Fitted:
    """What is sent, and in one sentence what is not; "" where that is everything."""

    front: Front
    moment: Moment
    messages: tuple[Message, ...]
    said: str = ""


def fitted(
    front: Front,
    wanted: Collection[RelPath],
    moment: Moment,
    build: Callable[[Front, Moment], tuple[Message, ...]],
    fits: Callable[[Sequence[Message]], bool],
    whose: str,
) -> Fitted:
    """The fullest prompt that fits, the leanest if none does. `whose` budget that is: of a "turn" or a "day"."""
    asked = [path for path in front.prefix.files if path in wanted]
    leaner = list(lean(moment))
    for place, (now, less) in enumerate(leaner):
        for narrow, whole in narrower(front, asked, to_nothing=place == len(leaner) - 1):
            messages = build(narrow, now)
            found = Fitted(narrow, now, messages, sentence(narrow, asked, less, whose, whole=whole))
            if fits(messages):
                return found
    return found


def lean(moment: Moment) -> Iterator[tuple[Moment, tuple[str, ...]]]:
    """The moment, then with less and less of what it can do without, each with what it has less of."""
    less: tuple[str, ...] = ()
    yield moment, less
    for name, without in LESS:
        if (now := without(moment)) != moment:
            moment, less = now, (*less, name)
            yield moment, less


def narrower(front: Front, asked: Sequence[RelPath], *, to_nothing: bool) -> Iterator[tuple[Front, bool]]:
    """The front, then fewer and fewer of its files, each with whether its last file is there as a whole.

    One that was asked for stays unless it goes `to_nothing`.
    """
    yield front, True
    files = list(front.prefix.files)
    lengths = {file.path: len(file.text) for file in front.texts}
    for path in [path for path in reversed(files) if path not in asked]:
        files.remove(path)
        yield front.narrowed(files), True
    while files:
        yield from ((front.narrowed(files, cut), False) for cut in CUTS if cut < lengths[files[-1]])
        files.pop()
        if files or to_nothing:
            yield front.narrowed(files), True


def sentence(front: Front, asked: Sequence[RelPath], less: Sequence[str], whose: str, *, whole: bool) -> str:
    """What was left out: "The budget of a turn left room for 3 of 6 files; raise `turn_budget` for more."."""
    kept = sum(path in front.prefix.files for path in asked)
    part = "" if whole else " in part" if kept == 1 else ", one of them in part"
    left = (
        [f"{kept} of {len(asked)} {'file' if len(asked) == 1 else 'files'}{part}"]
        if kept < len(asked) or not whole
        else []
    )
    left += [f"less of {' and '.join(less)}"] if less else []
    setting = "daily_budget" if whose == "day" else "turn_budget"
    return f"The budget of a {whose} left room for {' and '.join(left)}; raise `{setting}` for more." if left else ""


def _no_talk(now: Moment) -> Moment:
    return replace(now, earlier=())


def _no_maps(now: Moment) -> Moment:
    return replace(now, structures=(), changed=(), variables=now.variables[:LEAST_VARIABLES])


def _one_cell(now: Moment) -> Moment:
    if (picture := now.notebook) is None:
        return now
    active = tuple(cell for cell in picture.cells if cell.id == picture.active)
    return replace(now, notebook=replace(picture, cells=active or picture.cells[-1:]))


LESS: tuple[tuple[str, Less], ...] = (
    ("the conversation", _no_talk),
    ("what is around", _no_maps),
    ("the notebook", _one_cell),
)
"""What a moment can do without, in this order."""
