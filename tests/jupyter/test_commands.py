"""`%maestro <command>`: each says something, and says what is wrong with what it was given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from codemaestro_jupyter.errors import OptionError
from codemaestro_jupyter.jupyter.commands import COMMANDS, help_text, split
from codemaestro_jupyter.jupyter.options import NAMES
from codemaestro_jupyter.types import Rating, TurnId

if TYPE_CHECKING:
    from tests.jupyter.scripted import ScriptedMaestro


@dataclass
class Door:
    maestro: Any
    last_turn: TurnId | None = None
    asked: list[str] = field(default_factory=list)

    def ask(self, line: str) -> None:
        self.asked.append(line)

    def checks(self) -> list[str]:
        return ["- one more"]


@pytest.fixture
def door(scripted: ScriptedMaestro) -> Door:
    return Door(scripted)


def run(door: Door, line: str) -> Any:
    name, rest = split(line)
    return COMMANDS[name].run(door, [rest] if name == "ask" else rest.split())


def test_no_command_is_status() -> None:
    assert split("") == ("status", "")
    assert split("-f json") == ("status", "-f json")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("histroy", "There is no command 'histroy'. Did you mean history? To ask something, write"),
        ("why did it fail", "There is no command 'why'. To ask something, write `%maestro ask why did it fail`"),
        ("status now", "`status` takes nothing more, but was given 'now'."),
        ("rate", "A rating is one to three marks from 1 to 5."),
        ("rate 5 4 3 2", "A rating is one to three marks from 1 to 5."),
        ("rate 6", "A rating is one to three marks from 1 to 5."),
        ("rate well", "A rating is one to three marks from 1 to 5."),
        ("forget", "Forget what? %maestro forget turns | preparations | everything"),
        ("forget me", "Forget what?"),
        ("settings speed", "There is no setting 'speed'."),
        ("settings dial fast", "'fast' does not fit the setting dial."),
        ("preparations --difference 1", "--difference takes the numbers of two preparations."),
    ],
)
def test_a_fault_says_what_to_write(door: Door, line: str, said: str) -> None:
    with pytest.raises(OptionError) as caught:
        run(door, line)
    assert str(caught.value).startswith(said)


def test_a_request_stays_verbatim(door: Door) -> None:
    run(door, "ask  why  {it}  'fails")
    assert door.asked == ["why  {it}  'fails"]


def test_off_and_on(door: Door) -> None:
    said = run(door, "off")
    assert said.data == {"enabled": False}
    assert "rate session" not in said.markdown, "nothing was asked, so there is nothing to rate"
    assert door.maestro.settings.values.enabled is False
    assert "watches" in run(door, "on").markdown
    assert door.maestro.settings.values.enabled is True


def test_settings_are_seen_changed_and_taken_back(door: Door) -> None:
    assert run(door, "settings dial").data == {"name": "dial", "value": 0.5, "from": "default"}
    assert run(door, "settings dial 0.75").data == {"name": "dial", "value": 0.75, "from": "command"}
    assert run(door, "settings root 'my project'").data["value"] == "my project"
    assert run(door, "settings dial --default").data == {"name": "dial", "value": 0.5, "from": "default"}
    assert "minimum_characters" in run(door, "settings").markdown


def test_a_rating_goes_to_the_last_answer_or_the_session(door: Door) -> None:
    assert "rates the session" in run(door, "rate 5").markdown
    door.last_turn = TurnId("t9")
    run(door, "rate 5 4 3")
    run(door, "rate session 1")
    assert door.maestro.told("rate") == [(None, Rating(5)), ("t9", Rating(5, 4, 3)), (None, Rating(1))]


def test_help_names_every_command_and_option() -> None:
    text = help_text()
    assert [name for name in COMMANDS if f"`%maestro {name}" not in text] == []
    assert [name for name in NAMES if name not in text] == []
