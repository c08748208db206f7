"""From a request to the viewer who looks: by the session's cookie or by a key."""

from dataclasses import dataclass, replace
from hashlib import sha256
from http import HTTPStatus

from flask import Request, request
from flask_login import current_user

from commandcenter.cases import accounts
from commandcenter.cases.accounts import Key, KeyKind, User
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import NotFound
from commandcenter.ingest.bounds import Bounds
from commandcenter.web import preferences
from commandcenter.web.errors import Refusal
from commandcenter.web.rates import Limiter
from commandcenter.web.services import Services


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is logged in, in the shape that Flask-Login expects.

    `layout` is a wall's own, `plugin` the one that a plugin's key belongs to.
    """

    id: str
    viewer: Viewer
    layout: str | None = None
    plugin: str | None = None
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """Return what the session keeps."""
        return self.id


def session_id(account: User | Key) -> str:
    """Return what the session keeps of an account; another password makes it another one."""
    if isinstance(account, Key):
        return f"key:{account.id}"
    return f"user:{account.id}:{sha256(account.password.encode()).hexdigest()[:16]}"


def load(services: Services, kept: str) -> Visitor | None:
    """Return who a session is of; None once the account is gone, revoked or changed."""
    kind, _, rest = kept.partition(":")
    number = rest.partition(":")[0]
    if kind not in ("user", "key") or not number.isdecimal():
        return None
    with services.store.read() as connection:
        find = accounts.user if kind == "user" else accounts.key
        account = find(connection, int(number))
    if account is None or session_id(account) != kept:
        return None
    return visitor(services, account)


def visitor(services: Services, account: User | Key) -> Visitor | None:
    """Return the visitor an account makes; None if its scope is not in this city."""
    viewer = accounts.viewer_of(account, services.tree, preferences.language(services))
    key = account if isinstance(account, Key) else None
    layout, plugin = (key.layout, key.plugin) if key else (None, None)
    return Visitor(session_id(account), viewer, layout, plugin) if viewer else None


def present() -> Visitor | None:
    """Return who is logged in on this request, None for nobody."""
    return current_user._get_current_object() if current_user.is_authenticated else None


def narrowed(services: Services, viewer: Viewer, code: str | None) -> tuple[int, int]:
    """Return the range of the cell `code`, or the whole scope without one.

    Raises NotFound for a cell outside the scope as for one that does not exist.
    """
    if code is None:
        return viewer.first, viewer.last
    at = services.tree.position.get(code)
    if at is None or not viewer.sees(at):
        raise NotFound(f"cell {code} does not exist")
    return services.tree.range_of(code)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls the API; for a plugin's key its name, and where it may act (None: everywhere)."""

    viewer: Viewer
    plugin: str = ""
    bounds: Bounds | None = None

    def acts_at(self, position: int) -> bool:
        """Tell whether a cell lies where the caller may act."""
        if self.bounds is not None and not self.bounds.hold(position):
            return False
        return self.viewer.sees(position)


class Callers:
    """Knows the callers of the API, and holds each to a rate."""

    def __init__(self, services: Services, limiter: Limiter) -> None:
        self._services = services
        self._limiter = limiter

    def reader(self) -> Viewer:
        """Return who asks: by key, or logged in; raises the refusal 401 or 429."""
        caller = self.looker()
        if caller.plugin:
            raise Refusal(
                HTTPStatus.FORBIDDEN, "forbidden", "a plugin's key is for its reports and panels"
            )
        return caller.viewer

    def looker(self) -> Caller:
        """Return who asks, which may be a plugin; raises the refusal 401, 403 or 429."""
        token = bearer(request)
        visitor = (present() if token is None else None) or self._by_key(token)
        if visitor.viewer.kind == KeyKind.METRICS:
            raise Refusal(HTTPStatus.FORBIDDEN, "forbidden", "this key is for /metrics alone")
        self._limiter.count(self._services.rates.queries, "api", visitor.id)
        return self._caller(visitor)

    def reporter(self, *kinds: KeyKind) -> Caller:
        """Return who hands in, with a key of one of `kinds`; raises the refusal 401, 403 or 429."""
        visitor = self._by_key(bearer(request))
        if visitor.viewer.kind not in kinds:
            wanted = " or a ".join(kinds)
            raise Refusal(HTTPStatus.FORBIDDEN, "forbidden", f"give the key of a {wanted}")
        self._limiter.count(self._services.rates.reports, "reports", visitor.id)
        return self._caller(visitor)

    def commander(self) -> tuple[str, Viewer]:
        """Return who commands, and the name under which its answers are kept.

        Raises the refusal 401, 403 or 429.
        """
        token = bearer(request)
        visitor = (present() if token is None else None) or self._by_key(token)
        if visitor.viewer.kind not in ("user", KeyKind.OPERATOR):
            raise Refusal(HTTPStatus.FORBIDDEN, "forbidden", "give the key of an operator")
        self._limiter.count(self._services.rates.commands, "commands", visitor.id)
        kind, number = visitor.id.split(":")[:2]
        return f"{kind}:{number}", visitor.viewer

    def _caller(self, visitor: Visitor) -> Caller:
        """Return a plugin's caller with the districts that its manifest names now."""
        if visitor.plugin is None:
            return Caller(visitor.viewer)
        plugins = self._services.catalogue.plugins
        state = next((p for p in plugins if p.name == visitor.plugin and p.state == "ok"), None)
        if state is None:
            raise Refusal(
                HTTPStatus.FORBIDDEN, "plugin_not_in_use",
                f"the plugin {visitor.plugin} is not in use: commandcenter plugin list says why",
            )  # fmt: skip
        tree = self._services.tree
        bounds = Bounds.of_plugin(state.name, state.districts, tree)
        first, last = bounds.hull if bounds else (0, len(tree) - 1)
        return Caller(replace(visitor.viewer, first=first, last=last), state.name, bounds)

    def by_token(self, token: str) -> Key | None:
        """Return the key of a token; raises the refusal 429 for one who tries too many."""
        who = (self._services.rates.addresses, "key", request.remote_addr or "")
        self._limiter.check(*who)
        with self._services.store.read() as connection:
            key = accounts.key_of(connection, token)
        if key is None:
            self._limiter.count(*who)
        return key

    def _by_key(self, token: str | None) -> Visitor:
        key = self.by_token(token) if token else None
        visitor = visitor_of_key(self._services, key)
        if visitor is None:
            refusal = Refusal(
                HTTPStatus.UNAUTHORIZED, "unauthorized", "give a key: Authorization: Bearer KEY"
            )
            refusal.headers["WWW-Authenticate"] = "Bearer"
            raise refusal
        return visitor


def visitor_of_key(services: Services, key: Key | None) -> Visitor | None:
    """Return the visitor a key makes, None without one."""
    return visitor(services, key) if key else None


def bearer(asked: Request) -> str | None:
    """Return the token of the request's Authorization header, None without one."""
    kind, _, token = asked.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" and token.strip() else None
