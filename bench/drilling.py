"""Tablets that go from place to place: each asks for pages as a browser does and hears streams."""

import asyncio
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from time import perf_counter
from typing import Any, cast
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import orjson

from bench.http import Connection
from commandcenter.domain.cells import Tree

CALLBACK = "/_dash-update-component"
FILL = {"output": "page.children", "outputs": {"id": "page", "property": "children"}}
TOKEN = re.compile(rb'name="csrf_token" type="hidden" value="([^"]+)"')
PATIENCE_SECONDS = 60.0
UP, ASIDE = 0.15, 0.25
"""How often a tablet goes up, or to a sibling; else down, and up again from a leaf."""


@dataclass(frozen=True)
class Session:
    """Who is logged in: the cookies and the token that callbacks send along."""

    address: tuple[str, int]
    cookie: str
    token: str

    @classmethod
    def entered(cls, url: str, address: tuple[str, int], login: dict[str, str]) -> "Session":
        """Log in and open a first page, which gives the token."""
        jar = CookieJar()
        browser = build_opener(HTTPCookieProcessor(jar))
        found = TOKEN.search(browser.open(f"{url}/login").read())
        assert found is not None
        form = {"csrf_token": found[1].decode(), "name": login["user"],
                "password": login["password"], "next": f"/cell/{login['scope']}"}  # fmt: skip
        asked = Request(f"{url}/login", urlencode(form).encode(), {"Sec-Fetch-Site": "same-origin"})
        browser.open(asked).read()
        cookies = {cookie.name: cookie.value or "" for cookie in jar}
        if "_csrf_token" not in cookies:
            raise SystemExit(f"the login of {login['user']} leads to no page")
        said = "; ".join(f"{name}={value}" for name, value in cookies.items())
        return cls(address, said, cookies["_csrf_token"])


@dataclass
class Drill:
    """One step: seconds until the page was answered, and until every panel of it was there."""

    answer: float
    whole: float
    bytes: int
    missing: int


class Tablet:
    """One tablet, with one connection for questions and one for its stream."""

    def __init__(self, session: Session, tree: Tree, scope: str, chance: random.Random) -> None:
        self._session = session
        self._tree = tree
        self._chance = chance
        self._connection = Connection(*session.address)
        self._stream: Listening | None = None
        self._top = tree.position[scope]
        self._at = self._top

    async def drill(self) -> Drill:
        """Go somewhere else."""
        self._at = self._step()
        return await self.open(f"/cell/{self._tree.cells[self._at].code}")

    async def open(self, path: str) -> Drill:
        """Open a page and its stream; return how long it took."""
        began = perf_counter()
        size, page = await self._ask(path)
        answered = perf_counter() - began
        stream, known = _look(page)
        # A page that names the event after which its stream goes on holds everything before it.
        slots = {} if stream.get("last") else stream["slots"]
        missing = {id for id, shown in slots.items() if not known & set(shown)}
        if self._stream is not None:
            self._stream.close()
        self._stream = Listening(missing)
        await self._stream.open(self._session, stream)
        whole = await asyncio.wait_for(self._stream.whole, PATIENCE_SECONDS) - began
        return Drill(answered, whole if missing else answered, size, len(missing))

    def close(self) -> None:
        """Hang up."""
        self._connection.close()
        if self._stream is not None:
            self._stream.close()

    async def _ask(self, path: str) -> tuple[int, Any]:
        inputs = [{"id": "url", "property": "pathname", "value": path},
                  {"id": "url", "property": "search", "value": ""}]  # fmt: skip
        body = FILL | {"inputs": inputs, "changedPropIds": ["url.pathname"]}
        headers = {"Cookie": self._session.cookie, "X-CSRFToken": self._session.token,
                   "Sec-Fetch-Site": "same-origin"}  # fmt: skip
        status, answer = await self._connection.json("POST", CALLBACK, body, headers)
        if status != 200:
            raise SystemExit(f"{path} answered {status}: {answer[:200]!r}")
        return len(answer), orjson.loads(answer)["response"]["page"]["children"]

    def _step(self) -> int:
        tree, at, chance = self._tree, self._at, self._chance.random()
        children = tree.children(at)
        if at != self._top and (chance < UP or not children):
            line = tree.ancestors(at)
            return self._chance.choice([each for each in line[:-1] if each >= self._top])
        if at != self._top and chance < UP + ASIDE:
            return self._chance.choice(tree.children(tree.ancestors(at)[-2]))
        return self._chance.choice(children)


def _look(page: Any) -> tuple[dict[str, Any], set[str]]:
    """Return the stream of a page and the slots that it already knows."""
    stream: dict[str, Any] = {}
    known: set[str] = set()
    for component in _components(page):
        if component["type"] == "Stream":
            stream = component["props"]
        elif component["type"] == "Tile" and component["props"].get("at") is not None:
            known.add(component["props"]["id"])
    return stream, known


def _components(within: Any) -> Iterator[dict[str, Any]]:
    if isinstance(within, list):
        for each in within:
            yield from _components(each)
    elif isinstance(within, dict) and "props" in within:
        yield within
        yield from _components(within["props"].get("children"))


@dataclass
class Listening(asyncio.Protocol):
    """A stream that is heard until all topics that are missing have come, and then kept open."""

    missing: set[str]
    whole: asyncio.Future[float] = field(init=False)
    _tail: bytes = b""
    _request: bytes = b""
    _transport: asyncio.WriteTransport | None = None

    def __post_init__(self) -> None:
        self.whole = asyncio.get_running_loop().create_future()

    async def open(self, session: Session, stream: dict[str, Any]) -> None:
        """Ask for a stream as its page does."""
        last = f"&last_event_id={stream['last']}" if stream.get("last") else ""
        self._request = (
            f"GET {stream['url']}{last} HTTP/1.1\r\nHost: bench\r\nCookie: {session.cookie}\r\n"
            "Accept: text/event-stream\r\n\r\n"
        ).encode()
        await asyncio.get_running_loop().create_connection(lambda: self, *session.address)
        self._settle()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        self._transport = cast(asyncio.WriteTransport, transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Look for what is missing."""
        if not self.missing:
            return
        seen = self._tail + data
        self.missing = {id for id in self.missing if f'"{id}":{{"at":'.encode() not in seen}
        self._tail = seen[-64:]
        self._settle()

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def _settle(self) -> None:
        if not self.missing and not self.whole.done():
            self.whole.set_result(perf_counter())
