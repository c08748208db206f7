"""The pytest plugin: what a plugin's own tests get, by the names of its fixtures.

It is loaded in every pytest run of the environment, so it imports nothing before it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from commandcenter.host.panel import Panel, RiskRule, View
    from commandcenter.testing.clock import FrozenClock
    from commandcenter.testing.context import FakeContext
    from commandcenter.testing.feed import FakeFeed
    from commandcenter.testing.ready import ReadyCity
    from commandcenter.testing.view import FakeView


@pytest.fixture
def small_city(request: pytest.FixtureRequest) -> ReadyCity:
    """A small city that has the districts of the plugin in whose folder the test lies."""
    from commandcenter.testing.ready import ReadyCity

    return ReadyCity.around(request.path)


@pytest.fixture
def frozen_clock() -> FrozenClock:
    """The city's clock; it stands until the test moves it."""
    from commandcenter.testing.clock import FrozenClock

    return FrozenClock()


@pytest.fixture
def city_view(small_city: ReadyCity, frozen_clock: FrozenClock) -> Callable[..., FakeView]:
    """Makes views of the plugin's district: `city_view({"open": {code: 3}}, language="en")`."""

    def view(given: dict[str, Any] | None = None, at: str = "", **more: Any) -> FakeView:
        return small_city.view(given, at, **{"now": frozen_clock.now, **more})

    return view


@pytest.fixture
def shown() -> Callable[[Panel, View], dict[str, Any]]:
    """Renders a panel, checks it as the server does, and returns what a screen gets."""
    import json

    from commandcenter.host.values import check_values

    def show(panel: Panel, view: View) -> dict[str, Any]:
        sent = check_values(panel, panel.render(view))
        return {name: json.loads(value) for name, value in sent.items()}

    return show


@pytest.fixture
def source_context(small_city: ReadyCity, frozen_clock: FrozenClock) -> FakeContext:
    """What a source asks and waits for; `collect(source)` runs it."""
    from commandcenter.testing.context import FakeContext

    return FakeContext(small_city, frozen_clock)


@pytest.fixture
def fake_feed(tmp_path: Path) -> Iterator[FakeFeed]:
    """A feed by HTTP and as a file, that can fail, stall and send garbage."""
    from commandcenter.testing.feed import FakeFeed

    feed = FakeFeed(tmp_path)
    yield feed
    feed.close()


@pytest.fixture
def assert_scoped(small_city: ReadyCity) -> Callable[..., None]:
    """Checks that a panel or a rule goes by what lies in the plugin's district alone."""
    from commandcenter.testing.scoped import assert_scoped as check

    def scoped(item: Panel | RiskRule, **given: Any) -> None:
        check(item, small_city, **given)

    return scoped


@pytest.fixture
def render_panel_to_image(small_city: ReadyCity) -> Callable[..., Path]:
    """Draws a panel as a wall or a tablet shows it, into a PNG; skips where Chromium is missing."""
    from commandcenter.errors import Unavailable
    from commandcenter.testing.picture import render_panel_to_image as render

    def draw(panel: Panel, view: View, file: Path, **look: Any) -> Path:
        try:
            return render(panel, view, file, **look)
        except Unavailable as missing:
            pytest.skip(str(missing))

    return draw
