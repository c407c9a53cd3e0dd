"""A kernel side that plays a fixed part: what the panel shows does not depend on a project, a clock or an index.

On the server's PYTHONPATH it stands before the real alias, so that autoload finds it. It answers like the real one:
the same messages, from a subshell, without touching IPython's events.
"""

from __future__ import annotations

import contextvars
import threading
import time

TARGET = "codemaestro"
WORD = "authentication"
FILES = [
    ("src/auth/login.py", 0.81, ["named in your text", "changed 2 days ago"]),
    ("src/auth/tokens.py", 0.52, ["imported by src/auth/login.py"]),
    ("tests/test_login.py", 0.34, ["tests src/auth/login.py"]),
]
ANSWER = """`refresh` keeps the old token until the new one is stored, so both are valid for a moment.

- [src/auth/login.py:42](src/auth/login.py#L42) reads the session
- [src/auth/tokens.py:10](src/auth/tokens.py#L10) makes the token

```python
def refresh(session: Session) -> Token:
    token = make_token(session.user)
    session.revoke(session.token)
    return session.store(token)
```

Covered by `tests/test_login.py::test_refresh`.
"""


def receipt(said: str) -> dict:
    return {"prepared": 4, "used": 3, "wasted": 1, "saved_seconds": 1.84, "waited_seconds": 0.0, "said": said}


def turn(number: int, request: str, markdown: str, state: str = "done", **more: object) -> dict:
    return {
        "id": f"t{number}",
        "request": request,
        "markdown": markdown,
        "state": state,
        "tool": "explain",
        "cell_id": "",
        "notebook_id": "",
        "started": 1.0,
        "first_output": 1.05,
        "finished": 1.2 if state != "running" else 0.0,
        "asked_seconds": 0.0,
        "receipt": receipt("I loaded auth files while you were typing") if state == "done" else None,
        "spent": None,
        "rated": False,
        "reused": False,
        **more,
    }


class Page:
    """One front end's comm."""

    def __init__(self, comm, message) -> None:
        self.comm = comm
        self.context = contextvars.copy_context()  # sent from elsewhere, a message would reroute all that follow
        self.turns: list[dict] = []
        comm.handle_msg = lambda incoming: self.receive(incoming["content"]["data"])
        self.receive(message["content"]["data"])

    def send(self, **message: object) -> None:
        self.context.copy().run(self.comm.send, message)

    def part(self, **view: object) -> None:
        self.send(type="view_part", view=view)

    def receive(self, data: dict) -> None:
        seen.append(data)
        getattr(self, data["type"], lambda _: None)(data)

    def hello(self, _: dict) -> None:
        self.send(type="welcome", protocol=1, version="0", session="scripted")
        self.send(
            type="view",
            view={
                "session": "scripted",
                "root": "/nowhere/shop",
                "enabled": True,
                "model": "",
                "stage": {"stage": "INTENT", "message": "", "progress": 0.0},
                "suggestions": [],
                "preparations": [],
                "question": None,
                "turns": history,
                "index": {"state": "ready", "done": 120, "total": 120},
                "failure": None,
                "ledger": {
                    "prepared": 12,
                    "used": 9,
                    "wasted": 3,
                    "saved_seconds": 4.2,
                    "tokens": 0,
                    "dollars": 0.0,
                },
                "notices": [],
                "ask_rating": True,
            },
        )

    def user_typing(self, data: dict) -> None:
        text = data["text"].removeprefix("%%maestro").strip()
        if len(text) <= 3:
            return
        last = text.split()[-1]
        words = [WORD.removeprefix(last)] if last.startswith("auth") and WORD.startswith(last) and last != WORD else []
        files = [
            {"path": path, "probability": probability, "why": why, "prepared": number < 2}
            for number, (path, probability, why) in enumerate(FILES)
        ]
        self.part(
            prediction={
                "seq": data["seq"],
                "source": data["source"],
                "cell_id": data["cell_id"],
                "text_length": len(data["text"]),
                "files": files,
                "words": words,
                "tools": [],
            },
            stage={"stage": "INTENT", "message": "Loading relevant files…", "progress": 0.2},
            suggestions=["OAuth fix", "JWT implementation"],
        )

    def submit(self, data: dict) -> None:
        mine = turn(len(history) + 1, data["text"], "", "running")
        history.append(mine)
        self.send(type="submitted", request=data["request"], turn=mine["id"])
        threading.Thread(target=self.answer, args=(mine,), daemon=True).start()

    def answer(self, mine: dict) -> None:
        for end in range(0, len(ANSWER) + 120, 120):
            mine["markdown"] = ANSWER[:end]
            self.part(turns=[dict(mine)])
            time.sleep(0.05)
        mine.update(state="done", receipt=receipt("I loaded auth files while you were typing"), finished=1.2)
        self.part(turns=[dict(mine)], stage={"stage": "READY", "message": "Ready for your input", "progress": 1.0})

    def cancel(self, data: dict) -> None:
        self.part(turns=[{**each, "state": "cancelled"} for each in history if each["id"] == data["turn"]])

    def complete(self, data: dict) -> None:
        items = [{"label": f"@{path}", "kind": "file", "detail": why[-1]} for path, _, why in FILES]
        items.append({"label": "@frame", "kind": "variable", "detail": "DataFrame 120×4"})
        found = [item for item in items if data["prefix"][1:].lower() in item["label"].lower()]
        self.send(type="completions", request=data["request"], items=found)

    def clear(self, _: dict) -> None:
        history.clear()


history: list[dict] = []
seen: list[dict] = []
pages: list[Page] = []


def load_ipython_extension(shell) -> None:
    """As the real one does: register the target, then say "I am here"."""
    from comm import create_comm, get_comm_manager

    get_comm_manager().register_target(TARGET, lambda comm, message: pages.append(Page(comm, message)))
    create_comm(target_name=TARGET).close()
    shell.user_ns["maestro_pages"] = pages
    shell.user_ns["maestro_turn"] = turn
    shell.user_ns["maestro_seen"] = seen


def unload_ipython_extension(shell) -> None:
    """Close what was opened."""
    from comm import get_comm_manager

    get_comm_manager().targets.pop(TARGET, None)
    for page in pages:
        page.comm.close()
    pages.clear()
