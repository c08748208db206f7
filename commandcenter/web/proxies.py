"""Whose word is taken for the address of a visitor: trusted proxies', and nobody else's."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from flask import Flask

from commandcenter.errors import SettingsError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Proxies:
    """The networks of proxies that are trusted to say for whom they ask."""

    networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, setting: str) -> "Proxies":
        """Read addresses and networks from a setting; raises SettingsError that names a wrong one.

        They are separated by commas.
        """
        return cls(tuple(_network(part.strip()) for part in setting.split(",") if part.strip()))

    def visitor(self, peer: str, forwarded: Iterable[str]) -> str:
        """Return the visitor's address, given who is connected and what X-Forwarded-For says.

        Each proxy appends whom it heard: read from the end, the first that is no trusted proxy is
        the visitor. What stands before it is anybody's invention.
        """
        hops = [hop.strip() for line in forwarded for hop in line.split(",")]
        address = peer
        while self._trusts(address) and hops:
            said = _address(hops.pop())
            if said is None:
                break
            address = str(said)
        return address

    def _trusts(self, address: str) -> bool:
        found = _address(address)
        return found is not None and any(found in network for network in self.networks)


class Forwarded:
    """Gives every request of an application the visitor's address, whichever server runs it."""

    def __init__(self, app: Flask, proxies: Proxies) -> None:
        self._proxies = proxies
        self._next: Callable[..., Any] = app.wsgi_app
        app.wsgi_app = self  # type: ignore[method-assign]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """Serve one request."""
        said = environ.get("HTTP_X_FORWARDED_FOR")
        if said:
            peer = environ.get("REMOTE_ADDR") or ""
            environ["REMOTE_ADDR"] = self._proxies.visitor(peer, [said])
        return self._next(environ, start_response)


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise SettingsError(
            f"setting trusted_proxies: {error}; give addresses as 10.0.0.7 or networks as "
            "10.0.0.0/24, separated by commas"
        ) from error


def _address(text: str) -> Address | None:
    """Return an address, None for what is none; a port behind it is left off."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
