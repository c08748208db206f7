"""Hubs say all that they watch now and then, and in between what they watch beside it."""

import orjson

from commandcenter.live.grants import StreamGrant
from commandcenter.live.hub import Hub
from commandcenter.live.hub_facts import Facts
from commandcenter.live.interest import Interest
from commandcenter.live.topics import Topic

CITY, EAST = (Topic.of("x.p", scope, 0, "zh", {}) for scope in ("990100", "990102"))


def test_a_screen_that_comes_has_only_what_is_new_said_and_the_rest_stays_watched() -> None:
    hub, interest = Hub(Facts("Asia/Shanghai", "build")), Interest()
    hub.join(StreamGrant((CITY,)))
    interest.renew(orjson.loads(hub.interest()))
    assert interest.take_new() == {CITY.key}
    hub.join(StreamGrant((CITY, EAST)))
    more = orjson.loads(hub.more_interest())
    assert more["topics"] == more["new"] == [EAST.key]
    interest.renew(more)
    assert interest.watched() == {CITY.key, EAST.key}
    assert (interest.take_new(), interest.streams) == ({EAST.key}, 2)
    assert not hub.asks


def test_what_a_hub_says_in_full_takes_the_place_of_all_before() -> None:
    interest = Interest()
    interest.renew({"hub": "h", "topics": ["a"], "new": ["a"], "more": True})
    interest.renew({"hub": "h", "topics": ["b"], "new": ["b"], "more": True})
    assert interest.watched() == {"a", "b"}
    interest.renew({"hub": "h", "topics": ["b"], "new": []})
    assert interest.watched() == {"b"}
    interest.renew({"hub": "h", "topics": [], "new": []})
    assert interest.watched() == frozenset()
