"""Photos on a page: small ones in a row, which open in the viewer of photos."""

from collections.abc import Sequence
from typing import Any

from dash import html

from commandcenter.cases.photos import Photo, StandIn
from commandcenter.host.words import Words
from commandcenter.screen.tablet import Surroundings
from commandcenter.screen.tablet_kit import Photos
from commandcenter.screen.timeline import at_words


def photo_row(
    around: Surroundings, id: str, shown: Sequence[Photo | StandIn]
) -> Photos | None:
    """Return pictures of this server; nothing where there are none."""
    if not shown:
        return None
    links = [_photo(around, photo) for photo in shown]
    return Photos(links, id=id, words=viewer_words(around.words))


def viewer_words(words: Words) -> dict[str, str]:
    """Return what the viewer of photos says."""
    return {
        "close": words("关闭"), "before": words("上一张"), "after": words("下一张"),
        "of": words("第 {at} 张，共 {n} 张", at="{at}", n="{n}"),
        "away": words("此刻打不开这张照片"),
    }  # fmt: skip


def _photo(around: Surroundings, photo: Photo | StandIn) -> html.A:
    title = at_words(around, photo.at)
    if isinstance(photo, StandIn):
        title = around.words("{at} · 模拟画面，非实拍", at=title)
    more: dict[str, Any] = {"data-photo": photo.url.rpartition("/")[2]}
    picture = html.Img(src=photo.thumb, alt=around.words("照片 {at}", at=title))
    return html.A(picture, href=photo.url, title=title, target="_blank", **more)
