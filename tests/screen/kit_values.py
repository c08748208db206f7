"""A value for each part of the gallery."""

import math
from typing import Any

from commandcenter.api import encode_picture
from tests.host.pictures import png

HOUR, LAG = 3_600_000, 420_000


def scene() -> bytes:
    """Return a picture in greys: a road that leads away under an evening sky."""
    width, height = 480, 270
    rows = []
    for y in range(height):
        sky = 40 + 150 * y // height if y < 110 else 60
        half = max(0, (y - 110) * 5 // 4)
        left, right = max(0, width // 2 - half), min(width, width // 2 + half)
        line = max(1, (y - 110) // 24) if y > 110 and (y // 16) % 2 else 0
        row = bytearray([sky]) * width
        row[left:right] = bytes([100]) * (right - left)
        row[width // 2 - line : width // 2 + line] = bytes([200]) * (2 * line)
        rows.append(bytes(row))
    return png(width, height, rows=rows)


def values(now: int) -> dict[str, dict[str, Any]]:
    """Return a value for each part, by panel; `now` in milliseconds."""
    wave = [round(86.2 + math.sin(at / 7) * 0.9 + at / 80, 2) for at in range(96)]
    pump = [None if 40 < at < 52 else max(0, round(900 * math.sin(at / 15))) for at in range(96)]
    rows = [
        {"name": name, "level": level, "state": {"tone": tone, "text": text}, "key": name,
         "at": now - at * HOUR - LAG, "since": now - at * HOUR - LAG, "href": f"/cell/{at}"}
        for at, (name, level, tone, text) in enumerate([
            ("京广路下穿", 31.5, "red", "积水"), ("农业路高架下", 18, "yellow", "预警"),
            ("龙湖外环", 4.2, "good", "正常"), ("金水河二号闸", None, "quiet", "离线"),
            ("东风渠三全路", 2, "good", "正常"), ("贾鲁河大堤", 1.1, "blue", "关注"),
            ("熊耳河人民路", 0.4, "good", "正常"), ("七里河航海路", 0.2, "good", "正常"),
            ("潮河南四环", 0, "good", "正常"), ("魏河连霍", 0, "good", "正常"),
            ("索须河", 0, "good", "正常"), ("丈八沟", 0, "good", "正常"),
        ])
    ]  # fmt: skip
    items = [
        {"at": now + round(at * HOUR), "label": label, "tone": tone, "note": note}
        | ({"until": now + round(until * HOUR)} if until else {})
        for at, until, label, tone, note in [
            (-5.5, -3, "京广路抽排", "good", "已完成"), (-4, 0, "农业路巡查", "plain", "张工"),
            (-2.2, 0, "二号闸检修逾期", "red", "逾期 2 小时"), (-0.5, 0, "积水核实", "yellow", ""),
            (0.8, 0, "交接班", "plain", ""), (1, 4, "三全路封控", "yellow", "交警配合"),
            (3.5, 0, "会商", "blue", "区防办"), (6, 0, "夜间巡查", "plain", ""),
            (9.6, 0, "解除预警", "good", ""),
        ]
    ]  # fmt: skip
    heat = [
        [113.6 + math.cos(at) * at / 900, 34.72 + math.sin(at) * at / 1500, at % 5]
        for at in range(120)
    ]
    points = [
        {"lng": 113.58 + at * 0.09, "lat": 34.6 + at % 3 * 0.12, "tone": tone, "label": label,
         "value": value}
        for at, (tone, label, value) in enumerate([
            ("red", "京广路", 31), ("yellow", "农业路", 18), ("blue", "龙湖", 4),
            ("good", "三全路", 2), ("plain", "大堤", None), ("quiet", "二号闸", None),
        ])
    ]  # fmt: skip
    colours = "".join(f"1{'r' if at == 5 else 'y' if at == 9 else 'b'}" for at in range(109))
    return {
        "figures": {
            "open": {"value": 128}, "rain": {"value": 36.5, "change": 12.3, "note": "较昨日"},
            "done": {"value": 1204, "change": 0.031, "note": "较上周"},
            "flat": {"value": 46, "change": 0},
        },
        "lines": {
            "level": {"values": wave, "tone": "yellow", "note": "24 小时"},
            "flow": {"values": pump, "note": "中断 3 小时"},
        },
        "gauges": {
            "bridge": {"value": 31.5, "note": "京广路"}, "lake": {"value": 86.74},
            "pump": {"value": 451},
        },
        "table": {"rows": {"rows": rows}},
        "timeline": {"rounds": {"items": items}},
        "layer": {
            "risk": {"cells": {"990103001": "red", "990105002": "yellow", "990102001": "good"},
                     "points": points},
            "heat": {"heat": heat, "note": "近一小时热线来电"},
        },
        "picture": {
            "photo": {"src": encode_picture(scene()), "caption": "京广路下穿北口",
                      "at": now - HOUR - LAG},
        },
        "map": {"map": {"first": 0, "colours": colours, "labels": []}},
        "older": {
            "bars": [{"label": "热线", "value": 412, "tone": "yellow"},
                     {"label": "巡查", "value": 230}],
            "legend": {"red": 3, "yellow": 21, "blue": None}, "note": "数据来自区防办",
        },
        "board": {"rows": {"rows": [
            {"name": row["name"], "tone": row["state"]["tone"]} for row in rows
        ]}},
        "chart": {
            "flow": [{"label": "立案", "value": 31, "note": "12 分"},
                     {"label": "派遣", "value": 8}],
            "chart": {"data": [{"type": "bar", "x": ["八", "九", "十"], "y": [310, 442, None]}]},
        },
    }  # fmt: skip
