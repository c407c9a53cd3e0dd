"""Who asks for a name that is gone is offered what it is called now, by the journal, by git and by its words."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemaestro_jupyter.edit.blueprint import Blueprint, Component
from codemaestro_jupyter.edit.python.renamed import called_now
from codemaestro_jupyter.edit.python.samewords import same_words

from ..conftest import git
from .engine_project import API, engine

BODY = '    """Get it."""\n    for _ in range(retries):\n        if found := look_up(url):\n            return found\n'
OLD = f"import os\n\n\ndef first(a): ...\n\n\ndef obtain(url, retries=3):\n{BODY}\n\nclass Last:\n    kept = 1\n"


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ({"a.py": OLD.replace("obtain", "acquire")}, ("a.py::acquire",)),
        ({"a.py": OLD.replace("obtain", "acquire").replace("retries", "tries")}, ("a.py::acquire",)),
        ({"a.py": OLD.replace(f"def obtain(url, retries=3):\n{BODY}", "def acquire(link):\n    return link\n")}, ()),
        ({"a.py": OLD.partition("def obtain")[0]}, ()),
        ({"a.py": "", "b.py": f"def acquire(url, retries=3):\n{BODY}"}, ("b.py::acquire",)),
        ({"a.py": "", "b.py": f"def acquire(url, retries=4):\n{BODY}"}, ()),
        ({"a.py": OLD.replace("class Last", f"def other(url, retries=3):\n{BODY}\n\nclass Last")
            .replace("obtain", "acquire")}, ("a.py::acquire", "a.py::other")),
        ({"a.py": "def broken(:\n"}, ()),
    ],
    ids=["renamed", "amended too", "another function", "deleted", "moved too", "moved and amended", "two", "broken"],
)  # fmt: skip
def test_a_definition_is_found_again_by_its_body_and_its_place(now: dict[str, str], expected: tuple[str, ...]) -> None:
    blueprint = Blueprint([Component(path, text.encode()) for path, text in now.items()])
    assert called_now("obtain", [("a.py", OLD.encode())], blueprint) == expected


def test_members_and_constants_are_found_again() -> None:
    now = Blueprint([Component("a.py", OLD.replace("kept", "held").encode())])
    assert called_now("Last.kept", [("a.py", OLD.encode())], now) == ("a.py::Last.held",)
    assert called_now("nothing", [("a.py", OLD.encode())], now) == ()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("fetch_url", ["fetch"]),
        ("user_load", ["load_user"]),
        ("HTTPClient", ["Client"]),
        ("nothing_here", []),
        ("get_item", []),
    ],
)
def test_names_of_the_same_words_are_alike(name: str, expected: list[str]) -> None:
    assert same_words(name, ["fetch", "load_user", "Client", "sorting_key", "get_user", "x"], 3) == expected


def offered(root: Path, name: str) -> tuple[str, list[str]]:
    """The hint and the fixes for a name that is nowhere; the first fix must do."""
    one = engine(root)
    proposal = one.propose(f"add logging to {name}")
    assert proposal.problem is not None
    for fix in proposal.problem.fixes[:1]:
        assert one.fix(fix).applicable
    return proposal.problem.hint, [fix.title for fix in proposal.problem.fixes]


NOW = ("By its history it is called src/pkg/api.py::obtain now.", ["Use src/pkg/api.py::obtain."])


def test_what_we_renamed_ourselves_is_known_by_the_journal(root: Path) -> None:
    one = engine(root)
    one.apply(one.propose("rename fetch_user to obtain"))
    assert offered(root, "fetch_user") == NOW
    two = engine(root)
    one.undo()
    one.apply(one.propose("rename fetch_user to obtain"))
    problem = two.propose("add logging to fetch_user").problem  # renamed by another kernel since it looked
    assert problem is not None
    assert problem.hint == NOW[0]
    one.undo()
    assert engine(root).propose("add logging to fetch_user").problem is None


@pytest.mark.parametrize("commit", [False, True], ids=["not committed", "committed"])
def test_what_the_person_renamed_is_known_by_git(root: Path, commit: bool) -> None:
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    (root / "src/pkg/api.py").write_text(API.replace("fetch_user", "obtain"), encoding="utf8")
    if commit:
        git(root, "commit", "-q", "-a", "-m", "second")
    assert offered(root, "fetch_user") == NOW
    assert offered(root, "never_there")[1] == []
