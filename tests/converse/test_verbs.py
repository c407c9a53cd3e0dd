"""What a request wants done, in the words that people use."""

from __future__ import annotations

import pytest

from codemaestro_jupyter.converse.verbs import as_meant, wants_change


@pytest.mark.parametrize(
    ("request_", "change"),
    [
        ("add retries", True),
        ("set the timeout in auth.py to 60 and the sum in billing.py", True),
        ("Please set TIMEOUT to 60", True),
        ("set of all users", False),
        ("the training set is empty", False),
        ("where is the timeout set?", False),
        ("imporve teh markdown rendring", True),
        ("can you refcator the console", True),
        ("drop the dependency on pygments", True),
        ("füge eine Fortschrittsanzeige hinzu", True),
        ("kannst du den Fehler beheben und die Tests ergänzen", True),
        ("ajoute un cache", True),
        ("añade tipos al módulo table", True),
        ("请添加日志", True),
        ("重构这个模块", True),
        ("tidy up helpers.py", True),
        ("log every request", True),
        ("the cookie should be samesite lax by default", True),
        ("if it is closed the client must not send", True),
        ("the client should handle timeouts", True),
        ("should we handle timeouts", False),
        ("allow None as a timeout", True),
        ("return a list instead of a tuple", True),
        ("return value of fetch", False),
        ("should I use a session here", False),
        ("I wonder what it should do", False),
        ("the client should close itself, or not?", False),
        ("how do I add a column?", False),
        ("wie füge ich eine Spalte hinzu?", False),
        ("comment ajouter une colonne ?", False),
        ("如何添加日志", False),
        ("why was the fix removed", False),
        ("the table is ugly", False),
        ("progress", False),
        ("", False),
    ],
)
def test_a_change_is_told_from_a_question_about_one(request_: str, change: bool) -> None:
    assert wants_change(request_) is change


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("imporve the docs", "improve the docs"),
        ("please refcator it", "please refactor it"),
        ("reader of files", "reader of files"),
        ("improve", "improve"),
        ("imporve", "imporve"),  # alone it may be a name
        ("explain it", "explain it"),
    ],
)
def test_a_slip_in_the_first_verb_is_read_as_it_is_meant(said: str, meant: str) -> None:
    assert as_meant(said) == meant
