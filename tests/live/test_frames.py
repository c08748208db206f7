"""Frames keep values as they were serialised."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commandcenter.live.frames import Frame, FrameError, decode, encode, join, serialised, split

json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
names = st.from_regex(r"\A[a-z][a-z0-9_-]*\Z")


@given(st.dictionaries(names, json), st.text(), st.booleans())
def test_a_frame_comes_back_as_it_was(values: dict[str, object], reason: str, full: bool) -> None:
    parts = {name: serialised(value) for name, value in values.items()}
    frame = Frame("watch.pulse|410100|0|zh|", 1, parts, full, "failed", reason)
    assert decode(encode(frame)) == frame


def test_arrays_are_serialised_as_lists() -> None:
    assert serialised({"counts": np.array([1, 2], np.int32)}) == b'{"counts":[1,2]}'


@pytest.mark.parametrize("payload", [b"", b"{}", b"[]", b"nonsense", b'{"t":"x"}\nno tab'])
def test_what_is_no_frame_is_refused(payload: bytes) -> None:
    with pytest.raises(FrameError):
        decode(payload)


def test_frames_that_were_rendered_together_travel_as_one_message() -> None:
    first = Frame("a|1|0|zh|", 5, {"x": b'{"words":"\\n"}'}, full=True)
    second = Frame("b|1|0|zh|", 6, {}, state="failed", reason="ValueError: no")
    assert split(join([encode(first), encode(second)])) == [first, second]
    assert split(encode(first)) == [first]
