"""Pictures made for tests: of any kind, with what phones write into theirs."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

from PIL import Image

LEFT, RIGHT = (200, 30, 30), (30, 30, 200)
NORTH = {1: "N", 2: (34.0, 45.0, 0.0), 3: "E", 4: (113.0, 40.0, 0.0)}
ORIENTATION, GPS, MAKER = 0x0112, 0x8825, 0x010F
TURNED = 6
"""Taken upright with a phone whose chip lies on its side."""


def picture(
    width: int = 60, height: int = 40, kind: str = "JPEG", told: bool = False, mode: str = "RGB"
) -> bytes:
    """A picture that is red on the left and blue on the right; one that is `told` has EXIF."""
    made = Image.new(mode, (width, height), LEFT)
    made.paste(RIGHT, (width // 2, 0, width, height))
    written, exif = BytesIO(), Image.Exif()
    if told:
        exif[ORIENTATION], exif[MAKER] = TURNED, "张三的手机"
        exif.get_ifd(GPS).update(NORTH)
    made.save(written, kind, exif=exif)
    return written.getvalue()


def bomb(side: int = 30_000) -> bytes:
    """A PNG of a few bytes that says it is many gigabytes large."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        framed = kind + body
        return struct.pack(">I", len(body)) + framed + struct.pack(">I", zlib.crc32(framed))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    lines = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


def opened(pixels: bytes) -> Image.Image:
    """The picture that some bytes are."""
    return Image.open(BytesIO(pixels))


def is_red(colour: tuple[int, int, int]) -> bool:
    """Whether a colour is the left one, after it was pressed."""
    return colour[0] > 150 and colour[2] < 90
