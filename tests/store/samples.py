"""What the tests of the store put into it, and the clock that they set."""

from __future__ import annotations

from codemaestro_jupyter.types import (
    CellId,
    Fingerprint,
    NotebookId,
    Preparation,
    PreparationKey,
    Rating,
    Receipt,
    RelPath,
    Turn,
    TurnId,
)

DAY = 86_400.0
KEY = PreparationKey("file", "src/a.py")


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000_000.0

    def __call__(self) -> float:
        return self.now


def preparation(key: PreparationKey = KEY, text: str = "x = 1\n", created: float = 1e9) -> Preparation:
    return Preparation(
        key=key,
        stage="INTENT",
        version=0,
        fingerprints={"file:src/a.py": Fingerprint("sha256:1")},
        payload={"text": text, "symbols": [{"name": "x", "line": 1}]},
        seconds=0.25,
        tokens=4,
        created=created,
        request="fix the ä 💥",
    )


def turn(identity: str = "t1", started: float = 1e9, request: str = "fix a.py", answer: str = "done") -> Turn:
    return Turn(
        id=TurnId(identity),
        request=request,
        answer=answer,
        tool="brief",
        notebook_id=NotebookId("n.ipynb"),
        cell_id=CellId("c"),
        started=started,
        first_output=started + 0.1,
        finished=started + 0.2,
        receipt=Receipt(prepared=3, used=1, wasted=2, prepared_seconds=0.5, waited_seconds=0.1, used_keys=(KEY,)),
        rating=Rating(fast=5),
        fingerprints={"file:src/a.py": Fingerprint("sha256:1")},
        files=(RelPath("src/a.py"),),
        data={"tool": "brief", "n": 1},
    )
