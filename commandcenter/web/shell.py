"""The shell of a tablet's page: what is seen at once, then what makes it live.

The first answer carries the still of the page and its style sheet, in one; the scripts come after
it and hold nothing up. See docs/architecture.md, First paint.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from threading import Lock

import orjson
from flask import Flask, Response
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from commandcenter.errors import NotFound
from commandcenter.web.bundle import FOLDER, SCRIPT, Scripts, bundled
from commandcenter.web.permission import open_to_all
from commandcenter.web.preferences import Looks
from commandcenter.web.sheets import tablet_sheet

SHEET = re.compile(r'<link rel="stylesheet" href="/assets/[^"]+">\n?')
INLINE = re.compile(r'<script id="_dash-renderer"[^>]*>[^<]*</script>')
CONFIG = re.compile(
    r'(<script id="_dash-config" type="application/json">)(.*?)(</script>)', re.DOTALL
)
TITLE = re.compile(r"<title>[^<]*</title>")
ENTRY = '<div id="react-entry-point">'
LIBRARIES = ("dash_core_components", "dash_html_components", "cc_kit")


@dataclass(frozen=True, slots=True)
class Page:
    """A page to be sent; `language` as the HTML's attribute has it."""

    still: Markup
    title: str
    language: str
    looks: Looks


class Shell:
    """Makes the shell of tablets' pages out of Dash's own, once."""

    def __init__(self, app: Flask, index: Callable[[], str], assets: Path) -> None:
        self._index = index
        self._assets = assets
        self._making = Lock()
        self._frame: str | None = None
        self._scripts = Scripts("", "", b"")
        app.add_url_rule(f"{FOLDER}<name>", "shell_script", self.script)

    def html(self, page: Page) -> str:
        """Return a page's shell with its still."""
        frame = self._made()
        looks = page.looks
        root = (
            f'<html class="{" ".join(("cc-tablet", *looks.classes))}" lang="{page.language}" '
            f'data-theme="{looks.theme}" data-looks="{" ".join(looks.chosen)}">'
        )
        still = f'<div id="cc-still">{page.still}</div>\n{ENTRY}'
        frame = frame.replace("<html>", root, 1)
        # Functions, since words of a page may look like references to groups.
        frame = TITLE.sub(lambda _: f"<title>{escape(page.title)}</title>", frame, count=1)
        return frame.replace(ENTRY, still, 1)

    @open_to_all("scripts and styles of the product, which say nothing of the city")
    def script(self, name: str) -> ResponseReturnValue:
        """Return the file of scripts."""
        self._made()
        if name != self._scripts.name:
            raise NotFound(f"no script {name}")
        return Response(self._scripts.data, mimetype="text/javascript")

    def _made(self) -> str:
        with self._making:
            if self._frame is None:
                self._frame = self._make()
            return self._frame

    def _make(self) -> str:
        frame = self._index()
        self._scripts = bundled(frame, self._assets)
        sheet = tablet_sheet(self._assets)
        frame = SHEET.sub("", frame).replace("</head>", f"<style>{sheet}</style>\n</head>", 1)
        frame = SCRIPT.sub("", frame)
        frame = INLINE.sub(lambda _: self._scripts.tags, frame, count=1)
        return CONFIG.sub(lambda found: found[1] + _lean(found[2]) + found[3], frame, count=1)


def _lean(config: str) -> str:
    """Leave out of Dash's settings what is said of libraries that a tablet does not load."""
    given = orjson.loads(config)
    children = given["children_props"]
    given["children_props"] = {name: children[name] for name in LIBRARIES if name in children}
    return orjson.dumps(given).decode().replace("<", "\\u003c")
