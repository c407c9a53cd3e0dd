"""Kinds of files, and the words that ask for a kind: `test`, `docs`, `ci`, `dependencies`.

The words were chosen by hand from what commit subjects of many projects say; how much each counts was fitted.
"""

from __future__ import annotations

import re

from codemaestro_jupyter.workspace.neighbours import is_test

SOURCE = frozenset(
    [
        "py",
        "pyi",
        "pyx",
        "pxd",
        "ts",
        "tsx",
        "js",
        "jsx",
        "mjs",
        "c",
        "h",
        "cc",
        "cpp",
        "hpp",
        "rs",
        "go",
        "java",
        "sh",
        "sql",
        "r",
        "jl",
        "vue",
        "svelte",
        "ipynb",
    ]
)
PROSE = frozenset(["md", "rst", "txt", "qmd", "mdx"])
_DEPENDENCIES = re.compile(
    r"(?:^|/)(?:pyproject\.toml|setup\.(?:py|cfg)|package\.json|tox\.ini|[^/]*requirements[^/]*\.(?:txt|in)"
    r"|environment[^/]*\.ya?ml)$"
)
_AUTOMATION = re.compile(
    r"^(?:\.github|scripts|ci|tools|\.ci[^/]*)/"
    r"|(?:^|/)(?:\.pre-commit-config\.yaml|tox\.ini|noxfile\.py|Makefile|Dockerfile|setup\.cfg|\.coveragerc)$"
)
ASKS_TESTS = re.compile(r"\btest(?:s|ed|ing)?\b|\btest_", re.I)
ASKS_DOCS = re.compile(
    r"\b(?:docs?|documentation|docstrings?|readme|typos?|links?|tutorials?|guides?|spelling|grammar|wording|changelog"
    r"|faq|mention|clarify)\b",
    re.I,
)
ASKS_AUTOMATION = re.compile(
    r"\b(?:ci|workflows?|actions?|pre-commit|github|codecov|coverage|tox|nox|lint|linter|ruff|mypy|flake8|pipelines?"
    r"|cron|docker)\b",
    re.I,
)
ASKS_DEPENDENCIES = re.compile(
    r"\b(?:dependency|dependencies|deps?|requirements?|pin|unpin|bump|upgrade|minimum|pyproject|setup|packaging"
    r"|python ?3|version|install\w*|drop|support)\b",
    re.I,
)

__all__ = ["ASKS_AUTOMATION", "ASKS_DEPENDENCIES", "ASKS_DOCS", "ASKS_TESTS", "extension", "is_test", "stem_of"]


def extension(path: str) -> str:
    """`py` of `a/b.py`; empty where there is none."""
    name = path.rsplit("/", 1)[-1]
    return name.rsplit(".", 1)[-1].lower() if "." in name else ""


def stem_of(path: str) -> str:
    """The file's name without its last extension and without `.test`/`.spec`, in lower case."""
    name = re.sub(r"\.(?:spec|test)(?=\.)", "", path.rsplit("/", 1)[-1])
    return (name.rsplit(".", 1)[0] if "." in name[1:] else name).lower()


def substance(path: str) -> float:
    """1 for source and notebooks, 0.5 for prose, 0 for the rest."""
    kind = extension(path)
    return 1.0 if kind in SOURCE else 0.5 if kind in PROSE else 0.0


def is_documentation(path: str) -> bool:
    """Prose, or anything under the documentation's folder."""
    return extension(path) in PROSE or path.startswith(("doc/", "docs/"))


def is_automation(path: str) -> bool:
    """Continuous integration, development scripts and their configuration."""
    return bool(_AUTOMATION.search(path))


def names_dependencies(path: str) -> bool:
    """Files that say what a project needs."""
    return bool(_DEPENDENCIES.search(path))


def is_entry(path: str) -> bool:
    """`__init__.py`, `conftest.py`, `setup.py`: often large in meaning, seldom in changes."""
    return path.rsplit("/", 1)[-1] in ("__init__.py", "conftest.py", "setup.py")
