"""What the line of a `%%maestro` cell or a `%maestro ask` says: options first, then text, verbatim.

Nothing in the text is special: quotes, braces and dollars are the person's, and IPython does not expand them.
"""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Literal

from codemaestro_jupyter.errors import OptionError

Format = Literal["markdown", "text", "json"]
FORMATS: tuple[Format, ...] = ("markdown", "text", "json")


@dataclass(frozen=True, slots=True)
class Options:
    """How to answer; `text` is what stands on the line behind the options."""

    format: Format | None = None
    """None: Markdown where it is drawn, text in a terminal."""
    into: str = ""
    wait: bool = False
    fresh: bool = False
    dry_run: bool = False
    text: str = ""


OPTIONS: dict[str, tuple[str, str]] = {
    "-f, --format FORMAT": ("format", "show the answer as `markdown`, `text` or `json`"),
    "--into NAME": ("into", "store the answer in the variable NAME (text, or a dict with `-f json`); implies `--wait`"),
    "--wait": ("wait", "end the cell only when the answer is there"),
    "--fresh": ("fresh", "answer anew, even if an earlier answer, or the plan it proposed, still holds"),
    "--dry-run": ("dry_run", "say what would be done, and do nothing"),
}
"""Every option with the field it sets and its help; the README and `%maestro help` are made of it."""

NAMES: dict[str, str] = {
    name: field for spelling, (field, _) in OPTIONS.items() for name in re.findall(r"--?[a-z][a-z-]*", spelling)
}
SWITCHES = {field.name for field in fields(Options) if field.type == "bool"}
_WORD = re.compile(r"\s*(\S+)")


def parse(line: str) -> Options:
    """Read options up to the first word that is none (or `--`); the rest is text.

    Raises `OptionError` for an unknown option, a missing or a wrong value.
    """
    options, rest = Options(), line.strip()
    while rest.startswith("-"):
        word, rest = _next(rest)
        if word == "--":
            break
        name, equals, value = word.partition("=")
        if re.fullmatch(r"-f[a-z]+", name):  # -fjson
            name, equals, value = "-f", "=", name[2:]
        field = NAMES.get(name)
        if field is None:
            raise _unknown(name)
        if field in SWITCHES:
            if equals:
                raise OptionError(f"{name} takes no value.", hint=f"Write {name} alone.")
            options = replace(options, **{field: True})  # type: ignore[arg-type]
            continue
        if not equals:
            value, rest = _next(rest)
        options = replace(options, **{field: _value(name, field, value)})  # type: ignore[arg-type]
    return replace(options, text=rest)


def split_format(words: list[str]) -> tuple[list[str], Format | None]:
    """The words without `-f FORMAT`, and the format: commands take it anywhere among their words."""
    rest: list[str] = []
    format_: Format | None = None
    waiting = iter(words)
    for word in waiting:
        if re.fullmatch(r"-f[a-z]*|--format(=.*)?", word):
            options = parse(word if re.search("=|^-f.", word) else f"{word} {next(waiting, '')}")
            format_ = options.format
        else:
            rest.append(word)
    return rest, format_


def _next(text: str) -> tuple[str, str]:
    match = _WORD.match(text)
    return (match[1], text[match.end() :].lstrip()) if match else ("", "")


def _value(name: str, field: str, value: str) -> str:
    if field == "format":
        if value not in FORMATS:
            raise OptionError(f"There is no format {value!r}.", hint=f"{name} takes {', '.join(FORMATS)}.")
        return value
    if not value.isidentifier() or keyword.iskeyword(value):
        raise OptionError(f"{name} needs the name of a variable, not {value!r}.", hint="For example: --into answer")
    return value


def _unknown(name: str) -> OptionError:
    close = get_close_matches(name, list(NAMES), 1)
    hint = f"Did you mean {close[0]}? " if close else ""
    return OptionError(
        f"There is no option {name}.", hint=f"{hint}Options are {', '.join(NAMES)}; text may follow after `--`."
    )
