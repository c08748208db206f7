"""GET /api/v1/matters: the catalogue, and the three lists that are views of it."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from commandcenter.domain.matters import Matter, forbidden_at, of_duty, of_level
from commandcenter.domain.rights import Block, Right
from commandcenter.errors import NotFound
from commandcenter.host.catalogue import Catalogue
from commandcenter.web import matter_search
from commandcenter.web.bodies import read_query
from commandcenter.web.documents import MatterDocument
from commandcenter.web.matter_documents import MattersDocument, MattersQuery, matter_document
from commandcenter.web.permission import needs
from commandcenter.web.responses import json_answer
from commandcenter.web.services import Services
from commandcenter.web.viewers import Callers


class Matters:
    """The matters of the city; they are the same for everybody."""

    def __init__(self, services: Services, callers: Callers) -> None:
        self._services = services
        self._callers = callers

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("matters", __name__)
        routes.get("/matters")(self.index)
        return routes

    @needs(Right.LOOK, block=Block.CASES)
    def index(self) -> ResponseReturnValue:
        """Return the matters that are asked for."""
        viewer = self._callers.reader()
        asked, catalogue = read_query(request, MattersQuery), self._services.catalogue
        matters = listed(asked, catalogue)
        if asked.q is not None:
            classifier = self._services.intake.classifier
            matters = matter_search.found(asked.q, matters, classifier, asked.limit)
        found = [described(m, catalogue, viewer.language) for m in matters[: asked.limit]]
        return json_answer(MattersDocument(matters=found))


def listed(asked: MattersQuery, catalogue: Catalogue) -> list[Matter]:
    """Return the matters for which everything holds that is asked; raises NotFound for a level."""
    found = list(catalogue.matters.values())
    if asked.level is not None:
        found = of_level(found, _depth(asked.level, catalogue))
    if asked.duty is not None:
        found = of_duty(found, asked.duty)
    if asked.forbidden is not None:
        found = forbidden_at(found, _depth(asked.forbidden, catalogue))
    if asked.dispatches_itself is not None:
        wanted = asked.dispatches_itself == "true"
        found = [matter for matter in found if matter.dispatches_itself is wanted]
    return found


def described(matter: Matter, catalogue: Catalogue, language: str) -> MatterDocument:
    """Return a matter as documents have it; a kind of units without a title bears its level's."""
    levels = catalogue.levels
    duties = {
        duty.key: (duty.title if duty.title.zh else levels[duty.depth].title).in_language(language)
        for duty in catalogue.city.duties
    }
    return matter_document(matter, levels, duties, language)


def _depth(key: str, catalogue: Catalogue) -> int:
    keys = [level.key for level in catalogue.levels]
    if key not in keys:
        raise NotFound(f"no level {key}; there are {', '.join(keys)}")
    return keys.index(key)
