"""Who may set what, and what happens to values that do not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from traitlets.config import Config

from codemaestro_jupyter.errors import OptionError
from codemaestro_jupyter.settings import (
    LAYERS,
    POLICY_FILE,
    CodeMaestro,
    Layer,
    Settings,
    parse_value,
    read_policy,
    setting_names,
)


def settings(**layers: Any) -> Settings:
    return Settings(
        environment=layers.get("environment", {}), config=layers.get("config"), policy=layers.get("policy", {})
    )


def test_the_stronger_layer_wins_and_taking_it_back_lets_the_next_apply() -> None:
    values: dict[Layer, float] = {"environment": 0.1, "config": 0.2, "lab": 0.3, "command": 0.4, "policy": 0.5}
    made = settings(
        environment={"CODEMAESTRO_DIAL": "0.1"}, config=Config({"CodeMaestro": {"dial": 0.2}}), policy={"dial": 0.5}
    )
    assert (made.values.dial, made.where("dial")) == (0.5, "policy")
    made.unset("dial", "policy")
    made.set("dial", 0.3, "lab")
    made.set("dial", 0.4)
    for layer in ("command", "lab", "config", "environment"):
        assert (made.values.dial, made.where("dial")) == (values[layer], layer)
        made.unset("dial", layer)
    assert (made.values.dial, made.where("dial")) == (0.5, "default")


def test_what_the_policy_fixes_cannot_be_set() -> None:
    made = settings(policy={"remote_before_submit": False})
    with pytest.raises(OptionError, match="policy"):
        made.set("remote_before_submit", True)
    assert made.values.remote_before_submit is False


@pytest.mark.parametrize(
    ("name", "value"), [("dial", 2), ("dial", "fast"), ("database", "moon"), ("enabled", "perhaps"), ("root", 3)]
)
def test_a_value_that_does_not_fit_is_refused_and_nothing_changes(name: str, value: Any) -> None:
    made = settings()
    before = made.as_dict()
    with pytest.raises(OptionError) as caught:
        made.set(name, value)
    assert caught.value.hint
    assert made.as_dict() == before


def test_an_unknown_setting_names_the_closest() -> None:
    with pytest.raises(OptionError, match="minimum_characters"):
        settings().set("minimum_character", 4)


def test_bad_values_in_environment_and_config_are_said_and_never_fatal() -> None:
    made = settings(
        environment={"CODEMAESTRO_DIAL": "fast"}, config=Config({"CodeMaestro": {"nonsense": 1, "ask_rating": False}})
    )
    assert made.values.dial == 0.5
    assert made.values.ask_rating is False
    assert len(made.problems) == 2


def test_changes_are_seen_at_once() -> None:
    made = settings()
    seen: list[tuple[str, Any]] = []
    made.observe(lambda name, value: seen.append((name, value)))
    made.set("enabled", "false")
    made.set("enabled", False)
    assert seen == [("enabled", False)]


def test_every_setting_has_help_and_its_default_fits() -> None:
    for name in setting_names():
        trait = CodeMaestro.class_traits()[name]
        assert trait.help
        assert trait.metadata["config"] is True
        assert parse_value(name, trait.default()) == trait.default()
    assert LAYERS[0] == "policy"


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["dial", "daily_budget", "turn_budget", "cpu_share"])
def test_what_is_no_number_to_compare_with_is_refused(name: str, value: object) -> None:
    made = settings()
    before = made.as_dict()
    with pytest.raises(OptionError):
        made.set(name, value)
    assert made.as_dict() == before


def test_a_policy_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    second.mkdir()
    assert read_policy([first, second]) == ({}, [])
    (second / POLICY_FILE).write_text('{"model": "off"}', encoding="utf8")
    assert read_policy([first, second]) == ({"model": "off"}, [])
    for text, problem in {"{broken": "cannot be read", "[]": "no JSON object"}.items():
        first.mkdir(exist_ok=True)
        (first / POLICY_FILE).write_text(text, encoding="utf8")
        policy, [said] = read_policy([first, second])
        assert policy == {}
        assert problem in said
