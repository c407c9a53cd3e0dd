"""The wire: every message survives the journey, the examples are in force, and faults are named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.errors import ProtocolError
from codemaestro_jupyter.jupyter.protocol import FORMS, FRONT, PROTOCOL, decode, decode_front, encode

CONTRACT = Path(__file__).parent.parent / "contract"


def example(name: str) -> dict[str, Any]:
    message: dict[str, Any] = json.loads((CONTRACT / f"{name}.json").read_text(encoding="utf8"))
    return message


messages = (
    st.sampled_from(sorted(FORMS))
    .flatmap(lambda name: st.from_type(FORMS[name]))
    .map(
        # from_type gives NaN and infinities, which JSON has not
        lambda message: json.loads(json.dumps(message), parse_constant=lambda _: 0.5)
    )
)


@given(messages)
def test_a_message_survives_the_journey(message: Any) -> None:
    assert decode(json.loads(json.dumps(encode(message)))) == message


def test_there_is_one_example_of_each_message() -> None:
    assert sorted(path.stem for path in CONTRACT.glob("*.json")) == sorted(FORMS)


@pytest.mark.parametrize("name", sorted(FORMS))
def test_the_example_is_in_force(name: str) -> None:
    message = example(name)
    assert message["type"] == name
    assert decode(encode(decode(message))) == message


EARLIER = {message["type"]: message for message in example(f"earlier/{PROTOCOL}")}


@pytest.mark.parametrize("name", sorted(FRONT))
def test_what_was_said_first_under_this_number_is_still_read(name: str) -> None:
    """If not, let the new field be left out, or raise `PROTOCOL`: else an earlier page is refused for no reason."""
    assert decode(EARLIER[name]) == EARLIER[name]


@pytest.mark.parametrize("name", sorted(FORMS))
def test_every_required_key_is_missed(name: str) -> None:
    for key in FORMS[name].__required_keys__ - {"type"}:
        message = example(name)
        del message[key]
        with pytest.raises(ProtocolError, match=f"{name} lacks '{key}'"):
            decode(message)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "A message must be an object, not None."),
        ([], "A message must be an object, not a list."),
        ({}, "There is no message of type None."),
        ({"type": "hallo"}, "There is no message of type 'hallo'."),
        ({"type": ["hello"]}, "There is no message of type ['hello']."),
        (example("user_typing") | {"seq": "7"}, "user_typing.seq must be a whole number, not '7'."),
        (example("user_typing") | {"seq": True}, "user_typing.seq must be a whole number, not True."),
        (example("user_typing") | {"timestamp": float("nan")}, "user_typing.timestamp must be a number, not nan."),
        (example("user_typing") | {"source": "pen"}, "user_typing.source must be one of 'cell', 'chat', not 'pen'."),
        (example("user_typing") | {"source": []}, "user_typing.source must be one of 'cell', 'chat', not a list."),
        (example("rate") | {"fast": "5"}, "rate.fast must be a whole number or null, not '5'."),
        (example("setting") | {"value": {}}, "setting.value must be true or false or a whole number or a number or "
         "text or null, not an object."),
        (example("notebook") | {"cells": [{"id": "a", "kind": "code"}]}, "notebook.cells[0] lacks 'source'."),
        (example("notebook") | {"cells": {}}, "notebook.cells must be a list, not an object."),
        (example("notebook") | {"cells": [7]}, "notebook.cells[0] must be an object, not 7."),
    ],
)  # fmt: skip
def test_a_fault_is_named(data: object, said: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        decode(data)
    assert caught.value.message == said
    assert "reload the page" in caught.value.hint


def test_a_front_end_cannot_say_what_only_a_kernel_says() -> None:
    assert decode_front(example("hello")) == example("hello")
    with pytest.raises(ProtocolError, match="A front end does not send 'welcome'"):
        decode_front(example("welcome"))


def test_half_an_emoji_is_replaced() -> None:
    message = example("user_typing") | {"text": "fix \ud83d the 🐛"}
    assert decode(message) == message | {"text": "fix \ufffd the 🐛"}


def test_an_unknown_key_is_left_alone() -> None:
    message = example("hello") | {"colour": "blue"}
    assert decode(message) == message


def test_no_message_holds_what_ipykernel_keeps_for_ever() -> None:
    message: Any = example("view") | {"view": {"turns": [{"content": {"id": "x"}}]}}
    with pytest.raises(ProtocolError, match=r"content\.id"):
        encode(message)
