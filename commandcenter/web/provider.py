"""The provider of OpenID Connect: where people are sent, and what it says of those who return.

authlib speaks the protocol: a random state and nonce for each way there, PKCE, and the signature,
issuer, audience, nonce and times of what comes back.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Flask, request, session
from flask.typing import ResponseReturnValue
from joserfc.errors import JoseError

from commandcenter.cases.identities import Identity
from commandcenter.errors import SettingsError, Unavailable
from commandcenter.settings import Settings

NAME = "provider"
STATE = f"_state_{NAME}_"
"""What authlib's keys in the cookie begin with."""
NO_ANSWER = "the provider of OpenID Connect does not answer: {}"
DISCOVERY = "/.well-known/openid-configuration"
SCOPE = "openid profile"
OTHERWISE = {"email": "email", "phone_number": "phone"}
"""Claims that come with another scope than the profile."""
AWAY_SECONDS = 5.0
"""How long somebody waits who wants to sign in."""
AT_ONCE, PLACE_SECONDS = 3, 1.0
"""So many ask it at once, and whoever finds no place waits no longer."""
FRESH_SECONDS = 3600.0
"""For how long what the provider says of itself is taken for true."""
SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
              "EdDSA")  # fmt: skip
"""Signed with a key of the provider's own: neither unsigned nor with what a client knows too."""
SECOND_FACTORS = frozenset({"mfa", "otp", "hwk"})
"""Authentication methods (RFC 8176) by which the provider says that it asked for two factors."""
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class ProviderAway(Unavailable):
    """The provider does not answer, or not as one."""


class ProviderRefused(Exception):
    """The provider, or what was brought back from it, does not let somebody in."""


@dataclass(frozen=True, slots=True)
class Told:
    """Whom the provider says somebody is; `name` is what names the account."""

    identity: Identity
    name: str
    has_second_factor: bool


class Provider:
    """The one provider of a server."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self.title = settings.oidc_title
        self._issuer = settings.oidc_issuer
        self._claim = settings.oidc_claim
        self._client_id = settings.oidc_client_id
        self._address = settings.oidc_issuer.rstrip("/") + DISCOVERY
        self._places = BoundedSemaphore(AT_ONCE)
        self._wanted = {
            "iss": {"essential": True, "value": self._issuer},
            "aud": {"essential": True, "value": self._client_id},
        }
        kwargs: dict[str, Any] = {
            "scope": " ".join(filter(None, (SCOPE, OTHERWISE.get(self._claim)))),
            "code_challenge_method": "S256",
            "default_timeout": AWAY_SECONDS,
        }
        if not settings.oidc_client_secret:
            kwargs["token_endpoint_auth_method"] = "none"
        self._client = OAuth(app).register(
            NAME,
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret or None,
            server_metadata_url=self._address,
            client_kwargs=kwargs,
        )

    @classmethod
    def of(cls, app: Flask, settings: Settings) -> "Provider | None":
        """Return the provider of the settings, None without one; raises SettingsError."""
        if not settings.oidc_issuer:
            return None
        where = urlsplit(settings.oidc_issuer)
        if where.scheme != "https" and where.hostname not in LOOPBACK:
            raise SettingsError(
                f"setting oidc_issuer: {settings.oidc_issuer} is not https; what a provider says "
                "can be forged on the way"
            )
        if not settings.oidc_client_id:
            raise SettingsError(
                "setting oidc_client_id: missing; give what the provider of oidc_issuer calls "
                "this server"
            )
        return cls(app, settings)

    def send(self, back: str, *, anew: bool) -> ResponseReturnValue:
        """Send somebody there, to return to `back`; `anew` has them sign in once more.

        Raises ProviderAway.
        """
        for state in [key for key in session if key.startswith(STATE)]:
            session.pop(state)  # of ways there that were not gone to their end: a cookie is small
        more = {"prompt": "login"} if anew else {}
        with self._turn():
            answer: ResponseReturnValue = self._client.authorize_redirect(back, **more)
        return answer

    def told(self) -> Told:
        """Return who has come back on this request; raises ProviderRefused, ProviderAway."""
        if request.args.get("iss", self._issuer) != self._issuer:  # RFC 9207
            raise ProviderRefused("another provider has sent somebody back")
        try:
            with self._turn():
                token = self._client.authorize_access_token(claims_options=self._wanted)
                claims = token.get("userinfo")
                if claims is None:
                    raise ProviderRefused("there is no id_token in what the provider gave")
                return self._told(dict(claims), token)
        except requests.RequestException as error:
            raise ProviderAway(NO_ANSWER.format(error)) from error
        except (OAuthError, JoseError, ValueError, KeyError, TypeError) as error:
            raise ProviderRefused(f"{type(error).__name__}: {error}") from error

    def way_out(self, back: str) -> str:
        """Return where somebody signs out there, to return to `back`; "" where one cannot."""
        try:
            with self._turn():
                pass
        except ProviderAway:
            return ""
        if not self._client.server_metadata.get("end_session_endpoint"):
            return ""
        found = self._client.create_logout_url(
            post_logout_redirect_uri=back, client_id=self._client_id
        )
        return str(found["url"])

    def _told(self, claims: dict[str, Any], token: dict[str, Any]) -> Told:
        methods = claims.get("amr") or ()
        if self._claim not in claims:
            more = self._client.userinfo(token=token)
            if more.get("sub") != claims["sub"]:
                raise ProviderRefused("the provider tells of somebody else than it has signed for")
            claims = dict(more) | claims
        name = claims.get(self._claim)
        return Told(
            Identity(self._issuer, str(claims["sub"])),
            name if isinstance(name, str) else "",
            bool(SECOND_FACTORS.intersection(methods)),
        )

    def _know(self) -> None:
        """Ask the provider for what it says of itself, once an hour; raises ProviderAway."""
        known = self._client.server_metadata
        if time.time() - known.get("_loaded_at", 0) < FRESH_SECONDS:
            return
        try:
            answer = requests.get(self._address, timeout=AWAY_SECONDS)
            answer.raise_for_status()
            told = dict(answer.json())
        except (requests.RequestException, ValueError, TypeError) as error:
            raise ProviderAway(NO_ANSWER.format(error)) from error
        if told.get("issuer") != self._issuer:
            raise ProviderAway(
                f"setting oidc_issuer: {self._issuer} calls itself {told.get('issuer')!r}; "
                "give what it calls itself"
            )
        signed = told.get("id_token_signing_alg_values_supported") or ["RS256"]
        told["id_token_signing_alg_values_supported"] = [s for s in signed if s in SIGNATURES]
        # In one step: other threads read it meanwhile.
        known.update(told | {"_loaded_at": time.time()})

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Let a few ask at once: who waits for a silent provider holds a thread of the server."""
        if not self._places.acquire(timeout=PLACE_SECONDS):
            raise ProviderAway(NO_ANSWER.format("others wait for it already"))
        try:
            self._know()
            yield
        finally:
            self._places.release()
