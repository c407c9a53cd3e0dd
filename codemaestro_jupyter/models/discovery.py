"""Find a model server on this machine, and tell a local model from a cloud model behind a local port."""

from __future__ import annotations

import ipaddress
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from codemaestro_jupyter.models.protocol import ModelInfo

PATIENCE = 0.3
"""Seconds for each question to a port of this machine."""
CLOUD_SUFFIXES = ("-cloud", ":cloud")
"""How Ollama names models that run elsewhere."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that CodeMaestro knows to run models on the machine it listens on."""

    name: str
    port: int
    probe: str
    """A path that only this server answers, so that an unknown gateway is not taken for local."""
    marks: tuple[str, ...]
    """One of these keys is in its answer."""
    owner: str = ""
    """Whom its list of models names as their owner, where the probe alone would fit other servers too."""


SERVERS = (
    Server("ollama", 11434, "/api/tags", ("models",)),
    Server("lmstudio", 1234, "/api/v0/models", ("data",)),
    Server("llamacpp", 8080, "/props", ("default_generation_settings", "total_slots")),
    Server("vllm", 8000, "/version", ("version",), "vllm"),
)


def discover() -> tuple[ModelInfo, ...]:
    """Models served on this machine's usual ports, local ones first; takes `PATIENCE` at most twice."""
    with ThreadPoolExecutor(len(SERVERS), thread_name_prefix="maestro-discovery") as pool:
        found = pool.map(lambda server: models_at(f"http://127.0.0.1:{server.port}", (server,)), SERVERS)
        models = [info for infos in found for info in infos]
    return tuple(sorted(models, key=lambda info: not info.local))


def models_at(origin: str, servers: tuple[Server, ...] = SERVERS) -> tuple[ModelInfo, ...]:
    """The models of one server (`http://host:port`); empty if none answers there."""
    data = ask(origin + "/v1/models").get("data")
    listed = [item for item in data if isinstance(item, dict) and item.get("id")] if isinstance(data, list) else []
    if not listed:
        return ()
    server, answer = _recognise(origin, servers, {str(item.get("owned_by")) for item in listed})
    remote = _remote_names(answer)
    return tuple(
        ModelInfo(
            name := str(item["id"]),
            server.name if server else "unknown",
            origin + "/v1",
            local=server is not None
            and is_loopback(origin)
            and name not in remote
            and not name.endswith(CLOUD_SUFFIXES),
            context_window=_context_window(answer, item),
            slots=_number(answer.get("total_slots")),
        )
        for item in listed
    )


def describe(base_url: str, name: str) -> ModelInfo:
    """What is known of a configured model; anything not recognised on this machine counts as remote."""
    origin = base_url.rstrip("/").removesuffix("/v1")
    if is_loopback(base_url):
        for info in models_at(origin):
            if info.name == name:
                return info
    host = urlsplit(base_url).hostname or "unknown"
    return ModelInfo(name, host, base_url, local=False)


def is_loopback(url: str) -> bool:
    """Whether a URL's host is this machine's loopback; a name other than localhost is not looked up."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def ask(url: str, patience: float = PATIENCE) -> dict[str, Any]:
    """The JSON object at a URL of this machine; empty on any failure. Proxies are never asked."""
    import urllib.request  # with http.client and ssl: not before a model is looked for

    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=patience) as answer:
            value = json.loads(answer.read(1_000_000))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _recognise(origin: str, servers: tuple[Server, ...], owners: set[str]) -> tuple[Server | None, dict[str, Any]]:
    for server in servers:
        if server.owner and server.owner not in owners:
            continue
        answer = ask(origin + server.probe)
        if any(mark in answer for mark in server.marks):
            return server, answer
    return None, {}


def _remote_names(answer: dict[str, Any]) -> set[str]:
    """Models that Ollama lists but runs elsewhere: they have a `remote_host` or `remote_model`."""
    models = [model for model in answer.get("models", []) if isinstance(model, dict)]
    return {str(model.get("name")) for model in models if model.get("remote_host") or model.get("remote_model")}


def _context_window(answer: dict[str, Any], listed: dict[str, Any]) -> int:
    """What llama.cpp says of its slots, LM Studio of what it loaded, vLLM of its model; 0 if nobody does."""
    settings = answer.get("default_generation_settings")
    known = answer.get("data")
    mine: dict[str, Any] = (
        next((item for item in known if item.get("id") == listed["id"]), {}) if isinstance(known, list) else {}
    )
    return (
        _number(settings.get("n_ctx") if isinstance(settings, dict) else 0)
        or _number(mine.get("loaded_context_length"))
        or _number(listed.get("max_model_len"))
    )


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
