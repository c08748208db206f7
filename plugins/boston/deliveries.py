"""What a request becomes: a filing, its updates as they really were, or a whole past life."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from commandcenter.api import HOUR, Command, Filing, Life, Millis, Report, State, Update

from .catalogue import NO_TARGET
from .folder import slug
from .places import Place
from .records import Request

KEY = "boston.replay"
OPENING = (Command.FILE, Command.DISPATCH, Command.TAKE_UP)
CLOSING = (Command.HANDLE, Command.VERIFY, Command.CLOSE)
ONE_STEP = "原始数据只记一个结案时间：处置、核查、结案记为同一时刻。"
"""Said at the closing moves, which the data records as one step."""

REACHED = {
    State.REPORTED: 0,
    State.FILED: 1,
    State.DISPATCHED: 2,
    State.HANDLING: 3,
    State.HANDLED: 4,
    State.VERIFIED: 5,
}
"""How many of the six commands lie behind a case in a state."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A request with its place, None where it cannot be placed."""

    request: Request
    place: Place | None


def filing(placed: Placed) -> Filing:
    """Return the request as a report; one without a place is for intake to refuse and keep."""
    request, place = placed.request, placed.place
    exact = place is not None and place.exact
    report = Report(
        source=KEY,
        external_id=request.id,
        channel=slug(request.source),
        title=request.title,
        description=request.address,
        matter=slug(request.type),
        lng=request.lng if exact else None,
        lat=request.lat if exact else None,
        cell=place.cell if place else None,
        occurred_at=datetime.fromtimestamp(request.opened / 1000, UTC),
    )
    return Filing(report, request.opened)


def opening(request: Request, reached: int = 0) -> list[Update]:
    """Return the moves at which the request is filed and its queue takes it up.

    The data knows no instant but the opening; `reached` leaves out what lies behind the case.
    """
    due = request.due if request.due is not None else request.opened + round(NO_TARGET.hours * HOUR)
    facts = {Command.DISPATCH: (slug(request.queue), due)}
    return [
        Update(KEY, request.id, command, request.opened, *facts.get(command, (None, None)))
        for command in OPENING[reached:]
    ]


def closing(request: Request, reached: int = 0) -> list[Update]:
    """Return the moves that close the request, all at the instant of its closing."""
    if request.closed is None:
        return []
    left = CLOSING[max(0, reached - len(OPENING)) :]
    return [Update(KEY, request.id, c, request.closed, note=ONE_STEP) for c in left]


def life(placed: Placed, until: Millis) -> Life | Filing:
    """Return a request opened before `until` with what happened to it up to then."""
    request, place = placed.request, placed.place
    if place is None:
        return filing(placed)
    updates = opening(request)
    if request.closed is not None and request.closed <= until:
        updates += closing(request)
    return Life(
        request.id,
        slug(request.source),
        slug(request.type),
        request.title,
        place.cell,
        request.opened,
        request.lng if place.exact else None,
        request.lat if place.exact else None,
        request.address,
        updates,
    )


def remaining(request: Request, state: State) -> Iterator[tuple[Millis, list[Update]]]:
    """Yield what is still to happen to a stored case, by its instant."""
    if state is State.SUSPENDED:
        ended = closing(request)
        if ended:
            resume = Update(KEY, request.id, Command.RESUME, ended[0].at, note=ONE_STEP)
            yield ended[0].at, [resume, *ended]
        return
    reached = REACHED[state]
    for updates in (opening(request, reached), closing(request, reached)):
        if updates:
            yield updates[0].at, updates
