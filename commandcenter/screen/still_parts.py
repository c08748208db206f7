"""The kit's parts as HTML: what assets/kit-*.js and assets/tablet*.js draw, before they can.

What draws into a canvas, as charts and the map, has its room and nothing in it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from babel.dates import format_date
from markupsafe import Markup

from commandcenter.domain.clocks import SECOND
from commandcenter.domain.text import Text
from commandcenter.screen.markup import style, tag
from commandcenter.screen.still_figures import delta, figure_part, gauge, sparkline
from commandcenter.screen.still_rows import board, grid, lines, table
from commandcenter.screen.still_shapes import heading, part, shape, tone_of
from commandcenter.screen.still_words import (
    DASH,
    Moment,
    is_number,
    number,
    plain_number,
)

Props = Mapping[str, Any]
Draw = Callable[[Props, Markup, Moment], Markup]
WARN_SHARE = 0.7
DATE = Text("y年M月d日 EEEE", "d MMMM y EEEE")
LOCALE = Text("zh_CN", "en_GB")
KEYS = {"red": "红 风险量", "yellow": "黄 变量", "blue": "蓝 常量"}


def page(props: Props, inside: Markup, _: Moment) -> Markup:
    """The page itself."""
    return tag("div", {"class": "cc-tablet-page"}, inside)


def header(props: Props, _: Markup, moment: Moment) -> Markup:
    """The header: connecting, and with room for the time, which nobody could keep right here."""
    spoken = moment.words.language
    day = format_date(moment.day, DATE.in_language(spoken), LOCALE.in_language(spoken))
    link = [tag("i", None, shape("yellow")), tag("span", None, moment.words("正在连接"))]
    return tag(
        "header",
        {"class": "cc-header"},
        tag("h1", None, props.get("title")),
        tag("span", {"class": "space"}),
        tag("span", {"class": "link", "data-state": "late"}, *link),
        *(tag("span", {"class": "remark"}, note) for note in props.get("notes") or ()),
        tag("span", {"class": "date"}, day),
        tag("time", {"class": "time", "style": "visibility:hidden"}, moment.time(moment.now)),
    )


def tile(props: Props, inside: Markup, moment: Moment) -> Markup:
    """A panel's frame; its age is the instant of its values, which stays true however long it takes
    for the live page to come.
    """
    state, words = _freshness(props, moment)
    mark = shape("red") if state == "failed" else None
    age = tag("span", {"class": "age"}, tag("i", None, mark), tag("span", None, words))
    columns = f"repeat({props.get('columns') or 1}, minmax(0,1fr))"
    rules = {"gridTemplateColumns": columns, "gridTemplateRows": props.get("rows") or None}
    title = tag("h2", {"title": props.get("formula")}, props.get("title"))
    return tag(
        "section",
        {"class": "cc-tile", "data-slot": props.get("id"), "data-state": state},
        tag("header", None, title, age),
        tag("div", {"class": "body", "style": style(rules)}, inside),
    )


def _freshness(props: Props, moment: Moment) -> tuple[str, str]:
    if props.get("state") == "failed":
        said = (moment.words("失败"), props.get("reason"))
        return "failed", " · ".join(part for part in said if part)
    at = props.get("at")
    return ("live", moment.time(at)) if at else ("unknown", moment.words("正在连接"))


def bars(props: Props, _: Markup, moment: Moment) -> Markup:
    """Ranked bars."""
    rows = (props.get("value") or [])[: props.get("rows") or 8]
    known = [row["value"] for row in rows if is_number(row.get("value"))]
    most = max([*known, 1e-9])
    is_noted = any(row.get("note") for row in rows)
    drawn = [_bar(row, most, is_noted) for row in rows]
    box = {"class": "rows noted" if is_noted else "rows"}
    return part(props, "bars", heading(props), tag("div", box, *drawn))


def _bar(row: Props, most: float, is_noted: bool) -> Markup:
    value = row.get("value")
    share = max(0.0, value / most) if is_number(value) else 0.0
    length = {"style": f"transform:scaleX({share:.4f})"}
    return tag(
        "div",
        {"class": f"row tone-{tone_of(row)}"},
        tag("span", {"class": "label"}, shape(row.get("tone")), row.get("label")),
        tag("span", {"class": "track"}, tag("span", length)),
        tag("span", {"class": "value"}, plain_number(value)),
        tag("span", {"class": "note"}, row.get("note")) if is_noted else None,
    )


def flow(props: Props, _: Markup, moment: Moment) -> Markup:
    """Steps in a row."""
    rows: Sequence[Props] = props.get("value") or []
    most = max([1, *(row.get("value") or 0 for row in rows)])
    drawn = [
        tag(
            "div",
            {"class": f"step tone-{tone_of(row)}"},
            tag("div", {"class": "value"}, number(row.get("value"))),
            tag("div", {"class": "stem"}, tag("span", {"style": _high(row, most)})),
            tag("div", {"class": "label"}, shape(row.get("tone")), row.get("label")),
            tag("div", {"class": "note"}, row.get("note") or "\u00a0"),
        )
        for row in rows
    ]
    return part(props, "flow", heading(props), tag("div", {"class": "steps"}, *drawn))


def _high(row: Props, most: float) -> str:
    return f"transform:scaleY({max(0.0, (row.get('value') or 0) / most):.4f})"


def legend(props: Props, _: Markup, moment: Moment) -> Markup:
    """The three colours with their counts."""
    value = props.get("value") or {}
    keys = [
        tag(
            "span",
            {"class": f"key tone-{tone}"},
            shape(tone),
            tag("span", None, moment.words(name)),
            tag("b", None, number(value.get(tone))),
        )
        for tone, name in KEYS.items()
    ]
    return part(props, "legend", heading(props), tag("div", {"class": "keys"}, *keys))


def note(props: Props, _: Markup, moment: Moment) -> Markup:
    """A line of words."""
    words = tag("div", {"class": "words"}, props.get("value") or DASH)
    return part(props, "note", heading(props), words)


def city_map(props: Props, _: Markup, moment: Moment) -> Markup:
    """The map's room."""
    return part(props, "citymap", heading(props), tag("div", {"class": "cc-map"}))


def standing(props: Props, _: Markup, moment: Moment) -> Markup:
    """The colour of a place with its reason."""
    rows = (props.get("value") or {}).get("rows") or []
    if not rows:
        return tag("div", {"class": "cc-standing"}, DASH)
    row = rows[0]
    check = row.get("check")
    soon = moment.words("下次核查 {span}", span=moment.age(check)) if is_number(check) else None
    said = " · ".join(str(each) for each in (row.get("rule"), row.get("owner"), soon) if each)
    tone, colour = row.get("tone"), (row.get("colour") or {}).get("text")
    return tag(
        "div",
        {"class": f"cc-standing tone-{tone}"},
        tag("div", {"class": "colour"}, shape(tone), tag("b", None, colour)),
        tag("div", {"class": "why"}, row.get("why"), tag("small", None, said)),
    )


def limit(props: Props, _: Markup, moment: Moment) -> Markup:
    """A clock that runs, as it stands at this moment."""
    start, warn, due = props["start"], props["warn"], props["due"]
    now = moment.now
    is_early = now < warn
    share = (
        WARN_SHARE * (now - start) / max(1, warn - start)
        if is_early
        else WARN_SHARE + (1 - WARN_SHARE) * (now - warn) / max(1, due - warn)
    )
    tone = "red" if now >= due else "good" if is_early else "yellow"
    said = props["words"]["over" if now >= due else "left"]
    words = said.replace("{span}", moment.span(abs(due - now) / SECOND))
    long = {"style": f"transform:scaleX({min(1.0, max(0.0, share)):.3f})"}
    return tag(
        "div",
        {"class": f"cc-limit tone-{tone}", "role": "timer"},
        tag("div", {"class": "words"}, shape(tone), words),
        tag("div", {"class": "track"}, tag("span", long)),
    )


def switches(props: Props, _: Markup, moment: Moment) -> Markup:
    """What a viewer may switch at the foot."""
    links = [link for link in props.get("links") or () if link["href"][1:] not in moment.looks]
    leave = props.get("leave")
    return tag(
        "nav",
        {"class": "cc-switches", "aria-label": props.get("label")},
        *(tag("a", {"href": link["href"]}, link["title"]) for link in links),
        tag("button", {"type": "button", "tabindex": -1}, leave) if leave else None,
    )


def search(props: Props, inside: Markup, _: Moment) -> Markup:
    """The search box, which is a form of its own and works without a script."""
    said = props.get("said")
    field = {"type": "search", "name": "q", "placeholder": said, "aria-label": said}
    return tag(
        "form",
        {"class": "cc-search", "role": "search", "action": "/search"},
        inside,
        tag("input", field | {"value": props.get("asked") or None}),
        tag("button", {"type": "submit"}, props.get("go")),
    )


def field_bar(_props: Props, _inside: Markup, moment: Moment) -> Markup:
    """The room of the bar of what may be done, whose buttons come with their scripts."""
    return tag("nav", {"class": "cc-field", "aria-label": moment.words("可办的事")})


def nothing(_props: Props, _inside: Markup, _moment: Moment) -> Markup:
    """What is not seen."""
    return Markup("")


def empty(kind: str, *boxes: str) -> Draw:
    """Return what draws the room of a part and nothing in it."""

    def draw(props: Props, _: Markup, moment: Moment) -> Markup:
        return part(props, kind, heading(props), *(tag("div", {"class": box}) for box in boxes))

    return draw


PARTS: Mapping[str, Draw] = {
    "Tablet": page, "Header": header, "Tile": tile, "Stream": nothing, "Moved": nothing,
    "Outbox": nothing, "Search": search, "FieldBar": field_bar,
    "Number": figure_part, "Delta": delta, "Sparkline": sparkline, "Gauge": gauge, "Bars": bars,
    "Flow": flow, "Legend": legend, "Note": note, "CityMap": city_map, "Standing": standing,
    "Limit": limit, "Switches": switches, "Lines": lines, "Grid": grid, "Board": board,
    "Table": table, "Chart": empty("chart", "canvas"), "Timeline": empty("instants", "things"),
    "Picture": empty("picture", "frame"), "MapLayer": empty("layer"),
}  # fmt: skip
"""What draws each component of the kit; one that is not here shows what is in it."""
