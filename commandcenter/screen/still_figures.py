"""Numbers in a still: one, one with its change, with its line, on its scale."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from commandcenter.screen.markup import tag
from commandcenter.screen.still_shapes import part, shape, tone_of
from commandcenter.screen.still_words import THIN, Moment, is_number, number, percent

Props = Mapping[str, Any]
WIDTHS = {THIN: 0.17, ".": 0.28, ",": 0.28}
DIGIT, SIGN, MARGIN = 0.555, 0.9, 0.05
"""Widths in em, as assets/kit-parts.js has them."""


def figure_part(props: Props, _: Markup, moment: Moment) -> Markup:
    """A number."""
    value = props.get("value") or {}
    tone = tone_of(value)
    kind = "number" + (" great" if props.get("great") else "") + f" tone-{tone}"
    return part(props, kind, _figure(props, value.get("value")), _label(props, value, tone))


def delta(props: Props, _: Markup, moment: Moment) -> Markup:
    """A number with its change."""
    value = props.get("value") or {}
    change = value.get("change")
    size = abs(change) if is_number(change) else None
    said = percent(size) if props.get("change") == "percent" else number(size, _digits(props))
    way = "unknown" if size is None else "same" if not change else "up" if change > 0 else "down"
    is_judged = way in ("up", "down") and props.get("better") in ("up", "down")
    judged = ("good" if way == props.get("better") else "bad") if is_judged else "plain"
    words = {"good": moment.words("好转"), "bad": moment.words("变差")}.get(judged)
    more = tag(
        "span",
        {"class": f"change {judged}", "data-way": way},
        shape(way, "cc-arrow"),
        tag("span", None, said),
        tag("span", {"class": "judged"}, words) if words else None,
    )
    found = _figure(props, value.get("value"), more)
    return part(props, "number cc-delta", found, _label(props, value, "plain"))


def sparkline(props: Props, _: Markup, moment: Moment) -> Markup:
    """The last value of a line, and room for the line."""
    value = props.get("value") or {}
    known = [each for each in value.get("values") or () if is_number(each)]
    last = value.get("value", known[-1] if known else None)
    tone = tone_of(value)
    row = tag("div", {"class": "row"}, _label(props, value, tone), _figure(props, last))
    return part(props, f"number cc-sparkline tone-{tone}", row, tag("div", {"class": "plot"}))


def gauge(props: Props, _: Markup, moment: Moment) -> Markup:
    """The value of a gauge, and room for its scale."""
    value = props.get("value") or {}
    row = tag(
        "div", {"class": "row"}, _label(props, value, "plain"), _figure(props, value.get("value"))
    )
    scale = tag(
        "div", {"class": "scale"}, tag("div", {"class": "track"}), tag("div", {"class": "bands"})
    )
    return part(props, "number cc-gauge tone-plain", row, scale, tag("div", {"class": "marks"}))


def _figure(props: Props, value: Any, *more: Markup | None) -> Markup:
    said = number(value, _digits(props))
    cells = [_digit(sign) for sign in said]
    wide = sum(DIGIT if sign.isdigit() else WIDTHS.get(sign, SIGN) for sign in said) + MARGIN
    unit = props.get("unit")
    digits = {"class": "digits", "role": "img", "aria-label": said.replace(THIN, " ")}
    return tag(
        "div",
        {"class": "figure"},
        tag("span", digits | {"style": f"--n:{wide:.3f}"}, *cells),
        tag("span", {"class": "unit"}, unit) if unit else None,
        *more,
    )


def _digit(sign: str) -> Markup:
    if sign.isdigit():
        return tag("span", {"class": "d"}, tag("span", None, sign))
    return tag("span", {"class": "gap" if sign == THIN else "sign"}, "" if sign == THIN else sign)


def _label(props: Props, value: Props, tone: str) -> Markup:
    words = value.get("note")
    return tag(
        "div",
        {"class": "label", "elementtiming": "number"},
        shape(tone),
        tag("span", {"class": "name"}, props.get("title")),
        tag("span", {"class": "note"}, words) if words else None,
    )


def _digits(props: Props) -> int:
    return int(props.get("digits") or 0)
