"""Which kind of file a path names, told from the path alone: code, test, or what stands beside the code."""

from __future__ import annotations

import re

from codemaestro_jupyter.plan import markdown as md

_TEST_FILE = re.compile(
    r"(^|/)test_[^/]*\.py$|(^|/)tests?\.(py|c|cc|cpp|js|ts|rb|jl)$|(_test|_spec)\.(py|go|rb|c|cc|cpp)$"
    r"|\.(spec|test)\.[jt]sx?$|Tests?\.(java|kt|cs)$|(^|/)test[-_][^/]*\.[rR]$"
)


def family(path: str) -> str:
    """The language of a file, those that share names as one (TypeScript and JavaScript, C and C++)."""
    found = md.language_of(path)
    return {"tsx": "typescript", "jsx": "typescript", "javascript": "typescript", "cpp": "c"}.get(found, found)


def is_aside(path: str) -> bool:
    """Whether a file is a test, an example or documentation: shown after the code itself."""
    return (
        re.search(
            r"(^|/)(tests?|testing|examples?|docs?|bench(marks?)?|__tests__)/|(^|/)test_|_test\.|\.(md|rst|txt)$", path
        )
        is not None
    )


def is_test_file(path: str) -> bool:
    """Whether a test runner would run a file, by its name; what only helps tests (a fixture, a helper) is not one."""
    return _TEST_FILE.search(path) is not None
