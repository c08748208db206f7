"""The quiet city, shared by the files of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.conftest import HISTORY, Prepared
from tests.e2e.servers import Server, ended


@pytest.fixture(scope="package")
def city(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A quiet city, whose counts are proved when the files that share it are through with it."""
    server = prepared.server(tmp_path_factory.mktemp("city"))
    with ended(server):
        server.demo(*HISTORY)
        yield server
