"""The routes of whistles and directives as the API's description has them."""

from pydantic import BaseModel

from commandcenter.web import coordination_documents as documents
from commandcenter.web.described import (
    Document,
    number,
    parameters,
    reading,
    reference,
    refusals,
    writing,
)


def paths() -> Document:
    """Return the paths."""
    d = documents
    return {
        "/api/v1/whistles": {
            "get": _page(
                "whistles", "Whistles, newest first.", d.WhistlesQuery, d.WhistlesDocument
            ),
            "post": writing(
                "blow", "Whistle for units (吹哨).", reference(d.BlowDocument),
                d.WhistleDocument, [],
            ),
        },
        "/api/v1/whistles/{id}": {
            "get": reading("whistle", "A whistle with its calls.", [number()], d.WhistleDocument)
        },
        "/api/v1/whistles/{id}/acts": {
            "post": writing(
                "whistle_act", "Report in (报到), act, be done, rate, or recall.",
                reference(d.CallActDocument), d.WhistleDocument, [number()],
            )
        },
        "/api/v1/directives": {
            "get": _page(
                "directives", "Directives, newest first.", d.DirectivesQuery, d.DirectivesDocument
            ),
            "post": writing(
                "issue", "Order all cells of a level (指令).", reference(d.IssueDocument),
                d.DirectiveDocument, [],
            ),
        },
        "/api/v1/directives/{id}": {
            "get": _page(
                "directive", "A directive: progress by level and cell, and who is late.",
                d.DirectiveQuery, d.DirectiveDocument, [number()],
            )
        },
        "/api/v1/directives/{id}/acts": {
            "post": writing(
                "directive_acts", "Say how far cells are, many at once.",
                reference(d.CellActsDocument), d.TakenDocument, [number()],
            )
        },
        "/api/v1/directives/{id}/recall": {
            "post": writing(
                "directive_recall", "Take a directive back.", reference(d.RecallDocument),
                d.DirectiveDocument, [number()],
            )
        },
    }  # fmt: skip


def _page(
    name: str, summary: str, query: type[BaseModel], given: type[BaseModel],
    more: list[Document] | None = None,
) -> Document:  # fmt: skip
    described = reading(name, summary, [*(more or []), *parameters(query)], given)
    described["responses"] |= refusals("400")
    return described
