"""What colour tells is told without our colours too, and nothing is out of reach in a low window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from lab import PANEL, Lab, write_settings
from playwright.sync_api import expect

COLOURS = """
    (style => Object.fromEntries(['color', 'backgroundColor', 'outlineColor', 'outlineStyle'].map(n => [n, style[n]])))
"""


def look(lab: Lab, selector: str) -> dict[str, str]:
    """The colours that an element is drawn in."""
    found: dict[str, str] = lab.page.locator(selector).first.evaluate(f"node => {COLOURS}(getComputedStyle(node))")
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_high_contrast_nothing_is_told_by_a_colour_of_ours(
    pages: Callable[..., Lab], stage: tuple[str, Path], scheme: str
) -> None:
    lab = pages(stage, forced_colors="active", color_scheme=scheme)
    lab.open("contrast.ipynb", "")
    lab.connected()
    lab.chat.fill("explain how refresh works")
    lab.chat.press("Enter")
    lab.panel.get_by_role("button", name="How did that feel?").click()
    lab.panel.locator(".maestro-Rating label").nth(2).click()
    lab.chat.type("fix the auth")
    lab.page.locator(f"{PANEL} .maestro-Ghost", has_text="entication").wait_for()
    canvas = look(lab, PANEL)
    assert look(lab, f"{PANEL} .maestro-Ghost")["color"] != look(lab, f"{PANEL} textarea")["color"]
    assert look(lab, ".maestro-Bar > div")["backgroundColor"] != canvas["backgroundColor"]
    chosen, other = ".maestro-Rating input:checked + span", ".maestro-Rating input:not(:checked) + span"
    assert look(lab, chosen)["backgroundColor"] != look(lab, other)["backgroundColor"]
    assert look(lab, ".maestro-Composer")["outlineStyle"] == "solid"
    lab.chat.fill("@")
    lab.page.locator(".maestro-Completions").wait_for()
    active, others = ".maestro-Completions [aria-selected=true]", ".maestro-Completions [aria-selected=false]"
    assert look(lab, active)["backgroundColor"] != look(lab, others)["backgroundColor"]


def test_ghost_text_is_not_the_texts_colour_in_a_high_contrast_theme(
    pages: Callable[..., Lab], stage: tuple[str, Path]
) -> None:
    state = stage[1].parent / "state"
    write_settings(state, "@jupyterlab/apputils-extension:themes", {"theme": "JupyterLab Dark High Contrast"})
    try:
        lab = pages(stage)
        lab.open("theme.ipynb", "")
        lab.connected()
    finally:
        write_settings(state, "@jupyterlab/apputils-extension:themes", {"theme": "JupyterLab Light"})
    lab.chat.type("fix the auth")
    lab.page.locator(f"{PANEL} .maestro-Ghost", has_text="entication").wait_for()
    assert look(lab, f"{PANEL} .maestro-Ghost")["color"] != look(lab, f"{PANEL} textarea")["color"]


def test_in_a_low_window_everything_can_be_reached(pages: Callable[..., Lab], stage: tuple[str, Path]) -> None:
    lab = pages(stage)
    lab.open("low.ipynb", "")
    lab.connected()
    lab.chat.fill("explain how refresh works")
    lab.chat.press("Enter")
    lab.panel.locator(".maestro-Rating").wait_for()
    lab.page.set_viewport_size({"width": 700, "height": 300})  # a window of 1,400 x 600 at 200 %
    lab.chat.type("fix the auth")
    lab.files.first.wait_for()
    lab.chat.hover()
    lab.page.mouse.wheel(0, 1000)
    for name in ("Send", "Details"):
        button = lab.panel.get_by_role("button", name=name).last
        lab.page.wait_for_function(
            """node => {
                const {left, top, width, height} = node.getBoundingClientRect();
                return node.contains(document.elementFromPoint(left + width / 2, top + height / 2));
            }""",
            arg=button.element_handle(),
        )


def test_at_400_percent_the_opened_panel_is_in_the_window(pages: Callable[..., Lab], stage: tuple[str, Path]) -> None:
    lab = pages(stage)
    lab.open("zoom.ipynb", "")
    lab.connected()
    expect(lab.page.locator("#filebrowser")).to_be_visible()
    lab.cell(0)
    lab.page.set_viewport_size({"width": 320, "height": 256})
    lab.page.keyboard.press("Alt+Shift+M")
    expect(lab.page.locator("#filebrowser")).to_be_hidden()
    expect(lab.chat).to_be_in_viewport(ratio=0.5)
    expect(lab.chat).to_be_focused()


def test_ghost_text_moves_nothing_of_what_is_typed(scripted: Lab) -> None:
    scripted.open("wrap.ipynb", "")
    scripted.connected()
    mirror = f"{PANEL} .maestro-Composer-mirror"
    end = f"""() => {{
        const range = document.createRange();
        range.selectNodeContents(document.querySelector('{mirror}').firstChild);
        return [...range.getClientRects()].map(box => [box.top, box.right].map(Math.round)).at(-1);
    }}"""
    for filler in range(1, 20):  # the word that is typed fits into its line, what is foretold of it does not
        scripted.chat.fill("")
        scripted.chat.type(f"{'m' * filler} fix the auth")
        ghost = scripted.page.locator(f"{mirror} .maestro-Ghost", has_text="entication")
        ghost.wait_for()
        shown = scripted.page.evaluate(end)
        ghost.evaluate("node => { node.style.display = 'none'; }")
        alone = scripted.page.evaluate(end)
        ghost.evaluate("node => { node.style.display = ''; }")
        assert (filler, shown) == (filler, alone)


def test_what_is_attached_stays_inside_the_chat_box(scripted: Lab) -> None:
    scripted.open("attached.ipynb", "raise ValueError('x' * 300)")
    scripted.connected()
    scripted.run(0)
    scripted.output(0).get_by_text("ValueError").first.wait_for()
    scripted.panel.get_by_role("button", name="Attach the active cell's error").click()
    chip, frame = (
        scripted.panel.locator(each).bounding_box() for each in (".maestro-Attachments li", ".maestro-Composer")
    )
    assert chip["x"] + chip["width"] < frame["x"] + frame["width"]


def test_moved_to_the_other_side_the_panel_stays_in_sight(pages: Callable[..., Lab], stage: tuple[str, Path]) -> None:
    lab = pages(stage)
    lab.open("side.ipynb", "")
    lab.connected()
    lab.panel.get_by_role("button", name="Settings").click()
    side = lab.page.locator(".jp-SettingsPanel [id$='_side']")
    try:
        for name in ("left", "right"):
            side.focus()
            side.select_option(label=name.title())
            expect(lab.page.locator(f"#jp-{name}-stack {PANEL}")).to_be_visible()
            expect(side).to_be_focused()
    finally:
        write_settings(stage[1].parent / "state", "codemaestro-jupyter:plugin", {})
