"""The project's own typeface for what is printed, as TrueType: unpacking it takes seconds."""

import os
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

from fontTools.ttLib import TTFont

PACKED = "noto-sans-sc-400.woff2"


def truetype(assets: Path, kept: Path) -> Path:
    """Return the TrueType file of the typeface in `assets`; unpacked once into the folder `kept`.

    Several processes may ask at once. Raises OSError where either folder cannot be used.
    """
    packed = assets / "fonts" / PACKED
    # By its content: another version of the font is another file.
    digest = sha256(packed.read_bytes()).hexdigest()[:12]
    path = kept / f"{packed.stem}-{digest}.ttf"
    if not path.exists():
        kept.mkdir(parents=True, exist_ok=True)
        _unpack(packed, path)
    return path


def _unpack(packed: Path, path: Path) -> None:
    font = TTFont(packed, recalcTimestamp=False)
    font.flavor = None
    with NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
        font.save(part)
    os.replace(part.name, path)
