"""Many tablets on few cells: each panel of a cell is rendered once, whoever looks."""

from __future__ import annotations

from collections import Counter

import orjson
import pytest

from commandcenter.live import render
from commandcenter.live.frames import CHANNEL, encode, join
from commandcenter.live.grants import StreamGrant
from commandcenter.live.groups import Client
from commandcenter.live.hub import Hub
from commandcenter.live.hub_facts import Facts
from commandcenter.live.interest import Interest
from commandcenter.live.topics import Topic
from commandcenter.testing.stored import StoredCity
from tests.live.test_render import Bench

TABLETS, CELLS = 500, 50
PANELS = ("x.counts", "x.newest", "x.map")


@pytest.fixture
def bench(small: StoredCity, monkeypatch: pytest.MonkeyPatch) -> Bench:
    clock = [1000.0]
    monkeypatch.setattr(render, "monotonic", lambda: clock[0])
    made = Bench(small, clock)
    for name in PANELS:
        made.panel(name)
    return made


def tablets(bench: Bench, hub: Hub) -> list[Client]:
    """Open all streams; each tablet has the panels of one cell."""
    codes = [cell.code for cell in bench.city.tree.cells[:CELLS]]
    grants = [
        StreamGrant(tuple(Topic.of(name, code, 1, "zh", {}) for name in PANELS), holder=f"user:{n}")
        for n in range(TABLETS // CELLS)
        for code in codes
    ]
    return [hub.join(grant)[0] for grant in grants]


def told(bench: Bench, hub: Hub) -> Counter[str]:
    """Let the worker hear what is watched, render it and tell the hub; count the renderings."""
    interest = Interest()
    interest.renew(orjson.loads(hub.interest()))
    bench.renderer.watch(interest.watched(), interest.take_new())
    bench.rendered.clear()
    sent = bench.tick()
    if sent:
        hub.hear(CHANNEL, join([encode(frame) for frame in sent]))
    return Counter(bench.rendered)


def test_500_tablets_on_50_cells_cost_50_renderings_of_each_panel(bench: Bench) -> None:
    hub = Hub(Facts("Asia/Shanghai", "build"))
    screens = tablets(bench, hub)
    assert told(bench, hub) == dict.fromkeys(PANELS, CELLS)
    assert all(b"event: props" in hub.take(screen) for screen in screens)


def test_a_move_costs_one_rendering_for_each_cell_above_it_that_is_looked_at(bench: Bench) -> None:
    hub = Hub(Facts("Asia/Shanghai", "build"))
    screens = tablets(bench, hub)
    told(bench, hub)
    for screen in screens:
        hub.take(screen)
    tree = bench.city.tree
    leaf = next(at for at in range(CELLS) if not tree.children(at))
    bench.city.accept(bench.city.report("one", cell=tree.cells[leaf].code, matter=None, title="怪"))
    line = tree.ancestors(leaf)
    assert told(bench, hub) == dict.fromkeys(PANELS, len(line))
    written = [data for screen in screens if (data := hub.take(screen))]
    assert len(written) == len(line) * (TABLETS // CELLS)
    # Who looks at the same is written the same bytes.
    assert len({id(data) for data in written}) == len(line)
