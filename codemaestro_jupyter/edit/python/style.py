"""How a project has its imports and lines laid out: what its configuration says to ruff, isort, black and flake8.

What nobody configured is seen in the file itself (one name per `from`, single quotes), else it is as ruff has it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from codemaestro_jupyter.edit.state import State
from codemaestro_jupyter.edit.text import decode
from codemaestro_jupyter.errors import EditError, PathError

if TYPE_CHECKING:
    from configparser import ConfigParser

FILES = (".ruff.toml", "ruff.toml", "pyproject.toml", ".isort.cfg", "setup.cfg", "tox.ini", ".flake8")
"""Where a project says it, in the order in which it is looked for."""
PROFILES: Mapping[str, Mapping[str, Any]] = {
    "black": {"line_length": 88},
    "django": {"combine_as_imports": True, "line_length": 79},
    "google": {"force_single_line": True, "force_sort_within_sections": True, "line_length": 1000},
    "pycharm": {},
    "plone": {"line_length": 200, "force_sort_within_sections": True, "force_single_line": True},
    "hug": {"line_length": 100},
    "attrs": {},
}
"""What isort's profiles mean for what is read here (isort.readthedocs.io, "Built-in profiles")."""
WIDTH = 88
QUOTED = re.compile(r"\"{3}[\s\S]*?\"{3}|'{3}[\s\S]*?'{3}|#[^\n]*|(?P<double>\"[^\"\n]*\")|(?P<single>'[^'\n]*')")
LONE = re.compile(r"^from[ \t]+(\S+)[ \t]+import[ \t]+\w+(?:[ \t]+as[ \t]+\w+)?[ \t]*(?:#.*)?$", re.MULTILINE)
SEVERAL = re.compile(r"^from[ \t]+\S+[ \t]+import[ \t]*(?:\(|\w+[^\n#]*,)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Style:
    """What is asked of lines and imports."""

    width: int = WIDTH
    single: bool = False
    """One name for each `from`."""
    within: bool = False
    """`import a` and `from b import c` sorted as one, by module."""
    by_type: bool = True
    """Constants, then classes, then functions; else by the alphabet alone."""
    combined: bool = False
    """`from a import b as c, d` on one line."""
    own: frozenset[str] = frozenset()
    """Packages that count as the project's own."""
    foreign: frozenset[str] = frozenset()
    near: frozenset[str] = frozenset()
    """Packages that stand with the relative imports."""
    nearest: bool = False
    """`.` before `..`."""


def style_of(state: State, path: str, source: str = "") -> Style:
    """The style of a file: what the nearest folder above it that says something says, and what its text shows."""
    found: dict[str, Any] = {}
    for paths in configs(path):
        found = found or configured({posixpath.basename(item): text for item in paths if (text := read(state, item))})
    lone = LONE.findall(source)
    if not found and len(lone) >= len(set(lone)) + 2 and not SEVERAL.search(source):
        found["force_single_line"] = True
    defaults = Style()

    def named(*keys: str) -> frozenset[str]:
        values = (found.get(key, ()) for key in keys)
        return frozenset(
            str(item).strip() for value in values for item in (value.split(",") if isinstance(value, str) else value)
        )

    return Style(
        width=number(found.get("line_length"), defaults.width),
        single=truth(found.get("force_single_line")),
        within=truth(found.get("force_sort_within_sections")),
        by_type=truth(found.get("order_by_type", True)),
        combined=truth(found.get("combine_as_imports")),
        own=named("known_first_party"),
        foreign=named("known_third_party"),
        near=named("known_local_folder"),
        nearest=truth(found.get("reverse_relative")) or found.get("relative_imports_order") == "closest-to-furthest",
    )


def configs(path: str) -> Iterator[list[str]]:
    """Where the configuration of a file may be, by folder, the nearest first."""
    folder = path
    while folder:
        folder = posixpath.dirname(folder)
        yield [posixpath.join(folder, name) for name in FILES]


def read(state: State, path: str) -> str:
    """A configuration file's text; empty where there is none that may be read."""
    try:
        component = state.find(path) if state.blueprint.exists(path) else None
        return decode(component.data, path).text if component is not None else ""
    except (EditError, PathError):
        return ""


def configured(texts: Mapping[str, str]) -> dict[str, Any]:
    """What the configuration files say, under isort's names: ruff's word counts first, then isort's, then black's."""
    levels: list[Mapping[str, Any]] = [{}, {}, {}, {}]  # ruff, isort, black, flake8
    for path, text in texts.items():
        if path.endswith(".toml"):
            tool = toml(text)
            tool = tool.get("tool", {}) if path == "pyproject.toml" else {"ruff": tool}
            ruff, isort, black = (table(tool.get(name)) for name in ("ruff", "isort", "black"))
            imports = table(table(ruff.get("lint")).get("isort")) or table(ruff.get("isort"))
            levels[0] = levels[0] or {**only(ruff, "line-length"), **imports}
            levels[1], levels[2] = levels[1] or isort, levels[2] or only(black, "line-length")
        else:
            parser = ini(text)
            for section in ("settings", "isort", "tool:isort"):
                if parser.has_section(section):
                    levels[1] = levels[1] or dict(parser[section])
            if parser.has_option("flake8", "max-line-length"):
                levels[3] = {"line_length": parser["flake8"]["max-line-length"]}
    if levels[1]:
        profile = PROFILES.get(str(levels[1].get("profile", "")), {} if levels[2] else {"line_length": 79})
        levels[1] = {**profile, **levels[1]}
    found: dict[str, Any] = {}
    for level in reversed(levels):
        found |= {key.replace("-", "_"): value for key, value in level.items()}
    return found


def toml(text: str) -> Mapping[str, Any]:
    """A TOML text's values; none where it does not parse."""
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


def ini(text: str) -> ConfigParser:
    """An INI text's sections; none where it does not parse."""
    from configparser import ConfigParser, Error

    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except Error:
        return ConfigParser()
    return parser


def table(value: object) -> Mapping[str, Any]:
    """A table of a TOML file; an empty one in place of anything else."""
    return value if isinstance(value, Mapping) else {}


def only(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The value of a key, if it is there."""
    return {key: values[key]} if key in values else {}


def truth(value: object) -> bool:
    """A yes in TOML or in INI."""
    return value is True or str(value).strip().lower() in ("true", "1", "yes", "on")


def number(value: object, default: int) -> int:
    """A width in TOML or in INI; the default where it is none."""
    text = str(value).strip()
    return int(text) if text.isdecimal() and int(text) > 0 else default


def quote_of(source: str) -> str:
    """The quote that a file's strings have, where most have one; a double one, as black and ruff have it."""
    found = [match.lastgroup for match in QUOTED.finditer(source)]
    return "'" if found.count("single") > 2 * found.count("double") else '"'
