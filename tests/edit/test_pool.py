"""A batch on several processes is the batch here, byte for byte and error for error, whatever happens to a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codemaestro_jupyter.edit import batches
from codemaestro_jupyter.edit import pool as pools
from codemaestro_jupyter.edit.batches import Runner, jobs_for, run_batch
from codemaestro_jupyter.edit.blueprint import Blueprint, Component
from codemaestro_jupyter.edit.decompose import decompose
from codemaestro_jupyter.edit.engine import Engine
from codemaestro_jupyter.edit.footprints import Footprint, Words, effort, footprint
from codemaestro_jupyter.edit.pipeline import run
from codemaestro_jupyter.edit.pool import Pool
from codemaestro_jupyter.errors import EditError, MaestroError

TEXT = "import os\n\n\ndef f(a, b=1):\n    return os.path.join(a, str(b))\n" * 4
FILES = {f"m{at}.py": TEXT.replace("def f(", f"def f{at}(") for at in range(4)}
BEFORE = Blueprint((Component(path, data.encode()) for path, data in FILES.items()), known=frozenset(FILES))
GOOD = [f'organise imports in m{at}.py, then append "# {at}" to m{at}.py' for at in range(4)]


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:
    """A pool that shares even the smallest batch."""
    monkeypatch.setattr(pools, "WORTH_IT", 0.0)
    monkeypatch.setattr(pools, "MOST_PAUSES", 0)
    with Pool(1) as made:
        yield made


def test_processes_give_the_same_bytes(pool: Pool) -> None:
    pool.wait_ready()
    here = run_batch(GOOD, BEFORE)
    assert len(jobs_for(pool, [decompose(said) for said in GOOD], BEFORE)) == 4
    for _ in range(3):
        assert run_batch(GOOD, BEFORE, runner=pool) == here


def test_two_processes_share_what_one_of_them_could_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "WORTH_IT", 0.0)
    with Pool(2) as pool:
        for _ in range(3):
            assert run_batch(GOOD, BEFORE, runner=pool) == run_batch(GOOD, BEFORE)
            pool.wait_ready()
        assert len(pool._children) == 2


def test_the_first_error_by_number_is_told_wherever_it_happened(pool: Pool) -> None:
    pool.wait_ready()
    text = "".join(f"def g{at}(): ...\n" for at in range(12))
    before = Blueprint([Component(f"n{at}.py", text.encode()) for at in range(12)])
    said = [f"add a docstring to n{at}.py::g{at}" for at in range(12)]
    said[1], said[9] = "add a docstring to n1.py::missing", "organise imports in missing.py"
    with pytest.raises(EditError) as here:
        run_batch(said, before)
    with pytest.raises(EditError) as there:
        run_batch(said, before, runner=pool)
    assert here.value.message.startswith("Command 2: Step 1")
    assert vars(here.value) == vars(there.value)


def test_a_batch_does_not_wait_for_a_process_that_is_not_ready(pool: Pool) -> None:
    pool.start(1)
    pool._children[0].ready.clear()
    assert run_batch(GOOD, BEFORE, runner=pool) == run_batch(GOOD, BEFORE)


def test_a_killed_process_is_replaced_and_its_work_done_here(pool: Pool) -> None:
    pool.wait_ready()
    (child,) = pool._children
    child.process.kill()
    child.process.wait()
    assert run_batch(GOOD, BEFORE, runner=pool) == run_batch(GOOD, BEFORE)
    assert pool._children != [child]
    pool.wait_ready()
    child = pool._children[0]
    child.process.poll = lambda: None  # type: ignore[method-assign]  # nobody saw it die
    child.process.kill()
    assert run_batch(GOOD, BEFORE, runner=pool) == run_batch(GOOD, BEFORE)


@pytest.mark.skipif(os.name != "posix", reason="SIGSTOP")
def test_a_stuck_process_is_given_up(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "STUCK", (0.05, 0.0))
    pool.wait_ready()
    (child,) = pool._children
    child.process.send_signal(signal.SIGSTOP)
    assert run_batch(GOOD, BEFORE, runner=pool) == run_batch(GOOD, BEFORE)
    assert child.process.wait(60) == -signal.SIGKILL


def test_what_does_not_pay_is_left_for_a_while() -> None:
    pool = Pool(1)
    pauses = []
    for took in (2.0, 2.0, 2.0, 0.5, 2.0):
        pool._judge(took, 1.0)
        pauses.append(pool._paused)
    assert pauses == [1, 2, 4, 0, 1]


def test_closing_leaves_no_process_and_no_thread(pool: Pool) -> None:
    pool.wait_ready()
    run_batch(GOOD, BEFORE, runner=pool)
    processes = [child.process for child in pool._children]
    pool.close()
    assert [process.returncode for process in processes] == [0]
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("maestro-batch")] == []
    assert run_batch(GOOD, BEFORE, runner=pool) == run_batch(GOOD, BEFORE)


def test_small_batches_start_no_process_and_look_for_nothing_but_conflicts(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> Footprint:
        raise AssertionError("nothing that could be shared is looked for")

    monkeypatch.setattr(batches, "footprint", never)
    with Pool(1) as pool:
        assert run_batch(GOOD, BEFORE, runner=pool).blueprint == run(", then ".join(GOOD), BEFORE).blueprint
        assert pool._children == []


def test_what_is_paused_is_not_looked_at(pool: Pool) -> None:
    pool._paused = 2
    assert [pool.pays(1.0) for _ in range(4)] == [False, False, True, True]


def test_effort_is_at_least_what_independent_commands_have_beside_the_largest() -> None:
    said = [*(f"rename f{at} to g{at}" for at in range(3)), "add logging to m3.py::f3"]
    plans = [decompose(item) for item in said]
    words = Words(BEFORE)
    seconds = [footprint(plan, BEFORE, words).seconds for plan in plans]
    assert effort(plans, BEFORE) >= sum(seconds) - max(seconds)


def test_an_engine_shares_its_batches_and_ends_its_processes(
    project_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "WORTH_IT", 0.0)
    with project_engine as engine:
        engine._pool._count = 1
        engine._pool.wait_ready()
        (child,) = engine._pool._children
        said = ["add logging to src/pkg/api.py::fetch_user", "organise imports in src/pkg/__init__.py"]
        found = engine.propose_batch([*said, 'append "More." to README.md'])
        assert found.applicable
        assert [diff.path for diff in found.diffs] == ["src/pkg/api.py", "README.md"]
    assert child.process.returncode == 0


def test_a_process_ends_with_its_input_and_after_a_while_without_work() -> None:
    code = "from codemaestro_jupyter.edit import worker; worker.IDLE = 0.2; worker.main()"
    for rest in ("", "worker.IDLE = 0.2; "):
        process = subprocess.Popen(
            [sys.executable, "-c", code.replace("worker.IDLE = 0.2; ", rest)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        if not rest:
            process.stdin.close()
        assert process.wait(60) == 0
        process.stdin.close()
        process.stdout.close()


NAMES = st.sampled_from([f"m{at}.py" for at in range(4)])
COMMANDS = st.lists(
    st.one_of(
        st.builds("append 'X = {}' to {}".format, st.integers(0, 2), NAMES),
        st.builds("add logging to f{}".format, st.integers(0, 3)),
        st.builds("rename f{} to {}".format, st.integers(0, 3), st.sampled_from(["f1", "g", "h"])),
        st.builds("organise imports in {}".format, NAMES),
        st.builds("rename {} to {}.py".format, NAMES, st.sampled_from(["a", "b"])),
    ),
    min_size=1,
    max_size=5,
)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(COMMANDS)
def test_a_batch_on_processes_equals_the_fold_of_its_commands(pool: Pool, commands: list[str]) -> None:
    pool.wait_ready()
    found, expected = outcome_of(commands, pool), outcome_of(commands, None)
    assert found == expected
    if isinstance(found, Blueprint):
        folded = BEFORE
        for command in commands:
            folded = run(command, folded).blueprint
        assert found == folded


def outcome_of(commands: list[str], runner: Runner | None) -> Blueprint | str:
    """The blueprint after a batch, or its error."""
    try:
        return run_batch(commands, BEFORE, runner=runner).blueprint
    except MaestroError as error:
        return str(error)
