"""Whether a library that the project imports has a member of some name: then an object of it may be meant as well.

The sources are read where the interpreter would find them; nothing is imported.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from codemaestro_jupyter.edit.python.document import Uses
from codemaestro_jupyter.edit.python.lineage import LARGEST, source_of
from codemaestro_jupyter.edit.python.resolve import Resolver

MOST_FILES = 5_000
"""Files of one library that are read; of one that has more nobody can tell."""
TESTS = frozenset({"tests", "test", "testing", "__pycache__", "_vendor", "node_modules"})


def libraries(resolver: Resolver, documents: Iterable[Uses]) -> list[str]:
    """The names of the packages that some files import and the project does not have, in order."""
    found = set()
    for uses in documents:
        for item in uses.scopes.imports:
            if not item.level and item.module and not resolver.origin(uses, item):
                top = item.module.partition(".")[0]
                if not resolver.modules.resolve(uses.doc.path, top):
                    found.add(top)
    return sorted(found - {"__future__", "typing", "typing_extensions", "builtins"})


def having(names: Sequence[str], member: str) -> tuple[list[str], list[str]]:
    """The libraries among `names` that have such a member, and those that cannot be looked into."""
    answers = {name: has_member(name, member) for name in names}
    unread = [name for name, has in answers.items() if has is None and name not in sys.stdlib_module_names]
    return [name for name, has in answers.items() if has], unread


@lru_cache(maxsize=4096)
def has_member(library: str, member: str) -> bool | None:
    """Whether a class of a library has such a member, by its text; None if its sources cannot be read."""
    start = source_of(library)
    if start is None:
        return None
    wanted = member.encode()
    word = re.escape(wanted)
    named = (rb"^[ \t]+(?:async[ \t]+)?def[ \t]+%b\b", rb"\bself\.%b[ \t]*[:=]", rb"^[ \t]+%b[ \t]*:[ \t]*\w")
    defined = re.compile(b"|".join(pattern % word for pattern in named), re.MULTILINE)
    for number, path in enumerate(sources(start)):
        if number > MOST_FILES:
            return None
        try:
            data = path.read_bytes() if path.stat().st_size <= LARGEST else b""
        except OSError:
            continue
        if wanted in data and defined.search(data):
            return True
    return False


def sources(start: Path) -> Iterator[Path]:
    """The Python files of a library, its tests left out."""
    if start.stem != "__init__":
        yield start
        return
    for folder, folders, files in os.walk(start.parent):
        folders[:] = sorted(set(folders) - TESTS)
        yield from (Path(folder, name) for name in sorted(files) if name.endswith((".py", ".pyi")))
