"""What typer hands over by name: it makes `--time-out` of a parameter `time_out` where no option is said.

The option is typed by its users, so the old one is said once the parameter's name changes: `typer.Option(3, "--wait")`.
Where nothing could say it (`wait: int = 3`), the option changes too, and a warning tells. Arguments have no name.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemaestro_jupyter.edit.python.callers import Function
from codemaestro_jupyter.edit.python.document import Uses
from codemaestro_jupyter.edit.python.fixtures import said


@dataclass(frozen=True, slots=True)
class Made:
    """The option that typer makes of a parameter's name, and the call that could say another."""

    option: str
    call: ast.Call | None
    is_default: bool = False
    """The call stands where the default does, and its first argument is the real one."""


def is_typer(tree: ast.Module, node: Function) -> bool:
    """Whether typer makes a command of a function: by a decorator, or by `typer.run`, in a file that imports it."""
    names = {alias.name for item in tree.body if isinstance(item, ast.Import) for alias in item.names}
    names |= {item.module or "" for item in tree.body if isinstance(item, ast.ImportFrom)}
    if "typer" not in names:
        return False
    if any(said(mark).rpartition(".")[2] in ("command", "callback") for mark in node.decorator_list):
        return True
    calls = (item for item in ast.walk(tree) if isinstance(item, ast.Call) and item.args)
    return any(
        said(item).rpartition(".")[2] == "run" and getattr(item.args[0], "id", "") == node.name for item in calls
    )


def made_of(node: Function, name: str) -> Made | None:
    """What typer makes of a parameter; None for an argument, and where the option is said.

    Source: `typer.main.get_click_param`, 0.12.
    """
    argument, default = declared(node.args, name)
    note = argument.annotation if argument is not None else None
    parts = note.slice.elts if isinstance(note, ast.Subscript) and isinstance(note.slice, ast.Tuple) else [note]
    calls = [item for item in (*parts[1:], default) if isinstance(item, ast.Call)]
    call = next((item for item in calls if said(item).rpartition(".")[2] in ("Option", "Argument")), None)
    if default is None if call is None else said(call).endswith("Argument"):
        return None
    texts = [item.value for item in call.args if isinstance(item, ast.Constant)] if call is not None else []
    if any(isinstance(text, str) and text.startswith("-") for text in texts):
        return None
    option = f"--{name.replace('_', '-')}"
    switch = parts[0] is not None and ast.unparse(parts[0]) == "bool"
    return Made(f"{option}/--no{option[1:]}" if switch else option, call, call is default)


def declared(args: ast.arguments, name: str) -> tuple[ast.arg | None, ast.expr | None]:
    """A parameter that typer can hand over, and its default."""
    placed = [*args.posonlyargs, *args.args]
    defaults = [*[None] * (len(placed) - len(args.defaults)), *args.defaults, *args.kw_defaults]
    pairs = zip([*placed, *args.kwonlyargs], defaults, strict=True)
    return next((pair for pair in pairs if pair[0].arg == name), (None, None))


def said_option(uses: Uses, made: Made) -> list[tuple[int, int, str]] | None:
    """The edits that say the option; None where they cannot be told."""
    call = made.call
    if call is None:
        return None
    start, end = uses.positions.span(call)
    source = uses.doc.source
    quote = "'" if "'" in source[start:end] and '"' not in source[start:end] else '"'
    text = f"{quote}{made.option}{quote}"
    if call.args:
        last = uses.positions.span(call.args[-1])[1]
        return [(last, last, f", {text}")]
    first = source.index("(", uses.positions.span(call.func)[1]) + 1
    if not made.is_default:
        return [(first, first, f"{text}, " if call.keywords else text)]
    if call.keywords and call.keywords[0].arg == "default":  # becomes the first argument, which the option follows
        item = call.keywords[0]
        value, last = uses.positions.span(item.value)
        return [(uses.positions.span(item)[0], value, ""), (last, last, f", {text}")]
    return None
