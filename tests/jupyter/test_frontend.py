"""Who asked for the cell decides whether it ends at once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from codemaestro_jupyter.jupyter.frontend import FrontEnd, listens, of_request


@pytest.mark.parametrize(
    ("parent", "front"),
    [
        ({"content": {"allow_stdin": True}, "metadata": {"cellId": "c1"}}, FrontEnd(True, True, True, "c1")),
        ({"content": {"allow_stdin": False}, "metadata": {"cellId": "c1"}}, FrontEnd(True, True, False, "c1")),
        ({"content": {"allow_stdin": True}, "metadata": {}}, FrontEnd(True, False, False, "", asks=True)),
        ({"content": {"allow_stdin": True}, "metadata": {"cellId": 7}}, FrontEnd(True, False, False, "")),
        ({}, FrontEnd(True, True, False, "")),
    ],
    ids=["notebook", "nbclient", "console", "strange", "nobody"],
)
def test_a_cell_ends_at_once_only_where_its_output_lives_on(parent: dict[str, Any], front: FrontEnd) -> None:
    assert of_request(parent) == front


@pytest.mark.parametrize(
    ("content", "heard"),
    [
        ({"silent": False, "allow_stdin": True}, True),
        ({"silent": True, "allow_stdin": False}, True),
        ({}, True),
        ({"silent": False, "allow_stdin": False}, False),
    ],
    ids=["notebook", "the panel loads", "kernel's start", "nbclient"],
)
def test_the_kernel_announces_itself_only_where_somebody_listens(content: dict[str, Any], heard: bool) -> None:
    kernel = SimpleNamespace(get_parent=lambda channel: {"content": content} if content else {})
    assert listens(SimpleNamespace(kernel=kernel)) is heard
