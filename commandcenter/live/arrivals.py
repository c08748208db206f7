"""Those who come for a stream: who they are is checked in threads, once for all who ask alike."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from commandcenter.live.grants import Authorise, StreamGrant

THREADS = 4
Asked = tuple[str, tuple[tuple[str, str], ...]]


class Arrivals:
    """Belongs to one event loop.

    Who comes while an equal request still waits for a thread shares its check. It has not begun
    then: nobody is let in by what was so before he came, as by an answer that is kept for a while.
    """

    def __init__(self, authorise: Authorise) -> None:
        self._authorise = authorise
        self._waiting: dict[Asked, list[asyncio.Future[StreamGrant | None]]] = {}
        """The one check of all who wait for it; in a list, which is there before it may begin."""
        self._pool = ThreadPoolExecutor(THREADS, "authorise")

    async def granted(self, cookie: str, query: Mapping[str, str]) -> StreamGrant | None:
        """Return what a request may hear, None for nobody's; raises what the check does.

        A cookie and the address, without the last event seen, are all that the check is given.
        """
        place = {name: value for name, value in query.items() if name != "last_event_id"}
        asked = cookie, tuple(sorted(place.items()))
        checks = self._waiting.get(asked)
        if checks is None:
            checks = self._waiting[asked] = []
            loop = asyncio.get_running_loop()
            checks.append(loop.run_in_executor(self._pool, self._check, asked))
        # One who leaves takes the answer from nobody else.
        return await asyncio.shield(checks[0])

    def close(self) -> None:
        """Check nobody any more."""
        self._pool.shutdown(wait=False)

    def _check(self, asked: Asked) -> StreamGrant | None:
        # From here on who comes is checked anew.
        self._waiting.pop(asked, None)
        cookie, place = asked
        return self._authorise({"cookie": cookie}, dict(place))
