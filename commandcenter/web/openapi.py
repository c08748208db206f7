"""GET /api/v1/openapi.json: the API described by the very models that check it."""

from typing import Any, Literal

import orjson
from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from commandcenter import __version__
from commandcenter.host.reports import Report
from commandcenter.web import documents
from commandcenter.web.bodies import LONGEST_LIST
from commandcenter.web.command_documents import CommandDocument, CommandedDocument
from commandcenter.web.services import Services

GIVEN = (
    documents.AnswersDocument,
    documents.CellDocument,
    documents.CountsDocument,
    documents.CasesDocument,
    documents.CaseDocument,
    documents.PanelsDocument,
    documents.PushedDocument,
    CommandedDocument,
    documents.ErrorDocument,
)
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


class OpenApi:
    """Serves the description, made once."""

    def __init__(self, services: Services) -> None:
        self._document = orjson.dumps(describe(services.catalogue.city.platform.en or "City"))

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("openapi", __name__)
        routes.get("/openapi.json")(self.show)
        return routes

    def show(self) -> ResponseReturnValue:
        """Return the description; it says nothing that needs a key."""
        return Response(self._document, mimetype="application/json")


def describe(title: str) -> Document:
    """Return the OpenAPI document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": __version__, "description": _ABOUT},
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "paths": {
            "/api/v1/reports": {"post": _report()},
            "/api/v1/cells/{code}": {"get": _cell()},
            "/api/v1/cells/{code}/counts": {"get": _counts()},
            "/api/v1/cases": {"get": _cases()},
            "/api/v1/cases/{id}": {"get": _case()},
            "/api/v1/cases/{id}/commands": {"post": _command()},
            "/api/v1/panels": {"get": _panels()},
            "/api/v1/panels/{key}": {"put": _push()},
        },
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


_ABOUT = (
    "Reports and values of remote panels in, counts and cases out. Every call is made with a key "
    "and sees the cells of the key's scope only: what lies outside answers as if it did not exist."
)


def _report() -> Document:
    one = _reference(Report)
    many = {"type": "array", "items": one, "minItems": 1, "maxItems": LONGEST_LIST}
    answers = {
        "200": _answer("An answer to each report, in order.", documents.AnswersDocument),
    }
    return {
        "operationId": "report",
        "summary": "Hand in one report or a list; sending again changes nothing.",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"anyOf": [one, many]}}},
        },
        "responses": answers | _refusals("400", "401", "403", "413", "415", "429", "503"),
    }


def _cell() -> Document:
    return _reading("cell", "A cell of the tree.", [_code()], documents.CellDocument)


def _counts() -> Document:
    summary = "The counts of a cell and everything under it."
    return _reading("counts", summary, [_code()], documents.CountsDocument)


def _cases() -> Document:
    summary = "Cases, newest first, page by page."
    described = _reading("cases", summary, _query_parameters(), documents.CasesDocument)
    described["responses"] |= _refusals("400")
    return described


def _case() -> Document:
    return _reading("case", "A case with its timeline.", [_number()], documents.CaseDocument)


def _command() -> Document:
    schema = _plain(CommandDocument.model_json_schema()["properties"]["idempotency_key"])
    key = {"name": "Idempotency-Key", "in": "header", "required": False, "schema": schema}
    body = {"application/json": {"schema": _reference(CommandDocument)}}
    done = _answer("Done: the case as it is now, and what is legal next.", CommandedDocument)
    refused = _refusals(
        "400", "401", "403", "404", "409", "413", "415", "422", "429", "503"
    )  # fmt: skip
    return {
        "operationId": "command",
        "summary": "Do something to a case, with the key of an operator or logged in.",
        "parameters": [_number(), key],
        "requestBody": {"required": True, "content": body},
        "responses": {"200": done} | refused,
    }


def _number() -> Document:
    schema = {"type": "integer", "minimum": 1, "maximum": documents.LONGEST_ID}
    return {"name": "id", "in": "path", "required": True, "schema": schema}


def _panels() -> Document:
    summary = "The panels of the scope; of remote ones, how old what was pushed to them is."
    described = _reading("panels", summary, [], documents.PanelsDocument)
    del described["responses"]["404"]
    return described


def _push() -> Document:
    schema = {"type": "string", "minLength": 1, "maxLength": 64}
    body = {"application/json": {"schema": _reference(documents.PushDocument)}}
    taken = _answer("Taken, or there already.", documents.PushedDocument)
    return {
        "operationId": "push",
        "summary": "Set parts of a remote panel, with a key of its plugin.",
        "parameters": [{"name": "key", "in": "path", "required": True, "schema": schema}],
        "requestBody": {"required": True, "content": body},
        "responses": {"200": taken}
        | _refusals("400", "401", "403", "404", "413", "415", "429", "503"),
    }


def _reading(
    name: str, summary: str, parameters: list[Document], given: type[BaseModel]
) -> Document:
    return {
        "operationId": name,
        "summary": summary,
        "parameters": parameters,
        "responses": {"200": _answer("Found.", given)}
        | _refusals("401", "403", "404", "429", "503"),
    }


def _code() -> Document:
    schema = {"type": "string", "minLength": 1, "maxLength": 64}
    return {"name": "code", "in": "path", "required": True, "schema": schema}


def _query_parameters() -> list[Document]:
    schema = documents.CasesQuery.model_json_schema(ref_template="#/components/schemas/{model}")
    return [
        {"name": name, "in": "query", "required": False, "schema": _plain(field)}
        for name, field in schema["properties"].items()
    ]


def _plain(field: Document) -> Document:
    """Return a field's schema without null, which an address cannot say."""
    choices = [choice for choice in field.get("anyOf", [field]) if choice.get("type") != "null"]
    return {key: value for key, value in choices[0].items() if key not in ("default", "title")}


def _answer(description: str, given: type[BaseModel]) -> Document:
    return {
        "description": description,
        "content": {"application/json": {"schema": _reference(given)}},
    }


def _refusals(*statuses: str) -> Document:
    return {status: _refusal(status) for status in statuses}


def _refusal(status: str) -> Document:
    described = _answer(REFUSALS[status], documents.ErrorDocument)
    if status in WAITING:
        schema = {"type": "integer", "minimum": 0}
        described["headers"] = {"Retry-After": {"required": True, "schema": schema}}
    return described


def _reference(model: type[BaseModel]) -> Document:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _schemas() -> Document:
    models: list[tuple[type[BaseModel], Literal["validation", "serialization"]]] = [
        (Report, "validation"),
        (documents.PushDocument, "validation"),
        (CommandDocument, "validation"),
        *((model, "serialization") for model in GIVEN),
    ]
    _, schema = models_json_schema(models, ref_template="#/components/schemas/{model}")
    found: Document = schema["$defs"]
    return found
