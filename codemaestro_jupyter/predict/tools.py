"""Guess what the request needs done, from its first words and its form.

A table of forms, first match leads; while little is typed the probabilities are spread.
"""

from __future__ import annotations

import re

from codemaestro_jupyter.predict.question import Question
from codemaestro_jupyter.types import LikelyTool, LiveContext, Tool
from codemaestro_jupyter.workspace.tokens import STOP

MOST = 3
_FORMS: tuple[tuple[Tool, float, str], ...] = (
    ("failure", 0.9, r"^\s*why\b.*\b(?:fail|error|break|crash|raise|wrong)"),
    ("failure", 0.9, r"\b(?:last|this) (?:error|traceback|failure)"),
    (
        "history",
        0.9,
        r"^\s*(?:what|who) (?:has )?changed\b|^\s*(?:history|git log|blame)\b|\bsince (?:yesterday|last)\b",
    ),
    ("explain", 0.9, r"^\s*(?:explain|describe|what (?:does|is)|how does)\b"),
    ("find", 0.9, r"^\s*(?:find|search|where|locate|grep|who (?:calls|uses))\b"),
    ("read", 0.9, r"^\s*(?:show|read|open|cat|print|view|display)\b"),
    ("test", 0.8, r"^\s*(?:run|execute) (?:the |all )*tests?\b|^\s*tests?\b|\badd (?:\w+ )?tests?\b"),
    ("edit", 0.8, r"^\s*(?:add|fix|rename|remove|delete|replace|change|update|move|refactor|extract|implement)\b"),
    ("edit", 0.8, r"^\s*(?:make|use|improve|support|allow|write|create|convert|drop|handle)\b"),
    ("brief", 0.5, r"^\s*(?:how|plan|brief|should|could)\b"),
)
FORMS = tuple((tool, probability, re.compile(form, re.I)) for tool, probability, form in _FORMS)
_BEGINNINGS: dict[str, Tool] = {
    "explain": "explain", "describe": "explain", "find": "find", "where": "find", "search": "find", "show": "read",
    "read": "read", "open": "read", "what changed": "history", "history": "history", "why did it fail": "failure",
    "fix": "edit", "add": "edit", "rename": "edit", "remove": "edit", "refactor": "edit", "run tests": "test",
}  # fmt: skip


def likely_tools(question: Question, live: LiveContext) -> tuple[LikelyTool, ...]:
    """At most `MOST` tools, likeliest first, each once."""
    text = question.text.lstrip()
    found: dict[Tool, float] = {}
    for tool, probability, form in FORMS:
        if form.search(text):
            found.setdefault(tool, probability * (0.5 if found else 1.0))
    if not found:
        lowered = text.lower()
        begun = [tool for word, tool in _BEGINNINGS.items() if lowered and _begins(word, lowered)]
        for tool in begun:
            found.setdefault(tool, 0.6 / len(set(begun)))
    if live.failures:
        found["failure"] = max(found.get("failure", 0.0), 0.25)
    found.setdefault("brief", 0.2)
    ordered = sorted(found.items(), key=lambda one: -one[1])[:MOST]
    subject = argument(question)
    return tuple(LikelyTool(tool, round(probability, 3), subject) for tool, probability in ordered)


def _begins(form: str, text: str) -> bool:
    """Whether a text is the beginning of a form; with its first word alone, many others begin as well."""
    return form.startswith(text) and (" " not in form or len(text) > form.index(" ") + 1)


def argument(question: Question) -> str:
    """What a tool would be called with: a mentioned path, an identifier, what follows the verb, the last word."""
    if question.mentions:
        return question.mentions[-1]
    words = [word for word in (*question.words, question.partial) if word and word.lower() not in STOP]
    identifiers = [word for word in words if "_" in word.strip("_") or re.search(r"[a-z0-9][A-Z]", word)]
    if identifiers:
        return identifiers[-1]
    if len(words) < 2:
        return ""
    return words[1] if words[0].lower() in _BEGINNINGS else words[-1]
