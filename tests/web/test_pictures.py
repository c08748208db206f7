"""What people send as pictures is looked at by what it is, and made anew."""

from __future__ import annotations

import pytest

from commandcenter.errors import Invalid, Unavailable
from commandcenter.web.bodies import LARGEST_PHOTO
from commandcenter.web.pictures import AT_ONCE, SIDE, THUMB_SIDE, Studio
from tests.web.pictures import bomb, is_red, opened, picture


def test_a_phones_picture_is_turned_upright_and_tells_nothing_more() -> None:
    sent = picture(told=True)
    assert opened(sent).getexif()
    made = Studio().remake(sent)
    assert (made.width, made.height) == (40, 60)
    for pixels in (made.bytes, made.thumb):
        found = opened(pixels)
        assert not found.getexif() and "exif" not in found.info
        assert "张三".encode() not in pixels
        top, bottom = found.getpixel((20, 5)), found.getpixel((20, 55))
        assert is_red(top) and not is_red(bottom)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_each_kind_becomes_one_of_bounded_size(kind: str) -> None:
    made = Studio().remake(picture(3000, 1500, kind))
    assert (made.kind, made.width, made.height) == ("image/jpeg", SIDE, SIDE // 2)
    assert opened(made.bytes).format == opened(made.thumb).format == "JPEG"
    assert opened(made.thumb).size == (THUMB_SIDE, THUMB_SIDE // 2)


def test_what_is_clear_lies_on_white_paper() -> None:
    clear = picture(mode="RGBA", kind="PNG")
    assert opened(Studio().remake(clear).bytes).mode == "RGB"


def test_who_comes_while_too_many_are_made_is_told_to_come_again() -> None:
    studio = Studio(patience=0.01)
    for _ in range(AT_ONCE):
        assert studio._places.acquire()
    with pytest.raises(Unavailable):
        studio.remake(picture())
    studio._places.release()
    assert studio.remake(picture()).width == 60


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"GIF89a" + bytes(200),
        picture()[:400],
        picture(kind="PNG")[:60],
        bytes(LARGEST_PHOTO + 1),
        bomb(),
        bomb(6_000),
    ],
    ids=["nothing", "svg", "gif", "cut", "cut-png", "large", "bomb", "small-bomb"],
)
def test_what_is_no_picture_or_a_trap_is_refused(sent: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        Studio().remake(sent)
    assert refused.value.field == "photo"
