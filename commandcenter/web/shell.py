"""The shell of a tablet's page: what is seen at once, then what makes it live.

The first answer carries the still of the page and as much of the style sheet as that needs, in one;
all else comes after it and holds nothing up. See docs/architecture.md, First paint.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from pathlib import Path
from threading import Lock

import orjson
from flask import Flask, Response
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from commandcenter.errors import NotFound
from commandcenter.web.bundle import FOLDER, SCRIPT, bundled, tags
from commandcenter.web.permission import open_to_all
from commandcenter.web.preferences import Looks
from commandcenter.web.sheets import Sheet, tablet_sheet

SHEET = re.compile(r'<link rel="stylesheet" href="/assets/[^"]+">\n?')
INLINE = re.compile(r'<script id="_dash-renderer"[^>]*>[^<]*</script>')
CONFIG = re.compile(
    r'(<script id="_dash-config" type="application/json">)(.*?)(</script>)', re.DOTALL
)
TITLE = re.compile(r"<title>[^<]*</title>")
ENTRY = '<div id="react-entry-point">'
KINDS = {"js": "text/javascript", "css": "text/css"}
LIBRARIES = ("dash_core_components", "dash_html_components", "cc_kit")


@dataclass(frozen=True, slots=True)
class Page:
    """A page to be sent; `language` as the HTML's attribute has it."""

    still: Markup
    title: str
    language: str
    looks: Looks


@dataclass(frozen=True, slots=True)
class Frame:
    """What all pages have: the HTML, the style sheet, the files that it names."""

    html: str
    sheet: Sheet
    files: Mapping[str, bytes]


class Shell:
    """Makes the shell of tablets' pages out of Dash's own, once."""

    def __init__(self, app: Flask, index: Callable[[], str], assets: Path) -> None:
        self._index = index
        self._assets = assets
        self._making = Lock()
        self._frame: Frame | None = None
        app.add_url_rule(f"{FOLDER}<name>", "shell_script", self.script)

    def html(self, page: Page) -> str:
        """Return a page's shell with its still."""
        made, looks = self._made(), page.looks
        root = (
            f'<html class="{" ".join(("cc-tablet", *looks.classes))}" lang="{page.language}" '
            f'data-theme="{looks.theme}" data-looks="{" ".join(looks.chosen)}">'
        )
        still = f'<div id="cc-still">{page.still}</div>\n{ENTRY}'
        frame = made.html.replace("<html>", root, 1)
        # Functions, since words of a page may look like references to groups.
        frame = TITLE.sub(lambda _: f"<title>{escape(page.title)}</title>", frame, count=1)
        frame = frame.replace(ENTRY, still, 1)
        style = f"<style>{made.sheet.part_for(frame)}</style>\n</head>"
        return frame.replace("</head>", style, 1)

    @open_to_all("scripts and styles of the product, which say nothing of the city")
    def script(self, name: str) -> ResponseReturnValue:
        """Return the file of scripts, or the style sheet."""
        found = self._made().files.get(name)
        if found is None:
            raise NotFound(f"no script {name}")
        return Response(found, mimetype=KINDS[name.rpartition(".")[2]])

    def _made(self) -> Frame:
        with self._making:
            if self._frame is None:
                self._frame = self._make()
            return self._frame

    def _make(self) -> Frame:
        index = self._index()
        scripts, sheet = bundled(index, self._assets), Sheet(tablet_sheet(self._assets))
        style = sheet.whole.encode()
        name = f"{sha256(style).hexdigest()[:16]}.css"
        frame = SCRIPT.sub("", SHEET.sub("", index))
        frame = INLINE.sub(lambda _: tags(FOLDER + name, scripts.addresses), frame, count=1)
        frame = CONFIG.sub(lambda found: found[1] + _lean(found[2]) + found[3], frame, count=1)
        return Frame(frame, sheet, {scripts.name: scripts.data, name: style})


def _lean(config: str) -> str:
    """Leave out of Dash's settings what is said of libraries that a tablet does not load."""
    given = orjson.loads(config)
    children = given["children_props"]
    given["children_props"] = {name: children[name] for name in LIBRARIES if name in children}
    return orjson.dumps(given).decode().replace("<", "\\u003c")
