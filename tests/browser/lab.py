"""A JupyterLab of our own in a browser of our own: what the browser tests, the screenshots and the benchmark drive."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from jupyter_core.paths import jupyter_path
from playwright.sync_api import Browser, Page, Playwright

HERE = Path(__file__).parent
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
CELL = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook .jp-Cell"
PANEL = "#codemaestro-panel"
CHAT = f"{PANEL} textarea"
FILES = f"{PANEL} .maestro-File"
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


def write_notebook(path: Path, *sources: str, kernel: str = "python3", language: str = "python") -> None:
    """A notebook of code cells, with ids `c0`, `c1`, …"""
    cells = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"c{number}",
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


@contextmanager
def serve(
    root: Path,
    state: Path,
    *,
    pythonpath: Sequence[Path] = (),
    settings: dict[str, dict[str, object]] | None = None,
) -> Iterator[str]:
    """Run a server for `root`, with its own settings in `state`; yields its address."""
    overrides = state / "overrides"
    for name, values in {**LAB_DEFAULTS, **(settings or {})}.items():
        plugin = state / "user-settings" / name.split(":")[0]
        plugin.mkdir(parents=True, exist_ok=True)
        file = plugin / f"{name.split(':')[1]}.jupyterlab-settings"
        file.write_text(json.dumps(values), encoding="utf8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(state / "config"),
        "JUPYTER_RUNTIME_DIR": str(state / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(state / "user-settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(state / "workspaces"),
        "IPYTHONDIR": str(state / "ipython"),
        "PYTHONPATH": os.pathsep.join(map(str, pythonpath)),
        "PYTHONWARNINGS": "default",
    }
    overrides.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.root_dir={root}",
        "--IdentityProvider.token=",
        "--ServerApp.password=",
        "--LabApp.collaborative=False",
    ]
    with (state / "server.log").open("w", encoding="utf8") as log:
        server = subprocess.Popen(command, cwd=root, env=environment, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(address, server, state / "server.log")
            yield address
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/api/status", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text(encoding='utf8')[-3000:]}")


def browse(playwright: Playwright) -> Browser:
    """Start the browser."""
    return playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)


class Lab:
    """One page of JupyterLab, driven the way a person does."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, notebook: str, *, panel: bool = True, workspace: str = "") -> None:
        """Open a notebook and wait for its kernel and, unless told otherwise, for the panel's chat box."""
        where = f"/lab/workspaces/{workspace}" if workspace else "/lab"
        self.page.goto(f"{self.address}{where}/tree/{notebook}?reset")
        self.page.locator(CELL).first.wait_for(timeout=60_000)
        if panel:
            self.show_panel()
            self.page.locator(CHAT).wait_for(timeout=30_000)

    def show_panel(self) -> None:
        """Show the side panel if it is hidden."""
        self.page.wait_for_selector('.lm-TabBar-tab[data-id="codemaestro-panel"]')
        if not self.page.locator(PANEL).is_visible():
            self.page.locator('.lm-TabBar-tab[data-id="codemaestro-panel"]').click()

    def connected(self, timeout: float = 60_000) -> None:
        """Wait until the panel talks to the kernel."""
        self.page.locator(f"{PANEL} .maestro-Ledger").wait_for(timeout=timeout)

    def cell(self, number: int) -> None:
        """Put the cursor at the end of a cell."""
        self.page.locator(CELL).nth(number).locator(".cm-content").click()
        self.page.keyboard.press("Control+End")

    def run(self, number: int) -> None:
        """Run a cell without waiting for it."""
        self.cell(number)
        self.page.keyboard.press("Control+Enter")

    def output(self, number: int) -> str:
        """The text below a cell."""
        return self.page.locator(CELL).nth(number).locator(".jp-OutputArea").inner_text()

    def likely(self) -> list[str]:
        """The predicted files, as the panel names them to everybody."""
        return [
            button.get_attribute("title").split(":")[0] for button in self.page.locator(".maestro-File-open").all()
        ]
