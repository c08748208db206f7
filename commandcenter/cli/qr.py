"""`qr`: prints the posters of places, whose codes lead there."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import typer

from commandcenter.domain.cells import Tree
from commandcenter.errors import Invalid, NotFound
from commandcenter.host.catalogue import Catalogue
from commandcenter.host.discovery import locale_folders
from commandcenter.host.words import Words
from commandcenter.screen.poster import Poster, drawing, pages
from commandcenter.screen.typeface import truetype
from commandcenter.settings import Settings
from commandcenter.store import cities
from commandcenter.store.settings import CATALOGUE, setting
from commandcenter.store.store import Store
from commandcenter.web.links import Links

MOST = 2000
"""Posters of one call: a street's grids, not a city's."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which posters: cells by code, or all of a level below them; and where they lead."""

    cells: Sequence[str]
    level: str
    url: str
    out: Path
    language: str


def write(settings: Settings, wanted: Wanted) -> int:
    """Write the posters and return how many; raises NotFound, Invalid or StoreError."""
    tree, catalogue = _known(settings)
    found = _cells(tree, catalogue, wanted)
    if not found:
        raise NotFound("none of these cells has a cell of this level below it")
    if len(found) > MOST:
        raise Invalid(f"these are {len(found)} posters: print at most {MOST} at once", "cells")
    words = Words.load(wanted.language, locale_folders(settings.plugins))
    posters = [_poster(settings, tree, catalogue, at, wanted) for at in found]
    _write(settings, wanted, posters, words)
    return len(posters)


def _write(
    settings: Settings, wanted: Wanted, posters: Sequence[Poster], words: Words
) -> None:
    out = wanted.out
    if out.suffix == ".pdf":
        face = truetype(settings.assets, settings.cache_folder)
        out.write_bytes(pages(posters, words, face))
    elif out.suffix == ".svg" and len(posters) == 1:
        out.write_text(drawing(posters[0], words), "utf-8")
    elif out.suffix == "":
        out.mkdir(parents=True, exist_ok=True)
        for poster in posters:
            (out / f"{poster.code}.svg").write_text(drawing(poster, words), "utf-8")
    else:
        raise Invalid(
            f"{out}: give a .pdf, a .svg for one poster, or a folder for an SVG each", "out"
        )


def _known(settings: Settings) -> tuple[Tree, Catalogue]:
    store = Store(settings.database)
    try:
        with store.read() as connection:
            document = setting(connection, CATALOGUE)
            if document is None:
                raise NotFound("no city is installed: start the server once")
            return cities.load_tree(connection), Catalogue.from_json(document)
    finally:
        store.close()


def _cells(tree: Tree, catalogue: Catalogue, wanted: Wanted) -> list[int]:
    found: list[int] = []
    for code in wanted.cells:
        if code not in tree:
            raise NotFound(f"there is no cell {code}: give the code of a cell")
        first, last = tree.range_of(code)
        if not wanted.level:
            found.append(first)
            continue
        depth = _depth(catalogue, wanted.level)
        found += [at for at in range(first, last + 1) if int(tree.depth[at]) == depth]
    return list(dict.fromkeys(found))


def _depth(catalogue: Catalogue, key: str) -> int:
    keys = [level.key for level in catalogue.levels]
    if key not in keys:
        raise NotFound(f"no level {key}; there are {', '.join(keys)}")
    return keys.index(key)


def _poster(
    settings: Settings, tree: Tree, catalogue: Catalogue, at: int, wanted: Wanted
) -> Poster:
    base = wanted.url.rstrip("/")
    if urlsplit(base).scheme not in ("http", "https") or not urlsplit(base).netloc:
        raise Invalid(f"{wanted.url}: give the address by which the server is reached", "url")
    cell = tree.cells[at]
    line = tuple(tree.cells[above].name for above in tree.ancestors(at)[:-1])
    token = Links(settings.secret()).poster(cell.code)
    platform = catalogue.city.platform.in_language(wanted.language)
    return Poster(cell.code, cell.name, line, f"{base}/q/{token}", platform)


def run(settings: Settings, wanted: Wanted) -> None:
    """Write the posters and say where."""
    number = write(settings, wanted)
    typer.echo(f"{number} posters: {wanted.out}")
