"""From a request to the viewer who looks: by the session's cookie or by a key."""

from dataclasses import dataclass, field, replace
from http import HTTPStatus

from flask import Request, g, request
from flask_login import current_user

from commandcenter.cases import accounts, presence, sessions
from commandcenter.cases.accounts import Key, User
from commandcenter.domain.clocks import Millis
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import NotFound
from commandcenter.ingest.bounds import Bounds
from commandcenter.web import preferences
from commandcenter.web.application import GROUP
from commandcenter.web.errors import Refusal
from commandcenter.web.rates import Limiter
from commandcenter.web.services import Services

SESSION = "session"
"""What stands before the token of a session in a browser's cookie."""


CALLER = "caller"
"""Under this name the request keeps who calls the API: a key is looked up once."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is logged in, in the shape that Flask-Login expects.

    `id` is the account's or the key's, as `user:7`, `layout` a wall's own, `plugin` the one that a
    plugin's key belongs to. Who is signed in has a session, and `kept` is what the browser keeps
    of it, a secret.
    """

    id: str
    viewer: Viewer
    layout: str | None = None
    plugin: str | None = None
    session: int | None = None
    kept: str = field(default="", repr=False)
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """Return what the browser's cookie keeps."""
        return self.kept or self.id

    @property
    def holder(self) -> str:
        """Return whose streams are this visitor's: they end with the account or the session."""
        return self.id if self.session is None else f"{self.id} {sessions.holder(self.session)}"


def load(services: Services, kept: str, now: Millis) -> Visitor | None:
    """Return who a cookie is of; None once its session is over, its account or key is gone."""
    kind, _, rest = kept.partition(":")
    if kind == SESSION:
        return _signed_in(services, rest, now)
    if kind != "key" or not rest.isdecimal():
        return None
    with services.store.read() as connection:
        return visitor_of_key(services, accounts.key(connection, int(rest)))


def _signed_in(services: Services, token: str, now: Millis) -> Visitor | None:
    with services.store.glance() as connection:
        found = presence.found(connection, token, now)
    if found is None:
        return None
    user, session = found
    services.last_seen.note(session, now)
    return signed_in(services, user, session.id, token)


def signed_in(services: Services, user: User, session: int, token: str) -> Visitor | None:
    """Return the visitor of a session; None if the account's scope is not in this city."""
    made = visitor(services, user)
    return replace(made, session=session, kept=f"{SESSION}:{token}") if made else None


def visitor(services: Services, account: User | Key) -> Visitor | None:
    """Return the visitor an account makes; None if its scope is not in this city."""
    viewer = accounts.viewer_of(account, services.tree, preferences.language(services))
    if viewer is None:
        return None
    if isinstance(account, Key):
        return Visitor(f"key:{account.id}", viewer, account.layout, account.plugin)
    return Visitor(f"user:{account.id}", viewer)


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

    def visitor(self) -> Visitor:
        """Return who calls: by key, or logged in; raises the refusal 401 or 429."""
        known: Visitor | None = g.get(CALLER)
        if known is None:
            token = bearer(request)
            known = (present() if token is None else None) or self._by_key(token)
            setattr(g, CALLER, known)
        return known

    def reader(self) -> Viewer:
        """Return who asks; raises the refusal 401 or 429."""
        return self.looker().viewer

    def looker(self) -> Caller:
        """Return who asks, which may be a plugin; raises the refusal 401, 403 or 429."""
        visitor = self.visitor()
        self._limiter.count(self._services.rates.queries, "api", visitor.id)
        return self._caller(visitor)

    def reporter(self) -> Caller:
        """Return who hands in; raises the refusal 401, 403 or 429."""
        visitor = self.visitor()
        self._limiter.count(self._services.rates.reports, "reports", visitor.id)
        return self._caller(visitor)

    def commander(self) -> tuple[str, Viewer]:
        """Return who commands, and the name under which its answers are kept.

        Raises the refusal 401 or 429; what may be commanded, the view's permission has said.
        """
        visitor = self.visitor()
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
        key = self._key(token)
        if key is None:
            self._limiter.count(*who)
        return key

    def _key(self, token: str) -> Key | None:
        """Return the key of a token as it is now; for requests of one group it is asked once."""
        known: dict[str, Key | None] = request.environ.get(GROUP, {})
        if token not in known:
            with self._services.store.glance() as connection:
                known[token] = accounts.key_of(connection, token)
        return known[token]

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
