"""Frames: a panel's tile with the components of its parts in it."""

from collections.abc import Sequence
from typing import Any

from commandcenter.host.catalogue import PanelSpec
from commandcenter.host.kit import AnyPart
from commandcenter.screen.kit import Tile, draw


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
