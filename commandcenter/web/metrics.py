"""GET /metrics: the figures of all processes, for Prometheus."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from ipaddress import ip_address

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from prometheus_client import CollectorRegistry, exposition
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from commandcenter import __version__
from commandcenter.cases.accounts import KeyKind
from commandcenter.domain.figures import Figure
from commandcenter.live.stats import Heard
from commandcenter.web import sightings
from commandcenter.web.errors import Refusal
from commandcenter.web.metric_names import METRICS, PREFIX, family_of
from commandcenter.web.permission import open_to_all
from commandcenter.web.viewers import Callers, bearer
from commandcenter.web.watching import Watching

FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "X-Forwarded-Host", "Via")
LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")


class Figures(Collector):
    """The figures of all processes as families of Prometheus."""

    def __init__(self, watching: Watching) -> None:
        self._watching = watching

    def collect(self) -> Iterator[Family]:
        """Yield every family that has a figure now."""
        families: dict[str, Family] = {}
        for name, labels, value in self._samples():
            family = family_of(name)
            if family is None:
                continue
            if family not in families:
                kind, words = METRICS[family]
                families[family] = Family(family.removesuffix("_total"), words, kind)
            families[family].add_sample(name, dict(labels), value)
        yield from families.values()

    def describe(self) -> list[Family]:
        """Return nothing: asking for figures only to register them is not needed."""
        return []

    def _samples(self) -> Iterator[tuple[str, Mapping[str, str], float]]:
        processes = self._watching.processes()
        for heard in processes:
            of = {"process": heard.process, "role": heard.role}
            for name, value, labels in (*about(heard), *heard.figures()):
                yield name, {**labels, **of}, value
        for name, value, labels in sightings.figures(self._watching.sources(processes)):
            yield name, labels, value


def about(heard: Heard) -> Iterator[Figure]:
    """Yield that a process is there, and which."""
    yield Figure(f"{PREFIX}up", 1)
    yield Figure(f"{PREFIX}process_heard_age_seconds", heard.age)
    build = {"version": __version__, "build": str(heard.message.get("build", ""))}
    yield Figure(f"{PREFIX}build_info", 1, build)


class Metrics:
    """Open to this machine and to a key for it; to nobody who looks at screens."""

    def __init__(self, watching: Watching, callers: Callers) -> None:
        self._callers = callers
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(Figures(watching))

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("metrics", __name__)
        routes.get("/metrics")(self.show)
        return routes

    @open_to_all("asks by itself: this machine, or a key for metrics")
    def show(self) -> ResponseReturnValue:
        """Return all figures."""
        token = bearer(request)
        if token is not None:
            self._check(token)
        elif not is_local():
            raise unknown()
        encode, kind = exposition.choose_encoder(request.headers.get("Accept", ""))
        answer = Response(encode(self._registry), content_type=kind)
        answer.cache_control.no_store = True
        return answer

    def _check(self, token: str) -> None:
        key = self._callers.by_token(token)
        if key is None:
            raise unknown()
        if key.kind is not KeyKind.METRICS:
            raise Refusal(HTTPStatus.FORBIDDEN, "forbidden", "give a key for metrics")


def unknown() -> Refusal:
    """Return the refusal of a caller without a key."""
    refusal = Refusal(
        HTTPStatus.UNAUTHORIZED, "unauthorized", "give a key for metrics: Authorization: Bearer KEY"
    )
    refusal.headers["WWW-Authenticate"] = "Bearer"
    return refusal


def is_local() -> bool:
    """Tell whether the caller is on this machine and speaks for nobody else.

    Behind a proxy on this machine everybody comes from here: what passed one says so, or at
    least asks for another host.
    """
    try:
        is_loopback = ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
    name = request.host.rpartition(":")[0] if request.host[-1:].isdigit() else request.host
    named_so = (name or request.host) in LOCAL_NAMES or request.host in LOCAL_NAMES
    return is_loopback and named_so and not any(head in request.headers for head in FORWARDED)
