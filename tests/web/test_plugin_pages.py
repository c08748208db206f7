"""What operators see and decide of a plugin, and that nobody else does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep

import orjson
import pytest

from commandcenter.domain.figures import Figure
from commandcenter.domain.text import Text
from commandcenter.host.plugin import PluginState
from commandcenter.host.setting import Setting
from commandcenter.live.stats import CHANNEL, packed
from commandcenter.live.word import PLUGINS, plugin_told
from commandcenter.store import plugins as kept
from commandcenter.store.seal import Seal
from commandcenter.web.flask_app import create_flask
from tests.web.conftest import SAME, Town, now
from tests.web.operators import operator

PAGE = "/operations/plugins/lamp"
LAMP = PluginState(
    "lamp", "1.2.3", Text("灯", "Lamp"), "路灯处", "ok",
    warnings=("plugins/lamp/panel.py:7: X goes: use Y",), provides=("panels",), districts=("*",),
)  # fmt: skip
SETTINGS = {
    "limit": Setting(type="int", default=5, min=1, max=9, title=Text("上限", "Limit")),
    "loud": Setting(type="bool", default=False),
    "place": Setting(type="str", default="here", choices=("here", "there")),
    "token": Setting(type="secret"),
}


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, SQLite unless a test asks for both kinds."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return f"sqlite:///{tmp_path / 'commandcenter.db'}"
    found: str = request.getfixturevalue("postgres_url")
    return found


both_databases = pytest.mark.parametrize(
    "url", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
def lamps(town: Town) -> Town:
    """A city with a plugin that has settings, and one that gives the city."""
    small = PluginState("small", "1", Text("城"), "o", "ok", core=True, provides=("city",))
    catalogue = town.services.catalogue.model_copy(
        update={"plugins": (LAMP, small), "settings": {"lamp": SETTINGS}}
    )
    services = replace(town.services, catalogue=catalogue)
    return Town(services, create_flask(services), town.keys)


def post(client, path: str, **form: str):
    """Send a form of the page as it stands in the page."""
    token = client.get(PAGE).text.split('name="csrf_token" value="')[1].split('"')[0]
    return client.post(path, data={"csrf_token": token, **form}, headers=SAME)


def decided(town: Town) -> kept.Decisions:
    with town.services.store.read() as connection:
        return kept.decisions(connection, Seal(town.services.settings.secret()))


def test_nobody_but_operators_sees_or_changes_it(lamps: Town) -> None:
    east = lamps.logged_in("east")
    assert lamps.client().get(PAGE).status_code == 303
    assert east.get(PAGE).status_code == 404
    form = {"csrf_token": "x", "set.limit": "7", "enabled": "false"}
    for path in (f"{PAGE}/settings", f"{PAGE}/switch"):
        assert east.post(path, data=form, headers=SAME).status_code in (400, 403)
        # An operator's session alone is not enough: the form's token belongs to it.
        city = operator(lamps)
        assert city.post(path, data={"set.limit": "7"}, headers=SAME).status_code == 400
    assert decided(lamps) == kept.Decisions({}, frozenset())


@both_databases
def test_settings_are_kept_secrets_sealed_and_the_workers_told(lamps: Town) -> None:
    city, told = operator(lamps), []
    lamps.services.bus.subscribe([PLUGINS], lambda _, payload: told.append(plugin_told(payload)))
    form = {"set.limit": "7", "set.loud": "true", "set.place": "", "set.token": "hush hush"}
    assert post(city, f"{PAGE}/settings", **form).status_code == 303
    assert decided(lamps).of("lamp") == {"limit": 7, "loud": True, "token": "hush hush"}
    with lamps.services.store.read() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM plugin_settings").fetchall()
    assert "hush" not in repr(rows)
    text = city.get(PAGE).text
    assert 'value="7"' in text and "hush" not in text and "已设置;输入则替换" in text
    until = monotonic() + 30
    while not told and monotonic() < until:
        sleep(0.01)
    assert told == ["lamp"]
    # What is left empty counts as it did before; an empty secret stays as it is.
    assert post(city, f"{PAGE}/settings", **{"set.limit": "", "set.token": ""}).status_code == 303
    assert decided(lamps).of("lamp") == {"loud": True, "token": "hush hush"}
    assert post(city, f"{PAGE}/settings", **{"forget.token": "1"}).status_code == 303
    assert decided(lamps).of("lamp") == {"loud": True}


def test_what_does_not_fit_changes_nothing_and_is_marked(lamps: Town) -> None:
    city = operator(lamps)
    form = {"set.limit": "10", "set.loud": "true", "set.token": "h" * 5000}
    answer = post(city, f"{PAGE}/settings", **form)
    assert answer.status_code == 422
    assert "limit = &#39;10&#39; is above 9" in answer.text and 'value="10"' in answer.text
    assert "token = *** has 5000 letters" in answer.text and "hhh" not in answer.text
    assert decided(lamps).of("lamp") == {}


def test_what_the_environment_gives_cannot_be_typed(lamps: Town, monkeypatch) -> None:
    monkeypatch.setenv("COMMANDCENTER_PLUGIN_LAMP_LIMIT", "3")
    text = operator(lamps).get(PAGE).text
    assert "由环境变量给定" in text and 'name="set.limit"' not in text


def test_a_plugin_is_switched_off_and_on_but_never_the_city(lamps: Town) -> None:
    city = operator(lamps)
    assert post(city, f"{PAGE}/switch", enabled="false").status_code == 303
    assert decided(lamps).disabled == {"lamp"}
    assert "启用</button>" in city.get(PAGE).text
    assert post(city, f"{PAGE}/switch", enabled="true").status_code == 303
    assert decided(lamps).disabled == frozenset()
    assert post(city, "/operations/plugins/small/switch", enabled="false").status_code == 404


def test_a_plugin_shows_its_owner_its_figures_and_what_is_deprecated(lamps: Town) -> None:
    calls = {
        "commandcenter_plugin_calls_total": 1200, "commandcenter_plugin_errors_total": 3,
        "commandcenter_plugin_memory_bytes": 48e6,
        "commandcenter_plugin_last_good_time_seconds": now() / 1000 - 20,
    }  # fmt: skip
    message = {
        "process": "live-1@there", "role": "live", "at": now(), "build": "x",
        "values": packed(Figure(name, value, {"plugin": "lamp"}) for name, value in calls.items()),
        "notes": {"plugins": [{"plugin": "lamp", "failing": ["lamp.p"], "reason": "KeyError"}]},
    }  # fmt: skip
    lamps.site.watching.board.hear(CHANNEL, orjson.dumps(message))
    city = operator(lamps)
    table = city.get("/operations/figures?lang=en").text.partition("tile plugins")[2]
    table = table.partition("</section>")[0]
    for words in ("Lamp", "lamp 1.2.3", "路灯处", "failing", "1\u2009200", ">3<", "48 MB", "20 s",
                  "KeyError", "use Y"):  # fmt: skip
        assert words in table, words
    text = city.get(f"{PAGE}?lang=en").text
    assert "48 MB" in text and "use Y" in text and "whole city" in text
