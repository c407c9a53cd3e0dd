"""Was it used? A preparation was if what it holds appears in the answer: a line, a name, a commit, a path (S1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from codemaestro_jupyter.types import Answer, Preparation

LEAST = 8
"""Characters a line needs to be evidence: `else:` stands in every file."""


def appears(preparation: Preparation, answer: Answer) -> bool:
    """Whether content of the preparation stands in the answer."""
    text = answer.markdown
    if preparation.key.kind == "file":
        path = preparation.key.subject
        cited = path in text or any(source.split(":", 1)[0] == path for source in answer.sources)
        return cited and any(trace in text for trace in traces(preparation))
    return any(trace in text for trace in traces(preparation))


def traces(preparation: Preparation) -> Iterator[str]:
    """Texts of which one in an answer shows that this preparation's content is in it."""
    payload: Mapping[str, Any] = preparation.payload
    match preparation.key.kind:
        case "file":
            yield from (symbol["name"] for symbol in payload["symbols"] or ())
            yield from _lines(payload["text"])
        case "symbol":
            yield from (f"{symbol['path']}:{symbol['line']}" for symbol in payload["definitions"])
            yield from (symbol["signature"] for symbol in payload["definitions"] if symbol["signature"])
            for use in payload["uses"]:
                yield from _lines(use["text"])
        case "neighbours":
            yield from (*payload["tests"], *payload["modules"])
        case "history":
            yield from (commit["sha"][:7] for commit in payload["commits"])
        case "status":
            yield from (*payload["status"]["changed"], *payload["status"]["untracked"])
            if payload["status"]["branch"]:
                yield f"`{payload['status']['branch']}`"
        case "failure":
            yield from (failure["title"] for failure in payload["failures"])
        case "cell":
            for cell in payload["cells"]:
                yield from _lines(cell["source"])
        case "tool":
            for record in payload["asked"]:
                yield from _told(record["said"])
        case "scope":
            yield from (*payload["patterns"], *payload["tests"], *payload["linked"])
        case "plan" if payload["chosen"]:
            yield from _lines(payload["summary"])
            yield from _lines("\n".join(payload["lines"]))
        case "change":
            for file in payload["diffs"]:
                for hunk in file["hunks"]:
                    yield from _lines("\n".join(line[1:] for line in hunk["lines"] if line[:1] in "+-"))
        case "prefix":
            for file in payload["files"]:
                yield from (*file["names"], *_lines(file["text"]))
        case "plan":
            return  # a rejected draft may look like the chosen one


def _told(said: Any) -> Iterator[str]:
    """Traces of what one question was answered with."""
    items = said if isinstance(said, list) else [said]
    for item in items:
        if isinstance(item, str):
            yield from _lines(item)
        elif "sha" in item:
            yield item["sha"][:7]
        elif "text" in item:
            yield from _lines(item["text"])
        elif "tests" in item:
            yield from (*item["tests"], *item["modules"])
        elif "changed" in item:
            yield from (*item["changed"], *item["untracked"])
        else:
            yield item.get("title") or f"{item.get('path')}:{item.get('line')}"


def _lines(text: str) -> Iterator[str]:
    return (line.strip() for line in text.splitlines() if len(line.strip()) >= LEAST)
