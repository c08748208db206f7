"""Frames come through as they were, and what is no frame is refused before it costs anything."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commandcenter.sandbox.wire import DTYPES, LENGTHS, Ended, Frame, Garbled, Wire, pack, unpack

Ends = tuple[Wire, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    ours, theirs = socket.socketpair()
    ours.settimeout(5)
    yield Wire(ours, 100_000, 100_000), theirs
    ours.close()
    theirs.close()


def test_heads_arrays_and_bytes_come_through(ends: Ends) -> None:
    wire, other = ends
    arrays = [np.arange(6).reshape(2, 3).astype(dtype) for dtype in sorted(DTYPES)]
    packed = pack({"a": [1, "é", None], "n": np.int64(7)}, [*arrays, b"raw", np.zeros((0, 4))])
    # However it is cut on its way.
    for start, end in pairwise([0, 1, 8, 9, 50, len(packed)]):
        other.sendall(packed[start:end])
        frame = wire.read() if end < 9 else None
        assert frame is None
    frame = wire.receive()
    assert frame.head == {"a": [1, "é", None], "n": 7}
    *found, raw, empty = frame.buffers
    assert raw == b"raw" and isinstance(empty, np.ndarray) and empty.shape == (0, 4)
    for sent, got in zip(arrays, found, strict=True):
        assert isinstance(got, np.ndarray)
        assert got.dtype == sent.dtype and (got == sent).all() and got.flags.writeable


REFUSED: dict[str, bytes] = {
    "a frame that is too long": LENGTHS.pack(2, 2**32 - 1),
    "a frame without a head": LENGTHS.pack(0, 0),
    "no JSON": LENGTHS.pack(2, 0) + b"{]",
    "another head": LENGTHS.pack(7, 0) + b"[1, []]",
    "a pickle": LENGTHS.pack(13, 0) + b"\x80\x04cos\nsystem\n.",
    "depth": LENGTHS.pack(50_000, 0) + b"[" * 50_000,
}
SHAPES: list[Any] = [
    ["object", [1]], ["int8", [-1]], ["int8", [2**40]], ["int8", [1] * 9], ["int8", "1"],
    ["int8", [True]], ["bytes", [1, 1]], ["int64", [2]], ["<U9", [1]], "int8", [["int8"], [1]],
]  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_frame_is_refused(ends: Ends, name: str) -> None:
    wire, other = ends
    other.sendall(REFUSED[name])
    with pytest.raises(Garbled):
        wire.receive()


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_what_is_no_buffer_is_refused(shape: Any) -> None:
    head = orjson.dumps([{}, [shape]])
    with pytest.raises(Garbled):
        unpack(len(head), bytearray(head + b"\0"))


@given(st.binary(max_size=200), st.integers(0, 300))
def test_nothing_that_comes_raises_anything_else(body: bytes, head: int) -> None:
    with suppress(Garbled):
        assert isinstance(unpack(head, bytearray(body)), Frame)


def test_neither_end_sends_more_than_may_be_taken(ends: Ends) -> None:
    with pytest.raises(Garbled, match="at most 100,000 may be sent"):
        ends[0].send({}, [b"x" * 100_000])
    for wrong in (np.array(["words"]), np.array([object()])):
        with pytest.raises(Garbled, match="an array of"):
            pack({}, [wrong])
    with pytest.raises(Garbled, match="is no JSON"):
        pack({"a": object()})


def test_a_closed_connection_is_told(ends: Ends) -> None:
    wire, other = ends
    other.sendall(LENGTHS.pack(10, 0) + b"[{}")
    other.close()
    with pytest.raises(Ended):
        wire.receive()
    with pytest.raises(Ended):
        for _ in range(100):
            wire.send({"a": "x" * 1000})
