"""Choose what to change in somebody else's project: by rule, not by hand, the same for the same project.

Symbols are taken in the order of how many files mention them, so that the hard ones come first. Left out are those that
the project looks up by a string which is just their name (settings, `getattr`: listed for a person to decide), and
members of classes with bases (they may be called by a library's name) or called by a plain word (`remove`, `choice`):
nobody could tell their uses from those of other objects.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from codemaestro_jupyter.edit.python.members import COMMON
from codemaestro_jupyter.edit.python.modules import Modules
from codemaestro_jupyter.edit.python.resolve import exported
from codemaestro_jupyter.workspace import parsing

SKIPPED = re.compile(
    r"(^|/)(t|tests?|testing|docs?|examples?|benchmarks?|templates|conftest\.py|setup\.py|versioneer\.py)(/|$)|test_"
)


@dataclass(slots=True)
class Targets:
    """Symbols as (path, dotted name), those that most files mention first."""

    functions: list[tuple[str, str]] = field(default_factory=list)
    classes: list[tuple[str, str]] = field(default_factory=list)
    methods: list[tuple[str, str]] = field(default_factory=list)
    attributes: list[tuple[str, str]] = field(default_factory=list)
    constants: list[tuple[str, str]] = field(default_factory=list)
    parameters: list[tuple[str, str]] = field(default_factory=list)
    variables: list[tuple[str, str]] = field(default_factory=list)
    """Of functions of a module, as `function.name`."""
    unused: list[tuple[str, str]] = field(default_factory=list)
    """Functions that nothing in the project mentions."""
    modules: list[tuple[str, str]] = field(default_factory=list)
    blocks: list[tuple[str, str]] = field(default_factory=list)
    """(path, `first-last`): two or more plain statements of one function."""
    literals: list[tuple[str, str]] = field(default_factory=list)
    """(path, string) that a file's code repeats."""
    package: str = ""
    """A folder that modules can move to."""


def find_targets(root: Path) -> Targets:
    """Read a project and list what could be changed in it."""
    trees: dict[str, ast.Module] = {}
    words: Counter[str] = Counter()
    said: Counter[str] = Counter()
    names: Counter[str] = Counter()
    looked_up: set[object] = set()
    imported: Counter[str] = Counter()
    for file in sorted(root.rglob("*.py")):
        relative = file.relative_to(root).as_posix()
        try:
            text = file.read_text(encoding="utf8")
            tree = parsing.module(text)
        except (SyntaxError, ValueError):
            continue
        said.update(written := re.findall(r"\b\w+\b", text))
        words.update(set(written))
        names.update(name for name, _ in everything(tree))
        listed = exported(tree)
        looked_up |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and node not in listed}
        imported.update(set(re.findall(r"[\w.]*\.\w+(?= import\b)|(?<=import )[\w.]+\.\w+", text)))
        if not SKIPPED.search(relative) and "/" in relative:
            trees[relative] = tree
    tops = Counter(path.partition("/")[0] for path in trees)
    main = tops.most_common(1)[0][0] if tops else ""
    trees = {path: tree for path, tree in trees.items() if path.startswith(main + "/")}
    found = Targets()
    for path, tree in trees.items():
        stem = path.rpartition("/")[2]
        if stem != "__init__.py" and stem != "__main__.py":
            found.modules.append((path, stem.removesuffix(".py")))
        for name, kind in everything(tree, top=True):
            last = name.rpartition(".")[2]
            if names[last] == 1 and len(last) > 4 and not last.startswith("_") and last not in looked_up:
                plain = "_" not in last or any(hasattr(everyday, last) for everyday in COMMON)
                if "." in name and plain:
                    continue
                getattr(found, kind).append((path, name))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and names[node.name] == 1:
                found.parameters += [
                    (path, f"{node.name}.{item.arg}") for item in named(node.args) if len(item.arg) > 4
                ]
                found.variables += [(path, f"{node.name}.{name}") for name in variables(node)]
                if said[node.name] == 1 and not node.decorator_list:
                    found.unused.append((path, node.name))
        found.blocks += [(path, lines) for lines in blocks(tree)]
        found.literals += [(path, text) for text in literals(tree)]
    for items in (found.functions, found.classes, found.methods, found.attributes, found.constants):
        items.sort(key=lambda item: (-words[item[1].rpartition(".")[2]], item))
    for items in (found.parameters, found.variables):
        items.sort(key=lambda item: (-words[item[1].partition(".")[0]], item))
    modules = Modules(frozenset(trees))
    found.modules.sort(key=lambda item: (-imported[modules.name(item[0])], item))
    packages = sorted(
        {path.rpartition("/")[0] for path in trees if path.endswith("/__init__.py")}, key=lambda path: (len(path), path)
    )
    found.package = packages[1] if len(packages) > 1 else packages[0] if packages else ""
    return found


def everything(tree: ast.Module, *, top: bool = False) -> Iterator[tuple[str, str]]:
    """(name, kind) of what a module defines: dotted for what classes hold; `top`: no more than two levels deep."""
    for node in tree.body if top else ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, "functions"
        elif isinstance(node, ast.ClassDef):
            yield node.name, "classes"
            for item in node.body if top and not node.bases else ():
                if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield f"{node.name}.{item.name}", "methods"
                    if item.name == "__init__":
                        yield from ((f"{node.name}.{name}", "attributes") for name in set_by(item))
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, "constants"
                elif isinstance(target, ast.Attribute) and not top:
                    yield target.attr, "attributes"


def set_by(node: ast.AST) -> list[str]:
    """The attributes that a method sets on `self`."""
    return sorted(
        {
            target.attr
            for statement in ast.walk(node)
            if isinstance(statement, ast.Assign)
            for target in statement.targets
            if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self"
        }
    )


def named(arguments: ast.arguments) -> list[ast.arg]:
    """The parameters that a call may name."""
    return [*arguments.args, *arguments.kwonlyargs]


def variables(node: ast.FunctionDef) -> list[str]:
    """The names that a function's own statements assign, and that are no parameters of it."""
    mine = {item.arg for item in named(node.args)}
    assigned = (target for item in node.body if isinstance(item, ast.Assign) for target in item.targets)
    names = {target.id for target in assigned if isinstance(target, ast.Name) and len(target.id) > 4}
    return sorted(names - mine)


def blocks(tree: ast.Module) -> Iterator[str]:
    """Runs of two or three plain statements in functions, as lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            for one, two, three in zip(node.body, node.body[1:], node.body[2:], strict=False):
                plain = all(isinstance(item, ast.Assign | ast.If | ast.For) for item in (one, two))
                if plain and one is not node.body[0] and isinstance(three, ast.Return):
                    yield f"{one.lineno}-{two.end_lineno}"


def literals(tree: ast.Module) -> Iterator[str]:
    """Strings of some length that code repeats and that a sentence can quote."""
    counted = Counter(
        node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    yield from (text for text, count in counted.items() if count > 2 and re.fullmatch(r"[\w./ -]{6,40}", text))
