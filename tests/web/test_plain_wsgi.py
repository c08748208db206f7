"""The same site for plain WSGI servers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from werkzeug.test import Client

from commandcenter.web.plain_wsgi import PlainWsgi
from commandcenter.web.services import Services
from tests.web.conftest import make_accounts
from tests.web.test_pages import walled


@pytest.fixture
def site(services: Services, tmp_path) -> Iterator[tuple[PlainWsgi, dict[str, str]]]:
    """The site with its keys."""
    made = walled(services, tmp_path)
    keys = make_accounts(made)
    built = PlainWsgi(made)
    yield built, keys
    built.stop()


def test_pages_and_the_stream_are_one_application(site: tuple[PlainWsgi, dict[str, str]]) -> None:
    application, keys = site
    client = Client(application)
    assert client.get("/healthz").status_code == 200
    assert client.get("/stream?layout=city").status_code == 401
    client.get("/", query_string={"key": keys["wall"]})
    assert client.get("/wall/city").status_code == 200
    stream = client.get("/stream?layout=city", buffered=False)
    assert stream.status_code == 200
    assert b"event: hello" in next(iter(stream.response))
    assert application.stream.hub.counts.streams == 1
    stream.close()
    assert application.stream.hub.counts.streams == 0
