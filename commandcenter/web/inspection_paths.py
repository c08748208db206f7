"""The routes of inspections as the API's description has them."""


from commandcenter.web import inspection_documents as documents
from commandcenter.web.described import (
    Document,
    number,
    parameters,
    reading,
    reference,
    refusals,
    writing,
)
from commandcenter.web.inspection_documents import MOST_DEEDS


def paths() -> Document:
    """Return the paths."""
    d = documents
    listed = reading(
        "inspections", "Inspections, newest first.", parameters(d.InspectionsQuery),
        d.InspectionsDocument,
    )  # fmt: skip
    listed["responses"] |= refusals("400")
    one = reference(d.InspectionActDocument)
    acts = {"type": "array", "items": one, "minItems": 1, "maxItems": MOST_DEEDS}
    shown = "An inspection with its acts, its route and what it found."
    return {
        "/api/v1/inspections": {
            "get": listed,
            "post": writing(
                "begin_inspection", "Begin an inspection (巡查).",
                reference(d.BeginInspectionDocument), d.InspectionDocument, [],
            ),
        },
        "/api/v1/inspections/{id}": {
            "get": reading("inspection", shown, [number()], d.InspectionDocument)
        },
        "/api/v1/inspections/{id}/acts": {
            "post": writing(
                "inspection_acts", "Visit, note, find, give the route, or end; late, and in lists.",
                {"anyOf": [one, acts]}, d.HeardActsDocument, [number()],
            )
        },
    }  # fmt: skip
