"""Nothing passes a budget: not many calls at once, not two kernels of one project, not a kernel that died meanwhile."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from codemaestro_jupyter.models.protocol import Message, ModelInfo, Usage
from codemaestro_jupyter.models.purse import BudgetError, Purse
from codemaestro_jupyter.settings import CodeMaestro
from codemaestro_jupyter.store.ledger import Spending
from codemaestro_jupyter.store.store import Store
from codemaestro_jupyter.types import TurnId

REMOTE = ModelInfo("a model nobody prices", "elsewhere", "https://models.example/v1", local=False)
SHORT = [Message("user", "why does it fail")]
KERNEL = """
import sys, time
from pathlib import Path
from codemaestro_jupyter.models.protocol import Message, ModelInfo, Usage
from codemaestro_jupyter.models.purse import BudgetError, Purse
from codemaestro_jupyter.settings import CodeMaestro
from codemaestro_jupyter.store.store import Store

remote = ModelInfo("a model nobody prices", "elsewhere", "https://models.example/v1", local=False)
store = Store(Path(sys.argv[1]))
purse = Purse(store.ledger, CodeMaestro(daily_budget=0.2, turn_budget=1.0), time.time)
print("ready", flush=True)
sys.stdin.readline()
paid = 0.0
for _ in range(20):
    try:
        held = purse.reserve("answer", remote, [Message("user", "why does it fail")], 300)
    except BudgetError:
        break
    paid += purse.pay(held, Usage(5, 0, held.max_tokens)).dollars
print(paid, flush=True)
store.close()
"""


def purse(store: Store, daily: float = 0.2, turn: float = 1.0) -> Purse:
    return Purse(store.ledger, CodeMaestro(daily_budget=daily, turn_budget=turn), lambda: 1_000.0)


def test_two_kernels_of_a_project_keep_one_budget(tmp_path: Path) -> None:
    place = tmp_path / "maestro.db"
    Store(place).close()
    kernels = [
        subprocess.Popen(
            [sys.executable, "-c", KERNEL, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for kernel in kernels:
        assert kernel.stdout is not None
        assert kernel.stdout.readline() == "ready\n"
    paid = [float(kernel.communicate("go\n", timeout=60)[0]) for kernel in kernels]
    store = Store(place)
    assert sum(paid) == pytest.approx(store.ledger.since(0).dollars)
    assert 0.15 < sum(paid) <= 0.2
    store.close()


def test_many_calls_at_once_keep_the_budget_of_their_turn(tmp_path: Path) -> None:
    store = Store(tmp_path / "maestro.db", clock=lambda: 1_000.0)
    mine = purse(store, daily=5.0, turn=0.1)

    def call(number: int) -> float:
        try:
            held = mine.reserve("draft", REMOTE, SHORT, 500, TurnId("t"))
        except BudgetError:
            return 0.0
        return mine.pay(held, Usage(5, 0, held.max_tokens)).dollars

    with ThreadPoolExecutor(8) as pool:
        paid = list(pool.map(call, range(24)))
    assert sum(paid) == pytest.approx(store.ledger.of_turn(TurnId("t")).dollars)
    assert 0.0 < sum(paid) <= 0.1
    store.close()


def test_what_a_dead_kernel_had_set_aside_stays_counted(tmp_path: Path) -> None:
    place = tmp_path / "maestro.db"
    dead = Store(place, clock=lambda: 1_000.0)
    held = purse(dead).reserve("answer", REMOTE, SHORT, 2_000)
    dead.database.close()  # it never came to pay or to release
    store = Store(place, clock=lambda: 1_000.0)
    assert store.ledger.held() == pytest.approx(held.dollars)
    assert store.ledger.by("purpose") == {}
    with pytest.raises(BudgetError):
        purse(store, daily=held.dollars).reserve("answer", REMOTE, SHORT, 2_000)
    store.close()


def test_paying_or_releasing_gives_back_what_was_set_aside(tmp_path: Path) -> None:
    store = Store(tmp_path / "maestro.db", clock=lambda: 1_000.0)
    mine = purse(store)
    mine.release(mine.reserve("answer", REMOTE, SHORT, 500))
    assert store.ledger.since(0).calls == 0
    paid = mine.pay(mine.reserve("answer", REMOTE, SHORT, 500), Usage(10, 0, 20), seconds=1.5)
    spent = store.ledger.by("purpose")["answer"]
    assert (spent.calls, spent.sent, spent.received, spent.dollars) == (1, 10, 20, paid.dollars)
    assert (store.ledger.held(), spent.seconds) == (0.0, 1.5)
    store.close()


def test_forgetting_everything_is_no_way_around_a_budget(tmp_path: Path) -> None:
    now = [1_000.0]
    store = Store(tmp_path / "maestro.db", clock=lambda: now[0])
    store.ledger.add("answer", "gpt", 10, 2, 0.15, TurnId("t"))
    store.ledger.add("warm", "qwen", 100, 0, 0.0)
    store.forget("everything")
    assert store.ledger.by("purpose") == {"forgotten": Spending(1, 0, 0, 0.15)}
    assert store.ledger.by("model") == {"": Spending(1, 0, 0, 0.15)}
    now[0] += 2 * 86_400.0
    store.forget("everything")
    assert store.ledger.by("purpose") == {}
    store.close()


def test_what_was_made_ahead_is_wasted_until_it_is_used(tmp_path: Path) -> None:
    store = Store(tmp_path / "maestro.db", clock=lambda: 1_000.0)
    first = store.ledger.add("draft", "m", 100, 20, 0.5, used=False)
    store.ledger.add("draft", "m", 10, 2, 0.25, used=False)
    store.ledger.use([first])
    drafts = store.ledger.by("purpose")["draft"]
    assert (drafts.sent + drafts.received, drafts.wasted, drafts.wasted_dollars) == (132, 12, 0.25)
    store.close()
    again = Store(tmp_path / "maestro.db")
    assert again.ledger.by("model")["m"] == drafts
    again.close()
