"""What is asked about models stands on the screens while one of them would read ahead, and until it is answered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from codemaestro_jupyter.models.consent import Consent
from codemaestro_jupyter.models.permission import HINT, Permission
from codemaestro_jupyter.models.protocol import ModelInfo
from codemaestro_jupyter.models.scripted import ScriptedModel
from codemaestro_jupyter.settings import CodeMaestro
from codemaestro_jupyter.store.store import Store


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store(None)
    yield made
    made.close()


def served(host: str, *, local: bool = False) -> ScriptedModel:
    model = ScriptedModel([])
    model._info = ModelInfo("m", host, f"http://user@{host}/v1", local=local)
    return model


ONE, OTHER, HERE = served("127.0.0.1:4001"), served("127.0.0.1:4002"), served("127.0.0.1:11434", local=True)


def asks(permission: Permission) -> str:
    return permission.view["provider"] if permission.view else ""


def test_what_is_asked_about_a_model_goes_with_it_and_comes_back_with_it(store: Store) -> None:
    permission = Permission(Consent(CodeMaestro(), store.providers), lambda run, info: run(info))
    assert [
        (permission.due(*models), asks(permission), [notice["hint"] for notice in permission.notices])
        for models in ((ONE, ONE), (ONE, ONE), (HERE, HERE), (OTHER, ONE), (None, None), (ONE, OTHER))
    ] == [
        (True, "127.0.0.1:4001", [HINT]),
        (False, "127.0.0.1:4001", [HINT]),
        (True, "", []),
        (True, "127.0.0.1:4001", [HINT]),
        (True, "", []),
        (True, "127.0.0.1:4001", [HINT]),
    ]


def test_what_was_answered_is_not_asked_again_and_the_next_is(store: Store) -> None:
    consent = Consent(CodeMaestro(), store.providers)
    permission = Permission(consent, lambda run, info: run(info))
    assert permission.due(ONE, OTHER)
    consent.give("127.0.0.1:4001", False)
    permission.answered("127.0.0.1:4001")
    assert asks(permission) == ""
    assert (permission.due(ONE, OTHER), asks(permission)) == (True, "127.0.0.1:4002")
    consent.give("127.0.0.1:4002", True)
    permission.answered("127.0.0.1:4002")
    assert (permission.due(ONE, OTHER), permission.view, permission.notices) == (False, None, [])


def test_a_setting_that_allows_all_takes_the_question_away(store: Store) -> None:
    settings = CodeMaestro()
    permission = Permission(Consent(settings, store.providers), lambda run, info: run(info))
    assert permission.due(ONE)
    settings.remote_before_submit = True
    assert (permission.due(ONE), permission.view) == (True, None)


def test_where_nobody_is_there_nothing_is_asked(store: Store) -> None:
    permission = Permission(Consent(CodeMaestro(), store.providers), lambda run, info: run(info))
    permission.attended = False
    assert (permission.due(ONE), permission.view) == (False, None)
