"""The hub: the latest state of every watched topic, and what each screen has yet to see of it.

It holds no thread, lock or socket; the stream drivers call it, one call at a time. Long: all that
touches its dictionaries is here.
"""

import logging
from collections.abc import Iterable
from secrets import token_hex
from typing import Any

import orjson

from commandcenter.domain.clocks import CityClock, Millis
from commandcenter.errors import Unavailable
from commandcenter.live import frames
from commandcenter.live.ages import Age
from commandcenter.live.grants import StreamGrant
from commandcenter.live.groups import Client, Group, epoch_of, event
from commandcenter.live.hub_facts import Facts, HubCounts, Times
from commandcenter.live.latest import Known, Latest
from commandcenter.live.tally import Tally
from commandcenter.live.topics import Topic

log = logging.getLogger(__name__)

REVOKED = "revoked"
RENEWED = "renewed"
"""A web process serves pages of another build: its screens are told at once."""
CHANNELS = (frames.CHANNEL, "pulse", REVOKED, RENEWED)
INTEREST = "interest"

WINDOW_SECONDS = 0.04
"""A screen gets at most one write in this time."""
WINDOW_PER_STREAM = 40e-6
"""With many screens the time grows: at most 25,000 writes a second, a quarter of a core."""
BEAT_SECONDS = 5.0
FAULTY = ("waiting", "failed")
"""States of a source that does not deliver what it should."""
SPREAD_PER_STREAM, LONGEST_SPREAD = 15, 1500
"""Milliseconds over which screens that must all reload do so: so many for each."""
LINGER_SECONDS = 30.0
"""How long a topic that nobody watches is kept for a screen that comes back."""


class StreamsFull(Unavailable):
    """The hub carries as many streams as it may."""


class Hub:
    """Latest state, groups and beats of one process; at most `max_streams` screens."""

    def __init__(self, facts: Facts, max_streams: int = 5000, times: Times | None = None) -> None:
        self.id = token_hex(6)
        self.max_streams = max_streams
        self.tally = Tally()
        self._zone = facts.zone
        self._times = times or Times()
        self._epoch = token_hex(4)
        self._token = 0
        self._seq = 0
        self._topics: dict[str, Latest] = {}
        self._groups: dict[tuple[str, ...], Group] = {}
        self._watching: dict[str, set[Group]] = {}
        self._changed: set[Group] = set()
        self._new: set[str] = set()
        self._streams = 0
        self._clock = facts.clock
        self.build = facts.build
        self._told = facts.build
        self._age = Age(self._times)
        self._faults: list[str] = []
        self._beat_number = 0
        self._beat = b""
        self._beat_due = 0.0
        self._make_beat()

    def join(self, grant: StreamGrant, last_event_id: str = "") -> tuple[Client, bytes]:
        """Add a screen; return it and its hello, after which it takes. Raises StreamsFull."""
        if self.is_full:
            raise StreamsFull(f"{self.max_streams} streams are open: no room for another")
        group = self._group(grant.topics)
        # Whoever comes while no worker is heard, or a source fails, learns it from a beat at once.
        is_well = not (any(self._age.state) or self._faults)
        seen = self._beat_number if is_well else -1
        client = Client(group, group.position(last_event_id), seen, grant.holder)
        group.clients.add(client)
        self._streams += 1
        self.tally.opened += 1
        return client, self._hello(group)

    def leave(self, client: Client) -> None:
        """Forget a screen; a second time does nothing."""
        group = client.group
        if client not in group.clients:
            return
        group.clients.remove(client)
        self._streams -= 1
        if group.clients:
            return
        del self._groups[tuple(topic.key for topic in group.topics)]
        self._changed.discard(group)
        for topic in group.topics:
            self._watching[topic.key].discard(group)
            if not self._watching[topic.key]:
                topic.idle_since = self._times.steady()

    def take(self, client: Client) -> bytes:
        """Return what a screen has yet to see, nothing where it has seen everything."""
        group, data = client.group, b""
        if client.beat != self._beat_number:
            client.beat, data = self._beat_number, self._beat
        if client.position < group.seq:
            data += group.message(client.position, self._times.real())
            client.position = group.seq
        self.tally.written += len(data)
        return data

    def expect(self, topics: Iterable[Topic]) -> None:
        """Have topics asked for before their screen joins; kept as if a screen had just left."""
        for topic in topics:
            latest = self._latest(topic)
            if not self._watching[topic.key]:
                latest.idle_since = self._times.steady()

    def known(self, topics: Iterable[Topic]) -> tuple[dict[str, Known], str]:
        """Return what is known of topics by key, and the event after which a screen that has all of
        it goes on; "" where something is not known. Callable from any thread.
        """
        before = self._seq
        ordered = sorted({topic.key: topic for topic in topics}.items())
        held = [(key, self._topics.get(key)) for key, _ in ordered]
        found = {key: known for key, one in held if one is not None and (known := one.known())}
        if not found or len(found) < len(ordered):
            return found, ""
        epoch = epoch_of(self._epoch, (topic.id for _, topic in ordered))
        newest = max(known.seq for known in found.values())
        # What comes while one topic after the other is read must come again.
        return found, f"{epoch}-{min(before, newest)}"

    def time(self) -> dict[str, Any]:
        """Return what a page is told of the time, and of how old what it is shown is."""
        real, clock = self._times.real(), self._clock
        return {
            "real": real,
            "city": clock.now(real),
            "zone": self._zone,
            "speed": clock.speed,
            **self._old(),
        }

    @property
    def window(self) -> float:
        """Seconds in which a screen gets at most one write."""
        return max(WINDOW_SECONDS, WINDOW_PER_STREAM * self._streams)

    @property
    def spread(self) -> int:
        """Milliseconds over which all screens should reload when they have to."""
        return min(LONGEST_SPREAD, SPREAD_PER_STREAM * self._streams)

    @property
    def is_full(self) -> bool:
        """Whether no further screen may join."""
        return self._streams >= self.max_streams

    @property
    def counts(self) -> HubCounts:
        """What the hub carries now."""
        return HubCounts(
            self._streams, len(self._groups), len(self._topics), self._seq, **self._old()
        )

    def hear(self, channel: str, payload: bytes) -> None:
        """Take a message of a worker from one of CHANNELS; what cannot be read is logged."""
        try:
            if channel == frames.CHANNEL:
                token, message = frames.unstamped(payload)
                for frame in frames.split(message) if self._is_of_now(token) else ():
                    self._take_frame(frame)
            elif channel == REVOKED:
                self._revoke(orjson.loads(payload)["holder"])
            elif channel == RENEWED:
                if self._told != self.build:
                    self._make_beat()
            else:
                self._take_pulse(orjson.loads(payload))
        except (frames.FrameError, AttributeError, TypeError, KeyError, ValueError) as error:
            self.tally.dropped["unreadable"] += 1
            log.warning("a message on %s cannot be used: %s", channel, error)

    def changed(self) -> Iterable[Group]:
        """Return the groups with news since the last call."""
        changed, self._changed = self._changed, set()
        return changed

    def tick(self) -> None:
        """Do what time brings: beats, silence, forgetting; call it about twice a second."""
        now, before = self._times.steady(), self._age.state
        self._age.pass_time()
        if self._age.state != before or now >= self._beat_due:
            self._make_beat()
        for topic in list(self._topics.values()):
            if topic.idle_since is not None and now - topic.idle_since > LINGER_SECONDS:
                del self._topics[topic.key], self._watching[topic.key]
                self._new.discard(topic.key)

    @property
    def asks(self) -> bool:
        """Whether there are topics that a worker should hear of at once."""
        return bool(self._new)

    def ask_all(self) -> None:
        """Have every topic sent in full again, since messages may have been missed."""
        self._new.update(self._topics)

    def interest(self) -> bytes:
        """Return what is watched here, for the interest channel.

        A topic of which nothing has come yet is asked for in full every time.
        """
        self._new |= {topic.key for topic in self._topics.values() if not topic.seq}
        return orjson.dumps(self._asked(list(self._topics)))

    def more_interest(self) -> bytes:
        """Return what is watched here beside what was last said, as a worker should hear at once.

        With many topics all of them would be said anew for each screen that moves on.
        """
        return orjson.dumps(self._asked(sorted(self._new)) | {"more": True})

    def _asked(self, topics: list[str]) -> dict[str, Any]:
        new, self._new = sorted(self._new), set()
        return {"hub": self.id, "topics": topics, "new": new, "streams": self._streams}

    def farewell(self) -> bytes:
        """Return the message that ends this hub's interest."""
        return orjson.dumps({"hub": self.id, "topics": [], "new": []})

    def _take_frame(self, frame: frames.Frame) -> None:
        topic = self._topics.get(frame.topic)
        if topic is None:
            self.tally.dropped["unwatched"] += 1
            return
        self.tally.frame(frame.at, self._times.real())
        topic.take(frame, self._seq + 1)
        self._seq += 1  # only now: another thread may be asking what is known
        for group in self._watching[topic.key]:
            group.advance(self._seq)
            self._changed.add(group)

    def _revoke(self, holder: str) -> None:
        for group in self._groups.values():
            for client in group.clients:
                if holder in client.holder.split():
                    client.ended = True
                    self._changed.add(group)

    def _is_of_now(self, token: int) -> bool:
        """Tell whether a message's sender is the last known to have taken over.

        Who was stopped for a while may wake with words on its lips, while another one speaks.
        """
        if token < self._token:
            self.tally.dropped["outdated"] += 1
            return False
        self._token = token
        return True

    def _take_pulse(self, pulse: dict[str, Any]) -> None:
        if not self._is_of_now(int(pulse.get("token", 0))):
            return
        speed = float(pulse.get("speed", self._clock.speed))
        self._clock = CityClock(int(pulse["real"]), int(pulse["city"]), speed)
        before = self._age.state, self._faults
        if self._age.hear(float(pulse.get("behind", 0))):
            # A worker that comes back knows nothing of what was asked before.
            self.ask_all()
        sources = pulse.get("sources", ())
        self._faults = sorted(str(each["key"]) for each in sources if each["state"] in FAULTY)
        # While a worker lags, by how much changes with each of its words.
        if (self._age.state, self._faults) != before or self._age.asof is not None:
            self._make_beat()

    def _group(self, topics: Iterable[Topic]) -> Group:
        wanted = {topic.key: topic for topic in topics}
        keys = tuple(sorted(wanted))
        if group := self._groups.get(keys):
            return group
        for key in keys:
            self._latest(wanted[key]).idle_since = None
        group = Group(tuple(self._topics[key] for key in keys), self._epoch)
        self._groups[keys] = group
        for key in keys:
            self._watching[key].add(group)
        return group

    def _latest(self, topic: Topic) -> Latest:
        if (found := self._topics.get(topic.key)) is None:
            found = self._topics[topic.key] = Latest(topic)
            self._watching[topic.key] = set()
            self._new.add(topic.key)
        return found

    def _hello(self, group: Group) -> bytes:
        facts = {
            **self.time(),
            "build": self.build,
            "epoch": group.epoch,
            "spread": self.spread,
        }
        return b"retry: 2000\n" + event("hello", orjson.dumps(facts))

    def _old(self) -> dict[str, Millis | None]:
        return {"silent": self._age.silent, "asof": self._age.asof}

    def _make_beat(self) -> None:
        real = self._times.real()
        beat = {
            "real": real,
            "city": self._clock.now(real),
            "build": self.build,
            "faults": self._faults,
            **self._old(),
            "spread": self.spread,
        }
        self._beat = event("beat", orjson.dumps(beat))
        self._told = self.build
        self._beat_number += 1
        self._beat_due = self._times.steady() + BEAT_SECONDS
        self._changed.update(self._groups.values())
