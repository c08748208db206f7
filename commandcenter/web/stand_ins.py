"""Pictures that stand in for photos of a simulated city: nobody took them, and they say so.

There is one for each matter, whatever the number of cases; none lies in the database.
"""

from collections import OrderedDict
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

from commandcenter.domain.text import Text
from commandcenter.settings import ROOT

FACE = ROOT / "assets" / "fonts" / "noto-sans-sc-400.woff2"
SIZE, SMALL = (960, 720), (320, 240)
MOST_KEPT = 64
QUALITY = 82
MARK = Text("模拟", "SIMULATED")
SAID = Text("处置后画面 · 绘制，非实拍", "After handling · drawn, not photographed")
SKY, GROUND, WALL, EDGE = (206, 214, 222), (150, 159, 168), (178, 188, 198), (120, 130, 140)
BAND, INK, QUIET = (24, 38, 52), (240, 244, 248), (176, 190, 204)
HOUSES = ((0, 250), (150, 190), (300, 280), (470, 160), (640, 240), (800, 200))
"""Where each house begins and how high it is, in pixels."""
HORIZON, BAND_TOP = 430, 500
LONGEST_NAME = 880


class Drawn(NamedTuple):
    """A picture and its small one, both JPEG."""

    whole: bytes
    small: bytes

    @property
    def version(self) -> str:
        """What changes with its content."""
        return sha256(self.whole).hexdigest()[:12]


class StandIns:
    """Draws the picture of a matter when it is first asked for, and keeps the last ones."""

    def __init__(self, face: Path = FACE) -> None:
        self._face = face
        self._kept: OrderedDict[Text, Drawn] = OrderedDict()
        self._lock = Lock()

    def of(self, matter: Text) -> Drawn:
        """Return the picture for cases of a matter."""
        with self._lock:
            found = self._kept.get(matter)
            if found is None:
                found = self._kept[matter] = self._draw(matter)
            self._kept.move_to_end(matter)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return found

    def _draw(self, matter: Text) -> Drawn:
        picture = Image.new("RGB", SIZE, SKY)
        pen = ImageDraw.Draw(picture)
        _street(pen)
        width, height = SIZE
        pen.rectangle((0, BAND_TOP, width, height), fill=BAND)
        for top, size, words, colour in (
            (20, 68, f"{MARK.zh} {MARK.en}", BAND),
            (BAND_TOP + 16, 56, matter.zh, INK),
            (BAND_TOP + 98, 32, matter.in_language("en"), QUIET),
            (BAND_TOP + 158, 26, f"{SAID.zh} · {SAID.en}", QUIET),
        ):
            self._write(pen, top, size, words, colour)
        small = picture.resize(SMALL, Image.Resampling.LANCZOS)
        return Drawn(_jpeg(picture), _jpeg(small))

    def _write(
        self, pen: ImageDraw.ImageDraw, top: int, size: int, words: str,
        colour: tuple[int, int, int],
    ) -> None:
        """Write a line in the middle, smaller where it would be too long."""
        face = ImageFont.truetype(self._face, size)
        length = face.getlength(words)
        if length > LONGEST_NAME:
            face = face.font_variant(size=int(size * LONGEST_NAME / length))
        left = (SIZE[0] - face.getlength(words)) / 2
        pen.text((left, top), words, font=face, fill=colour)


def _street(pen: ImageDraw.ImageDraw) -> None:
    """Draw houses along a street."""
    width = SIZE[0]
    for left, high in HOUSES:
        pen.rectangle((left, HORIZON - high, left + 140, HORIZON), fill=WALL, outline=EDGE)
        for row in range(HORIZON - high + 20, HORIZON - 40, 50):
            for column in range(left + 18, left + 120, 40):
                pen.rectangle((column, row, column + 20, row + 26), fill=SKY)
    pen.rectangle((0, HORIZON, width, BAND_TOP), fill=GROUND)
    for left in range(20, width, 120):
        pen.rectangle((left, HORIZON + 32, left + 60, HORIZON + 38), fill=SKY)


def _jpeg(picture: Image.Image) -> bytes:
    written = BytesIO()
    picture.save(written, "JPEG", quality=QUALITY, optimize=True)
    return written.getvalue()
