"""The typeface of what is printed, unpacked once for a whole run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from commandcenter.screen.typeface import truetype
from commandcenter.settings import ROOT


@pytest.fixture(scope="session")
def face(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The TrueType file, in a folder that the processes of a run share: making it takes seconds."""
    return truetype(ROOT / "assets", tmp_path_factory.getbasetemp().parent / "fonts")


@pytest.fixture(scope="module")
def quick_reports(face: Path) -> Iterator[None]:
    """Sites that print with it and do not unpack one each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("commandcenter.web.inspection_files.truetype", lambda *_: face)
        yield
