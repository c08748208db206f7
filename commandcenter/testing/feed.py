"""A feed on this machine that a source can read, and that can fail, stall and send garbage."""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

GARBAGE = b'\xff\xfe{"half of an entry'
LONGEST_STALL = 60.0


@dataclass
class Answer:
    """What the feed answers next; one that stalls does so until it is told something else."""

    body: bytes = b"[]"
    status: int = 200
    stalls: bool = False
    over: threading.Event = field(default_factory=threading.Event)


class FakeFeed:
    """Serves one answer by HTTP under `url` and in the file `path`; `asked` counts the requests."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "feed.json"
        self.asked = 0
        self._answer = Answer()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.serve([])

    @property
    def url(self) -> str:
        """The address of the feed."""
        return f"http://127.0.0.1:{self._server.server_port}/feed.json"

    def serve(self, content: Any) -> "FakeFeed":
        """Answer with this: bytes and str as they are, anything else as JSON."""
        body = content.encode() if isinstance(content, str) else content
        return self._now(Answer(body if isinstance(body, bytes) else json.dumps(body).encode()))

    def fail(self, status: int = 503) -> "FakeFeed":
        """Answer with an error; the file is gone."""
        self._now(Answer(b"out of order", status))
        self.path.unlink()
        return self

    def garbage(self) -> "FakeFeed":
        """Answer with what is neither UTF-8 nor JSON."""
        return self._now(Answer(GARBAGE))

    def stall(self) -> "FakeFeed":
        """Take requests and answer none of them until told otherwise."""
        return self._now(Answer(stalls=True))

    def close(self) -> None:
        """Stop serving."""
        self._answer.over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def answer(self) -> Answer:
        """What is answered now."""
        return self._answer

    def _now(self, answer: Answer) -> "FakeFeed":
        before, self._answer = self._answer, answer
        before.over.set()
        self.path.write_bytes(answer.body)
        return self


def _handler(feed: FakeFeed) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            feed.asked += 1
            answer = feed.answer
            if answer.stalls:
                answer.over.wait(LONGEST_STALL)
                self.close_connection = True
                return
            self.send_response(answer.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: Any) -> None:
            """Keep the test's output free of it."""

    return Handler
