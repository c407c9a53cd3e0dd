"""Make the pictures that the README shows: `python tests/browser/screenshots.py [folder]`, by default docs/images.

The kernel side is scripted, so that the pictures change only when the panel does.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from lab import HERE, PANEL, Lab, browse, missing, serve, write_settings
from playwright.sync_api import Page, sync_playwright

IMAGES = HERE.parents[1] / "docs" / "images"
CODE = """import pandas as pd

orders = pd.read_csv("orders.csv")
orders.groupby("customer").total.sum()"""
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


def shoot(page: Page, address: str, root: Path, folder: Path, theme: str) -> None:
    """The panel with an answer, and the whole window while somebody types."""
    lab = Lab(page, address, root)
    lab.open("orders.ipynb", CODE, "")
    lab.connected()
    page.evaluate("document.querySelector('.jp-SideBar.jp-mod-left .lm-mod-current')?.click()")
    lab.page.keyboard.press("Control+b")  # room for the notebook and the panel
    widen(page, 340)
    lab.chat.fill("explain how refresh works")
    lab.chat.press("Enter")
    page.locator(".maestro-Rating").wait_for()
    page.locator(".maestro-Turn").last.hover()
    page.wait_for_timeout(500)
    page.locator(PANEL).screenshot(path=folder / f"panel-answer-{theme}.png")
    lab.panel.get_by_role("button", name="Not now").click()
    lab.cell(1)
    page.keyboard.type("%%maestro\nfix the auth", delay=40)
    page.locator(".jp-Notebook .maestro-Ghost").wait_for()
    page.wait_for_timeout(1200)
    page.screenshot(path=folder / f"lab-{theme}.png")


def widen(page: Page, width: int) -> None:
    """Give the side panel a width, by dragging its edge."""
    edge = page.locator("#jp-right-stack").bounding_box()
    x, y = edge["x"] - 3, edge["y"] + edge["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 10, y)
    page.mouse.move(edge["x"] + edge["width"] - width, y)
    page.mouse.up()
    page.wait_for_timeout(400)


def main() -> None:
    """Write all pictures; exits with a reason where there is no browser or no built extension."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES
    if reason := missing():
        sys.exit(f"No pictures: {reason}.")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        browser = browse(playwright)
        for theme, name in THEMES.items():
            root, state = Path(place, theme, "shop"), Path(place, theme, "state")
            root.mkdir(parents=True)
            write_settings(state, "@jupyterlab/apputils-extension:themes", {"theme": name})
            with serve(root, state, pythonpath=[HERE / "scripted"]) as address:
                page = browser.new_page(viewport={"width": 1200, "height": 720}, device_scale_factor=2)
                shoot(page, address, root, folder, theme)
                page.close()
        browser.close()
    for picture in sorted(folder.glob("*.png")):
        print(picture)


if __name__ == "__main__":
    main()
