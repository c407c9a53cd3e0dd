"""When "since yesterday" is: find a time phrase in a request and turn it into two moments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_MONTH = "|".join(month if month == "may" else f"{month[:3]}(?:{month[3:]})?" for month in _MONTHS)
_UNITS = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1, "week": 7, "month": 30, "year": 365}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "few": 3}
_AMOUNT = rf"(?P<n>\d+|{'|'.join(NUMBERS)})\s+(?P<unit>{'|'.join(_UNITS)})s?"
_AGO = _AMOUNT.replace("<n>", "<n2>").replace("<unit>", "<unit2>")
_DATE = r"\d{4}-\d{2}(?:-\d{2})?"
_RANGE = rf"(?P<begin>{_DATE})\s+(?:and|to|until|till)\s+(?P<end>{_DATE})"
PHRASE = re.compile(
    r"\b(?P<since>since|after|from|between|on|in|within|during|over|for)?\s*\b(?:the\s+)?(?P<phrase>"
    rf"(?:last|past|previous)\s+(?:few\s+)?{_AMOUNT}|{_AGO}\s+ago"
    r"|(?P<which>last|this|past)\s+(?P<span>week|month|year|day|hour|morning)"
    rf"|(?P<last>last\s+)?(?P<weekday>{'|'.join(_WEEKDAYS)})"
    rf"|{_RANGE}"
    rf"|(?P<month>{_MONTH})(?:\s+(?P<of>(?:19|20)\d\d)|(?<=\bin may)(?=\W*$)|(?<!may)(?=\W|$))"
    rf"|(?<=\bin )(?P<year>(?:19|20)\d\d)|(?<=\bsince )(?P<from>(?:19|20)\d\d)"
    rf"|today|yesterday|recently|lately|(?P<date>{_DATE})"
    r")\b(?![-.]\d)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` to before `until`, in seconds since the epoch; None is open."""

    label: str
    since: float | None = None
    until: float | None = None

    def holds(self, timestamp: float) -> bool:
        """Whether a moment lies in it."""
        return (self.since is None or timestamp >= self.since) and (self.until is None or timestamp < self.until)


ALWAYS = Period("")


def split_period(text: str) -> tuple[str, str]:
    """The time phrase in a text as written (empty if none) and the text without it."""
    match = PHRASE.search(text)
    if not match:
        return "", text
    rest = f"{text[: match.start()].rstrip()} {text[match.end() :].lstrip()}".strip()
    return re.sub(r"\s+", " ", match.group(0)).strip().lower(), rest


def resolve(phrase: str, now: float, zone: tzinfo | None = None) -> Period:
    """What a phrase means at the moment `now` (local time zone if None); `ALWAYS` for an empty or odd one.

    "yesterday" is that day; "since yesterday" runs from its beginning until now. A week begins on Monday, a month
    counted in a number of months has 30 days.
    """
    match = PHRASE.search(phrase)
    if not match:
        return ALWAYS
    open_end = (match["since"] or "").lower() in ("since", "after", "from") and not match["begin"]
    begin, end = _span(match, datetime.fromtimestamp(now, zone))
    if begin is None:
        return Period(phrase)
    return Period(phrase, begin.timestamp(), None if open_end or end is None else end.timestamp())


def _span(match: re.Match[str], now: datetime) -> tuple[datetime | None, datetime | None]:
    phrase = match["phrase"].lower()
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    monday = today - timedelta(days=today.weekday())
    number, unit = match["n"] or match["n2"], match["unit"] or match["unit2"]
    if number:
        amount = int(number) if number.isdigit() else NUMBERS[number.lower()]
        days = min(amount * _UNITS[unit.lower()], 36_500.0)
        return now - timedelta(days=days), None
    if match["date"]:
        return _date(match["date"], now)
    if match["begin"]:
        first, last = sorted((match["begin"], match["end"]))
        return _date(first, now)[0], _date(last, now)[1]
    if match["year"] or match["from"]:
        return _year(int(match["year"] or match["from"]), now)
    if match["month"]:
        number = next(place for place, name in enumerate(_MONTHS, 1) if name[:3] == match["month"].lower()[:3])
        year = int(match["of"]) if match["of"] else now.year - (number > now.month)
        return _date(f"{year}-{number}", now)
    if match["weekday"]:
        back = (today.weekday() - _WEEKDAYS.index(match["weekday"].lower())) % 7
        day = today - timedelta(days=back or (7 if match["last"] else 0))
        return day, day + timedelta(days=1)
    if phrase == "today":
        return today, None
    if phrase == "yesterday":
        return today - timedelta(days=1), today
    if match["span"]:
        return _named(match["which"].lower(), match["span"].lower(), now, today, monday)
    return None, None


def _named(
    which: str, span: str, now: datetime, today: datetime, monday: datetime
) -> tuple[datetime | None, datetime | None]:
    this_month = today.replace(day=1)
    if span in ("day", "hour", "morning") or which == "past":
        days = {"day": 1.0, "hour": 1 / 24, "week": 7.0, "month": 30.0, "year": 365.0}.get(span)
        return (today, None) if days is None or (which == "this" and span == "day") else (now - timedelta(days), None)
    starts = {
        "week": (monday, monday - timedelta(days=7)),
        "month": (this_month, (this_month - timedelta(days=1)).replace(day=1)),
        "year": (today.replace(month=1, day=1), today.replace(year=today.year - 1, month=1, day=1)),
    }
    this, last = starts[span]
    return (this, None) if which == "this" else (last, this)


def _date(text: str, now: datetime) -> tuple[datetime | None, datetime | None]:
    year, month, *days = (int(part) for part in text.split("-"))
    try:
        begin = datetime(year, month, days[0] if days else 1, tzinfo=now.tzinfo)
    except ValueError:
        return None, None
    end = begin + timedelta(days=1) if days else (begin + timedelta(days=32)).replace(day=1)
    return begin, end


def _year(year: int, now: datetime) -> tuple[datetime, datetime]:
    return datetime(year, 1, 1, tzinfo=now.tzinfo), datetime(year + 1, 1, 1, tzinfo=now.tzinfo)
