"""uvicorn's HTTP protocol with one ASGI extension: a stream may write to its connection itself."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from commandcenter.live.readers import DIRECT, Direct


class DirectProtocol(HttpToolsProtocol):
    """Names the connection in the scope of each request."""

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self.scope["extensions"] = {DIRECT: Direct(self.transport, self.flow)}  # type: ignore[dict-item]
