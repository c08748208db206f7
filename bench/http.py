"""A small HTTP/1.1 client on asyncio: one connection, kept alive, cheap enough for 500 at once."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

import orjson


@dataclass
class Connection:
    """One connection that sends a request and waits for its whole answer."""

    host: str
    port: int
    _reader: asyncio.StreamReader | None = None
    _writer: asyncio.StreamWriter | None = field(default=None)

    async def request(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers (lower case) and body of the answer."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        lines += [f"Content-Length: {len(body)}", "", ""]
        first = await self._first_line("\r\n".join(lines).encode() + body)
        status = int(first.split()[1])
        assert self._reader is not None
        found: dict[str, str] = {}
        while line := (await self._reader.readline()).strip():
            name, _, value = line.decode("latin-1").partition(":")
            found[name.lower()] = value.strip()
        answer = await self._read_body(found)
        if found.get("connection", "").lower() == "close":
            self.close()
        return status, found, answer

    async def _first_line(self, request: bytes) -> bytes:
        """Send a request, once more where the server had closed an idle connection."""
        for _ in range(2):
            if self._reader is None or self._writer is None or self._writer.is_closing():
                self._reader, self._writer = await asyncio.open_connection(self.host, self.port)
            self._writer.write(request)
            with suppress(ConnectionError):
                if line := await self._reader.readline():
                    return line
            self.close()
        raise ConnectionError(f"{self.host}:{self.port} hangs up")

    async def _read_body(self, headers: dict[str, str]) -> bytes:
        assert self._reader is not None
        if headers.get("transfer-encoding") != "chunked":
            return await self._reader.readexactly(int(headers.get("content-length", 0)))
        data = b""
        while size := int(await self._reader.readline(), 16):
            data += await self._reader.readexactly(size)
            await self._reader.readline()
        await self._reader.readline()
        return data

    async def json(
        self, method: str, path: str, value: object, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Send a JSON value; return status and body."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        status, _, body = await self.request(method, path, orjson.dumps(value), sent)
        return status, body

    def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
