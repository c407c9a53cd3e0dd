"""The address of a model's server: what is wrong with one, and whether it is one of the local network."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

PASSWORD = re.compile(r"//[^/?#@]*@")
NEAR_NAMES = (".local", ".lan", ".home", ".internal", ".localdomain", ".home.arpa")
"""How names end that only a local network knows (RFC 6762, RFC 8375, and what routers and ICANN set aside)."""
SHARED = ipaddress.ip_network("100.64.0.0/10")
"""Addresses that private networks across the internet use (RFC 6598)."""


def fault(base_url: str) -> str | None:
    """Why a text is no address of a server, as the end of a sentence ("": it is nothing like one); else None."""
    if not base_url.lower().startswith(("http://", "https://")):
        return ""
    if any(character.isspace() or ord(character) < 32 or character == "\\" for character in base_url):
        return "there is a space in it" if "\\" not in base_url else "there is a backslash in it"
    try:
        parts = urlsplit(base_url)
        host = parts.hostname or ""
    except ValueError:
        return "its brackets hold no IPv6 address"
    if not host:
        return "it names no host"
    try:
        if parts.port == 0:
            raise ValueError
    except ValueError:
        return "its port is no number from 1 to 65535"
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        try:
            host.encode("idna")
        except UnicodeError:
            return "no host has such a name"
    return None


def shown(base_url: str) -> str:
    """A base URL as it may be shown: without a user, a password or a query that stand in it."""
    return PASSWORD.sub("//", base_url, count=1).partition("?")[0].partition("#")[0]


def is_near(base_url: str) -> bool:
    """Whether a server stands on the local network, as far as its address tells; no name is looked up."""
    host = (urlsplit(base_url).hostname or "").rstrip(".")
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return bool(host) and ("." not in host or host.endswith(NEAR_NAMES))
    return address.is_private or address.is_link_local or (address.version == 4 and address in SHARED)
