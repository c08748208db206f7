"""What a hub counts of its own work."""

from collections.abc import Iterator

from commandcenter.domain.clocks import Millis
from commandcenter.domain.figures import Durations, Figure


class Tally:
    """Plain numbers, changed by the thread that drives the hub and read by any."""

    __slots__ = ("dropped", "newest", "opened", "taken", "transit", "written")

    def __init__(self) -> None:
        self.opened = 0
        self.taken = 0
        self.written = 0
        self.newest: Millis = 0
        self.transit = Durations()
        self.dropped = {"unwatched": 0, "unreadable": 0, "outdated": 0}

    def frame(self, made: Millis, now: Millis) -> None:
        """Count a frame that was taken; both instants are of this machine's or a good clock."""
        self.taken += 1
        self.newest = max(self.newest, made)
        self.transit.add(max(0, now - made) / 1000)

    def figures(self, now: Millis) -> Iterator[Figure]:
        """Yield what was counted."""
        yield Figure("commandcenter_streams_opened_total", self.opened)
        yield Figure("commandcenter_stream_bytes_total", self.written)
        yield Figure("commandcenter_frames_taken_total", self.taken)
        for reason, count in self.dropped.items():
            yield Figure("commandcenter_frames_dropped_total", count, {"reason": reason})
        if self.newest:
            yield Figure("commandcenter_frame_age_seconds", max(0, now - self.newest) / 1000)
        yield from self.transit.figures("commandcenter_frame_transit_seconds")
