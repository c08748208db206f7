"""/report/<token> and /receipt: anybody reports what is wrong at a place, and follows it by a code.

Nobody is logged in here: nothing is shown but what stands on the poster and how far a case is.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from secrets import token_urlsafe
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional, Regexp

from commandcenter.cases import photos, receipts
from commandcenter.cases.photos import Taken
from commandcenter.domain.audit import AuditKind
from commandcenter.domain.clocks import Millis
from commandcenter.domain.matters import Channel, PublicForm
from commandcenter.domain.roles import Role
from commandcenter.domain.state_titles import STATE_TITLES
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.errors import Invalid, NotFound
from commandcenter.host.reports import Report, Reporter
from commandcenter.logs import about_cases
from commandcenter.web import preferences
from commandcenter.web.errors import Refusal
from commandcenter.web.links import Links
from commandcenter.web.pages import plain_page
from commandcenter.web.permission import open_to_all
from commandcenter.web.pictures import Studio
from commandcenter.web.posters import public_channel
from commandcenter.web.services import Services

SOURCE = "public"
"""The source of what is reported without an account."""
TITLE_LETTERS = 40
PHONE = re.compile(r"^\+?[0-9][0-9 ()-]{4,24}$")


@dataclass(frozen=True, slots=True)
class Spot:
    """What a poster leads to: a cell by its code, and the channel with its form."""

    code: str
    channel: Channel
    form: PublicForm


class ReportForm(FlaskForm):  # type: ignore[misc]
    """What somebody types in; `once` makes the same form sent twice one report."""

    words = TextAreaField(validators=[DataRequired(), Length(min=2, max=2000)])
    where = StringField(validators=[Optional(), Length(max=200)])
    phone = StringField(validators=[Optional(), Regexp(PHONE)])
    photo = FileField()
    once = HiddenField(validators=[DataRequired(), Length(min=16, max=64)])
    website = StringField(validators=[Length(max=0)])
    """Hidden from people; programs that fill in everything fill in this."""


class PublicReports:
    """The page of a poster for everybody, and the receipt."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._links = Links(services.settings.secret())
        self._studio = Studio()

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("public_reports", __name__)
        routes.get("/report/<token>")(self.show)
        routes.post("/report/<token>")(self.take)
        routes.get("/receipt")(self.ask)
        routes.get("/receipt/<code>")(self.follow)
        return routes

    @open_to_all("anybody may report what is wrong at the place of a poster", rate="addresses")
    def show(self, token: str) -> ResponseReturnValue:
        """Show the form; raises NotFound for what no poster says."""
        self._place(token)
        return self._page(token, ReportForm(formdata=None, once=token_urlsafe(18)))

    @open_to_all("anybody may report what is wrong at a place", rate="public_reports")
    def take(self, token: str) -> ResponseReturnValue:
        """Take a report in and lead to its receipt."""
        spot, form = self._place(token), ReportForm()
        if not form.validate_on_submit():
            return self._page(token, form, self._fault(form)), HTTPStatus.UNPROCESSABLE_ENTITY
        try:
            receipt = self._filed(spot, form)
        except (Invalid, Refusal) as refusal:
            said = self._refused(refusal)
            return self._page(token, form, said), HTTPStatus.UNPROCESSABLE_ENTITY
        return redirect(
            url_for("public_reports.follow", code=receipt, new=1), HTTPStatus.SEE_OTHER
        )

    @open_to_all("who has a receipt follows the own case", rate="receipts")
    def ask(self) -> ResponseReturnValue:
        """Show the field for a receipt's code, or lead to what it is of."""
        code = receipts.plain(request.args.get("code", ""))
        if code:
            return redirect(url_for("public_reports.follow", code=code), HTTPStatus.SEE_OTHER)
        return plain_page(self._services, "receipt_ask.html", message="", switch=self._switch())

    @open_to_all("who has a receipt follows the own case", rate="receipts")
    def follow(self, code: str) -> ResponseReturnValue:
        """Show how far the case of a code is."""
        services, words = self._services, preferences.words(self._services)
        try:
            with services.store.read() as connection:
                found = receipts.follow(connection, self._anybody(), code)
        except NotFound:
            message = words("没有这个回执编号,请核对后再试")
            page = plain_page(
                services, "receipt_ask.html", message=message, switch=self._switch()
            )
            return page, HTTPStatus.NOT_FOUND
        matter = services.catalogue.matters.get(found.matter or "")
        language = preferences.language(services)
        stages = [
            (STATE_TITLES[stage.state].in_language(language), self._instant(stage.at))
            for stage in found.stages
        ]
        return plain_page(
            services, "receipt.html", code=_grouped(receipts.plain(code)), stages=stages,
            matter=matter.title.in_language(language) if matter else words("待分类"),
            state=STATE_TITLES[found.state].in_language(language), is_new="new" in request.args,
            is_merged=found.is_merged, switch=self._switch(),
        )  # fmt: skip

    def _place(self, token: str) -> Spot:
        """Return what a poster leads to; raises NotFound."""
        code = self._links.cell(token)
        channel = public_channel(self._services.catalogue)
        if code not in self._services.tree or channel is None or channel.form is None:
            raise NotFound("no such poster")
        return Spot(code, channel, channel.form)

    def _filed(self, spot: Spot, form: ReportForm) -> str:
        """Take the report in and return the code of its receipt; raises Invalid or a refusal."""
        services, viewer = self._services, self._reporter(spot.code)
        given = self._report(spot, form)
        (refused,) = services.intake.refusals(viewer, [given])
        if refused is not None:
            raise Invalid(refused.message, refused.field or "words")
        sent = form.photo.data.read() if spot.form.asks_photo and form.photo.data else b""
        if sent:
            given = given.model_copy(update={"attachments": [self._photo(viewer, sent)]})
        (answer,) = services.intake.accept(viewer, [given])
        if answer.id is None:
            raise Invalid(answer.message or answer.code or "", answer.field or "words")
        about_cases(answer.id)
        return self._receipted(viewer, given, answer.id, is_new=answer.status == "accepted")

    def _report(self, spot: Spot, form: ReportForm) -> Report:
        said, where = form.words.data.strip(), (form.where.data or "").strip()
        first = said.splitlines()[0]
        title = first if len(first) <= TITLE_LETTERS else f"{first[: TITLE_LETTERS - 1]}…"
        phone = (form.phone.data or "").strip()
        return Report(
            source=SOURCE,
            external_id=f"{spot.code}:{form.once.data}",
            channel=spot.channel.key,
            title=title,
            description=f"{said}\n{where}".strip(),
            cell=spot.code,
            occurred_at=datetime.fromtimestamp(self._services.now() / 1000, UTC),
            reporter=Reporter(phone=phone) if phone and spot.form.asks_phone else None,
        )

    def _photo(self, viewer: Viewer, sent: bytes) -> str:
        picture = self._studio.remake(sent)
        taken = Taken(
            picture.digest, picture.kind, picture.width, picture.height, picture.thumb,
            picture.bytes, viewer.first, public=True,
        )  # fmt: skip
        with self._services.store.write() as connection:
            return photos.keep(connection, viewer, taken, self._services.now()).url

    def _receipted(self, viewer: Viewer, given: Report, case_id: int, *, is_new: bool) -> str:
        services = self._services
        code = receipts.code_of(self._links.receipt(given.external_id))
        with services.store.write() as connection:
            photos.attach(connection, viewer, case_id, given.attachments)
            receipts.give(connection, self._anybody(), code, case_id, services.now())
        if is_new:
            services.auditing.note(
                AuditKind.REPORTED_PUBLIC, f"case:{case_id}", {"cell": viewer.scope}, who=SOURCE
            )
        return code

    def _reporter(self, code: str) -> Viewer:
        """Return who reports at a place: a source that sees nothing but this place."""
        tree = self._services.tree
        first, last = tree.range_of(code)
        depth = int(tree.depth[first])
        return Viewer(
            SOURCE, code, first, last, Clearance.PUBLIC, kind="source", role=Role.SOURCE,
            depth=depth,
        )  # fmt: skip

    def _anybody(self) -> Viewer:
        """Return who looks by a receipt: at states, anywhere, without any clearance."""
        tree = self._services.tree
        return replace(self._reporter(tree.cells[0].code), name="receipt", role=None)

    def _page(self, token: str, form: ReportForm, message: str = "") -> str:
        services, language = self._services, preferences.language(self._services)
        spot, tree = self._place(token), services.tree
        line = [tree.cells[at].name for at in tree.ancestors(tree.position[spot.code])]
        values: dict[str, Any] = {"form": form, "message": message, "asked": spot.form}
        return plain_page(
            services, "report.html", **values, token=token, place=line[-1], line=line[:-1],
            prompt=spot.form.prompt.in_language(language),
            switch=url_for("public_reports.show", token=token, lang=self._other()),
        )  # fmt: skip

    def _fault(self, form: ReportForm) -> str:
        words = preferences.words(self._services)
        if form.phone.errors:
            return words("电话号码有误,也可以不填")
        if form.words.errors:
            return words("请用几个字说明问题")
        return words("没有提交成功,请再试一次")

    def _refused(self, refusal: Invalid | Refusal) -> str:
        words = preferences.words(self._services)
        if isinstance(refusal, Invalid) and refusal.field == "photo":
            return words("照片不能使用:请换一张 8 MB 以内的 JPEG、PNG 或 WebP 照片")
        return words("没有提交成功,请再试一次")

    def _instant(self, at: Millis) -> str:
        zone = self._services.catalogue.calendar.zone
        return datetime.fromtimestamp(at / 1000, zone).strftime("%Y-%m-%d %H:%M")

    def _switch(self) -> str:
        return f"{request.path}?lang={self._other()}"

    def _other(self) -> str:
        return preferences.other_language(self._services)


def _grouped(code: str) -> str:
    half = receipts.CODE_LENGTH // 2
    return f"{code[:half]} {code[half:]}"
