"""Stills: a page's components drawn as HTML, to be seen before its scripts have come.

It is made of the same components as the live page, with the values they have been filled with; so
it knows nothing of what a page holds. What is not known is a dash. An element has its component's
id as `data-slot`: ids belong to the live page.
"""

from collections.abc import Mapping
from typing import Any

from dash.development.base_component import Component
from markupsafe import Markup

from commandcenter.screen.markup import tag
from commandcenter.screen.properties import told
from commandcenter.screen.still_parts import PARTS
from commandcenter.screen.still_words import Moment

HTML, KIT = "dash_html_components", "cc_kit"
INERT = {"form": "div", "script": "template", "iframe": "div", "object": "div", "embed": "div"}
"""Elements that would do something before the live page does."""
TIMED = {"h1": "heading"}
"""What browsers tell the time of its painting of, by names in the Element Timing API."""
FIELDS = frozenset({"input", "textarea", "select", "button"})


def still(component: Any, moment: Moment) -> Markup:
    """Return what a component draws; words are escaped."""
    if component is None or isinstance(component, bool):
        return Markup("")
    if isinstance(component, list | tuple):
        return Markup("".join(still(each, moment) for each in component))
    if not isinstance(component, Component):
        return Markup.escape(str(component))
    said = told(component)
    props: Mapping[str, Any] = said["props"]
    inside = still(props.get("children"), moment)
    if said["namespace"] == HTML:
        return _element(said["type"].lower(), props, inside)
    draw = PARTS.get(said["type"]) if said["namespace"] == KIT else None
    return draw(props, inside, moment) if draw else inside


def _element(name: str, props: Mapping[str, Any], inside: Markup) -> Markup:
    shown = {key: value for key, value in props.items() if key not in ("children", "id")}
    if isinstance(props.get("id"), str):
        shown["data-slot"] = props["id"]
    if name == "img":
        shown["loading"] = "lazy"
    if name in TIMED:
        shown["elementtiming"] = TIMED[name]
    name = INERT.get(name, name)
    if name in FIELDS:
        # What is typed or pressed now nobody would hear of.
        shown |= {"tabIndex": -1, "type": "button" if name == "button" else shown.get("type")}
    return tag(name, shown, inside)
