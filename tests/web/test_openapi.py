"""The API is what its description says, whatever is thrown at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import booleans
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from commandcenter.cases.accounts import Grant, KeyKind, add_key
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance
from commandcenter.testing import small_catalogue
from commandcenter.web.flask_app import create_flask
from tests.web.conftest import (
    CITY,
    EAST,
    SOUTH,
    Town,
    answer_counts,
    make_accounts,
    make_services,
    now,
    remote_plugin,
)

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    ignored_auth,
    unsupported_method,
]


@pytest.fixture(scope="module")
def busy_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town with cases and a worker, for all that schemathesis comes up with."""
    folder: Path = tmp_path_factory.mktemp("openapi")
    services = make_services(folder, f"sqlite:///{folder / 'commandcenter.db'}")
    services = replace(services, catalogue=small_catalogue(remote_plugin("air", SOUTH)))
    keys = make_accounts(services)
    with services.store.write() as connection:
        grant = Grant("air", SOUTH, plugin="air")
        keys["air"] = add_key(connection, services.tree, KeyKind.PLUGIN, grant, now())
        grant = Grant("desk", CITY, Clearance.STAFF, role=Role.DUTY_OFFICER)
        keys["desk"] = add_key(connection, services.tree, KeyKind.OPERATOR, grant, now())
    subscription = services.bus.answer("ask.counts", answer_counts)
    town = Town(services, create_flask(services), keys)
    for number in range(5):
        town.report(f"{EAST}001", str(number))
    yield town
    subscription.close()
    services.bus.close()
    services.store.close()


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("name", ["report", "cell", "counts", "cases", "case", "panels", "push"])
def test_every_answer_is_as_described(busy_town: Town, name: str, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", busy_town.site.app)
    operation = schema.find_operation_by_id(name)

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def holds(case: Any) -> None:
        if name == "push":
            case.path_parameters["key"] = "air.flights"
        caller = "air" if name in ("panels", "push") else "source"
        case.call_and_validate(headers=busy_town.bearer(caller), checks=CHECKS)

    holds()


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "name", ["inspections", "inspection", "begin_inspection", "inspection_acts"]
)
def test_every_answer_on_inspections_is_as_described(busy_town: Town, name: str) -> None:
    headers, client = busy_town.bearer("desk"), busy_town.client()
    client.post("/api/v1/inspections", json={"cell": f"{EAST}001", "key": "k"}, headers=headers)
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", busy_town.site.app)
    operation = schema.find_operation_by_id(name)

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(), is_there=booleans())
    def holds(case: Any, is_there: bool) -> None:
        if is_there and "id" in case.path_parameters:
            case.path_parameters["id"] = 1
        case.call_and_validate(headers=headers, checks=CHECKS)

    holds()


COORDINATION = (
    "whistles", "blow", "whistle", "whistle_act", "directives", "issue", "directive",
    "directive_acts", "directive_recall",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("name", COORDINATION)
def test_every_answer_on_whistles_and_directives_is_as_described(
    busy_town: Town, name: str, mode: GenerationMode
) -> None:
    headers, client = busy_town.bearer("desk"), busy_town.client()
    whistle = {"cell": f"{EAST}001", "title": "占道", "units": [f"{EAST}-cg"]}
    order = {"cell": EAST, "level": "micro", "title": "走访"}
    assert client.post("/api/v1/whistles", json=whistle, headers=headers).status_code == 200
    assert client.post("/api/v1/directives", json=order, headers=headers).status_code == 200
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", busy_town.site.app)
    operation = schema.find_operation_by_id(name)

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def holds(case: Any) -> None:
        if mode is GenerationMode.POSITIVE and "id" in case.path_parameters:
            case.path_parameters["id"] = 1
        case.call_and_validate(headers=headers, checks=CHECKS)

    holds()


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("name", ["start", "check", "checks", "spot"])
def test_every_answer_on_acting_in_the_field_is_as_described(
    busy_town: Town, name: str, mode: GenerationMode
) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", busy_town.site.app)
    operation = schema.find_operation_by_id(name)

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def holds(case: Any) -> None:
        if mode is GenerationMode.POSITIVE and "code" in case.path_parameters:
            case.path_parameters["code"] = EAST
        case.call_and_validate(headers=busy_town.bearer("desk"), checks=CHECKS)

    holds()


def test_the_description_needs_no_key_and_names_every_route(busy_town: Town) -> None:
    document = busy_town.client().get("/api/v1/openapi.json").json
    routes = {
        rule.rule.replace("<code>", "{code}").replace("<number>", "{id}").replace("<key>", "{key}")
        .replace("<named>", "{id}")
        for rule in busy_town.site.app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
    }
    assert routes - {"/api/v1/openapi.json"} == set(document["paths"])


def test_the_description_has_no_loose_ends(busy_town: Town) -> None:
    document = busy_town.client().get("/api/v1/openapi.json").json
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(references(document)) <= known


def references(value: Any) -> Iterator[str]:
    """All references in a document."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)
