"""The real thing: `%load_ext codemaestro` in a real kernel, on a small project."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from codemaestro_jupyter.jupyter.protocol import decode

if TYPE_CHECKING:
    from tests.jupyter.conftest import RealKernel

CONTRACT = Path(__file__).parent.parent / "contract"
LOGIN = '''"""Log people in."""


def check_password(name: str, password: str) -> bool:
    """Whether the password is right."""
    return name == password
'''


def example(name: str, /, **other: Any) -> dict[str, Any]:
    message: dict[str, Any] = json.loads((CONTRACT / f"{name}.json").read_text(encoding="utf8"))
    return message | other


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "login.py").write_text(LOGIN, encoding="utf8")
    (tmp_path / "billing.py").write_text("def invoice(total: int) -> str:\n    return str(total)\n", encoding="utf8")
    for command in (
        ["init", "-q"],
        ["add", "login.py", "billing.py"],
        ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "-qm", "Log people in"],
    ):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return tmp_path


@pytest.fixture
def live(project: Path, kernel: RealKernel) -> RealKernel:
    run = kernel.run("%load_ext codemaestro")
    assert run.reply["content"]["status"] == "ok", run.reply["content"]
    kernel.run("from codemaestro_jupyter.jupyter import extension\nimport threading")
    kernel.until("extension._loaded.maestro.workspace.index.progress().state == 'ready'")
    return kernel


def answer(kernel: RealKernel, code: str, **front: Any) -> str:
    run = kernel.run(code, **front)
    assert run.reply["content"]["status"] == "ok", run.reply["content"]
    return str(run.data()[-1])


def test_from_typing_to_the_answer(live: RealKernel) -> None:
    subshell = live.subshell()
    comm = live.open(example("hello"), subshell)
    live.hears(comm, "view")
    busy = live.start("import time\nwhile not globals().get('go'): time.sleep(0.01)")
    text = "%%maestro\nwhere is check_password defined"
    for seq, length in enumerate((15, 20, 30, len(text)), start=1):
        live.tell(comm, example("user_typing", seq=seq, text=text[:length], cursor=length, cell_id="c9"), subshell)

    def predicted(message: dict[str, Any]) -> bool:
        data = message["content"].get("data", {})
        files = data.get("view", {}).get("prediction", {}).get("files", []) if data.get("type") == "view_part" else []
        return "login.py" in [file["path"] for file in files]

    live.wait_for(predicted)
    live.run("go = True", subshell=subshell)
    live.finish(busy)
    live.tell(comm, example("submit", text="where is check_password defined", attachments=[]), subshell)
    turn = live.hears(comm, "submitted")["turn"]

    def answered(message: dict[str, Any]) -> bool:
        turns = message["content"].get("data", {}).get("view", {}).get("turns", [])
        return any(each["id"] == turn and each["state"] == "done" and "login.py" in each["markdown"] for each in turns)

    live.wait_for(answered)
    for message in live.said(comm):  # the whole picture, too, has the form that the lab extension expects
        assert decode(message) == message


def test_running_a_cell_again_reuses_the_answer_until_something_changes(live: RealKernel, project: Path) -> None:
    cell = "%%maestro --wait\nexplain check_password"

    def finished(number: int) -> dict[str, Any]:
        live.run(cell, cell="c1")
        live.until(f"len(extension._loaded.maestro.view()['turns']) == {number}")
        return dict(live.value("extension._loaded.maestro.view()['turns'][-1]"))

    first, second = finished(1), finished(2)
    assert [turn["reused"] for turn in (first, second)] == [False, True]
    assert "check_password" in first["markdown"]
    (project / "login.py").write_text(LOGIN.replace("right", "wrong"), encoding="utf8")
    third = finished(3)
    assert third["reused"] is False
    assert "wrong" in third["markdown"]


def test_why_did_it_fail(live: RealKernel) -> None:
    live.run("import login\nlogin.check_password('ada')", cell="c1")
    said = answer(live, "%maestro ask why did it fail?", stdin=False)
    assert "TypeError" in said
    again = answer(live, "%%maestro --fresh\nwhy did it fail?", stdin=False)
    assert "TypeError" in again


def test_a_variable_is_explained_without_its_values(live: RealKernel) -> None:
    live.run("import pandas\nframe = pandas.DataFrame({'secret_name': ['Rumpelstiltskin'], 'age': [300]})")
    said = answer(live, "%%maestro\nexplain @frame", stdin=False)
    assert "secret_name" in said
    assert "Rumpelstiltskin" not in said


@pytest.mark.parametrize(
    "command",
    ["", "status", "history", "preparations", "settings", "settings dial", "index", "doctor", "help", "rate 5 4 3",
     "off", "on", "forget preparations", "status -f json", "doctor -f json", "history -f json", "preparations -f json"],
)  # fmt: skip
def test_every_command_works(living_kernel: RealKernel, command: str) -> None:
    run = living_kernel.run(f"%maestro {command}", cell="c1")
    assert run.reply["content"]["status"] == "ok", run.reply["content"]
    assert run.data("text/plain")[0].strip()


def test_reloading_and_unloading(live: RealKernel) -> None:
    answer(live, "%%maestro\nwhere is invoice", stdin=False)
    first = live.value("extension._loaded.maestro.session")
    assert live.run("%reload_ext codemaestro").reply["content"]["status"] == "ok"
    assert live.value("extension._loaded.maestro.session") != first
    assert "billing.py" in answer(live, "%%maestro\nwhere is invoice", stdin=False)
    assert "where is invoice" in answer(live, "%maestro history")
    run = live.run("%unload_ext codemaestro")
    assert "CodeMaestro is unloaded" in run.text
    assert live.value("[t.name for t in threading.enumerate() if t.name.startswith('maestro')]") == []
    children = "__import__('psutil').Process().children()"
    assert live.value(f"[child.name() for child in {children}]") == []


def test_what_was_asked_survives_a_restart(live: RealKernel, project: Path) -> None:
    answer(live, "%%maestro\nwhere is invoice", stdin=False)
    live.manager.restart_kernel()
    live.client.wait_for_ready(timeout=30)
    live.run("%load_ext codemaestro")
    assert "where is invoice" in answer(live, "%maestro history")
    assert (project / ".codemaestro" / "maestro.db").exists()


def test_a_home_folder_is_refused_in_one_line(kernel: RealKernel, tmp_path: Path) -> None:
    kernel.run(f"import os; os.environ['HOME'] = {str(tmp_path)!r}")
    run = kernel.run("%load_ext codemaestro")
    assert run.reply["content"]["ename"] == "UsageError"
    assert "CodeMaestro is not loaded." in run.reply["content"]["evalue"]


def test_a_console_asks_by_numbers_while_its_cell_waits_and_a_page_never_does(live: RealKernel) -> None:
    request = "%%maestro\nadd retries to the login"
    run = live.start(request)
    said: list[str] = []
    for line in ("2", ""):
        asked = live.client.get_stdin_msg(timeout=60)
        assert asked["parent_header"]["msg_id"] == run.id
        said.append(asked["content"]["prompt"])
        live.client.input(line)
        if "How shall it be done?" in said[-1]:
            break
    printed = live.finish(run).text
    assert said[-1].startswith("\nHow shall it be done?\n1. ")
    assert "*How shall it be done? → " in printed
    assert "login.py" in printed
    assert run.data() == [], "it was printed, and is not shown once more"
    live.run("import os; os.environ['JPY_SESSION_NAME'] = 'a.ipynb'")
    assert "login.py" in answer(live, request), "assumed, and not asked"
