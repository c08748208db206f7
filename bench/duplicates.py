"""How well the same thing reported twice is found, and in what time at 2.49 million cases.

The requests of Boston, half a year of them, are handed in as they came, and among them second
reports of one in ten: in other words, metres and hours off, through another channel, a quarter
under another matter or none (bench/planted.py). Whatever the data puts at its default point is
handed in with that point. Each report is compared with the open cases before it by the product's
own code on a real database. A report counts as found when the case it is most like is the one it
repeats, or another report of that. The first three months show which thresholds to take, the last
three what they are worth.
"""

import argparse
import random
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import bindparam, select, update

from bench.planted import OWN, Case, in_lists, reports
from bench.postgres import postgres_url
from bench.tables import print_table
from commandcenter.cases import duplicates, filing
from commandcenter.cases.filing import NewCase
from commandcenter.domain.cells import Cell, Level, Tree
from commandcenter.domain.clocks import HOUR, Millis
from commandcenter.domain.desk import Desk
from commandcenter.domain.likeness import Likeness, Thresholds, Told, bucket, plain
from commandcenter.domain.text import Text
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.host.reports import Report
from commandcenter.store.bulk import insert_rows, set_next_id
from commandcenter.store.desk_tables import likely
from commandcenter.store.schema import upgrade
from commandcenter.store.store import Store
from commandcenter.store.tables import cases
from plugins.boston.calendar import calendar
from plugins.boston.catalogue import matters
from plugins.boston.places import DEFAULT_POINT

SPLIT = datetime(2011, 10, 1, tzinfo=UTC).timestamp() * 1000
LIST = 100
LOWEST = 0.4
"""What is less alike is not looked at in the table."""
STEPS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.84, 0.86, 0.88, 0.9, 0.95)
CITY = ((113.45, 113.85), (34.62, 34.88))
"""Where the cases of the large table lie: about 1,000 square kilometres."""
OPEN = 60_000
ASKED = 300


class Best(NamedTuple):
    """What a report was most like."""

    case: Case
    other: Case
    score: float


def run(arguments: Sequence[str]) -> dict[str, Any]:
    """Measure; print two tables, return all numbers."""
    parser = argparse.ArgumentParser(prog="python -m bench duplicates", description=__doc__)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--cases", type=int, default=2_490_000, help="in the large table")
    parser.add_argument("--only", choices=("quality", "sqlite", "postgresql"))
    asked = parser.parse_args(arguments)
    result: dict[str, Any] = {"seed": asked.seed}
    if asked.only in (None, "quality"):
        result["quality"] = _quality(asked.seed)
    kinds = [kind for kind in ("sqlite", "postgresql") if asked.only in (None, kind)]
    if kinds:
        result["time"] = _times(kinds, asked.cases)
    return result


def _quality(seed: int) -> dict[str, Any]:
    found = reports(seed)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        store = Store(f"sqlite:///{Path(folder) / 'boston.db'}")
        upgrade(store)
        best, seconds = _hand_in(store, found)
        store.close()
    rows = []
    for name, part in (
        ("July to September", [c for c in found if c.at < SPLIT]),
        ("October to December", [c for c in found if c.at >= SPLIT]),
    ):
        rows += [{"part": name, **_judged(part, best, step)} for step in STEPS]
    print_table(
        ("part", "from", "planted", "found", "recall", "said alike", "of these the data's own",
         "precision"),
        [tuple(row.values()) for row in rows],
    )  # fmt: skip
    at_default = [
        b
        for b in best.values()
        if (b.case.lng, b.case.lat) == DEFAULT_POINT and b.score >= Thresholds().likely
    ]
    total = sum((c.lng, c.lat) == DEFAULT_POINT for c in found)
    print(f"\nof {total:,} reports at the default point {len(at_default)} were said to be alike")
    print(f"{len(found):,} reports in lists of {LIST}: {seconds / len(found) * 1000:.3f} ms each")
    return {"rows": rows, "default_point": [total, len(at_default)], "seconds": seconds}


def _hand_in(store: Store, found: Sequence[Case]) -> tuple[dict[str, Best], float]:
    """Hand reports in and end cases as they ended; nothing is merged, all likeness is kept."""
    known = {matter.code: matter for matter in matters()}
    tree = Tree.of([Cell("boston", "波士顿", 0, None, -71.06, 42.36)])
    levels = (Level("city", Text("市", "City")),)
    desk = Desk(tree, levels, calendar(), ())
    like = Likeness(Thresholds(1.0, LOWEST, own=OWN), tree, known, 0)
    viewer = Viewer("bench", "boston", 0, 0, Clearance.STAFF)
    by_id: dict[int, Case] = {}
    ending: list[tuple[Millis, int]] = []
    seconds = 0.0
    for batch in in_lists(found, LIST):
        fresh = [_new(case, known.get(case.matter or "")) for case in batch]
        with store.write() as connection:
            now = batch[0].at
            over = [{"case": case_id} for at, case_id in ending if at <= now]
            ending = [each for each in ending if each[0] > now]
            if over:
                ended = update(cases).where(cases.c.id == bindparam("case"))
                connection.execute(ended.values(near=None, state="closed"), over)
            began = perf_counter()
            answers = filing.insert(connection, viewer, desk, fresh, like)
            seconds += perf_counter() - began
        for case, (case_id, _) in zip(batch, answers, strict=True):
            by_id[case_id] = case
            if case.ends is not None:
                ending.append((case.ends, case_id))
    with store.read() as connection:
        query = select(likely.c.case_id, likely.c.other_id, likely.c.score)
        rows = connection.execute(query.order_by(likely.c.score, likely.c.other_id.desc())).all()
    best = {by_id[a].id: Best(by_id[a], by_id[b], score) for a, b, score in rows}
    return best, seconds


def _new(case: Case, matter: Any) -> NewCase:
    report = Report(
        source="bench", external_id=case.id, channel=case.channel, title=case.title,
        description=case.description, lng=case.lng, lat=case.lat,
        occurred_at=datetime.fromtimestamp(case.at / 1000, UTC),
    )  # fmt: skip
    return NewCase(report, 0, matter, case.at, True)


def _judged(part: Sequence[Case], best: dict[str, Best], step: float) -> dict[str, Any]:
    """Return recall and precision from one score on."""
    alike = [best[c.id] for c in part if c.id in best and best[c.id].score >= step]
    planted = sum(c.of is not None for c in part)
    right = [b for b in alike if _family(b.case) == _family(b.other) or _is_of_one(b)]
    found = sum(b.case.of is not None for b in right)
    return {
        "from": step, "planted": planted, "found": found, "recall": round(found / planted, 3),
        "alike": len(alike), "own": len(right) - found,
        "precision": round(len(right) / (len(alike) or 1), 3),
    }  # fmt: skip


def _family(case: Case) -> str:
    return case.of or case.id


def _is_of_one(best: Best) -> bool:
    """Tell whether two reports are of one kind at one address, both open at once."""
    one, other = best.case, best.other
    return bool(one.address) and (one.kind, one.address) == (other.kind, other.address)


def _times(kinds: Sequence[str], number: int) -> list[dict[str, Any]]:
    rows = []
    for kind in kinds:
        with _store(kind) as store:
            upgrade(store)
            now = _fill(store, number)
            rows += [{"database": kind, **row} for row in _look(store, now)]
    print_table(
        ("database", "reports in a list", "ms a report, p50", "p95", "max", "at one point, p95"),
        [tuple(row.values()) for row in rows],
    )
    return rows


@contextmanager
def _store(kind: str) -> Iterator[Store]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        embedded = nullcontext(f"sqlite:///{Path(folder) / 'large.db'}")
        with embedded if kind == "sqlite" else postgres_url() as url:
            store = Store(url)
            yield store
            store.close()


WORDS = (
    ("井盖缺失", "E0501"), ("暴露垃圾", "E0101"), ("路灯不亮", "E0301"), ("违规停车", "E0401"),
    ("道路破损", "E0502"), ("占道经营", "E0402"), ("噪音扰民", "E0601"), ("树木倒伏", "E0701"),
)  # fmt: skip
FILLED = (
    "id", "source", "external_id", "channel", "matter", "title", "description", "lng", "lat",
    "occurred_at", "reported_at", "cell", "state", "depth", "since", "supervised", "marks",
    "version", "near",
)  # fmt: skip


def _fill(store: Store, number: int) -> Millis:
    """Write cases, the newest of which are open; return the instant after them."""
    chance, now = random.Random(3), 1_767_578_400_000
    first_open = number - OPEN
    for start in range(0, number, 20_000):
        rows = []
        for n in range(start, min(start + 20_000, number)):
            title, matter = chance.choice(WORDS)
            # A tenth of the open ones lie at one very point.
            is_crowd = n % 10 == 0
            lng = CITY[0][0] if is_crowd else round(chance.uniform(*CITY[0]), 6)
            lat = CITY[1][0] if is_crowd else round(chance.uniform(*CITY[1]), 6)
            at = now - (number - n) * HOUR // 600
            is_open = n >= first_open
            rows.append((
                n + 1, "history", str(n), "hotline", matter, title, f"{n % 900}号楼附近{title}",
                lng, lat, at, at, 1, "filed" if is_open else "closed", 4, at, False, 0, 1,
                bucket(lng, lat) if is_open else None,
            ))  # fmt: skip
        with store.write() as connection:
            insert_rows(connection, cases, FILLED, rows)
    with store.write() as connection:
        set_next_id(connection, cases)
    with store.engine.connect() as connection:
        plain = connection.execution_options(isolation_level="AUTOCOMMIT")
        plain.exec_driver_sql("ANALYZE cases")
    return now


def _look(store: Store, now: Millis) -> list[dict[str, Any]]:
    tree = Tree.of([Cell("z", "郑州", 0, None, 113.65, 34.75)])
    like = Likeness(Thresholds(), tree, {}, 0)
    chance, rows = random.Random(4), []
    for size in (1, LIST):
        spread, crowd = [], []
        for _ in range(ASKED if size == 1 else ASKED // 10):
            spread.append(_timed(store, like, [_told(chance, now) for _ in range(size)]) / size)
            there = [_told(chance, now)._replace(lng=CITY[0][0], lat=CITY[1][0])] * size
            crowd.append(_timed(store, like, there) / size)
        p50, p95, most = np.percentile(spread, [50, 95, 100])
        rows.append({
            "list": size, "p50_ms": round(float(p50), 3), "p95_ms": round(float(p95), 3),
            "max_ms": round(float(most), 3),
            "one_point_p95_ms": round(float(np.percentile(crowd, 95)), 3),
        })  # fmt: skip
    return rows


def _told(chance: random.Random, now: Millis) -> Told:
    title, matter = chance.choice(WORDS)
    words = plain(f"这里{title}了 {chance.randrange(900)}号楼旁边")
    return Told(chance.uniform(*CITY[0]), chance.uniform(*CITY[1]), 1, matter, now, words)


def _timed(store: Store, like: Likeness, told: list[Told]) -> float:
    """Return the milliseconds of one look."""
    with store.write() as connection:
        began = perf_counter()
        duplicates.look(connection, like, [duplicates.placed(each) for each in told])
        return (perf_counter() - began) * 1000
