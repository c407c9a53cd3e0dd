"""A question about a data frame, answered by the line of code that computes it: "mean of price in df".

Nothing is run. Names are checked against the picture of the kernel's variables: which frames there are, their columns
and types. Pure but for what `Evidence` reads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from codemaestro_jupyter.plan import markdown as md
from codemaestro_jupyter.plan.evidence import Evidence
from codemaestro_jupyter.plan.framewords import Wanted, wanted
from codemaestro_jupyter.plan.naming import close_names
from codemaestro_jupyter.plan.sources import Sources
from codemaestro_jupyter.types import AnswerPart, Variable

MOST_COLUMNS = 12
"""Columns that are named where the one that was asked for is not there."""
FRAMES = {"pandas": "DataFrame", "polars": "DataFrame"}
NUMBERS = re.compile(r"u?int|float|decimal|bool|complex|double", re.IGNORECASE)
ORDERED = re.compile(rf"date|time|{NUMBERS.pattern}", re.IGNORECASE)
NEEDS_NUMBERS = frozenset({"mean", "median", "std", "var", "sum"})
PANDAS = {
    "each": "{f}[{c}].{do}()",
    "each by": "{f}.groupby({o})[{c}].{do}()",
    "rows": "len({f})",
    "missing": "{f}.isna().sum()",
    "duplicates": "{f}.duplicated().sum()",
    "corr": "{f}.corr(numeric_only=True)",
    "corr by": "{f}[{c}].corr({f}[{o}])",
    "sort": "{f}.sort_values({c})",
    "sort down": "{f}.sort_values({c}, ascending=False)",
    "top": "{f}.nlargest({n}, {c})",
    "bottom": "{f}.nsmallest({n}, {c})",
    "filter": "{f}[{f}[{c}] {op} {v}]",
    "hist": "{f}[{c}].plot.hist()",
    "box": "{f}.boxplot(column={c})",
    "box by": "{f}.boxplot(column={c}, by={o})",
    "scatter by": "{f}.plot.scatter(x={o}, y={c})",
    "bar": "{f}[{c}].value_counts().plot.bar()",
    "bar by": "{f}.groupby({o})[{c}].mean().plot.bar()",
    "plot all": "{f}.plot()",
    "plot": "{f}[{c}].plot()",
    "plot by": "{f}.sort_values({o}).plot(x={o}, y={c})",
}
POLARS = {
    "each": "{f}[{c}].{do}()",
    "each by": "{f}.group_by({o}).agg(pl.col({c}).{do}())",
    "rows": "{f}.height",
    "missing": "{f}.null_count()",
    "duplicates": "{f}.is_duplicated().sum()",
    "corr by": "{f}.select(pl.corr({c}, {o}))",
    "sort": "{f}.sort({c})",
    "sort down": "{f}.sort({c}, descending=True)",
    "top": "{f}.top_k({n}, by={c})",
    "bottom": "{f}.bottom_k({n}, by={c})",
    "filter": "{f}.filter(pl.col({c}) {op} {v})",
    "hist": "{f}[{c}].plot.hist()",
    "scatter by": "{f}.plot.scatter(x={o}, y={c})",
    "bar by": "{f}.group_by({o}).agg(pl.col({c}).mean()).plot.bar(x={o}, y={c})",
    "plot by": "{f}.sort({o}).plot.line(x={o}, y={c})",
}
METHODS = {"polars": {"nunique": "n_unique"}}


@dataclass(frozen=True, slots=True)
class Meant:
    """What is computed, of which frame; `frame` is None where only the notebook's text has it."""

    wanted: Wanted
    name: str
    frame: Variable | None
    others: tuple[str, ...] = ()
    """Further frames that have these columns."""


def computed(text: str, sources: Sources) -> Meant | None:
    """What a request computes of a frame that is there; None for any other request."""
    asked = wanted(text)
    if asked is None:
        return None
    frames = [variable for variable in sources.variables() if is_frame(variable)]
    if asked.frame:
        named = next((variable for variable in frames if variable.name == asked.frame), None)
        if named is not None:
            return Meant(asked, named.name, named)
        known = {variable.name for variable in sources.variables()}
        there = any(symbol.kind == "variable" for symbol in sources.definitions(asked.frame))
        return Meant(asked, asked.frame, None) if there and asked.frame not in known else None
    if not asked.columns:
        return None
    whole = next((each for each in frames if asked.way == "plot" and asked.columns == (each.name,)), None)
    if whole is not None:
        return Meant(replace(asked, title="Plot", columns=(), frame=whole.name), whole.name, whole)
    having = [each for each in reversed(frames) if all(column(name, each.columns) for name in asked.columns)]
    if not having:
        return None
    return Meant(asked, having[0].name, having[0], tuple(each.name for each in having[1:]))


def is_frame(variable: Variable) -> bool:
    """Whether a variable is a data frame whose columns are told."""
    return FRAMES.get(variable.module.partition(".")[0]) == variable.type and bool(variable.columns)


def column(said: str, columns: Sequence[str]) -> str:
    """The column that is meant: as it is written, else whatever the case and the blanks; empty if none is."""
    if said in columns:
        return said
    plain = _plain(said)
    ways = (plain, plain.removesuffix("s"), f"{plain}s")
    return next((each for way in ways for each in columns if _plain(each) == way), "")


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name).strip().lower()


def compute(evidence: Evidence) -> Iterator[AnswerPart]:
    """The line of code, and what is known of the columns in it."""
    found = computed(evidence.request.text, evidence.sources)
    assert found is not None
    evidence.consult("variables")
    asked, frame = found.wanted, found.frame
    columns = frame.columns if frame is not None else ()
    used = [column(name, columns) if columns else name for name in asked.columns]
    missing = [name for name, there in zip(asked.columns, used, strict=True) if not there]
    head = f"**{asked.title} in {md.code(found.name)}**\n"
    if missing and frame is not None:
        near = [close_names(name, columns, 1) for name in missing]
        evidence.note("kernel variables")
        yield evidence.part(head, *_absent(frame, missing))
        if not all(near):
            return
        used = [there or column(close_names(name, columns, 1)[0], columns)
                for name, there in zip(asked.columns, used, strict=True)]  # fmt: skip
        head = "If that is meant:\n"
    dtypes = dict(zip(columns, frame.dtypes, strict=False)) if frame is not None else {}
    written = code(found, used, dtypes)
    if written is None:
        yield evidence.part(head, f"{md.code(found.name)} is a frame of {frame.module if frame else ''}; how it does"
                            " that is not known here.")  # fmt: skip
        return
    evidence.data |= {"frame": found.name, "code": written, "columns": used}
    yield evidence.part(head, md.fence(written, "python"), "", *_known(found, used, dtypes))


def code(found: Meant, used: Sequence[str], dtypes: dict[str, str]) -> str | None:
    """The code; None where the frame's library has no such line."""
    asked, library = found.wanted, found.frame.module.partition(".")[0] if found.frame else "pandas"
    ways = POLARS if library == "polars" else PANDAS
    do = METHODS.get(library, {}).get(asked.do, asked.do)
    by = len(used) > 1
    way = asked.way
    if way == "plot" and by and dtypes.get(used[1]) and not ORDERED.search(dtypes[used[1]]):
        way = "bar"  # there is no line between names
    way = "plot all" if way == "plot" and not used else way
    way = f"{way} down" if asked.down else f"{way} by" if by else way
    if way not in ways:
        return None
    quoted = [json.dumps(name, ensure_ascii=False) for name in used]
    line = ways[way].format(
        f=found.name, c=quoted[0] if used else "", o=quoted[1] if by else "", do=do, n=asked.count, op=asked.operator,
        v=asked.value,
    )  # fmt: skip
    return f"import polars as pl\n\n{line}" if "pl." in line else line


def _absent(frame: Variable, missing: Sequence[str]) -> list[str]:
    lines = []
    for name in missing:
        near = close_names(name, frame.columns, 3)
        spelt = f" Spelt like it: {', '.join(map(md.code, near))}." if near else ""
        lines.append(f"{md.code(frame.name)} has no column {md.code(name)}.{spelt}")
    more = (frame.shape[1] if frame.shape and len(frame.shape) > 1 else len(frame.columns)) - MOST_COLUMNS
    listed = ", ".join(map(md.code, frame.columns[:MOST_COLUMNS]))
    return [*lines, f"\nIts columns: {listed}{f' and {more} more' if more > 0 else ''}."]


def _known(found: Meant, used: Sequence[str], dtypes: dict[str, str]) -> list[str]:
    """What is known of the frame, and what of the code is not what one might think."""
    asked, frame = found.wanted, found.frame
    if frame is None:
        return [f"- The kernel does not know {md.code(found.name)} yet, so its columns are not checked."]
    rows = " × ".join(f"{side:,}" for side in frame.shape) + " " if frame.shape else ""
    told = ", ".join(f"{md.code(name)} is {md.code(dtypes[name])}" for name in used if dtypes.get(name))
    lines = [f"- {md.code(found.name)}: {rows}{frame.type} as it was after the last run{f'; {told}' if told else ''}"]
    first = dtypes.get(used[0], "") if used else ""
    if asked.do in NEEDS_NUMBERS and first and not ORDERED.search(first):
        lines.append(f"- ⚠ {md.code(used[0])} holds {md.code(first)}: convert it to numbers first.")
    if asked.way in ("bar", "plot") and len(used) > 1 and not ORDERED.search(dtypes.get(used[1], "time")):
        lines.append(f"- The mean of {md.code(used[0])} for each {md.code(used[1])}.")
    if found.others:
        lines.append(f"- The same columns are in {', '.join(map(md.code, found.others))}.")
    return [*lines, "- Nothing was run: put the line into a cell."]
