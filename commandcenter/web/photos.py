"""Photos: POST /api/v1/photos takes one in, /photos/<id> shows it to staff who see its place."""

from hashlib import sha256
from http import HTTPStatus

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ValidationError

from commandcenter.cases import photos, queries
from commandcenter.cases.photos import Photo, Taken
from commandcenter.domain.evidence import DRAWN_PATH
from commandcenter.domain.rights import Block, Right
from commandcenter.domain.text import Text
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import Invalid, NotFound
from commandcenter.store.store import Connection
from commandcenter.web.cases import case_number
from commandcenter.web.errors import Refusal
from commandcenter.web.field_documents import PhotoDocument, PhotoQuery
from commandcenter.web.permission import needs
from commandcenter.web.pictures import FIELD, KIND, Picture, Studio
from commandcenter.web.repeats import Asked, once
from commandcenter.web.services import Services
from commandcenter.web.stand_ins import StandIns
from commandcenter.web.viewers import Callers

YEAR_SECONDS = 365 * 24 * 3600
NO_MATTER = Text("案件", "Case")
"""What a drawn picture is called whose matter is in no catalogue any more."""


class Photos:
    """Takes in what somebody has seen, and shows it."""

    def __init__(self, services: Services, callers: Callers) -> None:
        self._services = services
        self._callers = callers
        self._studio = Studio()
        self._stand_ins = StandIns()

    def blueprint(self) -> Blueprint:
        """Return the route of the API."""
        routes = Blueprint("photos", __name__)
        routes.post("/photos")(self.take)
        return routes

    def pages(self) -> Blueprint:
        """Return the routes of the pictures themselves."""
        routes = Blueprint("pictures", __name__)
        routes.get("/photos/<number>")(self.show)
        routes.get("/photos/<number>/thumb")(self.show_small)
        routes.get(f"{DRAWN_PATH}<matter>")(self.show_drawn)
        routes.get(f"{DRAWN_PATH}<matter>/thumb")(self.show_drawn_small)
        return routes

    @needs(Right.ACT_IN_FIELD, block=Block.CASES, rate="photos")
    def take(self) -> ResponseReturnValue:
        """Keep a photo; the same again is the same photo."""
        actor, viewer = self._callers.commander()
        if not photos.sees_photos(viewer):
            raise Refusal(HTTPStatus.FORBIDDEN, "forbidden", "photos are for staff")
        asked, sent = _query(), _sent()
        said = asked.model_dump_json().encode() + sha256(sent).digest()
        # Before the transaction: nobody should wait for a picture that is being made anew.
        picture = self._studio.remake(sent)

        def keep(connection: Connection) -> BaseModel:
            taken = self._taken(connection, viewer, asked, picture)
            photo = photos.keep(connection, viewer, taken, self._services.now())
            told = {"case": photo.case_id}
            self._services.auditing.tell(connection, f"photo:{photo.id}", told, photo.cell)
            return self._document(photo)

        return once(self._services, Asked.of_request(actor, said), keep)

    @needs(Right.LOOK, block=Block.CASES)
    def show(self, number: str) -> ResponseReturnValue:
        """Return a photo."""
        return self._pixels(number, small=False)

    @needs(Right.LOOK, block=Block.CASES)
    def show_small(self, number: str) -> ResponseReturnValue:
        """Return the small one of a photo."""
        return self._pixels(number, small=True)

    @needs(Right.LOOK, block=Block.CASES)
    def show_drawn(self, matter: str) -> ResponseReturnValue:
        """Return the picture that stands in for photos of a simulated city."""
        return self._drawn(matter, small=False)

    @needs(Right.LOOK, block=Block.CASES)
    def show_drawn_small(self, matter: str) -> ResponseReturnValue:
        """Return the small one of a drawn picture."""
        return self._drawn(matter, small=True)

    def _drawn(self, code: str, small: bool) -> Response:
        if not photos.sees_photos(self._callers.reader()):
            raise NotFound("there is no such picture")
        matter = self._services.catalogue.matters.get(code)
        drawn = self._stand_ins.of(matter.title if matter else NO_MATTER)
        answer = Response(drawn.small if small else drawn.whole, mimetype=KIND)
        answer.set_etag(drawn.version + ("s" if small else "l"))
        answer.cache_control.private = answer.cache_control.no_cache = True
        answer.make_conditional(request)
        return answer

    def _taken(
        self, connection: Connection, viewer: Viewer, asked: PhotoQuery, picture: Picture
    ) -> Taken:
        """Return a photo with its place; raises NotFound or Invalid."""
        return Taken(
            picture.digest, picture.kind, picture.width, picture.height, picture.thumb,
            picture.bytes, self._cell(connection, viewer, asked), asked.case,
            lng=asked.lng, lat=asked.lat,
        )  # fmt: skip

    def _cell(self, connection: Connection, viewer: Viewer, asked: PhotoQuery) -> int:
        if asked.case is not None:
            return queries.case(connection, viewer, asked.case).line.cell
        tree = self._services.tree
        if asked.cell is not None:
            at = tree.position.get(asked.cell)
            if at is None or not viewer.sees(at):
                raise NotFound(f"cell {asked.cell} does not exist")
            return at
        if asked.lng is None or asked.lat is None:
            return viewer.first
        found = self._services.intake.locate(asked.lng, asked.lat)
        if found is None or not viewer.sees(found):
            raise Invalid("lies outside your area", "lng")
        return found

    def _document(self, photo: Photo) -> PhotoDocument:
        cell = self._services.tree.cells[photo.cell].code
        return PhotoDocument(
            id=photo.id, url=photo.url, thumb=photo.thumb, width=photo.width,
            height=photo.height, cell=cell,
        )  # fmt: skip

    def _pixels(self, number: str, small: bool) -> Response:
        viewer = self._callers.reader()
        with self._services.store.read() as connection:
            found = photos.pixels(connection, viewer, case_number(number), small)
            if found.bytes is None:  # it lies in the archive: the small one has stayed
                found = photos.pixels(connection, viewer, found.photo.id, small=True)
        answer = Response(found.bytes, mimetype=found.kind)
        name = f"photo-{found.photo.id}.jpg"
        answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
        answer.set_etag(found.photo.version + ("s" if small else "l"))
        answer.cache_control.private = True
        if request.args.get("v") == found.photo.version:
            # Nobody knows this address who was not shown it: it may lie in the browser for long.
            answer.cache_control.max_age = YEAR_SECONDS
            answer.cache_control.immutable = True
        else:
            answer.cache_control.no_cache = True
        answer.make_conditional(request)
        return answer


def _query() -> PhotoQuery:
    """Read where a photo was taken from the address, or from the fields of a form."""
    fields = request.args.to_dict()
    if request.mimetype == "multipart/form-data":
        fields |= request.form.to_dict()
    try:
        return PhotoQuery.model_validate({name: value for name, value in fields.items() if value})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Invalid(first["msg"], ".".join(str(part) for part in first["loc"])) from error


def _sent() -> bytes:
    if request.mimetype == "multipart/form-data":
        file = request.files.get(FIELD)
        return file.read() if file is not None else b""
    return request.get_data(cache=False)
