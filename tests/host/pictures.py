"""Small pictures of each kind, and what a wrong one looks like."""

import base64
import struct
import zlib


def png(
    width: int = 2, height: int = 2, *, animated: bool = False, rows: list[bytes] | None = None
) -> bytes:
    """Return a grey PNG, of these rows if any; one that is very large is not really there."""

    def chunk(name: bytes, content: bytes) -> bytes:
        check = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    moves = chunk(b"acTL", struct.pack(">II", 2, 0)) if animated else b""
    grey = [b"\x80" * width] * min(height, 2000) if width <= 2000 else []
    pixels = chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows or grey)))
    return b"\x89PNG\r\n\x1a\n" + head + moves + pixels + chunk(b"IEND", b"")


def jpeg(width: int, height: int) -> bytes:
    """Return the beginning of a JPEG up to its frame header."""
    table = b"\xff\xdb" + struct.pack(">H", 67) + bytes(65)
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8" + table + frame


def webp(width: int, height: int, *, animated: bool = False) -> bytes:
    """Return the beginning of an extended WebP."""
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes([2 * animated, 0, 0, 0]) + sides
    return b"RIFF" + struct.pack("<I", len(body)) + body


def src(data: bytes, kind: str = "png") -> str:
    """Return bytes as a data URL, whatever they are."""
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


PNG = png()
