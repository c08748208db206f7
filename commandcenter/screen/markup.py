"""HTML from words and elements: everything is escaped but what was made here."""

import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

VOID = frozenset({"img", "br", "hr", "input", "wbr", "source", "track", "area", "col"})
NAMES = {"className": "class", "htmlFor": "for"}
SAFE = frozenset({
    "action", "alt", "class", "colspan", "datetime", "dir", "for", "height", "hidden", "href",
    "lang", "max", "min", "name", "placeholder", "rel", "role", "rowspan", "scope", "src", "style",
    "tabindex", "target", "title", "type", "value", "viewbox", "width",
})  # fmt: skip
"""Attributes that are drawn, beside those that begin with aria- and data-."""
ADDRESS = re.compile(r"(?:https?:|tel:|mailto:|/(?!/)|#|\?)", re.IGNORECASE)
HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def tag(name: str, attributes: Mapping[str, Any] | None = None, *children: Any) -> Markup:
    """Return an element; children are words, markup, or None for nothing."""
    inside = Markup("").join(child for child in children if child is not None)
    start = Markup("<{}{}>").format(Markup(name), _attributes(attributes or {}))
    return start if name in VOID else start + inside + Markup("</{}>").format(Markup(name))


def style(rules: Mapping[str, Any]) -> str:
    """Return the text of a style; `rules` are named as in scripts, as "gridColumn"."""
    lines = (f"{_css_name(name)}:{value}" for name, value in rules.items() if value is not None)
    return ";".join(lines)


def _css_name(name: str) -> str:
    return name if name.startswith("--") else HUMP.sub("-", name).lower()


def _attributes(given: Mapping[str, Any]) -> Markup:
    found = Markup("")
    for name, value in given.items():
        said = _attribute(NAMES.get(name, name), value)
        if said is not None:
            found += said
    return found


def _attribute(name: str, value: Any) -> Markup | None:
    """Return an attribute, None for one that is not drawn: ids are the live page's own."""
    name = name if name.startswith(("data-", "aria-")) else name.lower()
    if value is None or value is False or not (name in SAFE or name[:5] in ("data-", "aria-")):
        return None
    if name in ("href", "src", "action") and not ADDRESS.match(str(value)):
        return None
    if isinstance(value, Mapping):
        value = style(value)
    written = "" if value is True and not name.startswith("aria-") else value
    written = "true" if written is True else written
    return Markup(' {}="{}"').format(Markup(_plain(name)), escape(str(written)))


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "", name)
