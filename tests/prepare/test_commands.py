"""A half-typed text is a command only once each thing that it is about is there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from codemaestro_jupyter.edit import phrases
from codemaestro_jupyter.prepare.commands import likely_command, may_be_command
from codemaestro_jupyter.prepare.wordings import same_command
from codemaestro_jupyter.types import LikelyCommand
from codemaestro_jupyter.workspace.workspace import Workspace
from tests.prepare.conftest import make_project

RENAME = "rename fetch_orders to load_orders"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    root = make_project(tmp_path_factory.mktemp("commands") / "project")
    workspace = Workspace(root, None, root.parent / "data", watch=False)
    workspace.start()
    assert workspace.index.wait(60)
    yield workspace
    workspace.close()


@pytest.mark.parametrize(
    ("text", "sentence", "goes_on"),
    [
        (RENAME, RENAME, True),
        ("please rename fetch_orders to lo", "rename fetch_orders to lo", True),
        ("add logging to fetch_orders", "add logging to fetch_orders", False),
        ("add docstrings to every function in app/codec.py", "add docstrings to every function in app/codec.py", False),
        (f"{RENAME}, then add logging to it", f"{RENAME}, then add logging to it", False),
        ("organize imports in app/client.py", "organize imports in app/client.py", False),
        ("rename module app.codec to coder", "rename module app.codec to coder", True),
        ('create file app/new.py with "x = 1", then add logging to decode', None, False),
    ],
)
def test_a_command_that_is_said_whole(workspace: Workspace, text: str, sentence: str | None, goes_on: bool) -> None:
    found = likely_command(text, workspace)
    assert found is not None
    assert (found.sentence, found.goes_on) == (sentence or text, goes_on)


@pytest.mark.parametrize(
    "text",
    [
        "rename",
        "rename fetch_or",
        "rename fetch_ord to",
        "rename fetch_orders",
        "rename fetch_ord t",
        "rename app/codec.py to ",
        "rename fetch_order to load",
        'replace "a" with "b" in app/cli.py',
        "extract lines 1-2 of app/client.py as",
    ],
)
def test_what_is_only_begun_is_not_worked_out(workspace: Workspace, text: str) -> None:
    found = likely_command(text, workspace)
    assert found is None or not found.sentence
    assert found == LikelyCommand() or not text.startswith("rename"), "and what begins so, brings nothing else"


@pytest.mark.parametrize("end", [" ", " t", " to", " to "])
def test_a_renaming_is_understood_before_its_new_name_is_begun(workspace: Workspace, end: str) -> None:
    found = likely_command(f"rename fetch_orders{end}", workspace)
    whole = likely_command(RENAME, workspace)
    assert found is not None
    assert whole is not None
    assert (found.sentence, found.goes_on) == ("rename fetch_orders to …", True)
    assert found.size == whole.size
    assert same_command(found.sentence, whole.sentence)


@pytest.mark.parametrize(
    "text",
    ["add docstrings to", "write a docstring for fetch_orders in", "remove unused imp", "delete the function fetch_o",
     "write a test for fetch_orders and for"],
)  # fmt: skip
def test_what_hardly_anybody_but_a_command_begins_with_brings_nothing_else_where_no_model_is(
    workspace: Workspace, text: str
) -> None:
    assert likely_command(text, workspace) == LikelyCommand()


def test_a_model_may_be_given_what_only_begins_like_a_command(workspace: Workspace) -> None:
    assert likely_command("add logging to the", workspace, model=True) is None


@pytest.mark.parametrize("text", ["explain fetch_orders", "add retries to the client", "rename the tables in our docs"])
def test_what_is_no_command(workspace: Workspace, text: str) -> None:
    assert likely_command(text, workspace) is None


def test_its_cost_follows_the_files_that_use_the_name(workspace: Workspace) -> None:
    sizes = [(workspace.root / path).stat().st_size for path in ("app/client.py", "tests/test_client.py")]
    found = likely_command(RENAME, workspace)
    assert found is not None
    assert found.size == sum(sizes)


def test_every_verb_of_the_grammar_may_be_a_command() -> None:
    assert [
        verb
        for verb in {*phrases.VERBS, *phrases.SYNONYMS}
        if phrases.SYNONYMS.get(verb, verb) in phrases.VERBS and not may_be_command(verb)
    ] == []
