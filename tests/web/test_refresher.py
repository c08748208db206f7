"""A web process follows the workers' catalogue, and gives up where a restart is needed."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import orjson
import pytest

from commandcenter.app import Refresher
from commandcenter.domain.text import Text
from commandcenter.host.catalogue import Catalogue
from commandcenter.host.plugin import PluginState
from commandcenter.live.hub import RENEWED
from commandcenter.live.word import tell_catalogue
from commandcenter.store.settings import CATALOGUE, set_setting
from commandcenter.web.services import Services
from tests.live.streaming import until

LAMP = PluginState("lamp", "1", Text("灯"), "o", "failed", "is broken")


class Followed:
    """A web process that follows, with what it was told and has told."""

    def __init__(self, services: Services, folder: Path) -> None:
        self.given_up, self.renewed = Event(), Event()
        services.settings = services.settings.model_copy(update={"layouts": folder})
        services.bus.subscribe([RENEWED], lambda *_: self.renewed.set())
        self.services = services
        self.refresher = Refresher(services, self.given_up.set)

    def write(self, catalogue: Catalogue) -> None:
        """Do what a worker does with a new catalogue."""
        with self.services.store.write() as connection:
            set_setting(connection, CATALOGUE, catalogue.to_json().decode())
        tell_catalogue(self.services.bus, catalogue.build)


@pytest.fixture
def followed(services: Services, tmp_path: Path) -> Iterator[Followed]:
    made = Followed(services, tmp_path / "layouts")
    yield made
    made.refresher.close()


def changed(services: Services, build: str, **more: object) -> Catalogue:
    return services.catalogue.model_copy(update={"build": build, **more})


def test_other_plugins_are_shown_without_a_restart(followed: Followed) -> None:
    services = followed.services
    before, intake = services.hub.build, services.intake
    followed.write(changed(services, "two", plugins=(LAMP,)))
    assert followed.renewed.wait(10)
    assert services.catalogue.plugins == (LAMP,)
    assert services.hub.build != before and services.intake.answered is intake.answered
    assert not followed.given_up.is_set()


def test_a_word_that_was_lost_is_made_good_by_the_pulse(followed: Followed) -> None:
    services = followed.services
    with services.store.write() as connection:
        document = changed(services, "three").to_json().decode()
        set_setting(connection, CATALOGUE, document)
    services.bus.publish("pulse", orjson.dumps({"build": "three"}))
    assert followed.renewed.wait(10) and services.catalogue.build == "three"


def test_another_city_or_version_needs_a_successor(followed: Followed) -> None:
    services = followed.services
    shown = services.catalogue
    followed.write(changed(services, "four", version="99"))
    assert followed.given_up.wait(10)
    assert services.catalogue is shown


def test_a_layout_that_cannot_be_used_keeps_all_as_it_was(
    followed: Followed, caplog: pytest.LogCaptureFixture
) -> None:
    services = followed.services
    shown, folder = services.catalogue, services.settings.layouts
    folder.mkdir()
    (folder / "wall.toml").write_text("canvas = 3")
    with caplog.at_level(logging.ERROR):
        followed.write(changed(services, "five"))
        until(lambda: "kept the catalogue as it was" in caplog.text)
    assert services.catalogue is shown
    (folder / "wall.toml").unlink()
    services.bus.publish("pulse", orjson.dumps({"build": "five"}))
    assert followed.renewed.wait(10) and services.catalogue.build == "five"
