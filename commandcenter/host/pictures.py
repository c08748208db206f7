"""Pictures that a panel sends: a PNG, JPEG or WebP as a data URL, looked into before it is sent."""

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any

from commandcenter.errors import PluginError
from commandcenter.host.shapes import type_of

MAX_PICTURE = 180 * 1024
"""Bytes of a picture; a third more as a data URL, which must fit into a part's value."""
MAX_SIDE = 4096
MAX_PIXELS = 8_000_000
DATA_URL = re.compile(r"data:image/(png|jpeg|webp);base64,([A-Za-z0-9+/]+={0,2})")
# The frame headers of JPEG, all but those of tables and of arithmetic coding.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
Size = tuple[int, int]


def encode_picture(data: bytes) -> str:
    """Return a picture's bytes as the `src` of a `Picture`; raises PluginError for what is none."""
    kind = next((kind for kind, (starts, _) in _KINDS.items() if starts(data)), "png")
    src = f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"
    if fault := picture_fault(src):
        raise PluginError(f"the picture {fault}")
    return src


def picture_fault(src: Any) -> str | None:
    """Return what is wrong with a data URL, None for a picture that may be shown."""
    found = DATA_URL.fullmatch(src) if isinstance(src, str) else None
    if found is None:
        begins = repr(src[:40]) if isinstance(src, str) else type_of(src)
        return f"is {begins}: a PNG, JPEG or WebP made by encode_picture is needed, no address"
    if len(src) * 3 // 4 > MAX_PICTURE:
        return f"has over {MAX_PICTURE // 1024} KB: make it smaller or send a path of this server"
    try:
        data = base64.b64decode(found[2], validate=True)
        return _content_fault(found[1], data)
    except (binascii.Error, IndexError):
        return f"is no complete {found[1].upper()}"


def _content_fault(kind: str, data: bytes) -> str | None:
    starts, measure = _KINDS[kind]
    if not starts(data):
        return f"is called image/{kind} but does not begin as one"
    size = measure(data)
    if size is None:
        return "is animated: a picture stands still"
    width, height = size
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE and width * height <= MAX_PIXELS):
        return f"has {width} x {height} pixels: at most {MAX_SIDE} a side and {MAX_PIXELS:,} in all"
    return None


def _png(data: bytes) -> Size | None:
    if b"acTL" in data[: data.find(b"IDAT")]:
        return None
    if len(data) < 33 or data[12:16] != b"IHDR":
        raise IndexError
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


def _jpeg(data: bytes) -> Size:
    at = 2
    while data[at + 1] not in _FRAMES:
        if data[at] != 0xFF:
            raise IndexError
        # A marker may be preceded by any number of fill bytes.
        at += 1 if data[at + 1] == 0xFF else 2 + max(2, _big(data, at + 2))
    if len(data) < at + 9:
        raise IndexError
    return _big(data, at + 7), _big(data, at + 5)


def _big(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")


def _webp(data: bytes) -> Size | None:
    little = int.from_bytes
    if len(data) < 30:
        raise IndexError
    match data[12:16]:
        case b"VP8 ":
            return little(data[26:28], "little") & 0x3FFF, little(data[28:30], "little") & 0x3FFF
        case b"VP8L":
            packed = little(data[21:25], "little")
            return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
        case b"VP8X" if data[20] & 0x02:
            return None
        case b"VP8X":
            return little(data[24:27], "little") + 1, little(data[27:30], "little") + 1
        case _:
            raise IndexError


_KINDS: dict[str, tuple[Callable[[bytes], bool], Callable[[bytes], Size | None]]] = {
    "png": (lambda data: data.startswith(b"\x89PNG\r\n\x1a\n"), _png),
    "jpeg": (lambda data: data.startswith(b"\xff\xd8\xff"), _jpeg),
    "webp": (lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP", _webp),
}
