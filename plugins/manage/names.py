"""What boards call units, cells and matters."""

from commandcenter.api import CaseLine, View, place_of


def unit_name(view: View, code: str | None) -> str | None:
    """Return the name of a unit, its code where the city does not know it."""
    if code is None:
        return None
    unit = view.unit(code)
    return unit.title.in_language(view.language) if unit else code


def matter_name(view: View, case: CaseLine) -> str:
    """Return what a case is about; what a citizen wrote as a title may name persons."""
    matter = view.matters.get(case.matter or "")
    return matter.title.in_language(view.language) if matter else view.t("待分类")


def level_name(view: View, depth: int) -> str:
    """Return the name of a level."""
    return view.levels[depth].title.in_language(view.language)


def cell_at(view: View, position: int, depth: int) -> str:
    """Return the cell of a level in which a position lies, its level where that is outside."""
    above = view.tree.ancestors(position)
    found = (at for at in above if int(view.tree.depth[at]) == depth)
    at = next(found, None)
    inside = at is not None and view.first <= at <= view.last
    return place_of(view, at) if inside and at is not None else level_name(view, depth)
