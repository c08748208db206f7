"""All sites with what they hold."""

from typing import Any

from commandcenter.api import Block, Column, Note, Panel, Table, Text, View

from .said import Site, origin, sites

COLUMNS = (
    Column("name", Text("点位", "Site"), 3.2),
    Column("used", Text("在用", "In use"), 0.9, "right", "number"),
    Column("capacity", Text("能力", "Of"), 0.9, "right", "number"),
    Column("state", Text("状态", "State"), 2.3, form="tone"),
)


def sites_panel() -> Panel:
    """A table with a line for each site."""
    title = Text("点位一览", "All sites")
    parts = (Table("sites", grow=True, columns=COLUMNS), Note("origin"))
    formula = Text(
        "在用 / 能力：隔离点为入住人数 / 床位，检测点为排队人数 / 每小时检测数",
        "In use / capacity: people / beds where one is isolated, in line / tests an hour elsewhere",
    )
    return Panel(
        "guancheng_isolation.sites", title, parts, render, pace="charts", interval=120,
        formula=formula,
        block=Block.PLACES,
    )  # fmt: skip


def render(view: View) -> dict[str, Any]:
    """Return a line for each site of the scope, the most strained first."""
    return {"sites": {"rows": [_row(view, s) for s in sites(view)]}, "origin": origin(view)}


def _row(view: View, site: Site) -> dict[str, Any]:
    return {
        "key": site.key,
        "name": site.name,
        "used": None if site.is_stale else site.used,
        "capacity": site.capacity,
        "state": {"tone": site.tone, "text": _state(view, site)},
    }


def _state(view: View, site: Site) -> str:
    if site.is_stale:
        return view.t("未上报")
    if site.kind == "testing":
        if site.minutes is None:
            return view.t("未开放")
        return view.t("等候 {n} 分", n=site.minutes)
    if site.share is None:
        return view.t("未开放")
    return view.t("占用 {n}%", n=round(100 * site.share))
