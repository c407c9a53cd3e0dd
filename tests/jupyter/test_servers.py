"""What a running server has a session for is open; whatever cannot be asked is passed over."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from codemaestro_jupyter.jupyter.servers import ServerCells, open_paths, sessions

SESSIONS = [
    {"type": "notebook", "path": "project/a.ipynb"},
    {"type": "notebook", "path": "elsewhere/b.ipynb"},
    {"type": "console", "path": "project/console-1"},
]


@pytest.fixture
def server() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.headers.get("Authorization") == "token sesame"
            self.send_response(200 if known and self.path == "/lab/api/sessions" else 403)
            self.end_headers()
            self.wfile.write(json.dumps(SESSIONS).encode() if known else b"{}")

        def log_message(self, *arguments: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/lab/"
    server.shutdown()
    thread.join()
    server.server_close()


def write(runtime: Path, number: int, **values: Any) -> None:
    runtime.mkdir(exist_ok=True)
    (runtime / f"jpserver-{number}.json").write_text(json.dumps(values), encoding="utf8")


def test_open_notebooks_below_the_root_are_found(tmp_path: Path, server: str) -> None:
    runtime = tmp_path / "runtime"
    write(runtime, 1, url=server, root_dir=str(tmp_path), token="sesame")
    write(runtime, 2, url="http://127.0.0.1:1/", root_dir=str(tmp_path), token="")
    write(runtime, 3, url="http://far.example/", root_dir=str(tmp_path), token="")
    write(runtime, 4, nonsense=1)
    (runtime / "jpserver-5.json").write_text("{", encoding="utf8")
    assert open_paths(tmp_path / "project", runtime) == {"a.ipynb"}
    cells = ServerCells(tmp_path / "project", runtime)
    assert cells.elsewhere() == frozenset()
    cells.refresh()
    assert cells.elsewhere() == {"a.ipynb"}
    assert not cells.edit("t", "a.ipynb", (), 1.0).accepted


def test_only_servers_of_this_machine_are_asked(tmp_path: Path) -> None:
    asked = []

    def ask(address: str, token: str) -> Any:
        asked.append(address)
        return SESSIONS

    write(tmp_path / "runtime", 1, url="https://far.example/", root_dir=str(tmp_path), token="t")
    assert (open_paths(tmp_path / "project", tmp_path / "runtime", ask), asked) == (frozenset(), [])


def test_a_server_that_refuses_is_no_server(server: str) -> None:
    with pytest.raises(ValueError, match="403"):
        sessions(server, "wrong")


def test_no_runtime_folder_means_no_server(tmp_path: Path) -> None:
    assert open_paths(tmp_path, tmp_path / "none") == frozenset()
