"""A cell and a case in plain words, for screens that have no page of their own for them."""

from dash import dcc, html
from dash.development.base_component import Component

from commandcenter.cases.queries import Case
from commandcenter.domain.viewers import Viewer
from commandcenter.web.services import Services


def cell_page(services: Services, viewer: Viewer, code: str) -> Component:
    """Return the line of ancestors within the scope, the cell's name and its children."""
    tree = services.tree
    at = tree.position[code]
    above = [up for up in tree.ancestors(at)[:-1] if viewer.sees(up)]
    return html.Main(
        [
            html.Nav([_link(services, up) for up in above]),
            html.H1(tree.cells[at].name),
            html.Ul([html.Li(_link(services, child)) for child in tree.children(at)]),
        ],
        className="cc-plain",
    )


def case_page(services: Services, case: Case) -> Component:
    """Return what a case is and where it lies."""
    line = case.line
    return html.Main(
        [
            html.Nav(_link(services, line.cell)),
            html.H1(line.title),
            html.P(case.description or ""),
        ],
        className="cc-plain",
    )


def _link(services: Services, at: int) -> Component:
    cell = services.tree.cells[at]
    return dcc.Link(cell.name, href=f"/cell/{cell.code}")
