"""The routes of whistles and directives as the API's description has them."""

from pydantic import BaseModel

from commandcenter.web import coordination_documents as documents
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

WRITING = ("400", "401", "403", "404", "409", "413", "415", "422", "429", "503")


def paths() -> Document:
    """Return the paths."""
    d = documents
    return {
        "/api/v1/whistles": {
            "get": _page(
                "whistles", "Whistles, newest first.", d.WhistlesQuery, d.WhistlesDocument
            ),
            "post": _writing(
                "blow", "Whistle for units (吹哨).", d.BlowDocument, d.WhistleDocument, [_key()]
            ),
        },
        "/api/v1/whistles/{id}": {
            "get": reading("whistle", "A whistle with its calls.", [number()], d.WhistleDocument)
        },
        "/api/v1/whistles/{id}/acts": {
            "post": _writing(
                "whistle_act", "Report in (报到), act, be done, rate, or recall.",
                d.CallActDocument, d.WhistleDocument, [number(), _key()],
            )
        },
        "/api/v1/directives": {
            "get": _page(
                "directives", "Directives, newest first.", d.DirectivesQuery, d.DirectivesDocument
            ),
            "post": _writing(
                "issue", "Order all cells of a level (指令).", d.IssueDocument,
                d.DirectiveDocument, [_key()],
            ),
        },
        "/api/v1/directives/{id}": {
            "get": _page(
                "directive", "A directive: progress by level and cell, and who is late.",
                d.DirectiveQuery, d.DirectiveDocument, [number()],
            )
        },
        "/api/v1/directives/{id}/acts": {
            "post": _writing(
                "directive_acts", "Say how far cells are, many at once.", d.CellActsDocument,
                d.TakenDocument, [number(), _key()],
            )
        },
        "/api/v1/directives/{id}/recall": {
            "post": _writing(
                "directive_recall", "Take a directive back.", d.RecallDocument,
                d.DirectiveDocument, [number(), _key()],
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


def _writing(
    name: str, summary: str, taken: type[BaseModel], given: type[BaseModel],
    asked: list[Document],
) -> Document:  # fmt: skip
    return {
        "operationId": name,
        "summary": summary,
        "parameters": asked,
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": reference(taken)}},
        },
        "responses": {"200": answer("Done.", given)} | refusals(*WRITING),
    }


def _key() -> Document:
    schema = plain(CommandDocument.model_json_schema()["properties"]["idempotency_key"])
    return {"name": "Idempotency-Key", "in": "header", "required": False, "schema": schema}
