"""The hub keeps the latest state and knows what each screen has yet to see.

Longer than most: the hub is one state machine, told through one made-up clock.
"""

from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commandcenter.domain.clocks import CityClock
from commandcenter.live.frames import Frame, encode, join, stamped
from commandcenter.live.grants import StreamGrant
from commandcenter.live.groups import Client
from commandcenter.live.hub import Hub, StreamsFull
from commandcenter.live.hub_facts import Facts, Times
from commandcenter.live.topics import Topic

PULSE = Topic.of("watch.pulse", "410100", 0, "zh", {})
BOARD = Topic.of("watch.board", "410100", 0, "zh", {"rows": 10})
BOTH = StreamGrant((PULSE, BOARD))


@dataclass
class FakeTimes:
    """A clock that stands until it is moved."""

    at: float = 1_000.0

    def real(self) -> int:
        return round(self.at * 1000)

    def steady(self) -> float:
        return self.at

    def times(self) -> Times:
        return Times(self.real, self.steady)


@dataclass
class Screen:
    """What a page keeps of what it is sent."""

    shown: dict[str, dict[str, Any]] = field(default_factory=dict)
    last: str = ""

    def see(self, data: bytes) -> list[dict[str, Any]]:
        seen = events(data)
        for each in seen:
            self.last = each.get("id", self.last)
            for topic, change in each["data"].get("set", {}).items():
                self.shown.setdefault(topic, {}).update(change["parts"])
        return seen


def events(data: bytes) -> list[dict[str, Any]]:
    """Read server-sent events; `data` is decoded."""
    found = []
    for block in data.decode().split("\n\n"):
        lines = [line for line in block.split("\n") if line and not line.startswith("retry")]
        if lines:
            each: dict[str, Any] = dict(line.split(": ", 1) for line in lines)
            found.append({**each, "data": orjson.loads(each["data"])})
    return found


def joined(hub: Hub, grant: StreamGrant, last: str = "") -> tuple[Client, bytes]:
    """Join as a driver does; return the client and all that it is sent at first."""
    client, hello = hub.join(grant, last)
    return client, hello + hub.take(client)


def names(data: bytes) -> list[str]:
    return [each["event"] for each in events(data)]


def hub_at(times: FakeTimes, max_streams: int = 10) -> Hub:
    return Hub(Facts("Asia/Shanghai", "build1"), max_streams, times.times())


def tell(hub: Hub, topic: Topic, full: bool = False, state: str = "ok", **parts: object) -> None:
    values = {name: orjson.dumps(value) for name, value in parts.items()}
    hub.hear("frame", encode(Frame(topic.key, 5, values, full, state)))


def pulse(hub: Hub, times: FakeTimes, build: str = "build1", city: int | None = None) -> None:
    real = times.real()
    message = {"real": real, "city": real if city is None else city, "build": build}
    hub.hear("pulse", orjson.dumps(message))


@pytest.fixture
def times() -> FakeTimes:
    return FakeTimes()


@pytest.fixture
def hub(times: FakeTimes) -> Hub:
    made = hub_at(times)
    pulse(made, times)
    return made


def test_a_screen_is_greeted_with_time_city_and_build(hub: Hub, times: FakeTimes) -> None:
    _, first = joined(hub, BOTH)
    (hello,) = events(first)
    assert hello["event"] == "hello"
    assert hello["data"] == {
        "real": 1_000_000,
        "city": 1_000_000,
        "zone": "Asia/Shanghai",
        "speed": 1.0,
        "silent": None,
        "asof": None,
        "spread": 15,
        "build": "build1",
        "epoch": hello["data"]["epoch"],
    }


def test_a_screen_that_joins_gets_the_latest_of_every_part(hub: Hub) -> None:
    joined(hub, BOTH)
    tell(hub, PULSE, open=1, overdue=2)
    tell(hub, PULSE, open=3)
    tell(hub, BOARD, rows=["a"])
    _, first = joined(hub, BOTH)
    hello, props = events(first)
    assert props["data"]["set"] == {
        PULSE.id: {"at": 5, "state": "ok", "reason": "", "parts": {"open": 3, "overdue": 2}},
        BOARD.id: {"at": 5, "state": "ok", "reason": "", "parts": {"rows": ["a"]}},
    }
    assert props["id"] == f"{hello['data']['epoch']}-3"


def test_a_screen_is_sent_only_what_changed(hub: Hub) -> None:
    client, _ = joined(hub, BOTH)
    tell(hub, PULSE, open=1, overdue=2)
    tell(hub, BOARD, rows=[])
    hub.take(client)
    tell(hub, PULSE, open=4)
    (props,) = events(hub.take(client))
    assert props["data"]["set"][PULSE.id]["parts"] == {"open": 4}
    assert BOARD.id not in props["data"]["set"]
    assert hub.take(client) == b""


def test_screens_that_show_the_same_share_the_very_bytes(hub: Hub) -> None:
    one, _ = joined(hub, BOTH)
    two, _ = joined(hub, StreamGrant((BOARD, PULSE)))
    tell(hub, PULSE, open=1)
    assert hub.take(one) is hub.take(two)
    assert hub.counts.groups == 1


def test_screens_see_only_their_own_topics(hub: Hub) -> None:
    narrow, _ = joined(hub, StreamGrant((BOARD,)))
    joined(hub, BOTH)
    tell(hub, PULSE, open=1)
    assert hub.take(narrow) == b""
    assert {len(group.topics) for group in hub.changed()} == {2}


def test_a_slow_screen_gets_the_latest_value_once(hub: Hub) -> None:
    client, _ = joined(hub, BOTH)
    for number in range(100):
        tell(hub, PULSE, open=number)
    (props,) = events(hub.take(client))
    assert props["data"]["set"][PULSE.id]["parts"] == {"open": 99}


def test_a_screen_that_comes_back_gets_what_it_missed(hub: Hub) -> None:
    screen = Screen()
    client, first = joined(hub, BOTH)
    screen.see(first)
    tell(hub, PULSE, open=1, overdue=1)
    tell(hub, BOARD, rows=["a"])
    screen.see(hub.take(client))
    hub.leave(client)
    tell(hub, PULSE, open=2)
    _, again = joined(hub, BOTH, screen.last)
    props = screen.see(again)[1]
    assert props["data"]["set"] == {
        PULSE.id: {"at": 5, "state": "ok", "reason": "", "parts": {"open": 2}}
    }
    assert screen.shown == {PULSE.id: {"open": 2, "overdue": 1}, BOARD.id: {"rows": ["a"]}}


def test_a_screen_that_missed_nothing_gets_nothing(hub: Hub) -> None:
    screen = Screen()
    client, _ = joined(hub, BOTH)
    tell(hub, PULSE, open=1)
    screen.see(hub.take(client))
    _, again = joined(hub, BOTH, screen.last)
    assert names(again) == ["hello"]


@pytest.mark.parametrize(
    "last", ["", "x", "-", "other-1", "{epoch}-99", "{epoch}-x", "{epoch}-", "{epoch}-²", "-1"]
)
def test_a_position_from_elsewhere_brings_everything(hub: Hub, last: str) -> None:
    _, first = joined(hub, BOTH)
    tell(hub, PULSE, open=1)
    epoch = events(first)[0]["data"]["epoch"]
    _, again = joined(hub, BOTH, last.replace("{epoch}", epoch))
    assert events(again)[1]["data"]["set"][PULSE.id]["parts"] == {"open": 1}


def test_a_position_means_nothing_for_other_topics(hub: Hub) -> None:
    screen = Screen()
    narrow, _ = joined(hub, StreamGrant((BOARD,)))
    joined(hub, BOTH)
    tell(hub, PULSE, open=1)
    tell(hub, BOARD, rows=[])
    screen.see(hub.take(narrow))
    _, again = joined(hub, BOTH, screen.last)
    assert PULSE.id in events(again)[1]["data"]["set"]


def test_a_position_from_before_a_restart_brings_everything(times: FakeTimes) -> None:
    before, after = hub_at(times), hub_at(times)
    screen = Screen()
    for hub in (before, after):
        joined(hub, BOTH)
        tell(hub, PULSE, open=1)
    screen.see(joined(before, BOTH)[1])
    assert "props" in names(joined(after, BOTH, screen.last)[1])


def test_a_full_frame_resends_only_what_differs_and_drops_what_is_gone(hub: Hub) -> None:
    client, _ = joined(hub, BOTH)
    tell(hub, PULSE, open=1, overdue=2, gone=3)
    hub.take(client)
    tell(hub, PULSE, full=True, open=1, overdue=4)
    assert events(hub.take(client))[0]["data"]["set"][PULSE.id]["parts"] == {"overdue": 4}
    _, first = joined(hub, BOTH)
    assert events(first)[1]["data"]["set"][PULSE.id]["parts"] == {"open": 1, "overdue": 4}


def test_a_failed_panel_keeps_its_values_and_says_so(hub: Hub) -> None:
    client, _ = joined(hub, BOTH)
    tell(hub, PULSE, open=1)
    tell(hub, PULSE, state="failed")
    change = events(hub.take(client))[0]["data"]["set"][PULSE.id]
    assert change["state"] == "failed"
    assert change["parts"] == {"open": 1}


def test_frames_of_topics_that_nobody_watches_are_passed_over(hub: Hub) -> None:
    tell(hub, PULSE, open=1)
    assert hub.counts.frames == 0
    assert not list(hub.changed())


@pytest.mark.parametrize(
    ("channel", "payload"),
    [
        ("frame", b""), ("frame", b"{}"), ("frame", b"1x\n\n{}"),
        ("pulse", b"[]"), ("pulse", b"{"), ("pulse", b'{"real":1}'),
    ],
)
def test_what_cannot_be_read_changes_nothing(
    hub: Hub, channel: str, payload: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    hub.hear(channel, payload)
    assert f"a message on {channel} cannot be used" in caplog.text
    assert hub.counts.silent is None


def test_who_was_followed_by_another_worker_is_heard_no_more(
    hub: Hub, times: FakeTimes
) -> None:
    """A worker that was stopped for a minute may wake with frames that were not yet sent."""
    client, _ = joined(hub, BOTH)
    hub.take(client)

    def say(token: int, value: int) -> bytes:
        frame = Frame(PULSE.key, 5, {"open": b"%d" % value}, True)
        hub.hear("frame", stamped(token, join([encode(frame)])))
        return hub.take(client)

    assert b'"open":3' in say(6, 3)
    assert say(5, 2) == b""
    times.at += 2.0
    old = {"real": 1, "city": 1, "build": "b", "token": 5}
    hub.hear("pulse", orjson.dumps(old))
    times.at += 1.5
    hub.tick()
    assert hub.counts.silent is not None, "the old one's pulse is no sign of life"
    hub.hear("pulse", orjson.dumps(old | {"token": 7}))
    assert hub.counts.silent is None
    hub.take(client)
    assert say(6, 4) == b"" and b'"open":5' in say(7, 5)
    assert hub.tally.dropped["outdated"] == 3


def test_a_beat_comes_every_five_seconds(hub: Hub, times: FakeTimes) -> None:
    client, _ = joined(hub, BOTH)
    seen = []
    for _ in range(21):
        times.at += 0.5
        pulse(hub, times)
        hub.tick()
        seen += events(hub.take(client))
    assert [each["event"] for each in seen] == ["beat", "beat"]
    assert seen[1]["data"]["real"] - seen[0]["data"]["real"] == 5_000
    assert seen[0]["data"]["silent"] is None


def test_silence_of_the_workers_and_their_return_are_told_at_once(
    hub: Hub, times: FakeTimes
) -> None:
    client, _ = joined(hub, BOTH)
    heard = times.real()
    times.at += 2.9
    hub.tick()
    assert hub.take(client) == b""
    times.at += 0.2
    hub.tick()
    assert [group.clients for group in hub.changed()] == [{client}]
    (beat,) = events(hub.take(client))
    assert beat["data"]["silent"] == heard
    pulse(hub, times)
    assert list(hub.changed())
    (beat,) = events(hub.take(client))
    assert beat["data"]["silent"] is None


def test_a_screen_that_joins_in_silence_is_told(times: FakeTimes) -> None:
    _, first = joined(hub_at(times), BOTH)
    assert names(first) == ["hello", "beat"]
    assert events(first)[1]["data"]["silent"] == 1_000_000


def test_the_build_is_that_of_the_process_which_makes_the_pages(hub: Hub, times: FakeTimes) -> None:
    pulse(hub, times, "of the workers")
    _, first = joined(hub, BOTH)
    assert events(first)[0]["data"]["build"] == "build1"


def test_the_citys_time_follows_the_worker(times: FakeTimes) -> None:
    hub = Hub(Facts("America/New_York", "b", CityClock(0, 0, 60.0)), times=times.times())
    pulse(hub, times, city=5_000)
    times.at += 2
    _, first = joined(hub, BOTH)
    assert events(first)[0]["data"]["city"] == 5_000 + 2_000 * 60
    assert events(first)[0]["data"]["speed"] == 60.0


def test_interest_names_what_is_watched_and_asks_for_what_is_new(hub: Hub) -> None:
    assert not hub.asks
    joined(hub, BOTH)
    assert hub.asks
    interest = orjson.loads(hub.interest())
    assert interest == {
        "hub": hub.id,
        "topics": [BOARD.key, PULSE.key],
        "new": [BOARD.key, PULSE.key],
        "streams": 1,
    }
    assert not hub.asks
    tell(hub, PULSE, open=1)
    assert orjson.loads(hub.interest())["new"] == [BOARD.key], "asked for until it comes"


def test_everything_is_asked_for_when_a_worker_returns_or_messages_were_lost(
    hub: Hub, times: FakeTimes
) -> None:
    joined(hub, StreamGrant((PULSE,)))
    tell(hub, PULSE, open=1)
    hub.interest()
    times.at += 4
    hub.tick()
    pulse(hub, times)
    assert orjson.loads(hub.interest())["new"] == [PULSE.key]
    hub.ask_all()
    assert orjson.loads(hub.interest())["new"] == [PULSE.key]


def test_a_topic_lingers_for_a_screen_that_comes_back_then_goes(hub: Hub, times: FakeTimes) -> None:
    client, _ = joined(hub, BOTH)
    tell(hub, PULSE, open=1)
    hub.interest()
    hub.leave(client)
    hub.leave(client)
    assert (hub.counts.streams, hub.counts.groups, hub.counts.topics) == (0, 0, 2)
    times.at += 29
    hub.tick()
    client, first = joined(hub, BOTH)
    assert not hub.asks
    assert "props" in names(first)
    hub.leave(client)
    times.at += 31
    hub.tick()
    assert hub.counts.topics == 0
    assert orjson.loads(hub.interest())["topics"] == []


def test_a_full_hub_takes_no_further_screen(times: FakeTimes) -> None:
    hub = hub_at(times, max_streams=2)
    client, _ = joined(hub, BOTH)
    joined(hub, BOTH)
    with pytest.raises(StreamsFull):
        joined(hub, BOTH)
    hub.leave(client)
    joined(hub, BOTH)


def test_a_message_shared_late_tells_the_time_anew(hub: Hub, times: FakeTimes) -> None:
    joined(hub, BOTH)
    tell(hub, PULSE, open=1)
    joined(hub, BOTH)
    times.at += 600
    _, first = joined(hub, BOTH)
    assert events(first)[-1]["data"]["real"] == times.real()


steps = st.lists(
    st.one_of(
        st.tuples(st.just("tell"), st.sampled_from([PULSE, BOARD]), st.sampled_from("abc")),
        st.tuples(st.just("full"), st.sampled_from([PULSE, BOARD]), st.sampled_from("abc")),
        st.tuples(st.just("take"), st.integers(0, 2)),
        st.tuples(st.just("back"), st.integers(0, 2)),
        st.tuples(st.just("away"), st.integers(0, 2)),
        st.tuples(st.just("later"), st.integers(0, 40)),
    ),
    max_size=40,
)


@given(steps)
def test_every_screen_ends_with_the_latest_however_it_came_and_went(
    script: list[tuple[Any, ...]],
) -> None:
    times = FakeTimes()
    hub = hub_at(times)
    grants = [BOTH, BOTH, StreamGrant((BOARD,))]
    screens = [Screen() for _ in grants]
    clients: list[Any] = [None, None, None]
    truth: dict[str, dict[str, int]] = {PULSE.id: {}, BOARD.id: {}}

    def back(number: int) -> None:
        if clients[number] is None:
            clients[number], first = joined(hub, grants[number], screens[number].last)
            screens[number].see(first)

    for count, (what, who, *rest) in enumerate(script):
        if what in ("tell", "full"):
            truth[who.id][rest[0]] = count // 3
            sent = truth[who.id] if what == "full" else {rest[0]: count // 3}
            tell(hub, who, full=what == "full", **sent)
        elif what == "take" and clients[who] is not None:
            screens[who].see(hub.take(clients[who]))
        elif what == "back":
            back(who)
        elif what == "away" and clients[who] is not None:
            hub.leave(clients[who])
            clients[who] = None
        elif what == "later":
            times.at += who
            hub.tick()
    for number in range(3):
        back(number)
    # A worker answers what is asked for in full.
    asked = orjson.loads(hub.interest())["new"]
    for topic in (PULSE, BOARD):
        if topic.key in asked:
            tell(hub, topic, full=True, **truth[topic.id])
    for number, screen in enumerate(screens):
        screen.see(hub.take(clients[number]))
        for topic in grants[number].topics:
            assert screen.shown.get(topic.id, {}) == truth[topic.id]


def test_a_revoked_key_ends_its_streams_and_no_others() -> None:
    hub = Hub(Facts("Asia/Shanghai", "b"), times=Times())
    topic = Topic.of("watch.pulse", "410100", 0, "zh", {})
    lost, _ = joined(hub, StreamGrant((topic,), "zh", "key:1"))
    kept, _ = joined(hub, StreamGrant((topic,), "zh", "key:2"))
    list(hub.changed())
    hub.hear("revoked", b'{"holder": "key:1"}')
    assert lost.ended and not kept.ended
    assert lost.group in hub.changed()


def test_an_ended_session_ends_its_streams_and_none_of_the_accounts_others() -> None:
    hub = Hub(Facts("Asia/Shanghai", "b"), times=Times())
    topic = Topic.of("watch.pulse", "410100", 0, "zh", {})
    clients = [
        joined(hub, StreamGrant((topic,), "zh", holder))[0]
        for holder in ("user:1 session:1", "user:1 session:11", "user:2 session:2")
    ]
    hub.hear("revoked", b'{"holder": "session:1"}')
    assert [client.ended for client in clients] == [True, False, False]
    hub.hear("revoked", b'{"holder": "user:1"}')
    assert [client.ended for client in clients] == [True, True, False]


def test_a_failing_source_is_told_at_once_and_to_whoever_comes_later(
    hub: Hub, times: FakeTimes
) -> None:
    def tell_sources(**states: str) -> None:
        sources = [{"key": key, "state": state} for key, state in states.items()]
        told = {"real": times.real(), "city": times.real(), "sources": sources}
        hub.hear("pulse", orjson.dumps(told))

    client, _ = joined(hub, BOTH)
    for _ in range(2):
        tell_sources(b="waiting", a="failed", c="running", d="ended")
    (beat,) = events(hub.take(client))
    assert beat["data"]["faults"] == ["a", "b"]
    _, first = joined(hub, BOTH)
    assert [each["data"].get("faults") for each in events(first)] == [None, ["a", "b"]]
    tell_sources(b="running", a="running")
    (beat,) = events(hub.take(client))
    assert beat["data"]["faults"] == []


def test_what_is_expected_is_asked_for_before_anybody_joins_and_forgotten_if_nobody_does() -> None:
    times = FakeTimes()
    hub = Hub(Facts("Asia/Shanghai", "build"), times=times.times())
    hub.expect(BOTH.topics)
    assert orjson.loads(hub.interest())["new"] == sorted((PULSE.key, BOARD.key))
    times.at += 31
    hub.tick()
    assert orjson.loads(hub.interest())["topics"] == []


def test_a_screen_that_was_made_with_what_is_known_is_sent_only_what_came_since() -> None:
    hub = Hub(Facts("Asia/Shanghai", "build"))
    hub.expect(BOTH.topics)
    hub.hear("frame", encode(Frame(PULSE.key, 1, {"a": b"1", "b": b"2"}, full=True)))
    known, after = hub.known(BOTH.topics)
    assert list(known) == [PULSE.key] and after == ""
    hub.hear("frame", encode(Frame(BOARD.key, 2, {"rows": b"[]"}, full=True)))
    known, after = hub.known(BOTH.topics)
    assert dict(known[PULSE.key].parts) == {"a": b"1", "b": b"2"}
    hub.hear("frame", encode(Frame(PULSE.key, 3, {"b": b"3"})))
    client, _ = hub.join(BOTH, after)
    screen = Screen()
    screen.see(hub.take(client))
    assert screen.shown == {PULSE.id: {"b": 3}}


def test_what_is_known_of_other_topics_is_no_place_to_go_on_from() -> None:
    hub = Hub(Facts("Asia/Shanghai", "build"))
    hub.expect(BOTH.topics)
    hub.hear("frame", encode(Frame(PULSE.key, 1, {"a": b"1"}, full=True)))
    _, after = hub.known([PULSE])
    client, _ = hub.join(BOTH, after)
    screen = Screen()
    screen.see(hub.take(client))
    assert screen.shown == {PULSE.id: {"a": 1}}
