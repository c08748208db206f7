"""The tile of a remote panel in a real browser: its face follows the age of what was pushed."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import expect

from commandcenter.host.words import Words
from commandcenter.screen.layouts import Layout
from commandcenter.screen.wall import wall_page
from tests.screen.kit_panels import VIEWER, catalogue, write_layout
from tests.screen.kit_server import Screen, now
from tests.services.chromium import Pages

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def screen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    """The sample wall, all panels of which are remote; all with an interval of a minute."""
    folder = tmp_path_factory.mktemp("pushed")
    made = catalogue()
    panels = {key: replace(spec, remote=True, interval=60.0) for key, spec in made.panels.items()}
    made = made.model_copy(update={"panels": panels})
    layout = Layout.load(write_layout(folder), made)
    page = wall_page(layout, VIEWER, made, "100000", Words("zh", []))
    served = Screen(folder, (page, layout.topics(VIEWER, "100000"), made.build))
    yield served
    served.close()


def push(screen: Screen, at: int, state: str = "ok", **parts: Any) -> None:
    frame = {"at": at, "state": state, "reason": "", "parts": parts}
    screen.say("props", set={screen.topics["pulse"].id: frame})


def test_its_face_follows_the_age_of_the_push_while_the_worker_is_well(
    page: Pages, screen: Screen
) -> None:
    made = page(1920, 1080)
    made.goto(screen.url)
    expect(made.locator(".cc-header .link")).to_have_attribute("data-state", "live")
    tile = made.locator("#pulse")
    push(screen, 0, reported=None)
    expect(tile).to_have_attribute("data-state", "unknown")
    expect(tile.locator("> header .age")).to_have_text("等待数据")
    expect(made.locator("#pulse-reported .digits")).to_have_attribute("aria-label", "—")
    push(screen, now() - 3_600_000, reported={"value": 7})
    expect(tile).to_have_attribute("data-state", "stale")
    expect(tile.locator("> header .age")).to_have_text("停滞 · 1 时前")
    push(screen, now() - 100_000, reported={"value": 7})
    expect(tile).to_have_attribute("data-state", "late")
    push(screen, now(), reported={"value": 8})
    expect(tile).to_have_attribute("data-state", "live")
    push(screen, 0, state="failed")
    expect(tile).to_have_attribute("data-state", "failed")
