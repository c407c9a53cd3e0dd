"""Parse Python in any thread: CPython 3.11 before 3.11.8 mixes up two threads that build trees at once (gh-106905).

Where garbage is collected while a tree is built, another thread may build one of its own; the first one then fails
with `SystemError: AST constructor recursion depth mismatch`, though nothing is wrong with its text. Ours is built
again, and while the main thread builds one, which may be a person's cell, ours waits.
"""

from __future__ import annotations

import ast
import sys
import threading
import time
from typing import Any, cast

MIXES_THREADS_UP = sys.version_info[:2] == (3, 11) and sys.version_info < (3, 11, 8)
ATTEMPTS = 8
"""It goes wrong once in thousands, so that the second attempt does it: this many only where something else is wrong."""
PARSERS = frozenset({("IPython.core.compilerop", "ast_parse"), ("ast", "parse")})
"""Functions, by their modules, that build trees of what a person runs."""
PAUSE, LONGEST_WAIT = 0.001, 0.5
"""Seconds; a tree of 1 MB takes a quarter of one."""


def module(source: str | bytes, name: str = "<unknown>", flags: int = 0) -> ast.Module:
    """The tree of a file; `flags` are those of `compile`. Raises as `ast.parse` does."""
    return cast(ast.Module, _tree(source, name, "exec", flags))


def expression(source: str) -> ast.Expression:
    """The tree of one expression. Raises as `ast.parse` does."""
    return cast(ast.Expression, _tree(source, "<unknown>", "eval", 0))


def literal(source: str) -> Any:
    """The value that a literal stands for. Raises as `ast.literal_eval` does."""
    return ast.literal_eval(expression(source.lstrip(" \t")))


def _tree(source: str | bytes, name: str, mode: str, flags: int) -> ast.AST:
    if MIXES_THREADS_UP:
        _wait_for_the_main_thread()
    for attempt in range(ATTEMPTS):
        try:
            return cast(ast.AST, compile(source, name, mode, flags | ast.PyCF_ONLY_AST, dont_inherit=True))
        except SystemError:
            if attempt + 1 == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _wait_for_the_main_thread() -> None:
    main = threading.main_thread().ident
    if main is None or main == threading.get_ident():
        return
    waited = 0.0
    while waited < LONGEST_WAIT and _builds_a_tree(main):
        time.sleep(PAUSE)
        waited += PAUSE


def _builds_a_tree(thread: int) -> bool:
    frame = sys._current_frames().get(thread)
    while frame is not None:
        if (frame.f_globals.get("__name__"), frame.f_code.co_name) in PARSERS:
            return True
        frame = frame.f_back
    return False
