"""A small shop with a front end and a back end, and a model that knows one change in it: what the bench runs on."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

REPLY_TOKENS = 240
"""Of the server's tokens (four characters each): a usual short answer, and a small change."""
PARTS = ("frontend", "backend")
TOPICS = ("session", "login", "basket", "order", "price", "stock", "mail", "search", "user", "address")
MODULE = '''"""What the {part} knows about a {topic}."""

from __future__ import annotations

EXPIRY_SECONDS = 1800


class {name}:
    """One {topic} as the {part} has it."""

    def __init__(self, key: str, created: float) -> None:
        self.key = key
        self.created = created

    def expired(self, now: float) -> bool:
        """Whether this {topic} is too old at a moment."""
        return now - self.created > EXPIRY_SECONDS

'''
METHOD = '''    def step_{number}(self, now: float) -> str:
        """Step {number} of handling a {topic}: says what was done, for the log of the {part}."""
        if self.expired(now):
            return f"{topic} {{self.key}} is expired at step {number}"
        return f"{topic} {{self.key}} passed step {number}"

'''
OLD, NEW, OTHER = "EXPIRY_SECONDS = 1800", "EXPIRY_SECONDS = 3600", "EXPIRY_SECONDS = 2 * 1800  # two of the former"


def make_project(root: Path, methods: int = 25) -> Path:
    """Twenty modules of about 2,000 tokens in two folders, under git."""
    for part in PARTS:
        for topic in TOPICS:
            path = root / part / f"{topic}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            text = MODULE.format(part=part, topic=topic, name=topic.capitalize())
            text += "".join(METHOD.format(part=part, topic=topic, number=number) for number in range(methods))
            path.write_text(text, encoding="utf8")
    (root / "README.md").write_text("# Shop\n\nPeople log in and buy.\n", encoding="utf8")
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    for command in (("init", "-q"), ("add", "-A"), (*identity, "commit", "-qm", "Open the shop")):
        subprocess.run(("git", *command), cwd=root, check=True, capture_output=True)
    return root


def reply(messages: Sequence[dict[str, Any]]) -> str:
    """What the model of the bench says: a plan where one is asked for, else an answer; both of the usual length."""
    prompt = str(messages[-1]["content"])
    marks = [line for line in prompt.splitlines() if line.startswith("<<<data file ")]
    paths = [mark.removeprefix("<<<data file ").removesuffix(">>>") for mark in marks]
    asked = prompt.rpartition("The request:")[2]
    path = next((path for path in paths if path in asked), paths[0] if paths else "the project")
    if '"steps"' in prompt:
        large = "How: Restructure" in asked
        summary = f"In {path}, " + ("all is arranged anew. " if large else "sessions last longer, as asked for. ") * 50
        steps = [{"do": "replace_text", "path": path, "old": OLD, "new": OTHER if large else NEW}]
        text = json.dumps({"summary": summary, "steps": steps})
        excess = max(0, len(text) - REPLY_TOKENS * 4)
        return json.dumps({"summary": summary[: len(summary) - excess], "steps": steps})
    return (f"In {path}, `expired` compares the age with EXPIRY_SECONDS. " * 40)[: REPLY_TOKENS * 4]
