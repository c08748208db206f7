"""What each door asks of who comes: declared beside its code, checked before it runs.

A view of Flask, a callback of Dash or a kind of stream that declares nothing is refused.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

from flask import Flask, request

from commandcenter.domain.rights import WITHOUT_ROLE, Block, Right, named
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import NotFound
from commandcenter.web.errors import API, Refusal
from commandcenter.web.rates import Limiter
from commandcenter.web.services import Services
from commandcenter.web.viewers import Callers, Visitor, present

log = logging.getLogger(__name__)

MARK = "permission"
"""The attribute of a function that has what it declares; wrappers carry it along."""
SAFE = ("GET", "HEAD", "OPTIONS")
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Permission:
    """What a door asks: one of `rights`, and the block that it shows; or why it is open to all.

    `rate` names the one of the rates by which it is held, for each caller or, where it is open,
    each address.
    """

    rights: tuple[Right, ...] = ()
    block: Block | None = None
    reason: str = ""
    rate: str = ""

    @property
    def is_open(self) -> bool:
        """Whether nobody in particular may come."""
        return bool(self.reason)

    def allows(self, viewer: Viewer) -> bool:
        """Tell whether a viewer has a right of the door."""
        return self.is_open or any(map(viewer.may, self.rights))

    def shows(self, viewer: Viewer) -> bool:
        """Tell whether what is behind the door exists for a viewer."""
        return self.block is None or self.block in viewer.blocks

    def require(self, viewer: Viewer) -> None:
        """Raise NotFound for who lacks the block or a right: for them there is nothing here."""
        if not (self.allows(viewer) and self.shows(viewer)):
            raise NotFound("no such page")


def needs(
    *rights: Right, block: Block | None = None, rate: str = ""
) -> Callable[[View], View]:
    """Declare that a door is for who has one of `rights`, and shows the data of a block."""
    if not rights:
        raise ValueError("name a right, or say by open_to_all why none is needed")
    return _declaring(Permission(rights, block, rate=rate))


def open_to_all(reason: str, *, rate: str = "") -> Callable[[View], View]:
    """Declare that a door is open, also to who is not logged in, and why."""
    if not reason:
        raise ValueError("say why it is open to all")
    return _declaring(Permission(reason=reason, rate=rate))


def declared(door: object) -> Permission | None:
    """Return what a view, a callback or a stream's function declares, None for nothing."""
    found = getattr(door, MARK, None)
    return found if isinstance(found, Permission) else None


def required(door: object) -> Permission:
    """Return what a door declares; raises the refusal 403 where that is nothing."""
    found = declared(door)
    if found is None:
        log.error("%s declares no permission: mark it with needs(...) or open_to_all(...)", door)
        raise Refusal(HTTPStatus.FORBIDDEN, "undeclared", "nobody may do this")
    return found


NOWHERE = "/<path:path>"
"""Where every address leads that is none."""
SHELL = Permission(reason="scripts and styles of the product, which say nothing of the city")
FOREIGN: Mapping[str, Permission] = {
    "static": SHELL,
    "_dash_assets.static": SHELL,
    "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>": SHELL,
    "/_favicon.ico": SHELL,
    "/_dash-layout": Permission((Right.LOOK,)),
    "/_dash-dependencies": Permission((Right.LOOK,)),
    "/_reload-hash": Permission((Right.LOOK,)),
}
"""What the views of others need, by endpoint: they have no code of ours to stand beside."""


class Permissions:
    """Checks every request against what its view declares, before the view runs."""

    def __init__(
        self, app: Flask, services: Services, callers: Callers, limiter: Limiter
    ) -> None:
        self._app = app
        self._services = services
        self.callers = callers
        self._limiter = limiter

    def of(self, endpoint: str | None) -> Permission | None:
        """Return what an endpoint declares, None for nothing."""
        if endpoint is None:
            return None
        return FOREIGN.get(endpoint) or declared(self._app.view_functions.get(endpoint))

    def is_open(self) -> bool:
        """Tell whether the request is for a door that is open to all."""
        found = self.of(request.endpoint)
        return found is not None and found.is_open

    def check(self) -> None:
        """Refuse who may not; raises the refusal 401, 403 or 429, or NotFound."""
        if request.endpoint is None or (request.endpoint == NOWHERE and self._is_api()):
            return  # no such address, or another method: answered as such
        found = self.of(request.endpoint)
        if found is None:
            found = required(self._app.view_functions.get(request.endpoint))
        if found.is_open:
            self.hold(found, f"address:{request.remote_addr or ''}")
            return
        visitor = self._visitor()
        self.hold(found, visitor.id)
        if not found.allows(visitor.viewer):
            raise self._lacking(found)
        if not found.shows(visitor.viewer):
            raise NotFound("no such page")

    def hold(self, permission: Permission, who: str) -> None:
        """Count a call where the door has a rate; raises the refusal 429."""
        if permission.rate:
            rate = getattr(self._services.rates, permission.rate)
            self._limiter.count(rate, permission.rate, who)

    def _visitor(self) -> Visitor:
        if self._is_api():
            return self.callers.visitor()
        visitor = present()
        if visitor is None:
            raise Refusal(HTTPStatus.UNAUTHORIZED, "unauthorized", "log in first")
        return visitor

    def _is_api(self) -> bool:
        return request.path.startswith(API)

    def _lacking(self, permission: Permission) -> Exception:
        """Return what who lacks the right hears: of a page nothing, of an act what it needs."""
        if request.method in SAFE and not self._is_api():
            return NotFound("no such page")
        return Refusal(HTTPStatus.FORBIDDEN, "forbidden", needed(permission.rights))


def needed(rights: tuple[Right, ...]) -> str:
    """Return in words who has one of some rights."""
    roles = " or ".join(dict.fromkeys(name for right in rights for name in named(right)))
    kinds = [
        kind for kind, mine in WITHOUT_ROLE.items()
        if kind not in ("user", "system") and any(right in mine for right in rights)
    ]  # fmt: skip
    said = [f"the role {roles}"] if roles else []
    said += [f"a key of the kind {' or '.join(kinds)}"] if kinds else []
    return f"needs {' or '.join(said)}"


def _declaring(permission: Permission) -> Callable[[View], View]:
    def mark(view: View) -> View:
        setattr(view, MARK, permission)
        return view

    return mark
