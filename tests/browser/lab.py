"""A JupyterLab of our own in a browser of our own: what the browser tests, the screenshots and the benchmark drive."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from jupyter_core.paths import jupyter_path
from playwright.sync_api import Browser, ConsoleMessage, Error, Locator, Page, Playwright, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

HERE = Path(__file__).parent
AXE = HERE.parents[1] / "labextension" / "node_modules" / "axe-core" / "axe.min.js"
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
needs_subshells = pytest.mark.skipif(
    int(version("ipykernel").split(".")[0]) < 7, reason="ipykernel 6 hears no page while a cell runs"
)
CELL = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook .jp-Cell"
PANEL = "#codemaestro-panel"
CHAT = f"{PANEL} textarea"
PATIENCE = 60_000
"""Milliseconds for which something that must come is waited for: on a busy machine it is late, which is no fault."""
LAB_DEFAULTS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension:tracker": {"autoStartDefaultKernel": True},
}


def chromium() -> str | None:
    """Path of the browser, or None."""
    named = os.environ.get("CODEMAESTRO_CHROMIUM")
    names = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
    return named or next(filter(None, map(shutil.which, names)), None)


def extension() -> Path | None:
    """Where JupyterLab finds the built lab extension, or None."""
    folders = (Path(folder) / "codemaestro-jupyter" for folder in jupyter_path("labextensions"))
    return next((folder for folder in folders if (folder / "package.json").is_file()), None)


def missing() -> str:
    """Why no browser test can run here; empty if they can."""
    if chromium() is None:
        return "no Chromium was found (set CODEMAESTRO_CHROMIUM to its path)"
    if extension() is None:
        return "the lab extension is not built (pip install . builds it; SKIP_JUPYTER_BUILDER leaves it out)"
    return ""


def write_notebook(
    path: Path, *sources: str, kernel: str = "python3", language: str = "python", prefix: str = "c"
) -> None:
    """A notebook of code cells, with ids `c0`, `c1`, …"""
    cells = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"{prefix}{number}",
            "metadata": {},
            "outputs": [],
            "source": source,
        }
        for number, source in enumerate(sources)
    ]
    metadata = {
        "kernelspec": {"display_name": kernel, "language": language, "name": kernel},
        "language_info": {"name": language},
    }
    notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook), encoding="utf8")


def write_kernel(state: Path, name: str, language: str, program: str) -> None:
    """A kernel of the server in `state` that runs a Python program instead of ipykernel's own."""
    folder = state / "share" / "kernels" / name
    folder.mkdir(parents=True)
    argv = [sys.executable, "-c", program, "-f", "{connection_file}"]
    (folder / "kernel.json").write_text(
        json.dumps({"argv": argv, "display_name": name, "language": language}), encoding="utf8"
    )


def write_settings(state: Path, plugin: str, values: dict[str, object]) -> None:
    """What the person chose in JupyterLab's settings, in force for pages loaded from now on."""
    folder, name = plugin.split(":")
    file = state / "user-settings" / folder / f"{name}.jupyterlab-settings"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(values), encoding="utf8")


@contextmanager
def serve(
    root: Path,
    state: Path,
    *,
    pythonpath: Sequence[Path] = (),
    settings: dict[str, dict[str, object]] | None = None,
) -> Iterator[str]:
    """Run a server for `root`, with its own settings in `state`; yields its address."""
    for name, values in {**LAB_DEFAULTS, **(settings or {})}.items():
        write_settings(state, name, values)
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(state / "config"),
        "JUPYTER_RUNTIME_DIR": str(state / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(state / "user-settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(state / "workspaces"),
        "JUPYTER_PATH": str(state / "share"),
        "IPYTHONDIR": str(state / "ipython"),
        "PYTHONPATH": os.pathsep.join(map(str, pythonpath)),
        "PYTHONWARNINGS": "default",
    }
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        f"--ServerApp.port={random.randrange(20_000, 30_000)}",  # if somebody has it, the server takes another
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.root_dir={root}",
        "--IdentityProvider.token=",
        "--ServerApp.password=",
        "--LabApp.collaborative=False",
    ]
    with (state / "server.log").open("w", encoding="utf8") as log:
        server = subprocess.Popen(command, cwd=root, env=environment, stdout=log, stderr=log)
        try:
            yield _address(server, state)
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _address(server: subprocess.Popen[bytes], state: Path) -> str:
    """Where a server listens once it does, as it says itself: on the port that was asked for there may be another's."""
    said = state / "runtime" / f"jpserver-{server.pid}.json"
    deadline = time.monotonic() + 240  # a machine may be busy; a server that ends is not waited for
    while time.monotonic() < deadline and server.poll() is None:
        try:
            address = str(json.loads(said.read_text(encoding="utf8"))["url"]).rstrip("/")
            with urllib.request.urlopen(f"{address}/api/status", timeout=5):
                return address
        except (OSError, ValueError, KeyError):
            time.sleep(0.1)
    log = (state / "server.log").read_text(encoding="utf8")
    raise RuntimeError(f"JupyterLab did not start:\n{log[-3000:]}")


def browse(playwright: Playwright) -> Browser:
    """Start the browser; from now on `expect` is patient."""
    expect.set_options(timeout=PATIENCE)
    return playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)


class Lab:
    """One page of JupyterLab, driven the way a person does."""

    def __init__(self, page: Page, address: str, root: Path) -> None:
        self.page = page
        self.address = address
        self.root = root
        self.errors: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", self._failed)
        page.on("console", self._said)

    def _failed(self, error: Error) -> None:
        # JupyterLab 4.4's debugger says so when a kernel ends while it asks whether that kernel can be debugged.
        if "Canceled future for debug_request" not in str(error):
            self.errors.append(error.stack or str(error))

    def _said(self, message: ConsoleMessage) -> None:
        # What a listener of a signal raises is only logged, and what it should have answered never comes.
        if message.type == "error" and "codemaestro-jupyter/static" in message.text:
            self.errors.append(message.text)

    def open(self, name: str, *sources: str, **options: str) -> None:
        """Write a notebook and open it with the panel beside it."""
        write_notebook(self.root / name, *sources, **options)
        self.page.goto(f"{self.address}/lab/tree/{name}?reset")
        self.settled()
        self.show_panel()

    def settled(self) -> None:
        """Wait until JupyterLab has put its layout back and given the notebook the focus."""
        self.page.locator(CELL).first.wait_for()
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")
        self.page.locator(".jp-NotebookPanel .jp-Notebook:focus-within").wait_for()

    def show_panel(self) -> None:
        """Show the side panel if it is hidden."""
        self.page.wait_for_selector('.lm-TabBar-tab[data-id="codemaestro-panel"]')
        if not self.page.locator(PANEL).is_visible():
            self.page.locator('.lm-TabBar-tab[data-id="codemaestro-panel"]').click()
        self.page.locator(PANEL).wait_for()

    def connected(self, timeout: float = PATIENCE) -> None:
        """Wait until the panel talks to the kernel; raises `AssertionError` with what it says instead."""
        try:
            self.page.locator(f"{PANEL} .maestro-Ledger").wait_for(timeout=timeout)
        except PlaywrightTimeout:
            raise AssertionError(f"not connected: {self.panel.inner_text()}") from None

    def cell(self, number: int) -> None:
        """Put the cursor at the end of a cell."""
        self.page.locator(CELL).nth(number).locator(".cm-content").click()
        self.page.keyboard.press("Control+End")

    def run(self, number: int) -> None:
        """Run a cell without waiting for it."""
        self.cell(number)
        self.page.keyboard.press("Control+Enter")

    def prompt(self, number: int) -> Locator:
        """The `[1]:` of a cell."""
        return self.page.locator(CELL).nth(number).locator(".jp-InputPrompt")

    def output(self, number: int) -> Locator:
        """What stands below a cell."""
        return self.page.locator(CELL).nth(number).locator(".jp-OutputArea")

    def source(self, number: int) -> str:
        """The text of a cell as the page shows it, without ghost text."""
        lines = self.page.locator(CELL).nth(number).locator(".cm-line")
        return "\n".join(
            lines.evaluate_all(
                """nodes => nodes.map(node => {
                    const copy = node.cloneNode(true);
                    copy.querySelectorAll('.maestro-Ghost, .jp-GhostText').forEach(ghost => ghost.remove());
                    return copy.textContent;
                })"""
            )
        )

    def reads(self, number: int, text: str) -> None:
        """Wait until a cell has this text; raises `AssertionError` with what it has instead."""
        self.until(lambda: self.source(number) == text)
        assert self.source(number) == text

    def until(self, check: Callable[[], object]) -> bool:
        """Wait for something that the page does not show; whether it came before time was up."""
        deadline = time.monotonic() + PATIENCE / 1000
        while not check():
            if time.monotonic() > deadline:
                return False
            self.page.wait_for_timeout(50)
        return True

    def prints(self, number: int, wanted: Callable[[Any], object]) -> Any:
        """Run a cell again and again until the JSON it prints is what is wanted, or time is up; what it printed last.

        For what a kernel has heard: ipykernel 6 hears nothing while a cell runs, so no cell can wait for it.
        """
        deadline = time.monotonic() + PATIENCE / 1000
        while True:
            before = self.prompt(number).inner_text()
            self.run(number)
            expect(self.prompt(number)).to_have_text(re.compile(rf"^(?!{re.escape(before)}$)\[\d+\]:$"))
            printed = json.loads(self.output(number).inner_text())
            if wanted(printed) or time.monotonic() > deadline:
                return printed
            self.page.wait_for_timeout(1600)  # a run is a change too, and what is told of a still notebook waits for it

    def command(self, name: str) -> None:
        """Run a command by its name in the palette, which is drawn anew often and hides when any command has run."""
        field = self.page.locator(".lm-CommandPalette-input")
        active = self.page.locator(".lm-CommandPalette-item.lm-mod-active", has_text=name)
        deadline = time.monotonic() + PATIENCE / 1000
        while True:
            self.page.keyboard.press("Control+Shift+C")
            try:
                field.fill(name, timeout=2000)
                active.wait_for(timeout=2000)
                field.press("Enter", timeout=2000)
                field.wait_for(state="hidden", timeout=3000)  # it hides at once if there was something to run
                return
            except PlaywrightTimeout:
                if time.monotonic() > deadline:
                    raise

    def stored(self, folder: str, text: str) -> None:
        """Wait until the server has stored a text in `user-settings` or `workspaces`: the page is slow to send it."""
        state = next(place / "state" for place in self.root.parents if (place / "state").is_dir())
        files = (state / folder).rglob
        assert self.until(lambda: any(text in file.read_text("utf8") for file in files("*.jupyterlab-*")))

    def restart(self) -> None:
        """Restart the kernel of the notebook in front."""
        self.command("Restart Kernel…")
        self.page.locator(".jp-Dialog .jp-mod-accept").click()

    def restarted(self) -> None:
        """Restart it, and wait until the panel has said so, however briefly, and talks to the new kernel."""
        self.page.evaluate(
            """panel => {
                const node = document.querySelector(panel);
                window.saidStarting = false;
                new MutationObserver(() => {
                    window.saidStarting ||= node.textContent.includes('The kernel is starting…');
                }).observe(node, {childList: true, subtree: true, characterData: true});
            }""",
            PANEL,
        )
        self.restart()
        self.page.wait_for_function("window.saidStarting")
        self.connected()

    def serious_faults(self, *selectors: str) -> list[list[str]]:
        """What axe finds in these parts of the page: each fault with its places. Skips the test without axe."""
        if not AXE.is_file():
            if os.environ.get("CI", "").lower() in ("1", "true"):
                pytest.fail("CI must check accessibility: run `jlpm install` in labextension first.")
            pytest.skip("axe-core is not installed (cd labextension && jlpm install)")
        self.page.wait_for_function(  # until nothing fades in any more
            """() => document.getAnimations().every(each =>
                each.playState !== 'running' || each.effect.getComputedTiming().endTime === Infinity)"""
        )
        self.page.add_script_tag(path=AXE)
        found: list[list[str]] = self.page.evaluate(
            """async parts => {
                const found = await axe.run({include: parts.map(part => [part])});
                return found.violations.filter(each => ['serious', 'critical'].includes(each.impact))
                    .map(each => [each.id, each.nodes.map(node => node.html + node.failureSummary).join('; ')]);
            }""",
            list(selectors),
        )
        return found

    @property
    def chat(self) -> Locator:
        """The chat box."""
        return self.page.locator(CHAT)

    @property
    def panel(self) -> Locator:
        """The whole panel."""
        return self.page.locator(PANEL)

    @property
    def files(self) -> Locator:
        """The names of the predicted files."""
        return self.page.locator(f"{PANEL} .maestro-File-name")
