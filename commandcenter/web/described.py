"""Parts of the API's description: what is answered, refused and asked, in the words of OpenAPI."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from commandcenter.web import documents
from commandcenter.web.command_documents import CommandDocument

REFUSALS = {
    "400": "The request cannot be read.",
    "401": "No key in force.",
    "403": "Not with this kind of key.",
    "404": "Does not exist, or not for this caller.",
    "409": "Not legal now, or changed by somebody else: the answer says what is.",
    "413": "The body or the list is too large.",
    "415": "Not JSON.",
    "422": "A field is missing or cannot be used; or the key was used for another command.",
    "429": "Too many requests: Retry-After says how long to wait, in seconds.",
    "503": "A part of the server does not answer now: Retry-After says when to try again.",
}
WAITING = {"429", "503"}
WRITING = ("400", "401", "403", "404", "409", "413", "415", "422", "429", "503")
"""How what changes something may be refused."""
Document = dict[str, Any]


def number() -> Document:
    """Return the parameter that is the number of a thing."""
    schema = {"type": "integer", "minimum": 1, "maximum": documents.LONGEST_ID}
    return {"name": "id", "in": "path", "required": True, "schema": schema}


def reading(
    name: str, summary: str, parameters: list[Document], given: type[BaseModel]
) -> Document:
    """Return the description of a GET that finds something."""
    return {
        "operationId": name,
        "summary": summary,
        "parameters": parameters,
        "responses": {"200": answer("Found.", given)}
        | refusals("401", "403", "404", "429", "503"),
    }


def parameters(query: type[BaseModel]) -> list[Document]:
    """Return the parameters of an address, as a model has them."""
    schema = query.model_json_schema(ref_template="#/components/schemas/{model}")
    return [
        {"name": name, "in": "query", "required": False, "schema": plain(field)}
        for name, field in schema["properties"].items()
    ]


def plain(field: Document) -> Document:
    """Return a field's schema without null, which an address cannot say."""
    choices = [choice for choice in field.get("anyOf", [field]) if choice.get("type") != "null"]
    return {key: value for key, value in choices[0].items() if key not in ("default", "title")}


def answer(description: str, given: type[BaseModel]) -> Document:
    """Return the description of an answer."""
    return {
        "description": description,
        "content": {"application/json": {"schema": reference(given)}},
    }


def refusals(*statuses: str) -> Document:
    """Return the descriptions of refusals by status."""
    return {status: _refusal(status) for status in statuses}


def _refusal(status: str) -> Document:
    described = answer(REFUSALS[status], documents.ErrorDocument)
    if status in WAITING:
        schema = {"type": "integer", "minimum": 0}
        described["headers"] = {"Retry-After": {"required": True, "schema": schema}}
    return described


def reference(model: type[BaseModel]) -> Document:
    """Return a reference to a model's schema."""
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def writing(
    name: str, summary: str, taken: Document, given: type[BaseModel], asked: Sequence[Document]
) -> Document:
    """Return an operation that takes a body of the schema `taken` and changes something, once."""
    return {
        "operationId": name,
        "summary": summary,
        "parameters": [*asked, repeat_key()],
        "requestBody": {"required": True, "content": {"application/json": {"schema": taken}}},
        "responses": {"200": answer("Done.", given)} | refusals(*WRITING),
    }


def repeat_key() -> Document:
    """Return the header by which the same request, sent again, is answered as before."""
    schema = plain(CommandDocument.model_json_schema()["properties"]["idempotency_key"])
    return {"name": "Idempotency-Key", "in": "header", "required": False, "schema": schema}
