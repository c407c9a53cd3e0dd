"""What a command line hands over by name: a parameter is called as `click.option("--name")` above the function says.

An option is typed by its users, so it stays as it is: the parameter's new name is said beside it, `"--name", "limit"`.
The name of an argument is only shown in the help, and follows.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from codemaestro_jupyter.edit.python.callers import Function
from codemaestro_jupyter.edit.python.document import Uses
from codemaestro_jupyter.edit.python.fixtures import said

BY_NAME = (b"auto_envvar_prefix", b"default_map")
"""By these click looks for values under the parameter's name: `APP_TIMEOUT`."""


def declared(node: Function, name: str) -> Iterator[tuple[ast.Constant, bool]]:
    """The last string of each `option` or `argument` that gives the parameter `name`; or the one that is that name.

    With it, whether it is the name: else it is the place after which one can be said.
    """
    for mark in node.decorator_list:
        if not isinstance(mark, ast.Call) or said(mark).rpartition(".")[2] not in ("option", "argument"):
            continue
        texts = {
            item: item.value for item in mark.args if isinstance(item, ast.Constant) and isinstance(item.value, str)
        }
        if not texts or len(texts) != len(mark.args):
            continue  # computed: nobody can tell
        plain = [item for item, text in texts.items() if text.isidentifier()]
        if said(mark).endswith("argument"):  # it takes no options, and its name is made smaller too
            yield from ((item, True) for item, text in texts.items() if text.replace("-", "_").lower() == name)
        elif plain:
            yield from ((item, True) for item in plain if item.value == name)
        elif given(list(texts.values())) == name:
            yield list(texts)[-1], False


def given(options: Sequence[str]) -> str:
    """The parameter's name that click makes of `-t`, `--time-out/--no-time-out`: of the first with the longest dash.

    Source: `click.Option._parse_decls`, 8.1.
    """
    firsts = [text.split(";" if text[:1] == "/" else "/", 1)[0].rstrip() for text in options]
    names = [text.lstrip(text[:1]) if text[:1] == text[1:2] else text[1:] for text in firsts]
    dashes = [len(text) - len(name) for text, name in zip(firsts, names, strict=True)]
    longest = max(dashes, default=0)
    found = next((name for name, dash in zip(names, dashes, strict=True) if dash == longest), "")
    return found.replace("-", "_").lower()


def followed_options(uses: Uses, node: Function, old: str, new: str) -> list[tuple[int, int, str]]:
    """The edits that let a command hand over a parameter by its new name, its options typed as before."""
    edits = []
    for item, is_name in declared(node, old):
        start, end = uses.positions.span(item)
        if is_name:
            edits += [(first, last, new) for first, last in uses.within(item, str(item.value))]
            continue
        source = uses.doc.source
        quote = source[end - 1]
        line = source.rfind("\n", 0, start) + 1
        own_line = not source[line:start].strip()  # one a line: the new one too
        edits.append((end, end, f",{chr(10) + source[line:start] if own_line else ' '}{quote}{new}{quote}"))
    return edits
