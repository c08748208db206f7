"""GET /inspections/<id>/report.pdf: the report of an inspection, as its page says it now."""

from collections import OrderedDict
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from threading import Lock
from urllib.parse import urljoin

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from commandcenter.cases import findings, inspections, photos
from commandcenter.domain.audit import AuditKind
from commandcenter.domain.rights import Block, Right
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import NotFound
from commandcenter.screen.inspection_report import Report, report
from commandcenter.screen.typeface import truetype
from commandcenter.store.store import Connection
from commandcenter.web import places
from commandcenter.web.cases import case_number
from commandcenter.web.permission import needs
from commandcenter.web.services import Services
from commandcenter.web.viewers import present

KEPT_REPORTS = 32
MOST_THUMBS = 24
POLICY = "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""Browsers show documents in a viewer of their own, which a stricter policy would stop."""


class InspectionFiles:
    """Reports of inspections; what did not change since is not drawn again."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._drawing = Lock()
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def blueprint(self) -> Blueprint:
        """Return the route."""
        routes = Blueprint("inspection_files", __name__)
        routes.get("/inspections/<named>/report.pdf")(self.show)
        return routes

    @needs(Right.INSPECT, Right.EXPORT, block=Block.CASES, rate="exports")
    def show(self, named: str) -> ResponseReturnValue:
        """Return the report; raises NotFound."""
        visitor = present()
        if visitor is None:
            raise NotFound("no such page")
        wanted = case_number(named)
        given = self._given(visitor.viewer, wanted)
        digest, data = self._drawn(visitor.viewer, given)
        self._services.auditing.note(
            AuditKind.EXPORTED, f"inspection:{wanted}", {"form": "pdf", "bytes": len(data)}
        )
        answer = Response(data, mimetype="application/pdf")
        answer.headers["Content-Disposition"] = f'inline; filename="inspection-{wanted}.pdf"'
        answer.headers["Content-Security-Policy"] = POLICY
        answer.cache_control.private = True
        answer.cache_control.no_cache = True
        answer.set_etag(digest)
        return answer.make_conditional(request)

    def _given(self, viewer: Viewer, number: int) -> Report:
        address = urljoin(request.url_root, f"/inspection/{number}")
        with self._services.store.read() as connection:
            found = inspections.inspection(connection, viewer, number)
            cases = findings.followed(connection, viewer, found.steps)
            thumbs = dict(_thumbs(connection, viewer, found))
        return Report(found, cases, thumbs, address, self._services.now())

    def _drawn(self, viewer: Viewer, given: Report) -> tuple[str, bytes]:
        """Return a report with its digest, as it was drawn before where it says the same."""
        overdue = [one.found for one in given.findings if one.is_overdue(given.now)]
        catalogue = self._services.catalogue.build
        said = (given.inspection, given.findings, sorted(given.thumbs), given.address, overdue,
                viewer.language, catalogue)  # fmt: skip
        digest = sha256(repr(said).encode()).hexdigest()
        with self._drawing:
            if digest not in self._kept:
                around = places.surroundings(self._services, viewer)
                self._kept[digest] = report(around, given, self._face())
            self._kept.move_to_end(digest)
            while len(self._kept) > KEPT_REPORTS:
                self._kept.popitem(last=False)
            return digest, self._kept[digest]

    def _face(self) -> Path:
        settings = self._services.settings
        return truetype(Path(settings.assets), Path(settings.data) / "fonts")


def _thumbs(
    connection: Connection, viewer: Viewer, found: inspections.Inspection
) -> Iterator[tuple[int, bytes]]:
    """Give the small photos of an inspection that the viewer sees."""
    numbers = dict.fromkeys(photo for step in found.steps for photo in step.photos)
    for number in list(numbers)[:MOST_THUMBS]:
        try:
            pixels = photos.pixels(connection, viewer, number, small=True)
        except NotFound:
            continue
        if pixels.bytes is not None:
            yield number, pixels.bytes
