"""What a page that is on its way will show: its topics are asked for before its stream comes."""

from collections.abc import Iterable, Mapping
from threading import BoundedSemaphore
from time import monotonic, sleep

from commandcenter.live.latest import Known
from commandcenter.live.topics import Topic
from commandcenter.web.services import Services

LOOK_SECONDS = 0.01
MOST_WAITING = 4
"""So many requests wait for values at most: the others' threads are for answers."""


class Foresight:
    """Knows the values of a page's topics; has those asked for that nobody watches yet."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._places = BoundedSemaphore(MOST_WAITING)

    def known(
        self, topics: Iterable[Topic], seconds: float = 0.0
    ) -> tuple[Mapping[str, Known], str]:
        """Return what is known by key of the topic, and the event after which a stream goes on.

        It waits some `seconds` for what is not known, if a worker is there to say it.
        """
        wanted = list(topics)
        self._services.expect(wanted)
        hub = self._services.hub
        found = hub.known(wanted)
        if found[1] or not wanted or hub.counts.silent is not None:
            return found
        if seconds and self._places.acquire(blocking=False):
            try:
                until = monotonic() + seconds
                while not found[1] and monotonic() < until:
                    sleep(LOOK_SECONDS)
                    found = hub.known(wanted)
            finally:
                self._places.release()
        return found
