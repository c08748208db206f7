"""GET /api/v1/panels, and PUT /api/v1/panels/KEY: the values of remote panels, pushed by a key."""

from collections.abc import Mapping
from http import HTTPStatus
from time import time
from typing import Any

import orjson
from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from commandcenter.domain.clocks import Millis
from commandcenter.domain.rights import Right
from commandcenter.errors import NotFound, PluginError
from commandcenter.host.catalogue import PanelSpec
from commandcenter.host.plugin import EVERYWHERE, serves
from commandcenter.host.remote import RemotePanel
from commandcenter.host.values import check_values
from commandcenter.live.remote import tell
from commandcenter.store import remote
from commandcenter.store.remote import Place, TooManyCells
from commandcenter.web.bodies import read_json
from commandcenter.web.documents import (
    PanelDocument,
    PanelsDocument,
    PartDocument,
    PlaceDocument,
    PushDocument,
    PushedDocument,
    moment,
)
from commandcenter.web.errors import Refusal
from commandcenter.web.permission import needs
from commandcenter.web.pushes import Push, pushes
from commandcenter.web.responses import json_answer
from commandcenter.web.services import Services
from commandcenter.web.viewers import Caller, Callers

AHEAD_SECONDS = 60
"""A sender's clock may be so far ahead of ours."""
LONGEST_WORDS = 500


class Panels:
    """Lists panels, and takes what plugins elsewhere push to theirs."""

    def __init__(self, services: Services, callers: Callers) -> None:
        self._services = services
        self._callers = callers

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("panels", __name__)
        routes.get("/panels")(self.index)
        routes.put("/panels/<key>")(self.put)
        return routes

    @needs(Right.LOOK, Right.PUSH)
    def index(self) -> ResponseReturnValue:
        """Return the panels that the caller may see, and how the remote ones stand."""
        caller = self._callers.looker()
        panels = [spec for _, spec in sorted(self._catalogue.items()) if self._sees(caller, spec)]
        found = self._stands(caller, [spec for spec in panels if spec.remote])
        documents = [self._document(spec, found, caller.viewer.language) for spec in panels]
        return json_answer(PanelsDocument(panels=documents))

    @needs(Right.PUSH)
    def put(self, key: str) -> ResponseReturnValue:
        """Set the parts that are named, and have the screens told."""
        caller = self._callers.reporter()
        spec = self._catalogue.get(key)
        if spec is None or not spec.remote or spec.plugin != caller.plugin:
            raise NotFound(f"no remote panel {key} of plugin {caller.plugin}")
        place = home = self._home(spec)
        try:
            asked = _read(read_json(request))
            place = self._place(caller, spec, asked, home)
            return self._take(spec, place, asked)
        except Refusal as refusal:
            self._note(place, refusal)
            raise

    @property
    def _catalogue(self) -> Mapping[str, PanelSpec]:
        return self._services.catalogue.panels

    def _take(self, spec: PanelSpec, place: Place, asked: PushDocument) -> ResponseReturnValue:
        values = self._checked(spec, asked.values)
        now = _now()
        at = now if asked.at is None else min(_instant(asked, now), now)
        try:
            with self._services.store.write() as connection:
                status = remote.put(connection, place, values, at)
        except TooManyCells as error:
            raise Refusal(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_many", str(error), "cell"
            ) from error
        if status == "accepted":
            tell(self._services.bus, place)
        code = self._services.tree.cells[place.cell].code
        return json_answer(
            PushedDocument(panel=spec.key, cell=code, status=status, at=moment(at))
        )

    def _checked(self, spec: PanelSpec, values: Mapping[str, Any]) -> dict[str, bytes]:
        panel = RemotePanel(spec.key, spec.title, spec.parts)
        for name, value in values.items():
            try:
                check_values(panel, {name: value}, self._services.tree)
            except PluginError as error:
                raise _invalid(f"values.{name[:40]}", str(error)) from error
        # Kept as they came: what the screens get is made of them by the worker.
        return {name: orjson.dumps(value) for name, value in values.items()}

    def _place(self, caller: Caller, spec: PanelSpec, asked: PushDocument, home: Place) -> Place:
        if asked.cell is None:
            if len(spec.districts) > 1:
                raise _invalid("cell", f"is missing: {spec.plugin} serves several districts")
            return home
        position = self._services.tree.position.get(asked.cell, -1)
        if position < 0 or not caller.acts_at(position):
            raise Refusal(
                HTTPStatus.BAD_REQUEST, "outside",
                f"is no cell that the plugin {spec.plugin} serves", "cell",
            )  # fmt: skip
        return Place(spec.key, position)

    def _home(self, spec: PanelSpec) -> Place:
        """Return where a panel stands that names no cell: its district, or the city."""
        first = spec.districts[0]
        at = 0 if first == EVERYWHERE else self._services.tree.position[first]
        return Place(spec.key, at)

    def _note(self, place: Place, refusal: Refusal) -> None:
        """Keep why a put was refused: its tile and the operators' page say so."""
        reason = _reason(place, **refusal.body["error"])
        try:
            with self._services.store.write() as connection:
                remote.refuse(connection, place, reason, _now())
        except TooManyCells:
            return
        tell(self._services.bus, place)

    def _sees(self, caller: Caller, spec: PanelSpec) -> bool:
        if caller.plugin:
            return spec.plugin == caller.plugin
        tree, viewer = self._services.tree, caller.viewer
        if spec.block not in viewer.blocks:
            return False
        if serves(spec.districts, tree, viewer.first):
            return True
        return any(viewer.sees(tree.position[code]) for code in spec.districts if code in tree)

    def _stands(self, caller: Caller, panels: list[PanelSpec]) -> list[Push]:
        with self._services.store.read() as connection:
            known = remote.states(connection, [spec.key for spec in panels])
        seen = {place: pushed for place, pushed in known.items() if caller.acts_at(place.cell)}
        return pushes(panels, seen, self._services.tree, _now())

    def _document(self, spec: PanelSpec, found: list[Push], language: str) -> PanelDocument:
        here = [one for one in found if one.panel is spec]
        return PanelDocument(
            key=spec.key,
            title=spec.title.in_language(language),
            plugin=spec.plugin,
            districts=list(spec.districts),
            remote=spec.remote,
            interval=spec.interval,
            parts=[PartDocument(name=part.name, kind=part.kind) for part in spec.parts],
            state=here[0].state if here else None,
            places=[_stand(one) for one in here if one.cell],
        )


def _read(body: Any) -> PushDocument:
    try:
        return PushDocument.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])[:80]
        raise _invalid(field, first["msg"]) from error


def _instant(asked: PushDocument, now: Millis) -> Millis:
    at = round(asked.at.timestamp() * 1000) if asked.at else now
    if at > now + AHEAD_SECONDS * 1000:
        raise _invalid("at", f"lies {(at - now) / 1000:,.0f} s ahead: set the sender's clock")
    if at < 0:
        raise _invalid("at", "lies before 1970")
    return at


def _reason(place: Place, message: str, field: str = "", **_: str) -> str:
    """Return why a put was refused, as short as its tile wants it."""
    if field.startswith("values."):
        return message.removeprefix(f"panel {place.panel}: ")
    return f"{field}: {message}" if field else message


def _invalid(field: str, message: str) -> Refusal:
    return Refusal(HTTPStatus.BAD_REQUEST, "invalid", message[:LONGEST_WORDS], field)


def _stand(one: Push) -> PlaceDocument:
    at = None if one.at is None else moment(one.at)
    return PlaceDocument(cell=one.cell, state=one.state, at=at, reason=one.reason or None)


def _now() -> Millis:
    """Return the real time: the age of a push does not follow a replayed clock."""
    return round(time() * 1000)
