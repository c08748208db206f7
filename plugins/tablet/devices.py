"""The devices in a cell with what they said last, those in need first."""

from typing import Any

from commandcenter.api import Block, Board, Column, Device, Panel, Text, View, place_of

LIMIT = 30
COLUMNS = (
    Column("name", Text("设备", "Device"), 2.0),
    Column("says", Text("读数", "Reading"), 1.4),
    Column("where", Text("地点", "Where"), 2.0),
    Column("at", Text("读取", "Read"), 1.1, "right", "age"),
)


def devices_panel() -> Panel:
    """Name, what it says, where it is and when it was heard."""
    board = Board("devices", grow=True, columns=COLUMNS, row_height=44, turns=False)
    title = Text("附近设备", "Devices nearby")
    return Panel("tablet.devices", title, (board,), render, pace="charts", block=Block.DEVICES)


def render(view: View) -> dict[str, Any]:
    """Return the devices."""
    return {"devices": {"rows": [_row(view, device) for device in view.devices(LIMIT)]}}


def _row(view: View, device: Device) -> dict[str, Any]:
    return {
        "key": device.key,
        "name": device.name,
        "says": device.says,
        "where": place_of(view, view.tree.position[device.cell]),
        "at": device.at,
        "tone": device.tone,
    }
