"""A docstring's first sentence that nobody wrote: what the name says, and nothing more than is certain.

It is meant to be rewritten; until then it reads plainly and is true: `is_open` → "Return whether it is open.",
`SequenceLike` → "What is sequence-like.", a property `size` → "The size.", `__len__` → "Return how many there are.".
"""

from __future__ import annotations

import ast
import re

SPECIAL = {
    "__bool__": "Return whether it counts as true.",
    "__call__": "Do it.",
    "__contains__": "Return whether it is among them.",
    "__delitem__": "Delete the item of a key.",
    "__enter__": "Begin the `with` block.",
    "__eq__": "Return whether both are equal.",
    "__exit__": "End the `with` block.",
    "__getattr__": "Return an attribute that is not found otherwise.",
    "__getitem__": "Return the item of a key.",
    "__hash__": "Return the hash.",
    "__iter__": "Iterate over it.",
    "__len__": "Return how many there are.",
    "__next__": "Return the next one.",
    "__repr__": "Return how it is shown to developers.",
    "__setitem__": "Set the item of a key.",
    "__str__": "Return it as text.",
}
BEGINNINGS = {
    "on": "Handle {rest}.",
    "to": "Convert it to {rest}.",
    "as": "Return it as {rest}.",
    "from": "Make it from {rest}.",
    "is": "Return whether it is {rest}.",
    "has": "Return whether it has {rest}.",
    "can": "Return whether it can {rest}.",
    "should": "Return whether it should {rest}.",
}
"""How a function's name begins that is no order (`load_user`) by itself."""
PROPERTIES = ("property", "cached_property")


def parts(name: str) -> list[str]:
    """`load_user` → load, user; `HTTPClient` → HTTP, client."""
    found = re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[^\WA-Z_]+|[A-Z]+", name)
    return [part if part.isupper() and len(part) > 1 else part.lower() for part in found]


def sentence(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, owner: str = "") -> str:
    """What may be said of a definition that is a member of `owner`, if of any."""
    name = node.name
    if name == "__init__":
        return f"Set up a new {owner}."
    if name in SPECIAL:
        return SPECIAL[name]
    first, *rest = parts(name) or [name]
    if isinstance(node, ast.ClassDef):
        if rest and rest[-1] == "like":
            return f"What is {'-'.join([first, *rest])}."
        if rest and first == "test":
            return f"Tests of {' '.join(rest)}."
    elif any(ast.unparse(mark).rpartition(".")[2] in PROPERTIES for mark in node.decorator_list):
        known = BEGINNINGS.get(first) if rest and first in ("is", "has", "can", "should") else None
        return known.removeprefix("Return ").capitalize().format(rest=" ".join(rest)) if known else f"The {said(name)}."
    elif rest and first in BEGINNINGS:
        return BEGINNINGS[first].format(rest=" ".join(rest))
    text = said(name)
    return f"{text[:1].upper()}{text[1:]}."


def said(name: str) -> str:
    """A name as words."""
    return " ".join(parts(name) or [name])
