"""What is really there, counted from the rows, beside what the server says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from bench.http import Connection
from commandcenter.cases import recount
from commandcenter.live.coordination_proof import played_again
from commandcenter.live.rollup import Frame, Rollup
from commandcenter.store import acts, cities, log
from commandcenter.store.city_facts import load_catalogue
from tests.faults.clients import Clients
from tests.faults.cluster import Cluster
from tests.faults.load import SOURCE, Ledger

REPORTED = "FROM moves m JOIN cases c ON c.id = m.case_id WHERE m.command = 'report'"


@dataclass(frozen=True)
class Kept:
    """What became of the reports that were answered as accepted."""

    lost: int
    doubled: int


def kept(cluster: Cluster, ledger: Ledger, after: int) -> Kept:
    """Look for all reports with numbers of cases after `after`.

    One is lost when it has no case, another than was answered, or no move that counts it; it is
    doubled when it has two of either.
    """
    given = {"source": SOURCE, "after": after}
    where = "WHERE source = :source AND id > :after"
    found = dict(cluster.rows(f"SELECT external_id, id FROM cases {where}", **given))
    rows = int(str(cluster.rows(f"SELECT count(*) FROM cases {where}", **given)[0][0]))
    query = f"SELECT m.case_id, count(*) {REPORTED} AND c.source = :source AND c.id > :after"
    moves = dict(cluster.rows(f"{query} GROUP BY m.case_id", **given))
    wanted = {key: number for key, number in ledger.accepted.items() if number > after}
    lost = sum(1 for key, n in wanted.items() if found.get(key) != n or n not in moves)
    doubled = rows - len(found) + sum(1 for times in moves.values() if times != 1)
    return Kept(lost, doubled)


def newest(cluster: Cluster) -> int:
    """The number of the newest case."""
    return int(str(cluster.rows("SELECT coalesce(max(id), 0) FROM cases")[0][0]))


def stored(cluster: Cluster, ours: bool | None = None) -> int:
    """How many cases there are: all, those of the load, or those of everybody else."""
    where = {None: "true", True: "source = :source", False: "source <> :source"}[ours]
    given = {} if ours is None else {"source": SOURCE}
    return int(str(cluster.rows(f"SELECT count(*) FROM cases WHERE {where}", **given)[0][0]))


class Recount:
    """Counts everything anew from the rows, with no help of what is kept."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._store = cluster.store
        catalogue = load_catalogue(self._store)
        with self._store.read() as connection:
            tree = cities.load_tree(connection)
        channels = tuple(catalogue.channels)
        self._frame = Frame(tree, len(catalogue.levels), catalogue.calendar, channels)

    def differences(self, clients: Clients) -> list[str] | None:
        """Compare what the API counts for all great cells; None where the log went on meanwhile.

        Where acts went on, what they count is left out: moves and acts seldom rest at once.
        """
        with self._store.read() as connection:
            said = acts.last_seq(connection)
        answers = clients.call(_ask(self._cluster, clients))
        if answers is None or len({answer["seq"] for answer in answers}) != 1:
            return None
        now = max(_millis(answer["as_of"]) for answer in answers)
        counted = Rollup(self._frame, self._store)
        with self._store.read() as connection:
            if log.last_seq(connection) != answers[0]["seq"]:
                return None
            counted.count_stock(recount.groups_of_cases(connection))
            counted.read_clocks(connection, now)
            counted.count_days(connection, now)
            counted.coordination = played_again(connection, self._frame, now)
            went_on = acts.last_seq(connection) != said
        return [
            f"{answer['cell']} {name}: says {answer['counts'].get(name)}, counted {number}"
            for answer in answers
            for name, number in counted.counts_of(self._frame.tree.position[answer["cell"]]).items()
            if answer["counts"].get(name) != number
            and not (went_on and name in counted.coordination)
        ]


async def _ask(cluster: Cluster, clients: Clients) -> list[dict[str, Any]] | None:
    connection = Connection(*cluster.address)
    headers = {"Authorization": f"Bearer {cluster.access.source_key}"}
    answers = []
    try:
        for cell in cluster.access.cells:
            path = f"/api/v1/cells/{cell}/counts"
            status, _, body = await connection.request("GET", path, headers=headers)
            if status != 200:
                return None
            answers.append(orjson.loads(body))
    except OSError:
        return None
    finally:
        connection.close()
    return answers


def _millis(iso: str) -> int:
    return round(datetime.fromisoformat(iso).timestamp() * 1000)
