"""Frames between the server and a plugin's process: a JSON head and raw buffers, never pickle."""

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from commandcenter.errors import CommandCenterError

MEGABYTE = 1024 * 1024
FROM_CHILD, TO_CHILD = 4 * MEGABYTE, 64 * MEGABYTE
"""What may be sent at once: a whole city's tree and outlines go to who serves everywhere."""
LENGTHS = Struct("!II")
"""Before each frame: the length of its head, and of the buffers that follow it."""
BYTES = "bytes"
DTYPES = frozenset((
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32",
    "float64",
))  # fmt: skip
MAX_DIMENSIONS = 4
Array = NDArray[Any]
Buffer = Array | bytes


class Garbled(CommandCenterError):
    """What came is no frame, or a longer one than may be sent."""


class Ended(CommandCenterError):
    """The other end has closed the connection."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What came in one piece; each buffer is an array of its own or bytes."""

    head: Mapping[str, Any]
    buffers: Sequence[Buffer] = ()


class Wire:
    """One end of a connection that takes and sends frames of at most so many bytes."""

    def __init__(self, connection: socket.socket, takes: int, sends: int) -> None:
        self._socket = connection
        self._takes = takes
        self._sends = sends
        self._lengths = bytearray(LENGTHS.size)
        self._body: bytearray | None = None
        self._filled = 0

    def fileno(self) -> int:
        """Return the descriptor to wait on."""
        return self._socket.fileno()

    def send(self, head: Mapping[str, Any], buffers: Sequence[Buffer] = ()) -> None:
        """Send a frame within the socket's timeout; raises Ended, Garbled for one too long."""
        self.send_packed(pack(head, buffers))

    def send_packed(self, packed: bytes) -> None:
        """Send a frame that is ready."""
        if len(packed) - LENGTHS.size > self._sends:
            raise Garbled(f"{len(packed):,} bytes at once; at most {self._sends:,} may be sent")
        try:
            self._socket.sendall(packed)
        except TimeoutError:
            raise
        except OSError as error:
            raise Ended("the connection is closed") from error

    def receive(self) -> Frame:
        """Wait for a frame; raises Ended or Garbled."""
        while True:
            frame = self.read()
            if frame is not None:
                return frame

    def read(self) -> Frame | None:
        """Take what has come, in one read; returns the frame once it is whole."""
        target = self._lengths if self._body is None else self._body
        with memoryview(target) as view:
            self._filled += self._take(view[self._filled :])
        if self._filled < len(target):
            return None
        self._filled = 0
        if self._body is not None:
            body, self._body = self._body, None
            return unpack(LENGTHS.unpack(self._lengths)[0], body)
        self._body = bytearray(self._announced())
        return None

    def close(self) -> None:
        """Close this end."""
        self._socket.close()

    def _take(self, into: memoryview) -> int:
        try:
            taken = self._socket.recv_into(into)
        except TimeoutError:
            raise
        except OSError as error:
            raise Ended("the connection is closed") from error
        if taken == 0:
            raise Ended("the connection is closed")
        return taken

    def _announced(self) -> int:
        head, buffers = LENGTHS.unpack(self._lengths)
        if head < 2:
            raise Garbled("a frame without a head")
        if head + buffers > self._takes:
            raise Garbled(f"more than {self._takes // MEGABYTE} MB at once")
        return int(head + buffers)


def pack(head: Mapping[str, Any], buffers: Sequence[Buffer] = ()) -> bytes:
    """Return a frame as bytes; raises Garbled for what is no JSON or of another dtype."""
    contiguous = [b if isinstance(b, bytes) else np.ascontiguousarray(b) for b in buffers]
    shapes = [_shape(buffer) for buffer in contiguous]
    try:
        words = orjson.dumps([head, shapes], default=_plain)
    except TypeError as error:
        raise Garbled(f"what is to be sent is no JSON: {error}") from error
    raw = [b if isinstance(b, bytes) else b.tobytes() for b in contiguous]
    return b"".join((LENGTHS.pack(len(words), sum(map(len, raw))), words, *raw))


def unpack(head: int, body: bytearray) -> Frame:
    """Read a frame whose head has so many bytes; raises Garbled."""
    try:
        said, shapes = orjson.loads(memoryview(body)[:head])
    except (ValueError, TypeError) as error:
        raise Garbled("a head that is no JSON") from error
    if not isinstance(said, dict) or not isinstance(shapes, list):
        raise Garbled("a head of another shape")
    buffers, at = [], head
    for shape in shapes:
        buffer, at = _buffer(shape, body, at)
        buffers.append(buffer)
    if at != len(body):
        raise Garbled("buffers of another length than announced")
    return Frame(said, tuple(buffers))


def _shape(buffer: Buffer) -> tuple[str, Sequence[int]]:
    if isinstance(buffer, bytes):
        return BYTES, (len(buffer),)
    if buffer.dtype.name not in DTYPES or not buffer.dtype.isnative:
        raise Garbled(f"an array of {buffer.dtype}; it may be of {', '.join(sorted(DTYPES))}")
    return buffer.dtype.name, buffer.shape


def _buffer(shape: Any, body: bytearray, at: int) -> tuple[Buffer, int]:
    name, sizes = _announced_shape(shape)
    count = 1
    for size in sizes:
        count *= size
    end = at + count * (1 if name == BYTES else np.dtype(name).itemsize)
    if end > len(body):
        raise Garbled("buffers of another length than announced")
    if name == BYTES:
        return bytes(body[at:end]), end
    # A copy of its own: aligned, and it does not keep the whole frame.
    return np.frombuffer(body[at:end], name).reshape(sizes), end


def _announced_shape(shape: Any) -> tuple[str, list[int]]:
    if not isinstance(shape, list) or len(shape) != 2:
        raise Garbled("a buffer without a shape")
    name, sizes = shape
    if name != BYTES and (not isinstance(name, str) or name not in DTYPES):
        raise Garbled("a buffer of another type")
    whole = isinstance(sizes, list) and all(type(s) is int and 0 <= s < 2**32 for s in sizes)
    if not whole or len(sizes) > MAX_DIMENSIONS or (name == BYTES and len(sizes) != 1):
        raise Garbled("a buffer of another shape")
    return name, sizes


def _plain(value: object) -> object:
    """Return a number of numpy as one of Python; raises TypeError for anything else."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot be sent")
