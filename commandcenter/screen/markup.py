"""HTML from words and elements: everything is escaped but what was made here."""

import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

VOID = frozenset({"img", "br", "hr", "input", "wbr", "source", "track", "area", "col"})
NAMES = {"className": "class", "htmlFor": "for"}
SAFE = frozenset({
    "action", "alt", "class", "colspan", "datetime", "dir", "elementtiming", "for", "height",
    "hidden", "href", "lang", "max", "min", "name", "placeholder", "rel", "role", "rowspan",
    "scope", "src", "style", "tabindex", "target", "title", "type", "value", "viewbox", "width",
})  # fmt: skip
"""Attributes that are drawn, beside those that begin with aria- and data-."""
ADDRESS = re.compile(r"(?:https?:|tel:|mailto:|/(?!/)|#|\?)", re.IGNORECASE)
FOREIGN = re.compile(r"[^A-Za-z0-9_-]")
HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def tag(name: str, attributes: Mapping[str, Any] | None = None, *children: Any) -> Markup:
    """Return an element; children are words, markup, or None for nothing."""
    said = "".join(_attribute(*each) for each in attributes.items()) if attributes else ""
    if name in VOID:
        return Markup(f"<{name}{said}>")
    # As plain words: Markup looks at each piece once more at every step, which was half of a page.
    inside = "".join(c if isinstance(c, Markup) else escape(c) for c in children if c is not None)
    return Markup(f"<{name}{said}>{inside}</{name}>")


def style(rules: Mapping[str, Any]) -> str:
    """Return the text of a style; `rules` are named as in scripts, as "gridColumn"."""
    lines = (f"{_css_name(name)}:{value}" for name, value in rules.items() if value is not None)
    return ";".join(lines)


def _css_name(name: str) -> str:
    return name if name.startswith("--") else HUMP.sub("-", name).lower()


def _attribute(name: str, value: Any) -> str:
    """Return an attribute, nothing for one that is not drawn: ids are the live page's own."""
    if value is None or value is False:
        return ""
    is_wild = name.startswith(("data-", "aria-"))
    name = FOREIGN.sub("", name) if is_wild else NAMES.get(name, name).lower()
    if not (is_wild or name in SAFE):
        return ""
    if name in ("href", "src", "action") and not ADDRESS.match(str(value)):
        return ""
    if value is True:
        value = "true" if name.startswith("aria-") else ""
    elif isinstance(value, Mapping):
        value = style(value)
    return f' {name}="{escape(str(value))}"'
