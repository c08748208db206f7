"""Parts of the API's description: what is answered, refused and asked, in the words of OpenAPI."""

from typing import Any

from pydantic import BaseModel

from commandcenter.web import documents

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
