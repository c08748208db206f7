import base64
import re

import pytest

from commandcenter.errors import PluginError
from commandcenter.host.pictures import MAX_PICTURE, encode_picture, picture_fault
from tests.host.pictures import PNG, jpeg, png, src, webp


@pytest.mark.parametrize(
    ("kind", "data"),
    [("png", png(640, 480)), ("jpeg", jpeg(640, 480)), ("webp", webp(640, 480))],
)
def test_a_picture_is_named_for_what_it_is(kind, data):
    found = encode_picture(data)
    assert found == src(data, kind)
    assert base64.b64decode(found.partition(",")[2]) == data


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("https://elsewhere/a.png", "no address"),
        ("data:image/gif;base64,R0lGODlh", "PNG, JPEG or WebP"),
        ("data:image/png;base64,%3Cscript%3E", "PNG, JPEG or WebP"),
        (src(b"<svg onload='alert(1)'/>"), "does not begin as one"),
        (src(PNG, "jpeg"), "is called image/jpeg but does not begin as one"),
        (src(PNG[:20]), "is no complete PNG"),
        (src(jpeg(5, 5)[:-9], "jpeg"), "is no complete JPEG"),
        (src(webp(5, 5)[:20], "webp"), "is no complete WEBP"),
        (src(png(5000, 10)), "has 5000 x 10 pixels: at most 4096 a side"),
        (src(jpeg(4000, 4000), "jpeg"), "8,000,000 in all"),
        (src(png(0, 10)), "has 0 x 10 pixels"),
        (src(png(animated=True)), "is animated"),
        (src(webp(5, 5, animated=True), "webp"), "is animated"),
        (src(PNG + bytes(MAX_PICTURE)), "has over 180 KB"),
        (5, "is a int"),
    ],
)
def test_what_is_no_picture_is_refused_with_the_reason(wrong, words):
    assert re.search(re.escape(words), picture_fault(wrong) or "nothing")


def test_an_author_hears_at_once_that_bytes_are_no_picture():
    with pytest.raises(PluginError, match="does not begin as one"):
        encode_picture(b"GIF89a")
