"""Strings of a module by what they are: documentation, tables, what is compared, pieces of code."""

from __future__ import annotations

import ast
import keyword
import re

from codemaestro_jupyter.edit.python.namereads import NAMES

RUNS = re.compile(r"(?<![\w.])(?:exec|eval|compile)\(")
STATEMENT = re.compile(
    r"\s*(?:def \w+\(|if .*:|for .* in |(?:async )?with .*:|yield |import \w|from [\w.]+ import|try:|except\b.*:|else:"
    r"|return \w|\w+ = \w+[\w.(])"
)
"""A string that begins like a statement; a file with some of them writes code."""
SOME = 3
PROSE = re.compile(r"([A-Za-z_]\w*)[,.;:]? +(?=([A-Za-z_]\w*))")


def says_code(node: ast.AST, name: str, *, member: bool) -> bool:
    """Whether a node is a string with a line of code, or a piece of it, that says the name; no sentence does."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or node.value == name:
        return False
    word = rf"\.{re.escape(name)}\b" if member else rf"(?<![\w.`'\"]){re.escape(name)}(?=\s*[(.,)\]=])"
    return any(re.search(word, line) and not prose(line) for line in node.value.splitlines())


def prose(line: str) -> bool:
    """Whether two words follow each other as they do not in Python."""
    return any(not (keyword.iskeyword(one) or keyword.iskeyword(two)) for one, two in PROSE.findall(line))


def writes_code(tree: ast.Module) -> bool:
    """Whether some strings of a module are statements."""
    found = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found += STATEMENT.match(node.value) is not None and not prose(node.value.partition("\n")[0])
    return found >= SOME


def docstrings(tree: ast.Module) -> set[ast.AST]:
    """The strings of a module that are statements of their own."""
    return {
        node.value for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def table(tree: ast.Module) -> set[ast.AST]:
    """The strings in lists, tuples, sets and dictionaries that a module has when it is imported."""
    found: set[ast.AST] = set()
    for statement in tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign) and statement.value is not None:
            for node in ast.walk(statement.value):
                if isinstance(node, ast.List | ast.Tuple | ast.Set | ast.Dict):
                    found.update(item for item in ast.iter_child_nodes(node) if isinstance(item, ast.Constant))
    return found


def compared(tree: ast.Module) -> set[ast.AST]:
    """The strings of a module that something is compared with, or that are keys."""
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            found.update(part for side in (node.left, *node.comparators) for part in ast.walk(side))
        elif isinstance(node, ast.Dict):
            found.update(filter(None, node.keys))
        elif isinstance(node, ast.Subscript):
            found.add(node.slice)
        elif isinstance(node, ast.MatchValue):
            found.add(node.value)
    return {node for node in found if isinstance(node, ast.Constant)}


def reads_names(tree: ast.Module) -> bool:
    """Whether a module reads the names of classes or functions."""
    return any(isinstance(node, ast.Attribute) and node.attr in NAMES for node in ast.walk(tree))
