"""The routes of inspections as the API's description has them."""

from pydantic import BaseModel

from commandcenter.web import inspection_documents as documents
from commandcenter.web.command_documents import CommandDocument
from commandcenter.web.described import (
    Document,
    answer,
    number,
    parameters,
    plain,
    reading,
    reference,
    refusals,
)
from commandcenter.web.inspection_documents import MOST_DEEDS

WRITING = ("400", "401", "403", "404", "409", "413", "415", "422", "429", "503")


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
            "post": _writing(
                "begin_inspection", "Begin an inspection (巡查).",
                reference(d.BeginInspectionDocument), d.InspectionDocument, [],
            ),
        },
        "/api/v1/inspections/{id}": {
            "get": reading("inspection", shown, [number()], d.InspectionDocument)
        },
        "/api/v1/inspections/{id}/acts": {
            "post": _writing(
                "inspection_acts", "Visit, note, find, give the route, or end; late, and in lists.",
                {"anyOf": [one, acts]}, d.HeardActsDocument, [number()],
            )
        },
    }  # fmt: skip


def _writing(
    name: str, summary: str, schema: Document, given: type[BaseModel], asked: list[Document]
) -> Document:
    key = plain(CommandDocument.model_json_schema()["properties"]["idempotency_key"])
    header = {"name": "Idempotency-Key", "in": "header", "required": False, "schema": key}
    return {
        "operationId": name,
        "summary": summary,
        "parameters": [*asked, header],
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {"200": answer("Done.", given)} | refusals(*WRITING),
    }
