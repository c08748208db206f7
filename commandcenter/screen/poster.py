"""Posters of places: a page each, with the code that leads there."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import segno

from commandcenter.host.words import Words
from commandcenter.screen.report_sheet import (
    HAIRLINE,
    HEIGHT,
    INK,
    INNER,
    MARGIN,
    POINT_MM,
    QUIET,
    WIDTH,
    Box,
    Colour,
    Sheet,
)

CODE_SIDE = 110.0
CODE_TOP = 92.0
NAME, LINE, CALL, HINT, FOOT = 40.0, 14.0, 24.0, 14.0, 10.0
LEAST_NAME = 18.0
FAMILY = "Noto Sans SC, Microsoft YaHei, PingFang SC, sans-serif"


@dataclass(frozen=True, slots=True)
class Poster:
    """What stands on a poster: the place, where it lies from the top down, what the code says."""

    code: str
    name: str
    line: tuple[str, ...]
    address: str
    platform: str


def pages(posters: Iterable[Poster], words: Words, face: Path) -> bytes:
    """Return a PDF with a page for each poster; `face` is a TrueType file."""
    sheet: Sheet | None = None
    for poster in posters:
        if sheet is None:
            sheet = Sheet(face, f"{poster.platform} · {words('网格二维码')}", 0)
        else:
            sheet.turn()
        _draw(sheet, poster, words)
    if sheet is None:
        raise ValueError("no posters")
    return sheet.document()


def _draw(sheet: Sheet, poster: Poster, words: Words) -> None:
    size = NAME
    while size > LEAST_NAME and sheet.width_of(poster.name, size) > INNER:
        size -= 1
    for text, top, points, colour in _texts(poster, words, size):
        left = max(MARGIN, (WIDTH - sheet.width_of(text, points)) / 2)
        box = Box(left, top, WIDTH - MARGIN - left, points * POINT_MM)
        sheet.text(text, box, points, colour, is_bold=points > LINE)
    sheet.code(poster.address, Box((WIDTH - CODE_SIDE) / 2, CODE_TOP, CODE_SIDE, CODE_SIDE))
    sheet.rule(HEIGHT - 34, HAIRLINE)


def _texts(
    poster: Poster, words: Words, name: float
) -> list[tuple[str, float, float, Colour]]:
    """Return the words of a poster: top in mm, size in points, colour."""
    return [
        (poster.platform, 24, LINE, QUIET),
        (poster.name, 42, name, INK),
        (" › ".join(poster.line), 66, LINE, QUIET),
        (words("扫一扫，反映这里的问题"), CODE_TOP + CODE_SIDE + 16, CALL, INK),
        (words("拍张照片、写几个字即可，无需登录"), CODE_TOP + CODE_SIDE + 32, HINT, QUIET),
        (poster.code, HEIGHT - 26, FOOT, QUIET),
    ]


def drawing(poster: Poster, words: Words) -> str:
    """Return a poster as SVG, in millimetres of an A4 page."""
    made = segno.make_qr(poster.address, error="m")
    side = CODE_SIDE / made.symbol_size(border=0)[0]
    left = (WIDTH - CODE_SIDE) / 2
    squares = "".join(
        f"M{column} {row}h1v1h-1z"
        for row, line in enumerate(made.matrix)
        for column, is_dark in enumerate(line)
        if is_dark
    )
    texts = "".join(
        f'<text x="{WIDTH / 2}" y="{top + points * POINT_MM:.2f}" '
        f'font-size="{points * POINT_MM:.2f}" fill="rgb{colour}">{escape(text)}</text>'
        for text, top, points, colour in _texts(poster, words, NAME)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}mm" height="{HEIGHT}mm" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}"><rect width="100%" height="100%" fill="#fff"/>'
        f'<g font-family="{FAMILY}" text-anchor="middle">{texts}</g>'
        f'<path transform="translate({left} {CODE_TOP}) scale({side:.5f})" d="{squares}"/></svg>'
    )
