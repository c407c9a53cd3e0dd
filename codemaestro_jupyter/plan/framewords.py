"""What a sentence wants computed of a data frame: "average price by shop in df". The text alone."""

from __future__ import annotations

import re
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
        ("missing", "", rf"(?:missing|null|na|nan|empty)(?: values| cells)? {FRAME}"),
        ("duplicates", "", rf"duplicate[sd]?(?: rows)? {FRAME}"),
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
