"""uvicorn's HTTP protocol with one ASGI extension: a stream may write to its connection itself."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from commandcenter.live.readers import DIRECT, Direct


class DirectProtocol(HttpToolsProtocol):
    """Names the connection in the scope of each request, and can be left gently."""

    _is_left = False

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self.scope["extensions"] = {DIRECT: Direct(self.transport, self.flow)}  # type: ignore[dict-item]

    def on_headers_complete(self) -> None:
        """Answer a request; one that comes while its server is left is the connection's last."""
        super().on_headers_complete()
        if self._is_left and self.cycle is not None:
            self.cycle.keep_alive = False

    def leave(self) -> None:
        """Close the connection after the next answer, or when it has been idle as long as any.

        To close it at once would cut off a request that is on its way.
        """
        self._is_left = True
        if self.cycle is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
        elif not self.cycle.response_started or self.cycle.chunked_encoding:
            # An answer that is half out has not said so: the next one will. A stream just ends.
            self.cycle.keep_alive = False

    def shutdown(self) -> None:
        """Close the connection with its server, unless it is being left."""
        if not self._is_left:
            super().shutdown()
