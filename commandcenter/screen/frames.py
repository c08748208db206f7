"""Frames: a panel's tile with the components of its parts in it."""

from collections.abc import Sequence
from typing import Any

from dash import html

from commandcenter.host.catalogue import Catalogue, PanelSpec
from commandcenter.host.kit import AnyPart
from commandcenter.host.words import Words
from commandcenter.screen.kit import Tile, draw

LONGEST_REASON = 300


def tile(
    spec: PanelSpec,
    slot: str,
    language: str,
    place: tuple[int, int, int, int] | None = None,
    **map_props: Any,
) -> Tile:
    """Return the tile of a panel; its parts have the ids `<slot>-<part>`."""
    parts = [draw(part, f"{slot}-{part.name}", language, **map_props) for part in spec.parts]
    return Tile(
        parts,
        id=slot,
        title=spec.title.in_language(language),
        formula=spec.formula.in_language(language) if spec.formula else None,
        place=list(place) if place else None,
        columns=spec.columns,
        rows=grid_rows(spec.parts, spec.columns),
        interval=spec.interval,
        pushed=spec.remote or None,
    )


def absent_tile(
    panel: str,
    slot: str,
    catalogue: Catalogue,
    words: Words,
    place: tuple[int, int, int, int] | None = None,
) -> Tile:
    """Return the failed tile of a panel whose plugin is not in use, with the reason."""
    name = panel.partition(".")[0]
    found = next((plugin for plugin in catalogue.plugins if plugin.name == name), None)
    if found is None:
        said = [words("没有插件 {name}", name=name)]
    else:
        said = [words("插件 {name} 未启用", name=name), found.reason[:LONGEST_REASON]]
    return Tile(
        id=slot,
        title=found.title.in_language(words.language) if found else panel,
        place=list(place) if place else None,
        at=0,
        state="failed",
        reason=" · ".join(line for line in said if line),
    )


def withheld_tile(
    spec: PanelSpec, slot: str, words: Words, place: tuple[int, int, int, int] | None = None
) -> Tile:
    """Return the tile of a panel whose kind of data the viewer is not given; it says so calmly."""
    return Tile(
        html.P(words("此屏不显示这类数据"), className="cc-withheld"),
        id=slot,
        title=spec.title.in_language(words.language),
        place=list(place) if place else None,
        state="withheld",
    )


def grid_rows(parts: Sequence[AnyPart], columns: int) -> str:
    """Return the CSS rows in which `parts` stand: a row with a growing part takes what is left.

    When no part grows, all rows share the height.
    """
    rows: list[bool] = []
    used = columns
    for part in parts:
        span = min(part.span, columns)
        if used + span > columns:
            rows.append(False)
            used = 0
        used += span
        rows[-1] = rows[-1] or part.grow
    if not any(rows):
        return f"repeat({len(rows)}, minmax(0, 1fr))" if rows else ""
    return " ".join("minmax(0, 1fr)" if grows else "auto" for grows in rows)
