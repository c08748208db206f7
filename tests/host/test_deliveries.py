"""Updates of sources between processes: whole, and refused where a field cannot be kept."""

from dataclasses import dataclass
from typing import Any

import pytest

from commandcenter.domain.cases import Command
from commandcenter.domain.evidence import Exhibit
from commandcenter.errors import PluginError
from commandcenter.host.deliveries import check, pieces, unpacked
from commandcenter.host.reports import Update

FILED = Update("feed", "a", Command.FILE, 1, matter="E0101")
SHARED = Update("feed", "a", Command.ENGAGE, 2, units=("u-1", "u-2"), lead="u-2")
MERGED = Update("feed", "b", Command.MERGE, 3, note="同一处", master="a")
HANDLED = Update("feed", "a", Command.HANDLE, 4, note="已清",
                 evidence=(Exhibit("https://e.cn/1.jpg", "清后"),))
RATED = Update("feed", "a", Command.RATE, 4, rating=5)


def test_all_that_an_update_says_arrives() -> None:
    said = [FILED, SHARED, MERGED, HANDLED, RATED]
    (piece,) = pieces(said)
    assert list(unpacked(piece, "feed")) == said


@dataclass
class Odd:
    """What no update can hold."""

    field: str
    value: Any


@pytest.mark.parametrize(
    "odd",
    [Odd("rating", 6), Odd("units", ["u-1"]), Odd("master", "x" * 200), Odd("lead", "\x00"),
     Odd("evidence", [Exhibit("https://e.cn/1.jpg")]), Odd("evidence", (Exhibit("/photos/1"),))],
    ids=lambda odd: odd.field,
)
def test_what_cannot_be_kept_is_refused_by_name(odd: Odd) -> None:
    with pytest.raises(PluginError, match=odd.field):
        check([RATED._replace(**{odd.field: odd.value})], "feed")
