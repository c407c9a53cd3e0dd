"""Read a request as a tool and what to use it on; whatever fits no pattern is a brief.

The grammar looks at the
text alone: whether a name exists is found out when the answer is made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from codemaestro_jupyter.plan.grammar import HERE, KIND, RANGE, Aspect, patterns
from codemaestro_jupyter.plan.periods import NUMBERS, split_period
from codemaestro_jupyter.plan.tongues import in_english, without_slip
from codemaestro_jupyter.types import Tool

Detail = Literal["short", "normal", "full"]
LONGEST_HEAD = 2000
"""Characters of a request that the grammar reads: what is longer was pasted, not said."""


@dataclass(frozen=True, slots=True)
class Reference:
    """`@name`, `@path` or `@path:10-20` in a request."""

    name: str
    lines: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asked for, as far as the text alone tells."""

    text: str
    """The whole request as given."""
    tool: Tool
    argument: str = ""
    """A path, a symbol or a topic as written; empty for what is at hand (the last error, the whole project)."""
    lines: tuple[int, int] | None = None
    """Lines to show, from 1, both inclusive; `(1, n)` also for "first n", `(-n, -1)` for "last n"."""
    cell: int | None = None
    """Cell of a notebook, from 1."""
    when: str = ""
    """A time phrase such as "since yesterday"; see `periods.resolve`."""
    who: str = ""
    """Whose commits are meant, as written; empty for everybody's."""
    count: int = 0
    """How many of the newest commits are meant; 0 for as many as fit."""
    aspect: Aspect = ""
    references: tuple[Reference, ...] = ()
    detail: Detail = "normal"


_POLITE = re.compile(
    r"^(?:(?:hey|hi|hello|ok|okay|so|now|then|and|please|pls|kindly|maestro|codemaestro)\b[\s,:]*"
    r"|(?:can|could|would|will) you (?:please )?|(?:i(?:'d| would)? (?:want|like|need) (?:you )?to (?:see |know )?)"
    r"|let(?:'s| us| me) |do you know |tell me (?=wh|how))+",
    re.IGNORECASE,
)
_TRAILING = re.compile(  # one way only to read each character: with two, a run of marks takes exponential time
    r"(?<![\s.?!,;:…])(?:[\s.?!,;:…]|(?<=\s)(?:please|pls|thanks|thank you|exactly|again|for me|here)\b)+$",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"(?<![\w@.])@(?:\"([^\"\n]+)\"|'([^'\n]+)'|([\w./\\*-]*[\w*])(?::(\d+)(?:\s*-\s*(\d+))?)?)")
_DETAIL: tuple[tuple[str, Detail], ...] = (
    (r",?\s*\b(?:in (?:full |more |great )?detail|with (?:all )?details|at length|verbosely)\b", "full"),
    (r",?\s*\b(?:briefly|in short|in brief|in a nutshell)\b", "short"),
)
_PATH_RANGE = re.compile(rf"(?:,|\s)\s*(?:from\s+)?(?=lines?\b|from\b|\d){RANGE}$|:(?P<c>\d+)(?:-(?P<d>\d+))?$", re.I)
_ONE_LINE = re.compile(r"(?:,|\s)\s*(?:at\s+)?line\s+(?P<c>\d+)$", re.I)

_FILE_IN = re.compile(
    r"(?:the )?(?P<file>[^\s/]+\.\w+) (?:of|in|from|under) (?:the )?(?P<folder>[\w./-]+)"
    r"(?: (?:folder|directory|package))?",
    re.IGNORECASE,
)
ENDINGS = {"notebooks": "ipynb", "python": "py", "javascript": "js", "typescript": "ts", "markdown": "md", "rust": "rs",
           "julia": "jl"}  # fmt: skip
"""How the names of a kind of files end, where that is not the kind's own name."""

_ANYBODY = frozenset(("i", "we", "you", "they", "me", "us", "everybody", "everyone", "anybody", "it", "people"))
_COMMIT_ID = re.compile(r"(?:(?:in|by|with)\s+)?`?(?P<sha>(?=[a-f]*[0-9])[0-9a-f]{7,40})`?", re.IGNORECASE)
_WHOLE_BRANCH = re.compile(r"(?:(?:on|in)\s+)?(?:this|the|my|our|the current|current) branch", re.IGNORECASE)
_ONE_THING = re.compile(r"[^\s\"'`]+|\"[^\"]+\"|'[^']+'|`[^`]+`")
_PRONOUN = re.compile(
    r"(?:it|this|that|them|everything|everybody|anything|something|things|all|you|i|we|me|us|there|here|up|next"
    r"|going|wrong|new|best|better|my|our|your|how|why|what|the|a|an)",
    re.IGNORECASE,
)
LOOKS_LIKE_PATH = re.compile(r"^(?:[~.]{0,2}/)?[^\s/:]+(?:/[^\s/:]+)+/?$|^[^\s/:]*[\w)\]-]\.[A-Za-z][A-Za-z0-9_]{0,9}$")


@lru_cache(maxsize=8)  # a submitted text is asked about in several places: 0.1 ms each
def classify(text: str) -> Request:
    """Tool and argument of a request; pure, and quick for a text of any length."""
    head, references = _take_references(_head(text))
    head, detail = _take_detail(head)
    head = _TRAILING.sub("", _POLITE.sub("", head)).strip()
    head = re.sub(r"^(what|where|how|who|when)s\b", r"\1's", head, flags=re.IGNORECASE)
    if not head and text.strip(" \t\r\n.?!,;:…"):
        return Request(text, "explain", aspect="help", references=references, detail=detail)  # "hello"
    bare = _bare(head)
    if bare is not None:
        return _read(text, bare, references, detail)
    others = (in_english(head), without_slip(head))
    for said in filter(None, (head, _first_question(head), _first_of_two(head), *others)):
        if (request := _matched(text, said, references, detail)) is not None:
            return request
    return Request(text, "brief", head, references=references, detail=detail)


def _first_question(head: str) -> str:
    """The first sentence, if it is a question and more follows: "where is X? I need its tests"; else empty."""
    match = re.match(r"([^?]{3,200}?)\?+(?=\s+\S)", head)
    return match[1] if match else ""


def _first_of_two(head: str) -> str:
    """What comes before "and who uses it", which an explanation tells anyway; empty without that."""
    match = re.match(
        r"(.{3,200}?),? and (?:then |also )?(?:who|where|how|why|what|when|its?|show|list|explain)\b", head
    )
    return match[1] if match else ""


def _matched(text: str, head: str, references: tuple[Reference, ...], detail: Detail) -> Request | None:
    """What the first pattern that fits makes of the head."""
    when, rest = split_period(head)
    timeless = _TRAILING.sub("", re.sub(r"\s+", " ", rest)).strip(" ,") if when else head
    for tool, aspect, pattern in patterns():
        match = pattern.match(timeless if tool == "history" else head)
        if match:
            request = _request(text, tool, aspect, match, when if tool == "history" else "", references, detail)
            if request is not None:
                return request
    return None


def _request(
    text: str, tool: Tool, aspect: Aspect, match: re.Match[str], when: str, refs: tuple[Reference, ...], detail: Detail
) -> Request | None:
    """The request that a pattern's match stands for; None if its argument shows that something else is meant."""
    groups = match.groupdict()
    argument = (groups.get("arg") or "").strip()
    if tool == "read":
        if groups.get("cell"):
            return Request(text, "read", argument, cell=int(groups["cell"]), references=refs, detail=detail)
        lines = _lines(groups)
        if lines is None and (inside := _FILE_IN.fullmatch(argument)):
            argument = f"{inside['folder'].strip('/')}/{inside['file']}"
        if lines is None:
            return _read(text, argument, refs, detail) if _one_file(argument) else None
        return Request(text, "read", _bare_name(argument), lines, references=refs, detail=detail)
    if tool == "failure":
        return Request(text, "failure", _subject(argument), references=refs, detail=detail)
    if tool == "history":
        if aspect == "commit":
            return Request(text, "history", argument, aspect="commit", references=refs, detail=detail)
        if _WHOLE_BRANCH.fullmatch(argument):
            argument, aspect = "", "branch"
        if sha := _COMMIT_ID.fullmatch(argument):
            return Request(text, "history", sha["sha"].lower(), aspect="commit", references=refs, detail=detail)
        argument = re.sub(r",? and (?:why|when|how|who|what for)$", "", argument)
        topic = re.sub(
            r"^(?:(?:in|to|of|on|about|for|with|around|at|was|been|been done|done|the|by)\s+)+", "", f"{argument} "
        )
        if aspect == "" and re.match(r"(?:about|on|with|for)\b", argument):
            aspect = "text"
        who = groups.get("who") or ""
        who = "" if who.lower() in _ANYBODY else who
        count = _number(groups.get("count"), head=bool(groups.get("one")))
        return Request(
            text, "history", _bare_name(topic), when=when, who=who, count=count, aspect=aspect, references=refs,
            detail=detail,
        )  # fmt: skip
    if aspect == "files":
        kind = argument.lower().removesuffix(" files")
        return Request(text, tool, f"*.{ENDINGS.get(kind, kind)}", references=refs, detail=detail)
    if aspect in ("project", "help", "undo"):
        return Request(text, tool, "", aspect=aspect, references=refs, detail=detail)
    argument = _bare_name(argument)
    if aspect == "text" and (mark := re.fullmatch(r"(todo|fixme)s?", argument, re.IGNORECASE)):
        argument = mark[1].upper()
    if aspect != "text" and argument.lower() not in HERE and not _names_one_thing(argument):
        return None
    if aspect != "text":
        argument = re.sub(r"(?<=\w)(?:::|#)(?=~?[A-Za-z_])", ".", argument)  # as Rust, C++ and Ruby write members
    return Request(text, tool, argument, aspect=aspect, references=refs, detail=detail)


def _number(written: str | None, *, head: bool = False) -> int:
    """How many are meant by "3" or "three"; one if only "the last commit" is asked for."""
    if written is None:
        return int(head)
    return int(written) if written.isdigit() else NUMBERS[written.lower()]


def _head(text: str) -> str:
    """The first paragraph as one line: what is said, not what is pasted below it."""
    paragraph = text.strip()[:LONGEST_HEAD].split("\n\n", 1)[0]
    return re.sub(r"\s+", " ", paragraph).replace("’", "'")


def _take_references(head: str) -> tuple[str, tuple[Reference, ...]]:
    found: list[Reference] = []

    def note(match: re.Match[str]) -> str:
        name = next(group for group in match.groups()[:3] if group is not None)
        first, last = match.group(4), match.group(5)
        found.append(Reference(name, (int(first), int(last or first)) if first else None))
        return name if " " not in name else f'"{name}"'

    return _REFERENCE.sub(note, head), tuple(found)


def _take_detail(head: str) -> tuple[str, Detail]:
    for pattern, detail in _DETAIL:
        shorter, times = re.subn(pattern, "", head, flags=re.IGNORECASE)
        if times and shorter.strip():
            return shorter.strip(), detail
    return head, "normal"


def _bare(head: str) -> str | None:
    """The head itself if it is nothing but a path, with or without lines."""
    name = _PATH_RANGE.sub("", head)
    return head if _ONE_THING.fullmatch(name) and LOOKS_LIKE_PATH.match(_bare_name(name)) else None


def _read(text: str, argument: str, refs: tuple[Reference, ...], detail: Detail) -> Request:
    name, lines = argument, None
    for pattern in (_PATH_RANGE, _ONE_LINE):
        match = pattern.search(argument)
        if match:
            name, lines = argument[: match.start()], _lines(match.groupdict())
            break
    name = _bare_name(name)
    if lines is None:
        lines = next((reference.lines for reference in refs if reference.name == name), None)
    return Request(text, "read", name, lines, references=refs, detail=detail)


def _lines(groups: dict[str, str | None]) -> tuple[int, int] | None:
    if groups.get("n"):
        number = int(groups["n"] or 1)
        return (1, number) if (groups.get("end") or "").lower() == "first" else (-number, -1)
    first = groups.get("a") or groups.get("c")
    last = groups.get("b") or groups.get("d") or first
    if first is None or last is None:
        return None
    return min(int(first), int(last)), max(int(first), int(last))


def _one_file(argument: str) -> bool:
    """Whether what follows "show" can be one file or symbol ("show me how to …" is a brief)."""
    name = argument
    for pattern in (_PATH_RANGE, _ONE_LINE):
        name = pattern.sub("", name)
    bare = _bare_name(name)
    return name.lower() in HERE or _names_one_thing(bare) or re.search(r"\w\.[A-Za-z]\w{0,9}$", bare) is not None


def _bare_name(argument: str) -> str:
    """The argument without articles, quotes, a kind before or after it, and call parentheses."""
    argument = argument.strip().strip(",;:?!")
    if argument.lower() in HERE:
        return argument
    if len(argument) > 1 and argument[0] == argument[-1] and argument[0] in "\"'`":
        return argument[1:-1]
    argument = re.sub(r"^(?:the|a|an|our|my|your)\s+(?=\S)", "", argument, flags=re.IGNORECASE)
    argument = re.sub(rf"^(?:{KIND})\s+(?=\S)|(?<=\S)\s+(?:{KIND})$", "", argument, flags=re.IGNORECASE)
    if len(argument) > 1 and argument[0] == argument[-1] and argument[0] in "\"'`":
        argument = argument[1:-1]
    return argument.removesuffix("()").strip()


def _names_one_thing(argument: str) -> bool:
    return bool(argument) and len(argument.split()) == 1 and not _PRONOUN.fullmatch(argument)


def _subject(argument: str) -> str:
    """What is said to fail: empty for "it", "the cell", "the last run"."""
    argument = _bare_name(re.sub(r"\s+(?:not|to|n't|still|always|just)$", "", argument))
    argument = re.sub(r"^(?:did|does|do|is|was|are|were)\s+", "", argument)
    common = r"(?:(?:the|this|that|my|our|last|latest|previous|current) )*(?:it|this|that|cell|run|code|execution|notebook|tests?|logs?|log file|kernel|traceback|error|failure|everything|one|script|program|build|there|here|an?|the)?"  # noqa: E501
    return "" if re.fullmatch(common, argument, re.IGNORECASE) else argument
