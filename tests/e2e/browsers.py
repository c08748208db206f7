"""A browser without a screen: cookies, forms, and the raw bytes of a stream."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, OpenerDirector, Request
from urllib.request import build_opener as build

from pyotp import TOTP

from tests.e2e.servers import Server
from tests.waiting import PATIENCE_SECONDS


@dataclass(frozen=True)
class Page:
    """An answer with all its bytes."""

    status: int
    body: bytes
    location: str

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


class Stay(HTTPRedirectHandler):
    """Follows no redirect: the test looks at each."""

    def redirect_request(self, *_: object) -> None:
        """Follow nothing."""


@dataclass
class Stream:
    """An open stream with all bytes that came."""

    wire: socket.socket
    received: bytes = b""

    def read(self, enough: Callable[[bytes], bool], seconds: float = PATIENCE_SECONDS) -> bool:
        """Read until that is enough; tells whether it was before the time was over."""
        until = time.monotonic() + seconds
        while not enough(self.received):
            if time.monotonic() > until:
                return False
            with suppress(TimeoutError):
                self.received += self.wire.recv(65536)
        return True

    def close(self) -> None:
        """End it."""
        self.wire.close()


@dataclass
class Browser:
    """One visitor of a server; it remembers everything it was ever sent."""

    server: Server
    received: bytes = b""
    cookies: CookieJar = field(default_factory=CookieJar)

    def __post_init__(self) -> None:
        self._opener: OpenerDirector = build(HTTPCookieProcessor(self.cookies), Stay())

    def get(self, path: str) -> Page:
        """Ask for an address."""
        return self._ask(Request(self.server.url + path))

    def post(self, path: str, form: dict[str, str], **headers: str) -> Page:
        """Send a form as a page of the server does; `headers` with _ for -."""
        own = {"Sec-Fetch-Site": "same-origin", "Origin": self.server.url}
        given = own | {name.replace("_", "-"): value for name, value in headers.items()}
        return self._ask(Request(self.server.url + path, urlencode(form).encode(), given))

    def log_in(self, name: str, password: str, then: str = "") -> Page:
        """Fill in the login form."""
        page = self.get("/login?" + urlencode({"next": then}))
        token = page.text.split('name="csrf_token" type="hidden" value="')[1].split('"')[0]
        form = {"csrf_token": token, "name": name, "password": password, "next": then}
        return self.post("/login", form)

    def enrol(self) -> Page:
        """Set up codes, as who has a role that needs them does after the first log-in."""
        text = self.get("/login/enrol").text
        token = text.split('name="csrf_token" value="')[1].split('"')[0]
        secret = text.split("<code>")[1].split("</code>")[0].replace(" ", "")
        self.post("/login/enrol", {"csrf_token": token, "code": TOTP(secret).now()})
        return self.post("/login/next", {"csrf_token": token})

    def stream(self, **query: str) -> Stream:
        """Open a stream."""
        address = urlsplit(self.server.url)
        kept = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.cookies)
        lines = [
            f"GET /stream?{urlencode(query)} HTTP/1.1",
            f"Host: {address.netloc}",
            f"Cookie: {kept}",
        ]
        wire = socket.create_connection((address.hostname, address.port))
        wire.settimeout(0.2)
        wire.sendall("\r\n".join([*lines, "", ""]).encode())
        return Stream(wire)

    def _ask(self, request: Request) -> Page:
        try:
            answer: Any = self._opener.open(request, timeout=20)
        except HTTPError as refused:
            answer = refused
        with answer:
            body = answer.read()
            self.received += body
            return Page(answer.status, body, answer.headers.get("Location", ""))
