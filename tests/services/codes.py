"""Reads QR codes as a page has drawn them: clean, upright, of bytes; nothing is to be corrected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from playwright.sync_api import Locator
from segno import consts, encoder

QUIET = 2
"""Modules of the white border."""
DRAWN = """async (img) => {
  await img.decode();
  const size = img.naturalWidth, scale = 4, canvas = document.createElement('canvas');
  canvas.width = canvas.height = size * scale;
  const pen = canvas.getContext('2d');
  pen.drawImage(img, 0, 0, canvas.width, canvas.height);
  const at = (n) => (n + 0.5) * scale;
  return [...Array(size).keys()].map((y) => [...Array(size).keys()].map((x) =>
    pen.getImageData(at(x), at(y), 1, 1).data[1] < 128 ? 1 : 0));
}"""
MASK_OF_FORMAT = 0b101010000010010


def code_in(image: Locator) -> str:
    """Return what the code in an image says."""
    drawn: list[list[int]] = image.evaluate(DRAWN)
    return said([row[QUIET:-QUIET] for row in drawn[QUIET:-QUIET]])


def said(modules: Sequence[Sequence[int]]) -> str:
    """Return what a code of these modules (1 is dark) says, in one segment of bytes."""
    size = len(modules)
    version = (size - 17) // 4
    bits = "".join(str(modules[8][x]) for x in (0, 1, 2, 3, 4, 5, 7, 8))
    bits += "".join(str(modules[y][8]) for y in (7, 5, 4, 3, 2, 1, 0))
    form = (int(bits, 2) ^ MASK_OF_FORMAT) >> 10
    level, mask = form >> 3, encoder.get_data_mask_functions(is_micro=False)[form & 7]
    stream = [modules[y][x] ^ mask(y, x) for y, x in _way(version, size)]
    words = [int("".join(map(str, stream[at : at + 8])), 2) for at in range(0, len(stream) - 7, 8)]
    data = "".join(f"{word:08b}" for word in _blocks(words, version, level))
    assert data[:4] == "0100", "not of bytes"
    width = 8 if version < 10 else 16
    length = int(data[4 : 4 + width], 2)
    found = data[4 + width : 4 + width + 8 * length]
    return bytes(int(found[at : at + 8], 2) for at in range(0, len(found), 8)).decode()


def _way(version: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield the modules that carry data, in their order: up and down in pairs of columns."""
    reserved = encoder.make_matrix(size, size)
    encoder.add_finder_patterns(reserved, size, size)
    encoder.add_alignment_patterns(reserved, size, size)
    up = True
    for right in (*range(size - 1, 6, -2), *range(5, 0, -2)):
        for y in range(size - 1, -1, -1) if up else range(size):
            for x in (right, right - 1):
                if reserved[y][x] == 2:
                    yield y, x
        up = not up


def _blocks(words: Sequence[int], version: int, level: int) -> list[int]:
    """Return the words of data, which lie in several blocks by turns."""
    sizes = [kind.num_data for kind in consts.ECC[version][level] for _ in range(kind.num_blocks)]
    blocks: list[list[int]] = [[] for _ in sizes]
    taken = iter(words)
    turns = zip_longest(*[[at] * size for at, size in enumerate(sizes)])
    for turn in turns:
        for at in turn:
            if at is not None:
                blocks[at].append(next(taken))
    return [word for block in blocks for word in block]
