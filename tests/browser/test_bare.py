"""JupyterLab without our extension: the widgets alone show a change, apply it, and go on after a kernel restart."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lab import Lab, serve, write_notebook
from playwright.sync_api import expect

CLIENT = "def fetch_user(number):\n    return number\n"
COMMAND = "rename fetch_user to load_user"


@pytest.fixture(scope="module")
def bare(chromium: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A server whose pages leave our extension out, as where JupyterLab runs in another environment than the kernel."""
    base = tmp_path_factory.mktemp("bare")
    root, state = base / "project", base / "state"
    root.mkdir()
    (root / "client.py").write_text(CLIENT, encoding="utf8")
    config = state / "config" / "labconfig"
    config.mkdir(parents=True)
    (config / "page_config.json").write_text(json.dumps({"disabledExtensions": {"codemaestro-jupyter": True}}))
    with serve(root, state) as address:
        yield address, root


def test_a_change_is_applied_below_its_cell_and_taken_back_after_a_restart(
    pages: Callable[..., Lab], bare: tuple[str, Path]
) -> None:
    lab = pages(bare)
    write_notebook(lab.root / "bare.ipynb", "%load_ext codemaestro", f"%%maestro\n{COMMAND}")
    lab.page.goto(f"{lab.address}/lab/tree/bare.ipynb?reset")
    lab.settled()
    idle = lab.page.get_by_text("Python 3 (ipykernel) | Idle")
    idle.wait_for()
    lab.run(0)
    expect(lab.prompt(0)).to_have_text("[1]:")
    lab.run(1)
    card = lab.output(1)
    expect(card).to_contain_text("+def load_user(number):")
    card.get_by_role("button", name="Apply").click()
    expect(card.get_by_role("button", name="Undo")).to_be_visible()
    assert (lab.root / "client.py").read_text(encoding="utf8") == CLIENT.replace("fetch", "load")
    lab.command("Restart Kernel and Run All Cells…")
    lab.page.locator(".jp-Dialog .jp-mod-accept").click()
    earlier = lab.output(1)
    earlier.get_by_text("Earlier in this notebook: 1 request").click()
    earlier.get_by_role("button", name="Undo").click()
    expect(earlier.get_by_role("button", name="Redo")).to_be_visible()
    assert (lab.root / "client.py").read_text(encoding="utf8") == CLIENT


def test_what_is_ticked_below_the_cell_is_written_and_what_may_not_be_takes_apply_away(
    pages: Callable[..., Lab], bare: tuple[str, Path]
) -> None:
    lab = pages(bare)
    (lab.root / "client.py").write_text(f'{CLIENT}\nfetch_user("fetch_user")\n', encoding="utf8")
    note = lab.root / "note.md"
    note.write_text("See fetch_user.\n", encoding="utf8")
    note.chmod(0o444)
    write_notebook(lab.root / "ticks.ipynb", "%load_ext codemaestro", f"%%maestro\n{COMMAND}")
    lab.page.goto(f"{lab.address}/lab/tree/ticks.ipynb?reset")
    lab.settled()
    lab.page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=60_000)
    lab.run(0)
    expect(lab.prompt(0)).to_have_text("[1]:", timeout=60_000)
    lab.run(1)
    card = lab.output(1)
    expect(card).to_contain_text("✗ note.md is write-protected.", timeout=60_000)
    apply = card.get_by_role("button", name="Apply")
    boxes = card.get_by_role("checkbox")
    expect(boxes).to_have_count(4)
    assert [box.is_checked() for box in boxes.all()] == [True, True, False, False]
    boxes.nth(3).check()
    expect(apply).to_be_hidden()
    boxes.nth(3).uncheck()
    boxes.nth(2).check()
    apply.click()
    expect(card.get_by_role("button", name="Undo")).to_be_visible(timeout=20_000)
    assert (lab.root / "client.py").read_text(encoding="utf8").count("load_user") == 3
    assert note.read_text(encoding="utf8") == "See fetch_user.\n"
    card.get_by_role("button", name="Undo").click()
    expect(card.get_by_role("button", name="Redo")).to_be_visible(timeout=20_000)
    note.chmod(0o644)
    note.unlink()
    (lab.root / "client.py").write_text(CLIENT, encoding="utf8")
