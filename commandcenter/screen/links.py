"""Links to what came with a case: addresses that strangers have written."""

from urllib.parse import urlsplit

from dash import html
from dash.development.base_component import Component

SAFE_SCHEMES = ("http", "https")


def link(address: str) -> Component:
    """Return a link, or the bare words where an address could run code or is none at all."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return html.Span(address)
    if parts.scheme not in SAFE_SCHEMES or not parts.netloc:
        return html.Span(address)
    name = parts.path.rpartition("/")[2] or parts.netloc
    return html.A(name, href=address, target="_blank", rel="noopener noreferrer")

