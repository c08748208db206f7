"""The routes of acting in the field as the API's description has them."""


from pydantic import BaseModel

from commandcenter.web import field_documents as documents
from commandcenter.web.described import (
    WRITING,
    Document,
    answer,
    parameters,
    reading,
    reference,
    refusals,
    repeat_key,
    writing,
)

PICTURES = ("image/jpeg", "image/png", "image/webp")


def paths() -> Document:
    """Return the paths."""
    d = documents
    return {
        "/api/v1/photos": {"post": _photo()},
        "/api/v1/cells/{code}/checks": {
            "get": reading(
                "checks", "The colour of a cell, and who has looked at it.", [_code()],
                d.ChecksDocument,
            ),
            "post": writing(
                "check", "Say what was found in a coloured cell (核查).",
                reference(d.CheckDocument), d.ChecksDocument, [_code()],
            ),
        },
        "/api/v1/spot": {
            "get": _asking("spot", "The cell of a point.", d.PointQuery, d.SpotDocument)
        },
    }


def start() -> Document:
    """Return the description of starting a case, which stands beside that of the cases."""
    return writing(
        "start", "Start a case at a place, as people of the city do in the field.",
        reference(documents.StartDocument), documents.StartedDocument, [],
    )


def _photo() -> Document:
    picture = {"schema": {"type": "string", "format": "binary"}}
    form = {"type": "object", "properties": {"photo": {"type": "string", "format": "binary"}}}
    content = {kind: picture for kind in PICTURES} | {"multipart/form-data": {"schema": form}}
    return {
        "operationId": "photo",
        "summary": "Send a photo of up to 8 MB; it is turned upright and freed of what it tells.",
        "parameters": [*parameters(documents.PhotoQuery), repeat_key()],
        "requestBody": {"required": True, "content": content},
        "responses": {"200": answer("Kept.", documents.PhotoDocument)} | refusals(*WRITING),
    }


def _asking(
    name: str, summary: str, query: type[BaseModel], given: type[BaseModel]
) -> Document:
    asked = parameters(query)
    for parameter in asked:
        parameter["required"] = True
    described = reading(name, summary, asked, given)
    described["responses"] |= refusals("400")
    return described


def _code() -> Document:
    schema = {"type": "string", "minLength": 1, "maxLength": 64}
    return {"name": "code", "in": "path", "required": True, "schema": schema}
