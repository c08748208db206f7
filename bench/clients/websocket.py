"""A viewer of the page with WebSocket callbacks: it asks for its callback and takes what comes."""

import asyncio
import re
from time import perf_counter
from typing import Any

import orjson
from websockets.asyncio.client import connect

from bench.clients.connected import ConnectedScreen

TOTAL = re.compile(r'"componentId":\s*"total",\s*"props":\s*\{"data":\s*\{"value":\s*(\d+)')
HEARTBEAT_SECONDS = 30.0


class WebSocketScreen(ConnectedScreen):
    """One page with a persistent callback."""

    def __init__(self, address: tuple[str, int], callback: str) -> None:
        super().__init__(address)
        self._callback = callback

    async def open(self) -> None:
        """Connect and ask for the callback, as the renderer does when the page is there."""
        self._connection = await connect(
            f"ws://{self._address}/_dash-ws-callback",
            origin=f"http://{self._address}",  # type: ignore[arg-type]
            compression=None,
            max_size=None,
            ping_interval=None,
        )
        payload = {"output": self._callback, "outputs": [], "inputs": [], "state": []}
        await self._send({
            "type": "callback_request",
            "rendererId": "bench",
            "requestId": "1",
            "payload": {**payload, "changedPropIds": [], "parsedChangedPropsIds": []},
        })  # fmt: skip
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._beat())]

    def _take(self, message: str | bytes) -> None:
        assert isinstance(message, str)
        found = TOTAL.search(message)
        if found:
            self.sightings.note(int(found[1]))
            self.came = self.came or perf_counter()
        elif '"status":"error"' in message or '"status": "error"' in message:
            raise SystemExit(f"the peer's callback fails: {message[:500]}")

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            await self._send({"type": "heartbeat"})

    async def _send(self, message: dict[str, Any]) -> None:
        assert self._connection is not None
        await self._connection.send(orjson.dumps(message).decode())
