"""Places of the server: the pages of cells and cases."""

from urllib.parse import quote


def cell_page(code: str) -> str:
    """Return the path of a cell's page."""
    return f"/cell/{quote(code, safe='')}"


def case_page(case: int) -> str:
    """Return the path of a case's page."""
    return f"/case/{case}"
