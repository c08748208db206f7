"""GET /api/v1/openapi.json: the API described by the very models that check it."""

from functools import cached_property
from typing import Literal

import orjson
from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from commandcenter import __version__
from commandcenter.host.reports import Report
from commandcenter.web import (
    documents,
    field_documents,
    field_paths,
    inspection_documents,
    inspection_paths,
    unmasking,
)
from commandcenter.web.bodies import LONGEST_LIST
from commandcenter.web.command_documents import CommandDocument, CommandedDocument
from commandcenter.web.coordination_documents import GIVEN as COORDINATION_GIVEN
from commandcenter.web.coordination_documents import TAKEN as COORDINATION_TAKEN
from commandcenter.web.coordination_paths import paths as coordination_paths
from commandcenter.web.described import (
    WRITING,
    Document,
    answer,
    number,
    parameters,
    reading,
    reference,
    refusals,
    repeat_key,
)
from commandcenter.web.matter_documents import MattersDocument, MattersQuery
from commandcenter.web.permission import open_to_all
from commandcenter.web.services import Services

GIVEN: tuple[type[BaseModel], ...] = (
    documents.AnswersDocument,
    documents.CellDocument,
    documents.CountsDocument,
    documents.CasesDocument,
    documents.CaseDocument,
    documents.PanelsDocument,
    MattersDocument,
    documents.PushedDocument,
    CommandedDocument,
    unmasking.UnmaskedDocument,
    *COORDINATION_GIVEN,
    *field_documents.GIVEN,
    *inspection_documents.GIVEN,
    documents.ErrorDocument,
)


class OpenApi:
    """Serves the description, made when it is first asked for."""

    def __init__(self, services: Services) -> None:
        self._title = services.catalogue.city.platform.en or "City"

    @cached_property
    def _document(self) -> bytes:
        return orjson.dumps(describe(self._title))

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("openapi", __name__)
        routes.get("/openapi.json")(self.show)
        return routes

    @open_to_all("describes the API and says nothing of the city")
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
            "/api/v1/cases": {"get": _cases(), "post": field_paths.start()},
            "/api/v1/cases/{id}": {"get": _case()},
            "/api/v1/cases/{id}/commands": {"post": _command()},
            "/api/v1/cases/{id}/unmask": {"post": unmasking.described()},
            "/api/v1/matters": {"get": _matters()},
            "/api/v1/panels": {"get": _panels()},
            "/api/v1/panels/{key}": {"put": _push()},
            **coordination_paths(),
            **field_paths.paths(),
            **inspection_paths.paths(),
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
    one = reference(Report)
    many = {"type": "array", "items": one, "minItems": 1, "maxItems": LONGEST_LIST}
    answers = {
        "200": answer("An answer to each report, in order.", documents.AnswersDocument),
    }
    return {
        "operationId": "report",
        "summary": "Hand in one report or a list; sending again changes nothing.",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"anyOf": [one, many]}}},
        },
        "responses": answers | refusals("400", "401", "403", "413", "415", "429", "503"),
    }


def _cell() -> Document:
    return reading("cell", "A cell of the tree.", [_code()], documents.CellDocument)


def _counts() -> Document:
    summary = "The counts of a cell and everything under it."
    return reading("counts", summary, [_code()], documents.CountsDocument)


def _cases() -> Document:
    summary = "Cases, newest first, page by page."
    asked = parameters(documents.CasesQuery)
    described = reading("cases", summary, asked, documents.CasesDocument)
    described["responses"] |= refusals("400")
    return described


def _case() -> Document:
    return reading("case", "A case with its timeline.", [number()], documents.CaseDocument)


def _command() -> Document:
    body = {"application/json": {"schema": reference(CommandDocument)}}
    done = answer("Done: the case as it is now, and what is legal next.", CommandedDocument)
    return {
        "operationId": "command",
        "summary": "Do something to a case, with the key of an operator or logged in.",
        "parameters": [number(), repeat_key()],
        "requestBody": {"required": True, "content": body},
        "responses": {"200": done} | refusals(*WRITING),
    }


def _matters() -> Document:
    summary = "The catalogue of matters, and its three lists."
    described = reading("matters", summary, parameters(MattersQuery), MattersDocument)
    described["responses"] |= refusals("400")
    return described


def _panels() -> Document:
    summary = "The panels of the scope; of remote ones, how old what was pushed to them is."
    described = reading("panels", summary, [], documents.PanelsDocument)
    del described["responses"]["404"]
    return described


def _push() -> Document:
    schema = {"type": "string", "minLength": 1, "maxLength": 64}
    body = {"application/json": {"schema": reference(documents.PushDocument)}}
    taken = answer("Taken, or there already.", documents.PushedDocument)
    return {
        "operationId": "push",
        "summary": "Set parts of a remote panel, with a key of its plugin.",
        "parameters": [{"name": "key", "in": "path", "required": True, "schema": schema}],
        "requestBody": {"required": True, "content": body},
        "responses": {"200": taken}
        | refusals("400", "401", "403", "404", "413", "415", "429", "503"),
    }


def _code() -> Document:
    schema = {"type": "string", "minLength": 1, "maxLength": 64}
    return {"name": "code", "in": "path", "required": True, "schema": schema}


Mode = Literal["validation", "serialization"]


def _schemas() -> Document:
    taken: tuple[type[BaseModel], ...] = (
        Report, documents.PushDocument, CommandDocument, *COORDINATION_TAKEN,
        *field_documents.TAKEN, *inspection_documents.TAKEN, unmasking.UnmaskDocument,
    )  # fmt: skip
    models: list[tuple[type[BaseModel], Mode]] = [(model, "validation") for model in taken]
    models += [(model, "serialization") for model in GIVEN]
    _, schema = models_json_schema(models, ref_template="#/components/schemas/{model}")
    found: Document = schema["$defs"]
    return found
