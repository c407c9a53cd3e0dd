"""What a dotted name means where nobody wrote it down as it stands: overloads are one thing, classes inherit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from codemaestro_jupyter.types import Symbol

DEEPEST = 6
"""Classes up which an inherited member is looked for."""
_BASES = re.compile(r"^\s*(?:export |default |abstract )*class\s+\w+(?:\[[^\]]*\])?\s*\((?P<python>[^)]*)\)")
_TYPED = re.compile(r"\b(?:class|interface)\s+\w+(?P<above>[^{]*\b(?:extends|implements)\b[^{]*)")


def collapsed(definitions: Iterable[Symbol], lines: Callable[[Symbol], list[str]]) -> list[Symbol]:
    """One symbol for what a Python file defines several times under one dotted name: what its overloads describe.

    A property's setter is the property again, so there the first one counts.
    """
    groups: dict[tuple[str, str], list[Symbol]] = {}
    for symbol in definitions:
        groups.setdefault((symbol.path, symbol.qualified or symbol.name), []).append(symbol)
    found = []
    for same in groups.values():
        overloads = [symbol for symbol in same if _is_overload(lines(symbol), symbol)]
        others = [symbol for symbol in same if symbol not in overloads]
        python, member = same[0].path.endswith((".py", ".pyi", ".ipynb")), "." in (same[0].qualified or "")
        if python and (overloads or member):
            found.append((others or same)[0])
        else:
            found += same  # a function defined anew for another system, a class and its namespace
    return found


def base_names(symbol: Symbol, lines: list[str]) -> list[str]:
    """The classes that a class says it derives from, under the names they have where they come from."""
    head = " ".join(line.strip() for line in lines[symbol.line - 1 : symbol.line + 8])
    typed = _TYPED.search(_plain(head)) if " extends " in head or " implements " in head else None
    if typed:
        above = re.sub(r"^.*?(?=\b(?:extends|implements)\b)", "", typed["above"], count=1).strip()
        names = re.findall(r"(?:^|,|\b(?:extends|implements)\b)\s*([\w.]+)(?=\s*(?:,|$|\bimplements\b|\())", above)
    else:
        python = _BASES.match(head)
        inside = re.sub(r"\[[^\]]*\]|\w+\s*=\s*[^,]+", "", python["python"]) if python else ""
        names = [name.strip() for name in inside.split(",") if name.strip()]
    text = "\n".join(lines)
    found = []
    for name in names:
        last = name.rpartition(".")[2]
        renamed = re.search(rf"\b(\w+) as {re.escape(last)}\b", text)
        found.append(renamed[1] if renamed else last)
    return [name for name in found if name.isidentifier()]


def _plain(head: str) -> str:
    """A head without what stands in angle brackets."""
    while (shorter := re.sub(r"<[^<>]*>", "", head)) != head:
        head = shorter
    return head.strip()


def in_module(name: str, definitions: Callable[[str], Iterable[Symbol]]) -> list[Symbol]:
    """Where `package.module.Class.member` is defined: what is called by the end of it, in a file of the rest of it."""
    parts = name.split(".")
    for cut in range(1, len(parts)):
        rest = ".".join(parts[cut:])
        found = [symbol for symbol in definitions(rest) if is_whole_name(name, symbol)]
        if found := [symbol for symbol in found if (symbol.qualified or symbol.name) == rest]:
            return found
    return []


def is_whole_name(name: str, symbol: Symbol) -> bool:
    """Whether a dotted name is a symbol's own behind that of the module it stands in."""
    module = name.removesuffix(f".{symbol.qualified or symbol.name}")
    file = rf"(?:^|/){re.escape(module.replace('.', '/'))}(?:/__init__)?\.\w+$"
    return module != name and re.search(file, symbol.path) is not None


def inherited(
    name: str, definitions: Callable[[str], Iterable[Symbol]], lines: Callable[[Symbol], list[str]]
) -> list[Symbol]:
    """Where `Class.member` is defined if a class above it in this project does so; the nearest one."""
    owner, _, member = name.rpartition(".")
    seen = {owner}
    level = [owner] if owner else []
    for _ in range(DEEPEST):
        classes = [symbol for each in level for symbol in definitions(each) if symbol.kind == "class"]
        level = [base for symbol in classes for base in base_names(symbol, lines(symbol))]
        level = [base for base in dict.fromkeys(level) if base not in seen]
        found = [
            symbol
            for base in level
            for symbol in definitions(f"{base}.{member}")
            if (symbol.qualified or "").endswith(f"{base}.{member}")
        ]
        if found or not level:
            return found
        seen.update(level)
    return []


def _is_overload(lines: list[str], symbol: Symbol) -> bool:
    before = lines[symbol.line - 2].strip() if 1 < symbol.line <= len(lines) else ""
    return re.match(r"@(?:\w+\.)*overload\b", before) is not None
