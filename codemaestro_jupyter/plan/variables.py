"""Explain a kernel variable from its picture: type, shape and columns, never a value, and where it is set."""

from __future__ import annotations

import re
from collections.abc import Iterator

from codemaestro_jupyter.plan import markdown as md
from codemaestro_jupyter.plan.evidence import Evidence
from codemaestro_jupyter.plan.naming import close_names
from codemaestro_jupyter.types import AnswerPart, Variable

MOST_COLUMNS = 40


def picture(evidence: Evidence, variable: Variable) -> Iterator[AnswerPart]:
    """What the kernel had under this name after the last run."""
    evidence.consult("variables")
    evidence.note("kernel variables")
    kind = f"{variable.module}.{variable.type}" if variable.module not in ("", "builtins") else variable.type
    lines = [f"**{md.code(variable.name)}** · {md.code(kind)} in the kernel, as it was after the last run\n"]
    if variable.shape is not None:
        size = " × ".join(f"{side:,}" for side in variable.shape)
        unit = "rows × columns" if variable.columns and len(variable.shape) == 2 else "shape"
        lines.append(f"- {unit}: {size}")
    if variable.columns:
        dtypes = variable.dtypes if len(variable.dtypes) == len(variable.columns) else ("",) * len(variable.columns)
        lines += ["\n| column | dtype |", "|---|---|"]
        pairs = list(zip(variable.columns, dtypes, strict=True))
        lines += [f"| {_in_table(column)} | {_in_table(dtype)} |" for column, dtype in pairs[:MOST_COLUMNS]]
        if len(pairs) > MOST_COLUMNS:
            lines.append(f"\n… {len(pairs) - MOST_COLUMNS} more columns")
    elif variable.dtypes:
        lines.append(f"- dtype: {md.listed([md.code(dtype) for dtype in variable.dtypes])}")
    evidence.data["variable"] = {
        "name": variable.name,
        "type": kind,
        "shape": list(variable.shape) if variable.shape is not None else None,
        "columns": list(variable.columns),
        "dtypes": list(variable.dtypes),
    }
    yield evidence.part(*lines)
    if assigned := _assignments(evidence, variable.name):
        yield evidence.part("**Where the notebook sets it**\n", *assigned)


def _assignments(evidence: Evidence, name: str) -> list[str]:
    notebook = evidence.notebook()
    pattern = re.compile(
        rf"^\s*(?:[\w, ]*,\s*)?{re.escape(name)}\s*(?:,[\w, ]*)?(?::[^=]+)?=(?!=)|\bas {re.escape(name)}\b"
    )
    found = []
    for number, cell in enumerate(notebook.cells if notebook else (), 1):
        if cell.kind == "code":
            for line in cell.source.split("\n"):
                if pattern.search(line):
                    evidence.note(f"notebook cell {number}")
                    found.append(f"- cell {number}: {md.clipped(line)}")
    return found[-evidence.limits.items :]


def _in_table(text: str) -> str:
    return md.code(text).replace("|", "\\|") if text else ""


def unknown(evidence: Evidence, name: str) -> AnswerPart:
    """There is no such variable: what there is that is spelt like it."""
    evidence.consult("variables")
    names = [variable.name for variable in evidence.sources.variables()]
    near = close_names(name, names)
    close = f" Spelt like it: {', '.join(md.code(f'@{other}') for other in near)}." if near else ""
    return evidence.part(
        f"The kernel has no variable {md.code(name)} ({md.count(len(names), 'variable')} known), and the project no"
        f" file or symbol of that name.{close} Variables are seen after a cell has run."
    )
