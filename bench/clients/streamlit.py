"""A viewer of the Streamlit page: it runs the script, then the fragment as often as it is told."""

import asyncio
from contextlib import suppress
from time import perf_counter

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from bench.clients.connected import ConnectedScreen


class StreamlitScreen(ConnectedScreen):
    """One page; a browser would run its fragment by the same timer."""

    def __init__(self, address: tuple[str, int]) -> None:
        super().__init__(address)
        self._timed: set[str] = set()

    async def open(self) -> None:
        """Connect and have the script run."""
        self._connection = await connect(
            f"ws://{self._address}/_stcore/stream",
            origin=f"http://{self._address}",  # type: ignore[arg-type]
            subprotocols=["streamlit"],  # type: ignore[list-item]
            compression=None,
            max_size=None,
            ping_interval=None,
            open_timeout=60,
        )
        asked = BackMsg()
        asked.rerun_script.query_string = ""
        await self._connection.send(asked.SerializeToString())
        self._tasks = [asyncio.create_task(self._read())]

    def _take(self, message: str | bytes) -> None:
        assert isinstance(message, bytes)
        self._show(ForwardMsg.FromString(message))

    def _show(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "auto_rerun":
            self._run_later(message.auto_rerun.fragment_id, message.auto_rerun.interval)
        elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "metric":
            self.sightings.note(int(message.delta.new_element.metric.body))
            self.came = self.came or perf_counter()
        elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "exception":
            raise SystemExit(f"the page fails: {message.delta.new_element.exception.message}")

    def _run_later(self, fragment: str, interval: float) -> None:
        """Start the fragment's timer; told again, the page keeps the one that runs."""
        if fragment not in self._timed:
            self._timed.add(fragment)
            self._tasks.append(asyncio.create_task(self._run_again(fragment, interval)))

    async def _run_again(self, fragment: str, interval: float) -> None:
        assert self._connection is not None
        asked = BackMsg()
        asked.rerun_script.fragment_id = fragment
        asked.rerun_script.is_auto_rerun = True
        with suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(interval)
                await self._connection.send(asked.SerializeToString())
