"""`db archive` from the command line: a day of the city, a folder, and what lies in it after."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from commandcenter.cases.archive import ArchiveError
from commandcenter.cli.archive import archive
from commandcenter.domain.cases import Command
from commandcenter.host.reports import Filing, Report
from commandcenter.live import checkpoint
from commandcenter.settings import Settings
from commandcenter.store.settings import CATALOGUE, set_setting
from commandcenter.store.tables import moves
from commandcenter.testing import small_catalogue
from commandcenter.testing.stored import StoredCity

NEW_YEAR = 1_767_196_800_000
"""1 January 2026, 0:00 in Shanghai."""


def refuse(city: StoredCity, name: str, at: int) -> None:
    """Write a case that is reported and refused a moment later."""
    city.accept(Filing(Report.model_validate(city.report(name)), at))
    assert city.advance(name, Command.REJECT, at + 1)


@pytest.fixture
def settings(stored: StoredCity, tmp_path: Path) -> Settings:
    with stored.store.write() as connection:
        set_setting(connection, CATALOGUE, small_catalogue().to_json().decode())
    refuse(stored, "the old year's last", NEW_YEAR - 2)
    refuse(stored, "the new year's first", NEW_YEAR)
    return Settings(data=tmp_path, database_url=str(stored.store.url))


def left(city: StoredCity) -> int:
    with city.store.read() as connection:
        return connection.execute(select(func.count()).select_from(moves)).scalar() or 0


def test_the_day_is_the_citys_own(
    stored: StoredCity, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive(settings, datetime(2026, 1, 1), tmp_path / "archive")
    assert left(stored) == 2
    names = sorted(path.name for path in (tmp_path / "archive").iterdir())
    assert names == ["moves-2025-12-1-2.jsonl.gz", "moves-2025-12-1-2.jsonl.gz.sha256"]
    assert "archived 2 moves" in capsys.readouterr().out


def test_what_came_after_the_last_saved_counts_stays(
    stored: StoredCity, settings: Settings, tmp_path: Path
) -> None:
    checkpoint.save(stored.rollup())
    refuse(stored, "told late", NEW_YEAR - 1000)
    archive(settings, datetime(2026, 1, 1), tmp_path / "archive")
    assert left(stored) == 4


def test_today_cannot_be_archived(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="still counted"):
        archive(settings, datetime.now(), tmp_path / "archive")
