"""Find a model server on this machine, and tell a local model from a cloud model behind a local port."""

from __future__ import annotations

import ipaddress
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlsplit

from codemaestro_jupyter.models.keys import find_key, from_environment
from codemaestro_jupyter.models.lmlink import linked
from codemaestro_jupyter.models.protocol import ModelInfo

PATIENCE, PATIENT = 0.3, 5.0
"""Seconds for each question to a server: where somebody waits for the answer, and where nobody does."""
LOADING = "its server is still loading it"
SILENT = "its server does not answer"
LOADS = "Loading model"
"""What llama.cpp answers (503), whatever it is asked, until its model is loaded; that it is local is not known then."""
MOST_BYTES = 1_000_000
NEWEST = ":latest"
"""What Ollama adds to a name that says no version."""
LINKING = "lmstudio"
"""The server that may run on another device what it lists."""
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


def discover(patience: float = PATIENCE) -> tuple[ModelInfo, ...]:
    """Models served on this machine's usual ports, local ones first; takes `patience` at most twice.

    A server that is still loading is one without a name, that `waits`.
    """
    with ThreadPoolExecutor(len(SERVERS), thread_name_prefix="maestro-discovery") as pool:
        found = pool.map(lambda server: seen(f"http://127.0.0.1:{server.port}", (server,), patience=patience), SERVERS)
        models = [info for infos in found for info in infos if info.waits != SILENT]
    return tuple(sorted(models, key=lambda info: not info.local))


def models_at(origin: str, servers: tuple[Server, ...] = SERVERS) -> tuple[ModelInfo, ...]:
    """The models of one server (`http://host:port`) that is known by its address; empty if none answers there."""
    return tuple(info for info in seen(origin, servers) if info.name)


def seen(
    origin: str, servers: tuple[Server, ...] = SERVERS, key: str = "", patience: float = PATIENCE
) -> tuple[ModelInfo, ...]:
    """The models of one server; a single one without a name, that `waits`, if it is down or loads."""
    answer = ask(origin + "/v1/models", patience, key)
    if answer is None or _loads(answer):
        host = urlsplit(origin).hostname or "unknown"
        waits = SILENT if answer is None else LOADING
        return (ModelInfo("", host, origin + "/v1", local=False, waits=waits),)
    data = answer.get("data")
    listed = [item for item in data if isinstance(item, dict) and item.get("id")] if isinstance(data, list) else []
    if not listed:
        return ()
    server, answer, waits = _recognise(origin, servers, {str(item.get("owned_by")) for item in listed}, key, patience)
    remote = _remote_names(answer)
    here = server is not None and is_loopback(origin) and not (server.name == LINKING and linked())
    found = []
    for item in sorted(listed, key=lambda item: not _loaded(answer, item)):
        name = str(item["id"])
        mine = answer
        if answer.get("role") == "router" and _loaded(answer, item):  # llama.cpp with several models
            mine = ask(f"{origin}/props?model={quote(name)}&autoload=false", patience, key) or {}
        local = here and name not in remote and not name.endswith(CLOUD_SUFFIXES)
        window, slots = _context_window(mine, item), _number(mine.get("total_slots"))
        provider = server.name if server else "unknown"
        found.append(ModelInfo(name, provider, origin + "/v1", local, window, slots, waits))
    return tuple(found)


def seen_as_set(origin: str, patience: float = PATIENCE) -> tuple[ModelInfo, ...]:
    """The models of the server that the settings name; one on this machine is shown the key that it is called with."""
    here, base_url = is_loopback(origin), origin + "/v1"
    found = seen(origin, key=from_environment(base_url) if here else "", patience=patience)
    if found or not here or from_environment(base_url) or not (key := find_key(base_url)):
        return found
    return seen(origin, key=key, patience=patience)


def describe(base_url: str, name: str, patience: float = PATIENCE) -> ModelInfo:
    """What is known of a configured model; anything not recognised on this machine counts as remote."""
    host = urlsplit(base_url).hostname or "unknown"
    unknown = ModelInfo(name, host, base_url, local=False)
    if not is_loopback(base_url):
        return unknown
    found = seen_as_set(base_url.rstrip("/").removesuffix("/v1"), patience)
    for info in found:
        if info.name in {name, name + NEWEST}:
            return replace(info, name=name)
    first = found[0] if found else unknown
    if (
        first.provider == "llamacpp" and first.local and len(found) == 1
    ):  # it answers by its one model, whatever name it is called
        return replace(first, name=name)
    return replace(unknown, waits=first.waits)


def is_loopback(url: str) -> bool:
    """Whether a URL's host is this machine's loopback; a name other than localhost is not looked up."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def ask(url: str, patience: float = PATIENCE, key: str = "") -> dict[str, Any] | None:
    """The JSON object at a URL of this machine; empty if it is none, None if nobody answers. Proxies are never asked,
    and nobody who sends on is followed."""
    import http.client
    import urllib.error
    import urllib.request  # with ssl: not before a model is looked for

    class Unled(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            """The key is for whom was asked."""

    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), Unled)
    opener.addheaders = [("Authorization", f"Bearer {key}")] if key else []
    try:
        with opener.open(url, timeout=patience) as answer:
            text = answer.read(MOST_BYTES)
    except urllib.error.HTTPError as error:
        with error:
            text = error.read(MOST_BYTES) if error.code == 503 else b""
    except OSError:
        return None
    except (ValueError, http.client.HTTPException):  # no address, or something else than HTTP
        return {}
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _loads(answer: dict[str, Any]) -> bool:
    error = answer.get("error")
    return isinstance(error, dict) and error.get("message") == LOADS


def _recognise(
    origin: str, servers: tuple[Server, ...], owners: set[str], key: str, patience: float
) -> tuple[Server | None, dict[str, Any], str]:
    """Which of these servers it is, if any, what it says of itself, and whether that is still waited for."""
    waits = ""
    for server in servers:
        if server.owner and server.owner not in owners:
            continue
        answer = ask(origin + server.probe, patience, key)
        if answer is None:
            waits = SILENT
        elif any(mark in answer for mark in server.marks):
            return server, answer, ""
    return None, {}, waits


def _remote_names(answer: dict[str, Any]) -> set[str]:
    """Models that Ollama lists but runs elsewhere: they have a `remote_host` or `remote_model`."""
    models = [model for model in answer.get("models", []) if isinstance(model, dict)]
    return {str(model.get("name")) for model in models if model.get("remote_host") or model.get("remote_model")}


def _loaded(answer: dict[str, Any], listed: dict[str, Any]) -> bool:
    """Whether a model answers at once, as far as its server tells: LM Studio and llama.cpp list what they could load.

    Those come first: another would have to be loaded, and may push out the one that the person works with.
    """
    status = listed.get("status")
    state = status.get("value") if isinstance(status, dict) else _known(answer, listed).get("state")
    return state in {None, "loaded"}


def _known(answer: dict[str, Any], listed: dict[str, Any]) -> dict[str, Any]:
    """What LM Studio says of a model."""
    data = answer.get("data")
    items = [item for item in data if isinstance(item, dict)] if isinstance(data, list) else []
    return next((item for item in items if item.get("id") == listed["id"]), {})


def _context_window(answer: dict[str, Any], listed: dict[str, Any]) -> int:
    """What llama.cpp says of its slots, LM Studio of what it loaded, vLLM of its model; 0 if nobody does."""
    settings = answer.get("default_generation_settings")
    return (
        _number(settings.get("n_ctx") if isinstance(settings, dict) else 0)
        or _number(_known(answer, listed).get("loaded_context_length"))
        or _number(listed.get("max_model_len"))
    )


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
