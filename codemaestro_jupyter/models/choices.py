"""Which models a person can choose from: those of the server that is set, else those served on this machine."""

from __future__ import annotations

from collections.abc import Callable

from codemaestro_jupyter.models.discovery import PATIENT, describe, discover, seen_as_set
from codemaestro_jupyter.models.protocol import ModelInfo
from codemaestro_jupyter.models.selection import NO_CHAT, OFF
from codemaestro_jupyter.settings import CodeMaestro


def choices(
    settings: CodeMaestro,
    current: ModelInfo | None = None,
    *,
    find: Callable[[float], tuple[ModelInfo, ...]] = discover,
    at: Callable[[str, float], tuple[ModelInfo, ...]] = seen_as_set,
    known: Callable[[str, str, float], ModelInfo] = describe,
) -> tuple[ModelInfo, ...]:
    """Models that can answer, each name once; the one in use and the one that is set always among them. Blocks."""
    base_url, name = settings.base_url.strip(), settings.model.strip()
    found = at(base_url.rstrip("/").removesuffix("/v1"), PATIENT) if base_url else find(PATIENT)
    listed = {info.name: info for info in found if info.name and not any(mark in info.name.lower() for mark in NO_CHAT)}
    if current is not None:
        listed = {current.name: current, **listed}
    if name and name.lower() != OFF and name not in listed and base_url:
        listed[name] = known(base_url, name, PATIENT)
    return tuple(listed.values())
