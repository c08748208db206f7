import math
from typing import Any

import pytest

from commandcenter.api import (
    Bars,
    Board,
    Column,
    Delta,
    Gauge,
    Key,
    MapLayer,
    Number,
    Panel,
    Part,
    Sparkline,
    Table,
    Text,
    Timeline,
)
from commandcenter.errors import PluginError
from commandcenter.host.contracts import items_of


def refusal(part: Any) -> str:
    panel = Panel("lamp.all", Text("全部"), (part,), lambda view: {})
    with pytest.raises(PluginError) as raised:
        items_of("panels", [panel])
    line = str(raised.value)
    assert line.startswith("panel 'lamp.all': part 'a': ")
    return line


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (Number("a", digits=7), "digits = 7 must be 0 to 6"),
        (Delta("a", digits=-1), "digits = -1 must be 0 to 6"),
        (Sparkline("a", digits=100), "digits = 100 must be"),
        (Bars("a", rows=0), "rows = 0 must be 1 to 200"),
        (Board("a", row_height=4), "row_height = 4 must be 16 to 400"),
        (Board("a", columns=(Column("k", Text("k")),) * 2), "columns[1].key = 'k' is given twice"),
        (Table("a", columns=(Column("k", Text("k"), width=0.0),)), "columns[0].width = 0.0 must"),
        (
            Table("a", columns=(Column("k", Text("k"), width=math.nan),)),
            "width = nan must be",
        ),
        (Gauge("a", low=5.0, high=5.0), "low = 5.0 must be below high = 5.0"),
        (Gauge("a", low=math.nan), "low = nan must be below"),
        (Gauge("a", high=math.inf), "high = inf, both finite"),
        (Gauge("a", digits=9), "digits = 9 must be"),
        (Gauge("a", red=(9.0, 8.0)), "red = [9.0, 8.0] must begin with the lower end"),
        (Timeline("a", before=-1.0), "before = -1.0 must be 0 to 8784 hours"),
        (Timeline("a", before=0.0, after=0.0), "the line has no length"),
        (MapLayer("a", keys=(Key("red", Text("红")),) * 2), "keys[1].tone = 'red' is given twice"),
    ],
    ids=lambda given: given.kind if isinstance(given, Part) else "",
)
def test_what_a_part_cannot_be_is_refused_with_its_field(part: Any, words: str) -> None:
    assert words in refusal(part)
