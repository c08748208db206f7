"""Second reports of real requests: other words, metres and hours off, through another channel."""

import random
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from commandcenter.domain.clocks import HOUR, MINUTE, Millis
from plugins.boston.catalogue import matters
from plugins.boston.folder import slug
from plugins.boston.places import DEFAULT_POINT
from plugins.boston.records import Request, read_requests

OWN = frozenset(
    map(slug, ("Schedule a Bulk Item Pickup", "Request for Recycling Cart", "Sticker Request"))
)
"""What each household asks for itself: two of them at one address are two."""
PLANTED = 0.1
SPREAD_METRES = 20.0
"""Of either coordinate, one standard deviation: 25 metres off in the middle."""
MEAN_HOURS, MOST_HOURS = 10.0, 96.0
METRES_PER_DEGREE = (82_200.0, 111_195.0)
"""East and north, in Boston."""

PHRASES: dict[str, list[str]] = tomllib.loads(
    (Path(__file__).parent / "phrases.toml").read_text(encoding="utf-8")
)
"""What people say instead of the name of a type."""


@dataclass(frozen=True, slots=True)
class Case:
    """One report of the measurement; `of` is the request that it repeats.

    `address` and `kind` are where and of what kind the thing really is.
    """

    id: str
    at: Millis
    ends: Millis | None
    title: str
    description: str
    matter: str | None
    channel: str
    lng: float
    lat: float
    address: str
    kind: str
    of: str | None = None


def reports(seed: int) -> list[Case]:
    """Return all requests with the planted ones among them, in the order of time."""
    chance = random.Random(seed)
    requests = read_requests()
    titles = {slug(r.type): r.reason for r in requests}
    siblings: dict[str, list[str]] = defaultdict(list)
    for matter in matters():
        if matter.code in titles and matter.code not in OWN:
            siblings[titles[matter.code]].append(matter.code)
    channels = sorted({slug(r.source) for r in requests})
    plain = [_case(r) for r in requests]
    second = [
        _second(case, request, (channels, siblings[request.reason]), chance)
        for case, request in zip(plain, requests, strict=True)
        if _can_be_repeated(request) and chance.random() < PLANTED
    ]
    return sorted(plain + [each for each in second if each], key=lambda case: case.at)


def in_lists(found: Sequence[Case], size: int) -> Iterator[list[Case]]:
    """Yield reports as they would be handed in."""
    for first in range(0, len(found), size):
        yield list(found[first : first + size])


def _case(request: Request) -> Case:
    return Case(
        request.id, request.opened, request.closed, request.title, request.address,
        slug(request.type), slug(request.source), request.lng, request.lat, request.address,
        request.reason,
    )  # fmt: skip


def _can_be_repeated(request: Request) -> bool:
    return request.type in PHRASES and (request.lng, request.lat) != DEFAULT_POINT


def _second(
    case: Case, request: Request, known: tuple[list[str], list[str]], chance: random.Random
) -> Case | None:
    """Return another's report of the same thing while it is open, None if it was closed at once."""
    channels, siblings = known
    at = case.at + round(min(chance.expovariate(1 / MEAN_HOURS), MOST_HOURS) * HOUR) + MINUTE
    if case.ends is not None and at >= case.ends:
        at = case.at + (case.ends - case.at) // 2
        if at - case.at < 5 * MINUTE:
            return None
    east, north = METRES_PER_DEGREE
    draw = chance.random()
    matter = case.matter if draw < 0.75 else None if draw < 0.87 else chance.choice(siblings)
    return replace(
        case,
        id=f"{case.id}-2",
        at=at,
        title=chance.choice(PHRASES[request.type]),
        description=_other_words(case.address, chance),
        matter=matter,
        channel=chance.choice([c for c in channels if c != case.channel]),
        lng=case.lng + chance.gauss(0, SPREAD_METRES) / east,
        lat=case.lat + chance.gauss(0, SPREAD_METRES) / north,
        of=case.id,
    )


def _other_words(address: str, chance: random.Random) -> str:
    """Return an address as somebody else would say it: without town or number, or none at all."""
    words = address.split()
    street = words[: words.index("Boston")] if "Boston" in words else words[:3]
    draw = chance.random()
    if draw < 0.2:
        return ""
    if draw < 0.4:
        return "near " + " ".join(word for word in street if not word[0].isdigit()).lower()
    if draw < 0.5 and street[0].isdigit():
        street = [str(int(street[0]) + 2), *street[1:]]
    spelled = {"St": "Street", "Ave": "Avenue", "Rd": "Road"}
    return "at " + " ".join(spelled.get(word, word) for word in street).lower()
