"""Measure the panel in a real browser: `python tests/browser/bench_panel.py [--json FILE]`. Nothing is asserted.

keystroke   from a key in the chat box to the first drawing of the panel that shows the prediction for that text,
            debounce included: idle, beside `time.sleep`, beside a pure-Python loop. Real kernel, small project.
cell start  from the key that runs a cell, right after typing in that cell, to the request leaving the page ("sent") and
            to its first output ("shown"), while watching and with watching switched off. The difference of the first
            is what the page adds, that of the second what page and kernel add together.
history     the longest task of the page while somebody types beside 1,000 messages (Long Tasks API).
script      size of the extension's own scripts, gzipped.
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from conftest import write_shop
from lab import HERE, Lab, browse, extension, missing, serve
from playwright.sync_api import Browser, sync_playwright
from test_history import LONG

WORDS = ["explain make_token", "explain invoice_total", "where is the token made", "what changed in billing"]
BUSY = {
    "idle": "pass",
    "sleeping": "import time; time.sleep(60)",
    "computing": "import time\nend = time.time() + 60\nwhile time.time() < end:\n    pass",
}
# A key is matched with the drawing of the prediction made for it: the message that carries the text has a number, and
# the panel's card names the number that it shows.
WATCH = """() => {
    window.waits = [];
    const box = document.querySelector('#codemaestro-panel textarea');
    const panel = document.querySelector('#codemaestro-panel');
    const waiting = new Map();
    let typed = 0;
    box.addEventListener('input', () => { typed = performance.now(); }, true);
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (data) {
        const text = typeof data === 'string' ? data : new TextDecoder().decode(data);
        const match = /"type":"user_typing".*?"seq":(\\d+),"text":"([^"]*)"/.exec(text);
        if (match && match[2].trim().length > 3) { waiting.set(Number(match[1]), typed); }
        return send.call(this, data);
    };
    new MutationObserver(() => {
        const shown = Number(panel.querySelector('.maestro-Preparing')?.dataset.seq ?? 0);
        for (const [seq, since] of [...waiting].filter(([seq]) => seq <= shown)) {
            waiting.delete(seq);
            if (seq === shown) { requestAnimationFrame(() => window.waits.push(performance.now() - since)); }
        }
    }).observe(panel, {subtree: true, childList: true, attributes: true, attributeFilter: ['data-seq']});
}"""
TASKS = """() => {
    window.tasks = [0];
    new PerformanceObserver(list => list.getEntries().forEach(entry => window.tasks.push(entry.duration)))
        .observe({entryTypes: ['longtask']});
}"""


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which a share of them lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def summary(values: Sequence[float]) -> dict[str, float]:
    """Milliseconds: number, median, p95, maximum."""
    return {
        "n": len(values),
        "median": round(statistics.median(values), 1),
        "p95": round(percentile(values, 0.95), 1),
        "max": round(max(values), 1),
    }


def keystrokes(lab: Lab, state: str) -> dict[str, float]:
    """Type every text once at about 60 words a minute; a key that a newer one replaced is not counted."""
    lab.open(f"keys-{state}.ipynb", BUSY[state])
    lab.connected()
    lab.page.wait_for_timeout(3000)  # the index is ready
    if state != "idle":
        lab.run(0)
        lab.page.wait_for_timeout(500)
    lab.page.evaluate(WATCH)
    for text in WORDS:
        lab.chat.fill("")
        lab.page.wait_for_timeout(600)
        lab.chat.click()
        lab.page.keyboard.type(text, delay=200)
        lab.page.wait_for_timeout(600)
    return summary(lab.page.evaluate("window.waits"))


def cell_starts(lab: Lab, blocks: int = 16, size: int = 6) -> dict[str, dict[str, float]]:
    """From Ctrl-Enter, right after typing in the cell, to its output; the arms alternate: machines are noisy."""
    lab.open("cell.ipynb", "")
    lab.connected()
    lab.page.wait_for_timeout(2000)
    arms = {True: "watching", False: "not watching"}
    waits: dict[str, list[float]] = {f"cell {what}, {arm}": [] for what in ("sent", "shown") for arm in arms.values()}
    for block in range(blocks):
        watching = block % 2 == 0
        for number in range(size):
            sent, shown = _one_start(lab, f"token {block} {number}")
            waits[f"cell sent, {arms[watching]}"].append(sent)
            waits[f"cell shown, {arms[watching]}"].append(shown)
        lab.command("Watch What I Type")  # the other arm; an even number of blocks leaves it switched on
    return {name: summary(values) for name, values in waits.items()}


def _one_start(lab: Lab, text: str) -> tuple[float, float]:
    lab.cell(0)
    lab.page.keyboard.press("Control+a")
    lab.page.keyboard.type(f"print('{text}')", delay=15)
    lab.page.evaluate(
        """text => {
            const area = document.querySelector('.jp-Notebook .jp-CodeCell');
            let pressed = 0;
            let sent = 0;
            const send = WebSocket.prototype.send;
            WebSocket.prototype.send = function (data) {
                const message = typeof data === 'string' ? data : new TextDecoder().decode(data);
                if (message.includes('"execute_request"')) {
                    sent = performance.now();
                    WebSocket.prototype.send = send;
                }
                return send.call(this, data);
            };
            document.addEventListener('keydown', event => {
                if (event.key === 'Enter') { pressed = performance.now(); }
            }, {capture: true});
            window.ran = new Promise(resolve => {
                new MutationObserver((_, observer) => {
                    if (area.querySelector('.jp-OutputArea-output')?.textContent.includes(text)) {
                        observer.disconnect();
                        resolve([sent - pressed, performance.now() - pressed]);
                    }
                }).observe(area, {subtree: true, childList: true, characterData: true});
            });
        }""",
        text,
    )
    lab.page.keyboard.press("Control+Enter")
    sent, shown = lab.page.evaluate("window.ran")
    return sent, shown


def history(lab: Lab) -> dict[str, float]:
    """Longest task while typing beside 1,000 messages."""
    lab.open("history.ipynb", LONG)
    lab.connected()
    lab.run(0)
    lab.page.locator(".maestro-Turn").nth(999).wait_for(state="attached", timeout=60_000)
    lab.page.wait_for_timeout(3000)
    lab.page.evaluate(TASKS)
    lab.chat.click()
    lab.page.keyboard.type("fix the auth and then the billing of the shop", delay=60)
    lab.page.wait_for_timeout(500)
    return {"longest task": round(max(lab.page.evaluate("window.tasks")), 1)}


def script() -> dict[str, float]:
    """Gzipped kilobytes of what the page loads for the extension."""
    folder = extension()
    files = sorted(folder.glob("static/*.js")) if folder else []
    return {"kB gzipped": round(sum(len(gzip.compress(file.read_bytes())) for file in files) / 1000, 1)}


def measure(browser: Browser, place: Path) -> dict[str, dict[str, float]]:
    """All figures, each on a fresh page."""
    found: dict[str, dict[str, float]] = {"script": script()}

    def page(address: str, root: Path) -> Lab:
        return Lab(browser.new_page(viewport={"width": 1400, "height": 900}), address, root)

    root, state = place / "shop", place / "state"
    write_shop(root)
    with serve(root, state) as address:
        for busy in BUSY:
            lab = page(address, root)
            found[f"keystroke, {busy}"] = keystrokes(lab, busy)
            lab.page.close()
        lab = page(address, root)
        found.update(cell_starts(lab))
        lab.page.close()
    stage, scripted = place / "stage", place / "scripted"
    stage.mkdir()
    with serve(stage, scripted, pythonpath=[HERE / "scripted"]) as address:
        lab = page(address, stage)
        found["history of 1,000"] = history(lab)
        lab.page.close()
    return found


def main() -> None:
    """Print a table; `--json FILE` writes the figures as well."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    if reason := missing():
        sys.exit(f"Nothing measured: {reason}.")
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        browser = browse(playwright)
        found = measure(browser, Path(place))
        browser.close()
    for name, figures in found.items():
        print(f"{name:28}", "  ".join(f"{key} {value}" for key, value in figures.items()))
    if options.json:
        result = {"command": "python tests/browser/bench_panel.py", "figures": found}
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
