"""Who asked for the cell decides whether it ends at once."""

from __future__ import annotations

from typing import Any

import pytest

from codemaestro_jupyter.jupyter.frontend import FrontEnd, of_request


@pytest.mark.parametrize(
    ("parent", "front"),
    [
        ({"content": {"allow_stdin": True}, "metadata": {"cellId": "c1"}}, FrontEnd(True, True, "c1")),
        ({"content": {"allow_stdin": False}, "metadata": {"cellId": "c1"}}, FrontEnd(True, False, "c1")),
        ({"content": {"allow_stdin": True}, "metadata": {}}, FrontEnd(True, False, "")),
        ({"content": {"allow_stdin": True}, "metadata": {"cellId": 7}}, FrontEnd(True, False, "")),
        ({}, FrontEnd(True, False, "")),
    ],
    ids=["notebook", "nbclient", "console", "strange", "nobody"],
)
def test_a_cell_ends_at_once_only_where_its_output_lives_on(parent: dict[str, Any], front: FrontEnd) -> None:
    assert of_request(parent) == front
