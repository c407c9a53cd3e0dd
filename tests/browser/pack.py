"""A language pack of JupyterLab in which every string of CodeMaestro stands in brackets: what has none is a miss.

It is made as a translator would make one: from the strings marked in `labextension/src` and those of the settings'
schema, delivered by the entry point `jupyterlab.languagepack`. The language is Esperanto, which nobody's browser has.
"""

from __future__ import annotations

import ast
import io
import json
import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

LANGUAGE = "eo"
SOURCE = Path(__file__).parents[2] / "labextension"
LITERAL = r"""(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")"""
TEXT = rf"({LITERAL}(?:\s*\+\s*{LITERAL})*)"
MARKED = re.compile(rf"trans\.__\(\s*{TEXT}")
COUNTED = re.compile(rf"trans\._n\(\s*{TEXT},\s*{TEXT}")


def strings() -> dict[str, str]:
    """Every marked string of the extension, with its plural where it has one."""
    found: dict[str, str] = {}
    for file in sorted((SOURCE / "src").rglob("*.ts*")):
        text = file.read_text(encoding="utf8")
        found |= {_value(match[1]): "" for match in MARKED.finditer(text)}
        found |= {_value(match[1]): _value(match[2]) for match in COUNTED.finditer(text)}
    return found


def _value(literals: str) -> str:
    return "".join(ast.literal_eval(literal) for literal in re.findall(LITERAL, literals))


def settings() -> list[tuple[str, str]]:
    """Every text of the settings, with the context in which JupyterLab looks for it."""
    schema = json.loads((SOURCE / "schema" / "plugin.json").read_text(encoding="utf8"))
    parts = [part for item in schema["properties"].values() for part in (item, *item.get("oneOf", ()))]
    return [
        *(("schema", schema[key]) for key in ("title", "description")),
        ("settings", schema["jupyter.lab.setting-icon-label"]),
        *(("settings", part[key]) for part in parts for key in ("title", "description") if key in part),
    ]


def write_pack(folder: Path) -> None:
    """Write the pack into a folder, to be put on the server's path."""
    module = folder / f"jupyterlab_language_pack_{LANGUAGE}"
    place = module / "locale" / LANGUAGE / "LC_MESSAGES"
    place.mkdir(parents=True)
    (module / "__init__.py").write_text("", encoding="utf8")
    head = {
        "domain": "codemaestro",
        "language": LANGUAGE,
        "plural_forms": "nplurals=2; plural=(n != 1);",
        "version": "1",
    }
    page: dict[str, object] = {"": head}
    catalog = Catalog(LANGUAGE, domain="codemaestro")
    for one, many in strings().items():
        page[one] = [f"⟦{one}⟧", f"⟦{many}⟧"] if many else [f"⟦{one}⟧"]
    for context, text in settings():
        catalog.add(text, f"⟦{text}⟧", context=context)
    (place / "codemaestro.json").write_text(json.dumps(page, ensure_ascii=False), encoding="utf8")
    binary = io.BytesIO()
    write_mo(binary, catalog)
    (place / "codemaestro.mo").write_bytes(binary.getvalue())
    info = folder / f"jupyterlab_language_pack_{LANGUAGE}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module.name}\nVersion: 1\n", encoding="utf8")
    (info / "entry_points.txt").write_text(f"[jupyterlab.languagepack]\n{LANGUAGE} = {module.name}\n", encoding="utf8")
