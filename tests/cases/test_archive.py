"""The archive: ended cases' old moves in files, and every count as it was."""

import gzip
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from commandcenter.cases import archive, queries
from commandcenter.cases.archive import Archive, ArchiveError, Wanted
from commandcenter.domain.cases import Command, State
from commandcenter.domain.clocks import DAY, HOUR, Millis
from commandcenter.host.reports import Filing, Report
from commandcenter.live import checkpoint
from commandcenter.live.rollup import Rollup
from commandcenter.live.verify import verify
from commandcenter.store.log import last_seq, read_after
from commandcenter.store.tables import archived_standings, archives, cases, moves
from commandcenter.testing.stored import MONDAY, StoredCity

LONG_AGO = MONDAY - 200 * DAY
"""19 June 2025."""
BEFORE = MONDAY - 100 * DAY
"""27 September 2025."""
WHOLE = (Command.FILE, Command.DISPATCH, Command.TAKE_UP, Command.HANDLE, Command.VERIFY,
         Command.CLOSE)  # fmt: skip


def live_through(city: StoredCity, name: str, at: Millis, *steps: Command) -> int:
    """Report a case and lead it through steps, a day each."""
    report = Report.model_validate(city.report(name, matter="E0201"))
    (answer,) = city.accept(Filing(report, at))
    for number, step in enumerate(steps, 1):
        assert city.advance(name, step, at + number * DAY)
    return answer.id or 0


@pytest.fixture
def city(stored: StoredCity) -> StoredCity:
    """Twenty cases that ended in summer, some that go on, some of today."""
    for number in range(20):
        live_through(stored, f"ended-{number}", LONG_AGO + number * DAY, *WHOLE)
    live_through(stored, "refused", LONG_AGO, Command.REJECT)
    live_through(stored, "open", LONG_AGO + 40 * DAY, *WHOLE[:3])
    live_through(stored, "closed lately", LONG_AGO + 40 * DAY, *WHOLE[:5])
    assert stored.advance("closed lately", Command.CLOSE, MONDAY - DAY)
    stored.accept(*(stored.report(f"new-{number}") for number in range(5)))
    return stored


def run(
    city: StoredCity, folder: Path, before: Millis = BEFORE, upto: int = 10**9
) -> list[Archive]:
    return list(archive.archive(city.store, Wanted(before, upto, folder), city.clock.now))


def count(city: StoredCity, table: object) -> int:
    with city.store.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar() or 0


def timeline(city: StoredCity, name: str) -> list[Command]:
    with city.store.read() as connection:
        number = connection.execute(select(cases.c.id).where(cases.c.external_id == name)).scalar()
        return [s.command for s in queries.steps(connection, city.viewer(), number)]


def test_ended_cases_leave_the_log_for_files_of_their_months(
    city: StoredCity, tmp_path: Path
) -> None:
    whole = count(city, moves)
    with city.store.read() as connection:
        before = {move.seq for move in read_after(connection, 0)}
    written = run(city, tmp_path)
    assert [str(each.month) for each in written] == ["2025-06", "2025-07"]
    assert sum(each.moves for each in written) == 20 * 7 + 2 == whole - count(city, moves)
    assert timeline(city, "ended-3") == []
    assert timeline(city, "open") == [Command.REPORT, *WHOLE[:3]]
    assert timeline(city, "closed lately") == [Command.REPORT, *WHOLE]
    kept = [move for each in written for move in archive.read(each.path)]
    with city.store.read() as connection:
        left = {move.seq for move in read_after(connection, 0)}
    assert {move["seq"] for move in kept} == before - left
    assert {move["actor"] for move in kept} == {"test"}


def test_the_checksum_beside_a_file_is_the_files(city: StoredCity, tmp_path: Path) -> None:
    for each in run(city, tmp_path):
        beside = each.path.with_name(f"{each.path.name}.sha256").read_text()
        assert beside == f"{sha256(each.path.read_bytes()).hexdigest()}  {each.path.name}\n"
        with city.store.read() as connection:
            row = connection.execute(select(archives).where(archives.c.name == each.path.name))
            assert row.one()[:4] == (each.path.name, each.digest, each.moves, each.last_seq)
    assert not list(tmp_path.glob("*.part"))


def test_all_counts_stay_as_they_were_and_are_proved(city: StoredCity, tmp_path: Path) -> None:
    before = city.rollup()
    run(city, tmp_path)
    assert verify(city.frame(), city.store, city.clock.now).differences == ()
    assert city.rollup().counts_of(0) == before.counts_of(0)
    with city.store.write() as connection:  # the proof sees it when the baseline is wrong
        connection.execute(archived_standings.update().values(count=99))
    assert verify(city.frame(), city.store, city.clock.now).differences != ()


def test_a_restart_goes_on_from_counts_that_were_saved_before(
    city: StoredCity, tmp_path: Path
) -> None:
    with city.store.read() as connection:
        last = last_seq(connection)
    checkpoint.save(city.rollup())
    run(city, tmp_path)
    city.accept(city.report("after"))
    again = Rollup(city.frame(), city.store)
    assert checkpoint.start(again, city.clock.now)
    assert again.counts_of(0) == city.rollup().counts_of(0)
    with city.store.read() as connection:
        assert [move.seq for move in read_after(connection, last)] == [last + 1, last + 2, last + 3]


def test_a_log_that_is_all_archived_still_knows_its_last_number(
    stored: StoredCity, tmp_path: Path
) -> None:
    live_through(stored, "only", LONG_AGO, *WHOLE)
    checkpoint.save(stored.rollup())
    run(stored, tmp_path)
    assert count(stored, moves) == 0
    with stored.store.read() as connection:
        assert last_seq(connection) == 7
    assert checkpoint.start(Rollup(stored.frame(), stored.store), stored.clock.now)


def test_a_command_on_an_archived_case_counts_right(city: StoredCity, tmp_path: Path) -> None:
    run(city, tmp_path)
    assert city.advance("ended-1", Command.ASSESS, city.clock.now)
    assert city.advance("ended-2", Command.SUPERVISE, city.clock.now)
    assert timeline(city, "ended-1") == [Command.ASSESS]
    assert verify(city.frame(), city.store, city.clock.now).differences == ()
    city.clock.now += 200 * DAY
    run(city, tmp_path, before=MONDAY + 50 * DAY)
    assert verify(city.frame(), city.store, city.clock.now).differences == ()
    with city.store.read() as connection:
        states = connection.execute(select(cases.c.state).distinct()).scalars().all()
    assert State.ASSESSED.value in states


def test_a_second_run_finds_nothing_and_a_later_one_what_ended_since(
    city: StoredCity, tmp_path: Path
) -> None:
    first = run(city, tmp_path)
    assert run(city, tmp_path) == []
    for step in WHOLE[3:]:
        assert city.advance("open", step, BEFORE - HOUR)
    second = run(city, tmp_path)
    assert sum(each.moves for each in second) == 7
    assert {each.path for each in first}.isdisjoint({each.path for each in second})
    assert verify(city.frame(), city.store, city.clock.now).differences == ()


def test_moves_that_no_saved_counts_hold_stay(city: StoredCity, tmp_path: Path) -> None:
    run(city, tmp_path, upto=70)
    with city.store.read() as connection:
        assert read_after(connection, 0)[0].seq == 71


def test_a_date_whose_days_are_still_counted_is_refused(city: StoredCity, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="last 59 days are still counted"):
        run(city, tmp_path, before=MONDAY - 58 * DAY)
    assert not list(tmp_path.glob("moves-*"))


def test_a_file_that_cannot_be_read_back_leaves_the_log_alone(
    city: StoredCity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, close = count(city, moves), gzip.GzipFile.close

    def cut_off(file: gzip.GzipFile) -> None:
        raw, writes = file.fileobj, file.mode == gzip.WRITE
        close(file)
        if writes and raw is not None:
            raw.truncate(raw.tell() // 2)

    monkeypatch.setattr(gzip.GzipFile, "close", cut_off)
    with pytest.raises(ArchiveError, match="the log stays"):
        run(city, tmp_path)
    assert count(city, moves) == whole and count(city, archives) == 0


def test_a_run_that_is_broken_off_is_made_good_by_the_next(
    city: StoredCity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "CHUNK", 10)
    monkeypatch.setattr(archive, "_drop_month", lambda *_: False)
    keep, calls = archive._keep, []

    def fail_at_third(*given: object) -> None:
        calls.append(given)
        if len(calls) == 3:
            raise OSError("out of order")
        keep(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(archive, "_keep", fail_at_third)
    with pytest.raises(OSError, match="out of order"):
        run(city, tmp_path)
    assert verify(city.frame(), city.store, city.clock.now).differences == ()
    run(city, tmp_path)
    assert timeline(city, "ended-19") == []
    numbers = {m["seq"] for path in tmp_path.glob("*.jsonl.gz") for m in archive.read(path)}
    assert len(numbers) == 142
    assert verify(city.frame(), city.store, city.clock.now).differences == ()


def test_a_month_that_is_archived_whole_is_dropped(on_postgres: StoredCity, tmp_path: Path) -> None:
    city = on_postgres
    for number in range(10):
        live_through(city, f"ended-{number}", LONG_AGO + number * DAY, *WHOLE)
    live_through(city, "open", LONG_AGO + 20 * DAY, *WHOLE[:3])
    run(city, tmp_path)
    with city.store.read() as connection:
        there = [
            connection.execute(text(f"SELECT to_regclass('moves_2025_0{n}') IS NOT NULL")).scalar()
            for n in (6, 7)
        ]
    assert there == [False, True]
    live_through(city, "told late", LONG_AGO, *WHOLE[:2])
    assert verify(city.frame(), city.store, city.clock.now).differences == ()
