"""`codemaestro ask` on a real terminal, with a model behind real HTTP: arrow keys, own answers, stop, marks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from codemaestro_jupyter.cli.prompting import INVITATION, marks_of
from codemaestro_jupyter.experiment.model_server import MODEL, ModelServer
from codemaestro_jupyter.settings import Settings
from codemaestro_jupyter.store.store import open_store
from codemaestro_jupyter.types import Rating

if sys.platform != "win32":
    from tests.cli.terminal import CTRL_C, CTRL_D, CTRL_E, DOWN, ENTER, UP, Terminal
else:
    pytest.skip("a pseudo-terminal is another thing there", allow_module_level=True)

STEPS = [{"do": "replace_text", "path": "auth.py", "old": "TIMEOUT = 30", "new": "TIMEOUT = 60"}]
PLAN = json.dumps({"summary": "Wait longer.", "steps": STEPS})
CLOUD = "served:cloud"
CHANGE = "improve the timeout of Session in auth.py"


def reply(messages: list[dict[str, str]]) -> str:
    """A plan where one is asked for, else many words."""
    return PLAN if "one JSON object" in messages[-1]["content"] else "A session is a person. " * 40


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(reply) as server:
        server.models = (MODEL, CLOUD)
        yield server


def terminal(server: ModelServer, project: Path, *words: str) -> Terminal:
    environment = {"CODEMAESTRO_BASE_URL": server.url, "CODEMAESTRO_MODEL": "served", "CODEMAESTRO_API_KEY": "none"}
    return Terminal(["ask", *words, "--root", str(project)], environment)


def test_an_answer_is_chosen_with_the_arrow_keys_and_nothing_is_written_before_apply(
    server: ModelServer, project: Path
) -> None:
    with terminal(server, project, CHANGE) as screen:
        screen.shows("How shall it be done?")
        screen.shows("ready")  # a plan was drafted while the person reads
        screen.press(DOWN)
        screen.shows("❯ 2. Restructure auth.py")
        screen.press(UP + ENTER)
        screen.shows("+TIMEOUT = 60")
        screen.shows("❯ 2. Leave everything as it is")
        assert "TIMEOUT = 30" in (project / "auth.py").read_text("utf8")
        screen.press(UP)
        screen.shows("❯ 1. Apply")
        screen.press(ENTER)
        screen.shows("Done:")
        assert screen.ends() == 0
    assert "TIMEOUT = 60" in (project / "auth.py").read_text("utf8")


def test_an_own_answer_is_typed_and_what_it_brings_is_shown_meanwhile(server: ModelServer, project: Path) -> None:
    with terminal(server, project, CHANGE) as screen:
        screen.shows("How shall it be done?")
        screen.press("as login in api.py does")
        screen.shows("api.py")
        screen.shows("api.py")  # the likely files below what was typed
        screen.press(ENTER)
        screen.shows("How shall it be done? → as login in api.py does")
        screen.shows("❯ 2. Leave everything as it is")
        screen.press(CTRL_D)
        assert screen.ends() == 0


def test_a_plans_text_is_edited_before_it_is_applied(server: ModelServer, project: Path, tmp_path: Path) -> None:
    editor = tmp_path / "editor.py"
    editor.write_text(
        "import sys, pathlib as p; f = p.Path(sys.argv[1]); f.write_text(f.read_text().replace('60', '75'))"
    )
    environment = {"CODEMAESTRO_BASE_URL": server.url, "CODEMAESTRO_MODEL": "served", "CODEMAESTRO_ENABLED": "false"}
    environment["VISUAL"] = f"{sys.executable} {editor}"
    with Terminal(["ask", "change the timeout in auth.py to 60", "--root", str(project)], environment) as screen:
        screen.shows("Apply this?")
        screen.press(CTRL_E)
        screen.shows("+TIMEOUT = 75")
        screen.shows("❯ 2. Leave everything as it is")
        screen.press(UP)
        screen.shows("❯ 1. Apply")
        screen.press(ENTER)
        screen.shows("Done:")
        assert screen.ends() == 0
    assert "TIMEOUT = 75" in (project / "auth.py").read_text("utf8")


def test_ctrl_c_stops_an_answer_and_says_what_was_billed(server: ModelServer, project: Path) -> None:
    server.speed = 5.0
    with terminal(server, project, "explain the Session class") as screen:
        screen.shows("Ctrl-C stops")
        screen.press(CTRL_C)
        screen.shows("Stopped, ")
        screen.shows("billed")
        assert screen.ends() == 130


def test_an_answer_grows_on_the_screen_and_what_was_said_when_it_was_stopped_stays_in_the_history(
    server: ModelServer, project: Path
) -> None:
    server.speed = 30.0
    with terminal(server, project, "explain the Session class") as screen:
        screen.shows("A session is")
        assert "is a person." not in screen.shows("Ctrl-C stops")[:5]
        screen.press(CTRL_C)
        screen.shows("Stopped, ")
        assert screen.ends() == 130
    store = open_store(project, Settings(environment={}, policy={}))[1]
    try:
        (turn,) = store.turns.list()
        assert turn.state == "cancelled"
        assert turn.answer.startswith("A session is")
        assert "*Stopped, " in turn.answer
        assert "billed" in turn.answer.rstrip().splitlines()[-1]
    finally:
        store.close()


def test_a_model_elsewhere_is_asked_about_once_also_for_a_single_request(server: ModelServer, project: Path) -> None:
    with terminal(server, project, "where is login", "--model", CLOUD) as screen:
        screen.shows("May it? [y/N]")
        screen.press(ENTER)
        assert screen.ends() == 0
    with terminal(server, project, "where is check_password", "--model", CLOUD) as screen:
        screen.shows("served")
        assert screen.ends() == 0
        assert "May it?" not in screen.raw


def test_a_pipe_is_never_asked_and_so_the_next_person_is(server: ModelServer, project: Path) -> None:
    environment = {**os.environ, "CODEMAESTRO_BASE_URL": server.url, "CODEMAESTRO_MODEL": "served"}
    words = [
        sys.executable,
        "-m",
        "codemaestro_jupyter",
        "ask",
        "where is login",
        "--root",
        str(project),
        "--model",
        CLOUD,
    ]
    piped = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert piped.returncode == 0
    assert "read ahead" not in piped.stdout + piped.stderr
    with terminal(server, project, "where is check_password", "--model", CLOUD) as screen:
        screen.shows("May it? [y/N]")
        screen.press("y" + ENTER)
        assert screen.ends() == 0


def test_a_conversation_goes_on_and_marks_rate_it(server: ModelServer, project: Path) -> None:
    with terminal(server, project) as screen:
        screen.shows("ask >")
        screen.press("explain login" + ENTER)
        screen.shows("served")
        screen.shows("How did that feel?")
        screen.press("5 - 4" + ENTER)
        screen.shows("Thank you.")
        screen.shows("ask >")
        screen.press(CTRL_D)
        screen.shows("How was this session?")
        screen.press("4" + ENTER)
        assert screen.ends() == 0
    store = open_store(project, Settings(environment={}, policy={}))[1]
    try:
        means = store.ratings.means()
        assert (means.count, means.fast, means.anticipated) == (2, 4.5, 4.0)
    finally:
        store.close()


def test_a_stopped_answer_is_not_asked_about(server: ModelServer, project: Path) -> None:
    with terminal(server, project) as screen:
        screen.shows("ask >")
        screen.press("explain login" + ENTER)
        screen.shows("How did that feel?")
        server.speed = 5.0
        screen.press("explain Session" + ENTER)
        screen.shows("Ctrl-C stops")
        screen.press(CTRL_C)
        screen.shows("Stopped, ")
        assert "How did that feel?" not in screen.shows(INVITATION[:20])
        screen.press(CTRL_D)
        screen.shows("How was this session?")  # one was answered
        screen.press(ENTER)
        assert screen.ends() == 0


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("5 4 5", Rating(5, 4, 5)),
        ("3", Rating(3, None, None)),
        ("- 2", Rating(None, 2, None)),
        ("1,2,3", Rating(1, 2, 3)),
        ("- -", None),
        ("5 6", None),
        ("1 2 3 4", None),
        ("", None),
        ("5 files changed", None),
    ],
)
def test_marks_are_told_from_a_request(text: str, marks: Rating | None) -> None:
    assert marks_of(text) == marks
