"""GET /audit and /audit.csv: auditors search the log of who did what, and take what they find."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from io import StringIO
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from commandcenter.cases import audit, audit_search
from commandcenter.cases.audit_search import Line, Page, Wanted
from commandcenter.domain.audit import KIND_TITLES, AuditKind
from commandcenter.domain.clocks import Millis, iso, millis
from commandcenter.domain.rights import Right
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import NotFound
from commandcenter.web import preferences, viewers
from commandcenter.web.errors import Refusal
from commandcenter.web.pages import plain_page
from commandcenter.web.permission import needed, needs
from commandcenter.web.services import Services

FIELDS = ("who", "kind", "since", "until", "cell", "words")
LONGEST = 100
SHOWN = 100
MOST_LINES = 50_000
COLUMNS = ("seq", "at", "kind", "who", "what", "scope", "address", "session", "detail", "hash")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for a formula when a cell begins so."""


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as the page shows it."""

    line: Line
    at: str
    kind: str
    place: str
    detail: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Found:
    """What the page shows: the fields as they were filled in, what was found, where it goes on."""

    asked: dict[str, str]
    rows: list[Row]
    kinds: list[tuple[str, str]]
    head: str
    older: str = ""
    export: str = ""
    reached: str = ""
    wrong: str = ""


class AuditPages:
    """The pages of auditors, each within the own scope."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("audit", __name__)
        routes.get("/audit")(self.show)
        routes.get("/audit.csv")(self.export)
        return routes

    @needs(Right.AUDIT)
    def show(self) -> ResponseReturnValue:
        """Return a page of what is looked for, the newest first."""
        viewer, asked = _auditor(), _asked()
        try:
            wanted = self._wanted(viewer, asked)
        except (ValueError, NotFound):
            wrong = preferences.words(self._services)("填写的时间、单元或编号不正确")
            return self._page(Found(asked, [], self._kinds(viewer), "", wrong=wrong))
        with self._services.store.read() as connection:
            page = audit_search.search(connection, viewer, wanted)
            # Where the chain ends says how much there is: that is for the whole city alone.
            head = str(audit.head(connection)) if viewer.first == 0 else ""
        return self._page(self._found(viewer, asked, page, head))

    @needs(Right.AUDIT, rate="exports")
    def export(self) -> ResponseReturnValue:
        """Return what is looked for as CSV, after it was written down that it is taken along."""
        viewer, asked = _auditor(), _asked()
        if not viewer.may(Right.EXPORT):
            raise Refusal(HTTPStatus.FORBIDDEN, "forbidden", needed((Right.EXPORT,)))
        try:
            wanted = self._wanted(viewer, asked)
        except ValueError as error:
            raise Refusal(HTTPStatus.BAD_REQUEST, "invalid", str(error)) from error
        said = {name: value for name, value in asked.items() if value}
        self._services.auditing.note(AuditKind.EXPORTED, "audit", said)
        answer = Response(self._csv(viewer, wanted), mimetype="text/csv")
        answer.headers["Content-Disposition"] = 'attachment; filename="audit.csv"'
        answer.cache_control.no_store = True
        return answer

    def _page(self, found: Found) -> ResponseReturnValue:
        answer = Response(
            plain_page(self._services, "audit.html", view=found), mimetype="text/html"
        )
        answer.cache_control.no_store = True
        return answer

    def _found(self, viewer: Viewer, asked: dict[str, str], page: Page, head: str) -> Found:
        said = {name: value for name, value in asked.items() if value}
        older = urlencode(said | {"before": page.cursor}) if page.cursor else ""
        rows = [self._row(viewer, line) for line in page.lines]
        reached = self._local(page.reached) if page.reached is not None else ""
        export = urlencode(said) if viewer.may(Right.EXPORT) else ""
        may = "/audit.csv?" + export if viewer.may(Right.EXPORT) else ""
        return Found(asked, rows, self._kinds(viewer), head, older, may, reached)

    def _kinds(self, viewer: Viewer) -> list[tuple[str, str]]:
        return [(kind.value, KIND_TITLES[kind].in_language(viewer.language)) for kind in AuditKind]

    def _row(self, viewer: Viewer, line: Line) -> Row:
        tree = self._services.tree
        place = tree.cells[tree.position[line.scope]].name if line.scope in tree else ""
        known = line.kind in tuple(AuditKind)
        title = KIND_TITLES[AuditKind(line.kind)].in_language(viewer.language) if known else ""
        detail = [(name, _said(value)) for name, value in line.detail.items()]
        return Row(line, self._local(line.at), title or line.kind, place, detail)

    def _local(self, at: Millis) -> str:
        return self._services.catalogue.calendar.local(at).strftime("%Y-%m-%d %H:%M:%S")

    def _wanted(self, viewer: Viewer, asked: dict[str, str]) -> Wanted:
        """Return what the fields say; raises ValueError for what they cannot, NotFound for a cell
        outside the scope.
        """
        first, last = viewers.narrowed(self._services, viewer, asked["cell"] or None)
        before = request.args.get("before", "")
        wanted = Wanted(
            asked["who"], AuditKind(asked["kind"]) if asked["kind"] else None,
            self._instant(asked["since"], False), self._instant(asked["until"], True),
            asked["words"], first, last, limit=SHOWN,
        )  # fmt: skip
        return replace(wanted, before=int(before[:18])) if before else wanted

    def _instant(self, said: str, is_end: bool) -> Millis | None:
        if not said:
            return None
        at = datetime.fromisoformat(said)
        if is_end and "T" not in said:
            at += timedelta(days=1)  # the day that is named is one of those that are wanted
        zone = self._services.catalogue.calendar.zone
        return millis(at if at.tzinfo else at.replace(tzinfo=zone))

    def _csv(self, viewer: Viewer, wanted: Wanted) -> Iterator[str]:
        yield "\ufeff" + ",".join(COLUMNS) + "\r\n"
        count = 0
        wanted = replace(wanted, limit=audit_search.PAGE_LIMIT)
        while count < MOST_LINES:
            with self._services.store.read() as connection:
                page = audit_search.search(connection, viewer, wanted)
            yield _lines(page.lines)
            count += len(page.lines)
            if page.cursor is None:
                return
            wanted = replace(wanted, before=page.cursor)


def _auditor() -> Viewer:
    visitor = viewers.present()
    if visitor is None:
        raise NotFound("no such page")
    return visitor.viewer


def _asked() -> dict[str, str]:
    return {name: request.args.get(name, "").strip()[:LONGEST] for name in FIELDS}


def _said(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _lines(lines: list[Line]) -> str:
    written = StringIO()
    writer = csv.writer(written)
    for line in lines:
        detail = orjson.dumps(line.detail).decode() if line.detail else ""
        row = (line.seq, iso(line.at), line.kind, line.who, line.what, line.scope, line.address,
               line.session, detail, line.hash)  # fmt: skip
        writer.writerow([_harmless(str(value)) for value in row])
    return written.getvalue()


def _harmless(value: str) -> str:
    return f"'{value}" if value.startswith(FORMULA) else value
