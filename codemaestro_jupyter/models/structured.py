"""From what a model wrote to the JSON object it was asked for, repairing what models often get wrong."""

from __future__ import annotations

import json
import re
from typing import Any

from codemaestro_jupyter.errors import ModelAnswerError
from codemaestro_jupyter.models.protocol import Schema

FENCE = re.compile(r"```(?:json)?\s*\n(.*?)(?:\n```|\Z)", re.DOTALL)
TRAILING_COMMA = re.compile(r",(\s*[}\]])")
TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


def parse(text: str, schema: Schema) -> dict[str, Any]:
    """The object in a model's answer; raises `ModelAnswerError` naming what does not fit the schema.

    Tried in order: the text as it is, the fenced block in it, from its first brace on; each also with trailing
    commas removed and with brackets closed that it left open.
    """
    problem = "it holds no JSON object"
    for candidate in _candidates(text):
        try:
            value = json.loads(candidate)
        except ValueError:
            continue
        if not isinstance(value, dict):
            continue
        wrong = mismatch(value, schema)
        if not wrong:
            return value
        problem = wrong
    raise ModelAnswerError(f"The model's answer cannot be used: {problem}.", hint="Ask again, or choose another model.")


def mismatch(value: Any, schema: Schema, place: str = "") -> str:
    """What of a value does not fit a schema (types, required keys, enums, items), or ""."""
    kinds = schema.get("type")
    allowed = [kinds] if isinstance(kinds, str) else list(kinds or ())
    if allowed and not any(_is(value, kind) for kind in allowed):
        return f"{place or 'the root'} is no {' or '.join(allowed)}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{place} is none of {schema['enum']}"
    if isinstance(value, dict):
        for key in schema.get("required", ()):
            if key not in value:
                return f"{place + '.' if place else ''}{key} is missing"
        for key, part in schema.get("properties", {}).items():
            if key in value and (wrong := mismatch(value[key], part, f"{place}.{key}".lstrip("."))):
                return wrong
    if isinstance(value, list) and "items" in schema:
        for number, item in enumerate(value):
            if wrong := mismatch(item, schema["items"], f"{place}[{number}]"):
                return wrong
    return ""


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool) and kind in {"integer", "number"}:
        return False
    return isinstance(value, TYPES.get(kind, object))


def _candidates(text: str) -> list[str]:
    found = [text.strip(), *(match.strip() for match in FENCE.findall(text))]
    brace = text.find("{")
    if brace >= 0:
        found.append(text[brace : text.rfind("}") + 1])
        found.append(text[brace:])
    repaired = [_closed(TRAILING_COMMA.sub(r"\1", candidate)) for candidate in found]
    return [*found, *repaired]


def _closed(text: str) -> str:
    """The text with the brackets closed that it leaves open; a string is not: nobody knows how it would go on."""
    stack: list[str] = []
    in_string = escaped = False
    for character in text:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "{[":
            stack.append("}" if character == "{" else "]")
        elif character in "}]" and stack:
            stack.pop()
    if in_string:
        return text
    text = text.rstrip().rstrip(",")
    return TRAILING_COMMA.sub(r"\1", text + "".join(reversed(stack)))
