from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from codemaestro_jupyter.jupyter import server

CONFIG = Path(__file__).parents[2] / "labextension" / "server.json"


class Connection:
    """What a server has for a kernel's socket."""

    def __init__(self, websocket_handler: Any) -> None:
        self.websocket_handler = websocket_handler

    def connect(self) -> str:
        return "connected"


def test_a_kernel_socket_sends_without_delay_and_connects_as_before() -> None:
    said: list[bool] = []
    app = SimpleNamespace(web_app=SimpleNamespace(settings={server.SETTING: Connection}))
    server._load_jupyter_server_extension(app)
    made = app.web_app.settings[server.SETTING](SimpleNamespace(set_nodelay=said.append))
    assert isinstance(made, Connection)
    assert (made.connect(), said) == ("connected", [True])


def test_a_server_without_such_a_setting_is_left_alone() -> None:
    for settings in ({}, {server.SETTING: None}):
        app = SimpleNamespace(web_app=SimpleNamespace(settings=dict(settings)))
        server._load_jupyter_server_extension(app)
        assert app.web_app.settings == settings


def test_the_server_is_told_of_a_module_that_exists() -> None:
    [(name, on)] = json.loads(CONFIG.read_text(encoding="utf8"))["ServerApp"]["jpserver_extensions"].items()
    module = import_module(name)
    assert on is True
    assert module._jupyter_server_extension_points() == [{"module": name}]


def test_the_setting_is_the_one_that_the_server_reads() -> None:
    websocket = import_module("jupyter_server.services.kernels.websocket")
    assert f'"{server.SETTING}"' in Path(websocket.__file__).read_text(encoding="utf8")
