"""What the parts of a still share: shapes, the box of a part, its heading."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from commandcenter.screen.markup import tag

PATHS = {
    "red": "M8 1.5 15.5 14.5H.5Z",
    "yellow": "M2 2h12v12H2Z",
    "blue": "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13Z",
    "good": "M6.2 13.6 1 8.4l1.9-1.9 3.3 3.3 6.9-6.9L15 4.8Z",
    "up": "M8 1.5 13.5 8h-3.7v6.5H6.2V8H2.5Z",
    "down": "M8 14.5 2.5 8h3.7V1.5h3.6V8h3.7Z",
    "same": "M2 5h12v2.2H2ZM2 9h12v2.2H2Z",
}
"""As assets/kit-core.js and assets/kit-figures.js have them; a test compares them."""


def shape(tone: object, kind: str = "") -> Markup | None:
    """Return the shape of a tone, None for one that has none."""
    path = PATHS.get(str(tone))
    if path is None:
        return None
    # An attribute that is in no list of words: the path is a constant.
    drawn = Markup('<path d="{}"></path>').format(Markup(path))
    kind = kind or f"cc-shape {tone}"
    return tag("svg", {"class": kind, "viewBox": "0 0 16 16", "aria-hidden": True}, drawn)


def tone_of(value: Mapping[str, Any]) -> str:
    """Return the tone of a value, which may say none."""
    return str(value.get("tone") or "plain")


def heading(props: Mapping[str, Any]) -> Markup | None:
    """Return the heading of a part, None for one without."""
    title = props.get("title")
    return tag("div", {"class": "cc-heading"}, title) if title else None


def part(props: Mapping[str, Any], kind: str, *inside: Markup | None) -> Markup:
    """Return the box of a part."""
    name = f"cc-part cc-{kind}" + (" grow" if props.get("grow") else "")
    span = f"grid-column:span {int(props.get('span') or 1)}"
    return tag("div", {"class": name, "style": span, "data-slot": props.get("id")}, *inside)
