"""Signed links: what a poster's or a wall's QR code says, which nobody else can write."""

import hmac
from dataclasses import dataclass
from hashlib import sha256

from itsdangerous import BadData, URLSafeSerializer, URLSafeTimedSerializer

from commandcenter.errors import NotFound

POSTER, WALL, RECEIPT = (f"commandcenter {name} 1" for name in ("poster", "wall", "receipt"))
"""Another purpose of the same secret signs otherwise."""
WALL_SECONDS = 150
"""A wall's code is renewed each minute, and is good while somebody takes out the tablet."""


@dataclass(frozen=True, slots=True)
class WallShown:
    """What a wall showed when its code was scanned."""

    layout: str
    cell: str
    face: str = ""

    @property
    def path(self) -> str:
        """Where the same is seen."""
        face = f"&face={self.face}" if self.face else ""
        return f"/wall/{self.layout}?cell={self.cell}{face}"


class Links:
    """Makes and reads signed links; `secret` is the server's."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._posters = URLSafeSerializer(secret, salt=POSTER)
        self._walls = URLSafeTimedSerializer(secret, salt=WALL)

    def poster(self, cell: str) -> str:
        """Return the token of the poster of a cell; it is good as long as the secret is."""
        return _text(self._posters.dumps(cell))

    def cell(self, token: str) -> str:
        """Return the cell of a poster; raises NotFound for what no poster says."""
        try:
            found = self._posters.loads(token)
        except BadData as error:
            raise NotFound("no such poster") from error
        return str(found)

    def wall(self, shown: WallShown) -> str:
        """Return the token of what a wall shows now."""
        return _text(self._walls.dumps([shown.layout, shown.cell, shown.face]))

    def shown(self, token: str) -> WallShown:
        """Return what a wall showed; raises NotFound for a token that is wrong or too old."""
        try:
            layout, cell, face = self._walls.loads(token, max_age=WALL_SECONDS)
        except (BadData, ValueError, TypeError) as error:
            raise NotFound("the code of this wall is too old: scan it once more") from error
        return WallShown(str(layout), str(cell), str(face))

    def receipt(self, report: str) -> bytes:
        """Return bytes that follow from a report and that nobody can guess."""
        return hmac.digest(self._secret, f"{RECEIPT} {report}".encode(), sha256)


def _text(made: str | bytes) -> str:
    return made if isinstance(made, str) else made.decode()
