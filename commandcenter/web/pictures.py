"""Pictures that people send, made anew: upright, of bounded size, with nothing written into them.

What a picture is, is read from its bytes: neither a name nor a type that somebody gives is asked.
"""

import struct
import zlib
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from threading import BoundedSemaphore

from PIL import Image, ImageOps

from commandcenter.errors import Invalid, Unavailable
from commandcenter.web.bodies import LARGEST_PHOTO

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = {"JPEG": 80_000_000, "MPO": 80_000_000}
"""A JPEG is read at a fraction of its size; others are held in memory whole."""
MOST_PIXELS_WHOLE = 24_000_000
SIDE, THUMB_SIDE = 1600, 320
QUALITY, THUMB_QUALITY = 82, 75
AT_ONCE = 2
"""So many pictures are worked on at once: each takes some 100 MB at worst."""
PATIENCE_SECONDS = 5.0
"""Who waits holds a thread that pages need."""
KIND = "image/jpeg"
PAPER = (255, 255, 255)
"""What shows through where a picture is transparent."""
BROKEN = (OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, ArithmeticError,
          struct.error, zlib.error)  # fmt: skip
"""What decoders raise for bytes that are no picture or end too early."""
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
FIELD = "photo"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is kept; `digest` is the SHA-256 of what was sent."""

    digest: str
    kind: str
    width: int
    height: int
    thumb: bytes
    bytes: bytes


class Studio:
    """Makes pictures anew, a few at once; who comes then waits, though not for long."""

    def __init__(self, patience: float = PATIENCE_SECONDS) -> None:
        self._places = BoundedSemaphore(AT_ONCE)
        self._patience = patience

    def remake(self, sent: bytes) -> Picture:
        """Return what was sent as a picture to be kept; raises Invalid for what is none, or
        Unavailable while too many are being made.
        """
        if not sent:
            raise Invalid("send a picture as the body, or as the file `photo` of a form", FIELD)
        if len(sent) > LARGEST_PHOTO:
            raise Invalid(f"is larger than {LARGEST_PHOTO // 2**20} MB: make it smaller", FIELD)
        if not self._places.acquire(timeout=self._patience):
            raise Unavailable("too many pictures are being made anew: they are sent again")
        try:
            return _remade(sent)
        except BOMBS as error:
            raise _too_many() from error
        except BROKEN as error:
            raise Invalid("is no JPEG, PNG or WebP picture, or a broken one", FIELD) from error
        finally:
            self._places.release()


def _remade(sent: bytes) -> Picture:
    with Image.open(BytesIO(sent), formats=FORMATS) as found:
        width, height = found.size
        if width * height > MOST_PIXELS.get(found.format or "", MOST_PIXELS_WHOLE):
            raise _too_many()
        found.draft("RGB", (SIDE, SIDE))
        upright = ImageOps.exif_transpose(found)
        plain = _on_paper(upright)
    plain.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    small = plain.copy()
    small.thumbnail((THUMB_SIDE, THUMB_SIDE), Image.Resampling.LANCZOS)
    digest = sha256(sent).hexdigest()
    return Picture(digest, KIND, *plain.size, _jpeg(small, THUMB_QUALITY), _jpeg(plain, QUALITY))


def _on_paper(found: Image.Image) -> Image.Image:
    """Return the pixels alone, in plain colours: neither palette nor transparency nor data."""
    if found.has_transparency_data:
        clear = found.convert("RGBA")
        paper = Image.new("RGB", clear.size, PAPER)
        paper.paste(clear, mask=clear.getchannel("A"))
        return paper
    plain = Image.new("RGB", found.size)
    plain.paste(found.convert("RGB"))
    return plain


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    written = BytesIO()
    picture.save(written, "JPEG", quality=quality, optimize=True, progressive=True)
    return written.getvalue()


def _too_many() -> Invalid:
    most = MOST_PIXELS_WHOLE // 1_000_000
    return Invalid(f"has too many pixels: send a JPEG, or at most {most} million of them", FIELD)
