"""The docstring that a name gives: plain, and no more than is certain."""

from __future__ import annotations

import ast

import pytest

from codemaestro_jupyter.edit.python.saying import sentence


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("def load_user(): ...", "Load user."),
        ("class HTTPClient: ...", "HTTP client."),
        ("class SequenceLike: ...", "What is sequence-like."),
        ("class Like: ...", "Like."),
        ("class TestRename: ...", "Tests of rename."),
        ("def is_open(self): ...", "Return whether it is open."),
        ("def is_(self): ...", "Is."),
        ("@property\ndef size(self): ...", "The size."),
        ("@functools.cached_property\ndef is_HTTP(self): ...", "Whether it is HTTP."),
        ("def on_key_press(self): ...", "Handle key press."),
        ("@classmethod\ndef from_json(cls): ...", "Make it from json."),
        ("def __len__(self): ...", "Return how many there are."),
        ("def __init__(self): ...", "Set up a new Owner."),
        ("def _(self): ...", "_."),
        ("def größe(self): ...", "Größe."),
    ],
)
def test_what_a_name_says(code: str, text: str) -> None:
    node = ast.parse(code).body[0]
    assert isinstance(node, ast.FunctionDef | ast.ClassDef)
    assert sentence(node, "Owner") == text
