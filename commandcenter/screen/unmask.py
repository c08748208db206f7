"""The button that leads to the plain words of a case, for who may see them."""

from typing import Any

import orjson
from dash import html

from commandcenter.domain.rights import Block, Right
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.screen.tablet import Surroundings


def may_unmask(viewer: Viewer) -> bool:
    """Tell whether a viewer may see plain words at all."""
    has_clearance = viewer.clearance >= Clearance.PERSONAL
    return has_clearance and viewer.may(Right.UNMASK) and Block.PEOPLE in viewer.blocks


def unmask_button(around: Surroundings, case_id: int) -> html.Button | None:
    """Return the button, None for who may not; its words are those of the sheet it opens."""
    if not may_unmask(around.viewer):
        return None
    t = around.words
    words = {
        "title": t("显示原文"), "kept": t("事由记入审计日志"), "reason": t("事由"),
        "show": t("显示"), "cancel": t("取消"), "close": t("关闭"), "reporter": t("上报人"),
        "phone": t("电话"), "title_of": t("标题"), "description": t("描述"), "more": t("其他"),
        "often": t("查看过于频繁，请稍后再试"),
        "refused": t("不能显示：请写明事由，或您没有此权限"),
        "away": t("连不上服务器，请稍后再试"),
    }  # fmt: skip
    said = orjson.dumps(words).decode()
    attributes: dict[str, Any] = {"data-case": str(case_id), "data-words": said}
    return html.Button(t("显示原文"), type="button", className="cc-unmask", **attributes)
