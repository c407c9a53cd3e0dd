"""Where no panel is, the widgets show what was said in a notebook before its kernel was restarted, with Undo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from ipywidgets.widgets.widget import _instances as WIDGETS  # noqa: N812 - every open widget of the process

from codemaestro_jupyter.jupyter.earlier import SHOWN, earlier, title
from codemaestro_jupyter.jupyter.talklog import CARDS, TalkLog
from codemaestro_jupyter.types import NotebookId
from codemaestro_jupyter.view import SessionView, TurnView

if TYPE_CHECKING:
    from tests.jupyter.conftest import RealKernel

BILLING = "def invoice(total: int) -> str:\n    return str(total)\n"


@pytest.fixture
def log() -> Iterator[TalkLog]:
    before = set(WIDGETS)
    heard: list[Any] = []
    log = TalkLog(lambda *what: heard.append(what))
    log.heard = heard  # type: ignore[attr-defined]
    yield log
    log.close()
    assert set(WIDGETS) == before


def turn(name: str, **more: Any) -> TurnView:
    about = {
        "id": name,
        "request": f"ask {name}",
        "markdown": f"Say {name}.",
        "state": "done",
        "notebook_id": "a.ipynb",
    }
    rest = {"started": 1.0, "finished": 1.0, "asked_seconds": 0.0, "receipt": None, "spent": None, "reused": False}
    return cast(TurnView, about | rest | {"recalled": False} | more)


def change(name: str, **more: Any) -> Any:
    about = {"turn": name, "title": "", "state": "applied", "busy": False, "message": "", "transaction": "0001"}
    return about | {"files": [], "blocked": [], "fixes": [], "applicable": True} | more


def view(*names: str, changed: tuple[str, ...] = (), **more: Any) -> SessionView:
    turns = [turn(name) for name in names]
    return cast(SessionView, {"turns": turns, "changes": [change(name, **more) for name in changed]})


def kinds(log: TalkLog) -> list[str]:
    return [
        " | ".join(output["data"]["text/markdown"] for output in child.outputs) if hasattr(child, "outputs") else "card"
        for child in log.box.children
    ]


def test_cards_stand_below_their_answers(log: TalkLog) -> None:
    picture = view("a", "b", "c", changed=("a", "c"))
    log.draw(picture, picture["turns"])
    assert kinds(log) == ["> ask a | Say a.", "card", "> ask b | Say b. | > ask c | Say c.", "card"]
    log._cards["a"]._buttons["undo"].click()
    assert log.heard == [("a", "undo", None, 0)]  # type: ignore[attr-defined]


def test_only_the_newest_changes_have_a_card_and_none_is_left_behind(log: TalkLog) -> None:
    names = [str(number) for number in range(CARDS + 2)]
    for length in (1, len(names), 2):
        picture = view(*names[:length], changed=tuple(names[:length]))
        log.draw(picture, picture["turns"])
        assert kinds(log).count("card") == min(length, CARDS)
        assert list(log._cards) == names[:length][-CARDS:]
    log.draw(view(), [])
    assert kinds(log) == []


def test_earlier_turns_are_those_of_the_notebook_and_not_too_many() -> None:
    names = [str(number) for number in range(SHOWN + 5)]
    turns = [turn(name) for name in names]
    others = [turn("later", started=3.0), turn("elsewhere", notebook_id="b.ipynb"), turn("nowhere", notebook_id="")]
    picture = cast(SessionView, {"turns": [*turns, *others]})
    assert [each["id"] for each in earlier(picture, NotebookId("a.ipynb"), 2.0)] == names[-SHOWN:]
    assert earlier(picture, NotebookId(""), 2.0) == []
    assert (title(1), title(2)) == ("Earlier in this notebook: 1 request", "Earlier in this notebook: 2 requests")


@pytest.fixture
def again(kernel: RealKernel, tmp_path: Path) -> RealKernel:
    """A kernel without a page, restarted after a change was applied and a question was answered in its notebook."""
    (tmp_path / "billing.py").write_text(BILLING, encoding="utf8")
    (tmp_path / "work.ipynb").write_text("{}", encoding="utf8")
    load(kernel, tmp_path)
    kernel.run("%%maestro --wait\nrename invoice to bill", cell="c1")
    kernel.run("maestro._loaded.maestro.change(maestro._loaded.magics.last_turn, 'apply')", cell="c2")
    kernel.until("'applied' in [change['state'] for change in maestro._loaded.maestro.view()['changes']]")
    assert kernel.run("%%maestro --wait\nwhere is bill", cell="c3").data()[0] == "*Working on it…*"  # nothing earlier
    kernel.manager.restart_kernel()
    kernel.client.wait_for_ready(timeout=30)
    load(kernel, tmp_path)
    kernel.until("maestro._loaded.maestro.view()['changes']")
    return kernel


def load(kernel: RealKernel, folder: Path) -> None:
    kernel.run(f"import os\nos.environ['JPY_SESSION_NAME'] = {str(folder / 'work.ipynb')!r}\n%load_ext codemaestro")
    kernel.until("maestro._loaded.maestro.workspace.index.progress().state == 'ready'")


def test_the_chat_goes_on_and_can_undo(again: RealKernel, tmp_path: Path) -> None:
    assert "def bill(" in (tmp_path / "billing.py").read_text(encoding="utf8")
    run = again.run("chat = maestro.chat()\ndisplay(chat)", cell="c9")
    again.until("len(chat._log._logs) == 2 and len(chat._log._cards)")
    (shown,) = run.data("application/vnd.jupyter.widget-view+json")
    assert shown["model_id"] == again.value("chat.box.model_id")
    texts = again.value("[out['data']['text/markdown'] for log in chat._log._logs for out in log.outputs]")
    assert texts[0] == "> rename invoice to bill"
    assert "> where is bill" in texts
    again.run("list(chat._log._cards.values())[0]._buttons['undo'].click()")
    again.until("[change['state'] for change in maestro._loaded.maestro.view()['changes']] == ['undone']")
    assert (tmp_path / "billing.py").read_text(encoding="utf8") == BILLING


def test_the_first_cell_says_what_was_before_and_has_it_folded(again: RealKernel) -> None:
    first = again.run("%%maestro --wait\nwhere is bill", cell="c9")
    said = "*Earlier in this notebook: 2 requests. `maestro.chat()` shows them, `%maestro undo` takes the last change back.*"  # noqa: E501
    assert first.data()[0] == said
    assert again.run("%%maestro --wait --fresh\nwhere is bill", cell="c9").data()[0] == "*Working on it…*"
    again.run("(fold,) = maestro._loaded.magics._earlier.values()\nfold._fold.selected_index = 0")
    again.until("len(fold._log._cards) == 1")
    assert again.value("fold._log._logs[0].outputs[0]['data']['text/markdown']") == "> rename invoice to bill"
    again.run("fold.settle()")
    again.until("fold._settled")
    assert again.refresh(first).data()[-1] == said


def test_nothing_is_told_where_nobody_can_open_it(again: RealKernel) -> None:
    shown = again.run("%%maestro\nwhere is bill", cell="c9", stdin=False).data()
    assert all("Earlier in this notebook" not in text for text in shown)
