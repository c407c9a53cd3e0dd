"""What a sentence wants computed of a data frame: "average price by shop in df". The text alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

REDUCTIONS = {
    "mean": r"mean|average|avg",
    "sum": r"sum|total",
    "median": r"median",
    "min": r"min|minimum|smallest|lowest",
    "max": r"max|maximum|largest|highest|biggest",
    "std": r"std|stdev|standard deviation",
    "var": r"variance",
    "nunique": r"(?:number|count) of (?:unique|distinct|different)|how many (?:unique|distinct|different)",
    "unique": r"unique|distinct",
    "value_counts": r"value[ _]counts?|most common|most frequent|frequenc(?:y|ies)",
}
TITLES = {
    "nunique": "Number of different values", "unique": "Different values", "value_counts": "Counts of the values",
    "min": "Minimum", "max": "Maximum", "std": "Standard deviation", "var": "Variance",
}  # fmt: skip
OPERATORS = {
    ">": r">|(?:is )?(?:greater|more|larger|higher|bigger) than|(?:is )?(?:above|over)",
    "<": r"<|(?:is )?(?:less|smaller|lower|fewer) than|(?:is )?(?:below|under)",
    ">=": r">=|(?:is )?at least",
    "<=": r"<=|(?:is )?at most",
    "!=": r"!=|is not|isn't|differs from",
    "==": r"==?|is|equals(?: to)?",
}
LEAD = (
    r"(?:(?:what(?:'s| is| are)|compute|calculate|give|get|find|show|print|draw|make|create|tell) )?"
    r"(?:me )?(?:the |a |an )?"
)
DOWN = r"(?P<down>,? (?:descending|desc|downwards|in descending order|largest first|highest first))"
ROWS_OF = r"(?:rows (?:of|in|from) |filter )@?(?P<frame>[^\W\d]\w*) (?:where|with|by|for)"
NUMBER_OF_ROWS = r"(?:number of rows|how many rows|row count|count(?: the)? rows|length)"
HOW_MANY = r"(?:how many )?"
FRAME = r"(?:(?:in|of|from|for|on) (?:the )?(?:data ?frame |frame |table )?@?(?P<frame>[^\W\d]\w*))"
DRAW = r"(?:(?:plot|draw) (?:a |the )?)"
BY = r"(?:by|per|for each|for every|in each|grouped by)"
AXIS = r"(?:by|against|over|vs\.?|versus|as a function of|per|and)"
COLUMN = r"(?:the )?(?:values? (?:of|in) )?(?:the )?(?:column )?(?P<column>[`'\"]?[^\W\d][^,;]*?[`'\"]?)(?: column)?"
OTHER = r"(?:the )?(?:column )?(?P<other>[`'\"]?[^\W\d][^,;]*?[`'\"]?)(?: column)?"
CHARTS = {
    "hist": r"histogram",
    "scatter": r"scatter(?: ?plot| chart)?",
    "box": r"box ?plot",
    "bar": r"bar (?:chart|plot|graph)",
    "plot": r"(?:line )?(?:plot|chart|graph)|draw",
}
WORD = re.compile(r"[^\W_]+")
COMPUTING = frozenset(
    WORD.findall(
        "mean average avg sum total median min minimum smallest lowest max maximum largest highest biggest std stdev"
        " deviation variance unique distinct frequent histogram scatter scatterplot box bar plot chart graph draw rows"
        " filter sort top bottom missing null nan duplicate duplicates duplicated correlation correlations count length"
        " different"
    )
)
"""Words of which such a sentence has one."""
LINKS = frozenset(
    WORD.findall(
        "a against an and are as ascending at between by can column compute calculate could counts data"
        " descending desc draw each every find first for frame from function get give greater group grouped"
        " higher how in is it least less line lower make many max me more most much number of on only or order"
        " over per please s show standard table tell than the there to under value values versus vs what where"
        " which with you"
    )
)
"""Words that link it to what it is computed of."""
LONGEST = 160
"""Characters of such a sentence: what is longer tells more than a line of code can do."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be computed, of which columns; `frame` is empty where the sentence names none."""

    way: str
    title: str
    columns: tuple[str, ...] = ()
    frame: str = ""
    do: str = ""
    down: bool = False
    count: int = 0
    operator: str = ""
    value: str = ""


@cache
def _patterns() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """Way, method and pattern; compiled at the first request."""
    rows: list[tuple[str, str, str]] = [
        ("rows", "", rf"{NUMBER_OF_ROWS}(?: are(?: there)?| does)? {FRAME}"),
        ("rows", "", r"how many rows does @?(?P<frame>\w+) have"),
        ("missing", "", rf"{HOW_MANY}(?:missing|null|na|nan|empty)(?: values| cells)?(?: are(?: there)?)? {FRAME}"),
        ("duplicates", "", rf"{HOW_MANY}duplicate[sd]?(?: rows)?(?: are(?: there)?)? {FRAME}"),
        ("corr", "", rf"correlations? (?:between|of) {COLUMN} (?:and|with) {OTHER}(?: {FRAME})?"),
        ("corr", "", rf"correlations? {FRAME}"),
        ("top", "", rf"top (?P<count>\d+) (?:rows )?(?:{FRAME} )?by {COLUMN}"),
        ("bottom", "", rf"bottom (?P<count>\d+) (?:rows )?(?:{FRAME} )?by {COLUMN}"),
        ("sort", "", rf"sort @?(?P<frame>[^\W\d]\w*) by {COLUMN}{DOWN}?"),
        *(
            ("filter", sign, rf"{ROWS_OF} {COLUMN} (?:{words}) (?P<value>[^,;]+)")
            for sign, words in OPERATORS.items()
        ),
        *(
            (way, "", rf"{DRAW}?(?:{words}) (?:(?:of|for) )?{COLUMN}(?: {AXIS} {OTHER})?(?: {FRAME})?")
            for way, words in CHARTS.items()
        ),
        *(("each", do, rf"(?:{words}) (?:of |for )?{COLUMN} {FRAME} {BY} {OTHER}") for do, words in REDUCTIONS.items()),
        *(
            ("each", do, rf"(?:{words}) (?:(?:of|for|values (?:of|in)) )?{COLUMN}(?: {BY} {OTHER})?(?: {FRAME})?")
            for do, words in REDUCTIONS.items()
        ),
    ]  # fmt: skip
    return tuple((way, do, re.compile(rf"{LEAD}{pattern}", re.IGNORECASE)) for way, do, pattern in rows)


def wanted(text: str) -> Wanted | None:
    """What a sentence wants computed; None if it is no such sentence."""
    said = re.sub(r"\s+", " ", text.strip().rstrip("?.! ")).replace("’", "'")
    said = re.sub(r"^(?:please |can you |could you )+|,? please$", "", said, flags=re.IGNORECASE)
    if not said or len(said) > LONGEST or "\n\n" in text.strip():
        return None
    for way, do, pattern in _patterns():
        match = pattern.fullmatch(said)
        if match is None:
            continue
        groups = match.groupdict()
        columns = tuple(_bare(groups[name]) for name in ("column", "other") if groups.get(name))
        if any(not name or len(name.split()) > 4 for name in columns) or (way == "scatter" and len(columns) < 2):
            continue
        return Wanted(
            way, _title(way, do, columns), columns, groups.get("frame") or "", "" if way == "filter" else do,
            bool(groups.get("down")), int(groups.get("count") or 0), do if way == "filter" else "",
            _value(groups.get("value") or ""),
        )  # fmt: skip
    return None


def begins(text: str, frames: Mapping[str, Sequence[str]]) -> bool:
    """Whether a half-typed text may become such a sentence about these frames, by name and their columns.

    It has a word for what is computed, and every other whole word is a frame's, a column's, or one that links them.
    """
    said = WORD.findall(text[:LONGEST].lower())
    if len(text) > LONGEST or COMPUTING.isdisjoint(said):
        return False
    asked = wanted(text)
    if asked is not None and asked.frame in frames:
        return True
    if asked is not None and asked.way == "filter":  # what it is compared with may be anything
        said = WORD.findall(" ".join(asked.columns).lower())
    names = (word for frame, columns in frames.items() for word in WORD.findall(" ".join([frame, *columns]).lower()))
    known = LINKS | COMPUTING | frozenset(names)
    last = said.pop() if said and text[-1:].isalpha() else ""
    return all(word in known or word.isdigit() for word in said) and any(word.startswith(last) for word in known)


def _bare(name: str) -> str:
    return name.strip().strip("`'\"").strip()


def _value(said: str) -> str:
    """A number as it is, anything else as a text."""
    bare = _bare(said)
    if not bare or re.fullmatch(r"-?\d+(?:\.\d+)?", bare) or bare in ("True", "False"):
        return bare
    return '"' + bare.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _title(way: str, do: str, columns: tuple[str, ...]) -> str:
    named = [f"`{name.replace('`', '')}`" for name in columns]
    if way == "each":
        what = TITLES.get(do, do.capitalize())
        return f"{what} of {named[0]}{f' for each {named[1]}' if len(named) > 1 else ''}"
    what = {
        "rows": "Number of rows", "missing": "Missing values", "duplicates": "Duplicate rows", "corr": "Correlation",
        "sort": "Rows sorted", "top": "Largest", "bottom": "Smallest", "filter": "Rows chosen", "hist": "Histogram",
        "scatter": "Scatter plot", "box": "Box plot", "bar": "Bar chart", "plot": "Plot",
    }[way]  # fmt: skip
    return f"{what} by {' and '.join(named)}" if way in ("sort", "top", "bottom", "filter") else " of ".join(
        [what, *([(" and " if way == "corr" else " by ").join(named)] if named else [])]
    )  # fmt: skip
