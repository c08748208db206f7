"""One printed page: text, lines, pictures and a sketch of a route, cut to the room there is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from math import cos, radians
from pathlib import Path
from typing import NamedTuple

import segno

from commandcenter.domain.clocks import Millis

WIDTH, HEIGHT, MARGIN = 210.0, 297.0, 15.0
INNER = WIDTH - 2 * MARGIN
BOTTOM = HEIGHT - MARGIN
FACE = "face"
INK, QUIET, HAIRLINE, PALE = (20, 28, 36), (96, 108, 120), (200, 207, 214), (244, 246, 248)
RED, GREEN, BLUE = (190, 38, 45), (32, 122, 72), (30, 88, 160)
SMALL, BODY, HEAD, TITLE = 8.0, 9.5, 11.0, 18.0
POINT_MM = 0.3528
"""Millimetres of a typographic point."""
LEADING = 1.45
STROKE_MM = 0.012
"""How wide the outline of bold letters is, for each point of their size."""
Colour = tuple[int, int, int]


class Stop(NamedTuple):
    """A numbered place on a sketch."""

    number: int
    lng: float
    lat: float


@dataclass(frozen=True, slots=True)
class Box:
    """Where something is drawn, in millimetres from the upper left corner."""

    left: float
    top: float
    width: float
    height: float


class Sheet:
    """An A4 page that is written from the top; `top` is where the next thing goes.

    `face` is a TrueType file. The same words at the same instant `at` make the same bytes.
    """

    def __init__(self, face: Path, title: str, at: Millis) -> None:
        # It loads for half a second what only who prints needs; every web process imports this.
        from fpdf import FPDF
        from fpdf.enums import WrapMode

        self._wraps = {True: WrapMode.WORD, False: WrapMode.CHAR}
        self._pdf = FPDF(format="A4")
        self._pdf.set_creation_date(datetime.fromtimestamp(at / 1000, UTC))
        self._pdf.set_title(title)
        self._pdf.set_producer("Command Center")
        self._pdf.set_auto_page_break(False)
        self._pdf.c_margin = 0
        self._pdf.add_font(FACE, "", face)
        self._pdf.add_page()
        self.top = MARGIN

    @property
    def room(self) -> float:
        """How many millimetres are left."""
        return BOTTOM - self.top

    def turn(self) -> None:
        """Go on with another page."""
        self._pdf.add_page()
        self.top = MARGIN

    def document(self) -> bytes:
        """Return the PDF."""
        return bytes(self._pdf.output())

    def text(
        self, words: str, box: Box, size: float = BODY, colour: Colour = INK, is_bold: bool = False
    ) -> None:
        """Write one line into a box, cut with an ellipsis where it is too long."""
        self._use(size, colour, is_bold)
        self._pdf.text(box.left, box.top + size * POINT_MM, self._cut(words, box.width))

    def aside(self, words: str, box: Box, size: float = SMALL, colour: Colour = QUIET) -> None:
        """Write one line that ends at the right edge of a box."""
        self._use(size, colour)
        words = self._cut(words, box.width)
        left = box.left + box.width - self._pdf.get_string_width(words)
        self._pdf.text(left, box.top + size * POINT_MM, words)

    def wrapped(self, words: str, width: float, size: float, most: int) -> list[str]:
        """Return words as at most so many lines; the last one shows that there is more."""
        self._use(size, INK)
        lines: list[str] = []
        for paragraph in self._known(words).splitlines() or [""]:
            mode = self._wraps[paragraph.isascii()]
            found = self._pdf.multi_cell(
                width, text=paragraph, dry_run=True, output="LINES", wrapmode=mode
            )
            lines += found if isinstance(found, list) and found else [""]
        if len(lines) <= most:
            return lines
        return [*lines[: most - 1], self._cut(lines[most - 1] + " …", width, is_more=True)]

    def width_of(self, words: str, size: float = BODY) -> float:
        """Return how wide words are."""
        self._use(size, INK)
        return self._pdf.get_string_width(self._known(words))

    def rule(self, top: float | None = None, colour: Colour = HAIRLINE) -> None:
        """Draw a hairline across the page."""
        at = self.top if top is None else top
        self._pdf.set_draw_color(*colour)
        self._pdf.set_line_width(0.2)
        self._pdf.line(MARGIN, at, WIDTH - MARGIN, at)

    def fill(self, box: Box, colour: Colour) -> None:
        """Fill a box with a colour."""
        self._pdf.set_fill_color(*colour)
        self._pdf.rect(box.left, box.top, box.width, box.height, style="F")

    def picture(self, data: bytes, box: Box) -> None:
        """Put a picture into a box, whole and in the middle of it."""
        self._pdf.image(
            BytesIO(data), box.left, box.top, box.width, box.height, keep_aspect_ratio=True
        )

    def code(self, address: str, box: Box) -> None:
        """Draw a QR code that says an address."""
        made = segno.make_qr(address, error="m")
        side = box.width / made.symbol_size(border=0)[0]
        self._pdf.set_fill_color(0, 0, 0)
        for row, line in enumerate(made.matrix):
            for column, is_dark in enumerate(line):
                if is_dark:
                    # A little larger, so that no printer leaves white lines between them.
                    x, y, wide = box.left + column * side, box.top + row * side, side * 1.02
                    self._pdf.rect(x, y, wide, wide, style="F")
        self._pdf.link(box.left, box.top, box.width, box.height, address)

    def sketch(
        self, route: Sequence[tuple[float, float]], stops: Sequence[Stop], box: Box
    ) -> float:
        """Draw a route (lng, lat) and its stops into a box; returns metres in a millimetre.

        That is 0 where everything lies on one spot.
        """
        self.fill(box, PALE)
        everything = [*route, *((stop.lng, stop.lat) for stop in stops)]
        if not everything:
            return 0.0
        frame = _Frame.around(everything, box)
        if len(route) > 1:
            self._pdf.set_draw_color(*BLUE)
            self._pdf.set_line_width(0.7)
            self._pdf.polyline([frame.place(*point) for point in route])
        for stop in reversed(stops):
            self._stop(stop, frame)
        return frame.metres

    def _stop(self, stop: Stop, frame: "_Frame") -> None:
        x, y = frame.place(stop.lng, stop.lat)
        self._pdf.set_fill_color(*BLUE)
        self._pdf.circle(x, y, 2.1, style="F")
        words = str(stop.number)
        self._use(7, (255, 255, 255))
        self._pdf.text(x - self._pdf.get_string_width(words) / 2, y + 0.9, words)

    def scale(self, metres: float, box: Box) -> None:
        """Draw the scale of a sketch into the lower right corner of its box."""
        if metres <= 0:
            return
        length = next((n for n in _ROUND if n / metres >= 12), _ROUND[-1])
        width = length / metres
        if width > box.width / 2:
            return
        right, at = box.left + box.width - 3, box.top + box.height - 3
        self._pdf.set_draw_color(*QUIET)
        self._pdf.set_line_width(0.4)
        self._pdf.line(right - width, at, right, at)
        words = f"{length} m" if length < 1000 else f"{length // 1000} km"
        self.aside(words, Box(right - 30, at - 4, 30, 4), 7)

    def _use(self, size: float, colour: Colour, is_bold: bool = False) -> None:
        self._pdf.set_font(FACE, size=size)
        self._pdf.set_text_color(*colour)
        # A second weight would take as long to unpack as the first: its outline is drawn instead.
        self._pdf.text_mode = "FILL_STROKE" if is_bold else "FILL"
        self._pdf.set_draw_color(*colour)
        self._pdf.set_line_width(size * STROKE_MM)

    def _cut(self, words: str, width: float, is_more: bool = False) -> str:
        words = self._known(words)
        if self._pdf.get_string_width(words) <= width:
            return words
        kept = words.removesuffix(" …") if is_more else words
        while kept and self._pdf.get_string_width(f"{kept}…") > width:
            kept = kept[:-1]
        return f"{kept.rstrip()}…"

    def _known(self, words: str) -> str:
        """Return words with a box for each character that the typeface does not have."""
        cmap = self._pdf.fonts[FACE].cmap  # type: ignore[union-attr]
        return "".join(c if c == "\n" or ord(c) in cmap else _absent(c) for c in words)


_ROUND = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)


def _absent(letter: str) -> str:
    return " " if letter.isspace() else "?"


@dataclass(frozen=True, slots=True)
class _Frame:
    """How places lie in a box: in their true shape, north above."""

    box: Box
    middle: tuple[float, float]
    metres: float
    """In a millimetre; 0 where there is but one spot."""

    @classmethod
    def around(cls, places: Iterable[tuple[float, float]], box: Box) -> "_Frame":
        given = list(places)
        west, east = min(p[0] for p in given), max(p[0] for p in given)
        south, north = min(p[1] for p in given), max(p[1] for p in given)
        middle = ((west + east) / 2, (south + north) / 2)
        wide = (east - west) * _DEGREE * cos(radians(middle[1]))
        high = (north - south) * _DEGREE
        metres = max(wide / (box.width - 14), high / (box.height - 12))
        return cls(box, middle, metres)

    def place(self, lng: float, lat: float) -> tuple[float, float]:
        x, y = self.box.left + self.box.width / 2, self.box.top + self.box.height / 2
        if self.metres <= 0:
            return x, y
        east = (lng - self.middle[0]) * _DEGREE * cos(radians(self.middle[1]))
        return x + east / self.metres, y - (lat - self.middle[1]) * _DEGREE / self.metres


_DEGREE = 111_195.0
"""Metres in a degree of latitude."""
