"""What the catalogue said of each matter when cases were filed: old cases keep the matter they had.

A version is written once for each content that a matter had, before a case is filed under it.
"""

import hashlib
from collections.abc import Iterable, Mapping

from pydantic import TypeAdapter
from sqlalchemy import Connection, select

from commandcenter.cases.queries import Case
from commandcenter.domain.clocks import Millis
from commandcenter.domain.evidence import Evidence
from commandcenter.domain.matters import Matter
from commandcenter.store.desk_tables import matter_versions
from commandcenter.store.tables import cases
from commandcenter.store.upsert import dialect_insert

Versions = dict[str, int]
"""The version of each matter that is in force, by its code."""
Current = tuple[Mapping[str, Matter], Mapping[str, int]]
"""The matters that are in force, and their versions."""
MATTER = TypeAdapter(Matter)


def known(connection: Connection, matters: Iterable[Matter]) -> Versions:
    """Return the versions of matters as they are now; one that was not kept yet is missing."""
    t = matter_versions.c
    kept = {
        (code, digest): version
        for version, code, digest in connection.execute(select(t.id, t.code, t.digest))
    }
    wanted = ((matter.code, _digest(_body(matter))) for matter in matters)
    return {code: kept[code, digest] for code, digest in wanted if (code, digest) in kept}


def keep(connection: Connection, matters: Iterable[Matter], at: Millis) -> Versions:
    """Keep the matters as they are now, each unless it is there already; return their versions."""
    listed = list(matters)
    found = known(connection, listed)
    missing = [(matter.code, _body(matter)) for matter in listed if matter.code not in found]
    rows = [
        {"code": code, "digest": _digest(body), "body": body.decode(), "since": at}
        for code, body in missing
    ]
    if not rows:
        return found
    connection.execute(
        dialect_insert(connection, matter_versions).on_conflict_do_nothing(
            index_elements=["code", "digest"]
        ),
        rows,
    )
    return known(connection, listed)


def matter(connection: Connection, version: int) -> Matter | None:
    """Return a matter as it was, None for a version that does not exist."""
    query = select(matter_versions.c.body).where(matter_versions.c.id == version)
    body = connection.execute(query).scalar()
    return None if body is None else MATTER.validate_json(body)


def as_filed(
    connection: Connection, current: Current, code: str | None, version: int | None
) -> Matter | None:
    """Return the matter of a case as it was when the case was filed.

    A case from before versions were kept has none, and the matter that is in force counts.
    """
    matters, versions = current
    if version is not None and versions.get(code or "") != version:
        return matter(connection, version)
    return matters.get(code or "")


def evidence_of(
    connection: Connection, current: Current, case_ids: Iterable[int]
) -> set[Evidence]:
    """Return what the matters of cases ask for when they are handled, as when they were filed."""
    query = select(cases.c.matter, cases.c.matter_version).where(cases.c.id.in_(list(case_ids)))
    found = (as_filed(connection, current, *row) for row in connection.execute(query.distinct()))
    return {each.evidence for each in found if each is not None}


def filed_as(connection: Connection, case: Case) -> Matter | None:
    """Return the matter as it was when a case was filed, None where that was not kept."""
    return matter(connection, case.matter_version) if case.matter_version is not None else None


def _body(matter: Matter) -> bytes:
    return MATTER.dump_json(matter)


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
