"""A provider of OpenID Connect with some people, run by the Python that Canaille is installed in.

Called with a folder for its data, its port, and the address of the server that sends people here.
"""

import asyncio
import sys
from pathlib import Path

from asgiref.wsgi import WsgiToAsgi
from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from hypercorn.asyncio import serve
from hypercorn.config import Config
from joserfc.jwk import RSAKey

PASSWORD = "a bridge over the river"
CLIENT, SECRET = "commandcenter", "known to both alone"
# Its tokens of one second are alike and refused as doubles: so each test has a person to itself.
PEOPLE = ("zhao", "qian", "sun", "li", "zhou", "feng", "chen", "chu", "stranger")


def main(folder: Path, port: int, site: str) -> None:
    """Serve until the process is ended."""
    database = folder / "provider.db"
    is_new = not database.exists()
    key = folder / "key.pem"
    if is_new:
        key.write_bytes(RSAKey.generate_key(2048).as_pem(private=True))
    app = create_app({
        "SECRET_KEY": "for tests only",
        "SERVER_NAME": f"127.0.0.1:{port}",
        "PREFERRED_URL_SCHEME": "http",
        "CANAILLE": {"JAVASCRIPT": False, "HTMX": False, "ENABLE_INTRUDER_LOCKOUT": False},
        # What it costs to guess is a test of its own there.
        "CANAILLE_SQL": {
            "DATABASE_URI": f"sqlite:///{database}", "PASSWORD_SCHEMES": "pbkdf2_sha512",
        },
        "CANAILLE_OIDC": {"ACTIVE_JWKS": [key.read_text()], "TRUSTED_DOMAINS": "127.0.0.1"},
    }, init_backend=True)  # fmt: skip
    if is_new:
        with app.app_context():
            Backend.instance.install(app)
            fill(site)
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    asyncio.run(serve(WsgiToAsgi(app), config))


def fill(site: str) -> None:
    """Add people, and the server that they sign in to."""
    for name in PEOPLE:
        person = models.User(
            user_name=name, display_name=name, family_name=name, formatted_name=name,
            emails=[f"{name}@example.org"], password=PASSWORD,
        )  # fmt: skip
        Backend.instance.save(person)
    client = models.Client(
        client_id=CLIENT, client_secret=SECRET, client_name="Command Center", client_uri=site,
        redirect_uris=[f"{site}/login/oidc/back"], post_logout_redirect_uris=[f"{site}/login"],
        grant_types=["authorization_code"], response_types=["code"], scope=["openid", "profile"],
        token_endpoint_auth_method="client_secret_basic",
    )  # fmt: skip
    Backend.instance.save(client)
    client.audience = [client]
    Backend.instance.save(client)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
