"""One server holds a data folder, and others find out who."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from commandcenter.cli import serving
from commandcenter.cli.processes import READY, held_folder, holder_of, tell_supervisor
from commandcenter.errors import SettingsError
from commandcenter.settings import Settings


def test_a_held_folder_says_by_whom(tmp_path: Path) -> None:
    assert holder_of(tmp_path) is None
    with held_folder(tmp_path):
        assert holder_of(tmp_path) == os.getpid()
    assert holder_of(tmp_path) is None


def test_a_second_server_is_refused_and_does_not_hide_the_first(tmp_path: Path) -> None:
    with held_folder(tmp_path):
        with pytest.raises(SettingsError, match="another server runs"), held_folder(tmp_path):
            pass
        assert holder_of(tmp_path) == os.getpid()


def test_web_and_workers_may_run_on_one_folder(tmp_path: Path) -> None:
    with held_folder(tmp_path), held_folder(tmp_path, serving.WORKERS_LOCK):
        assert holder_of(tmp_path, serving.WORKERS_LOCK) == os.getpid()


def test_reload_needs_a_server(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no server runs"):
        serving.reload(Settings(data=tmp_path))


def test_reload_hangs_up_on_whoever_holds_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: heard.append((pid, number)))
    with held_folder(tmp_path):
        serving.reload(Settings(data=tmp_path))
    assert heard == [(os.getpid(), signal.SIGHUP)]


def test_only_the_supervisor_s_own_child_writes_into_its_pipe(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ear, mouth = os.pipe()
    os.set_blocking(ear, False)
    monkeypatch.setenv("COMMANDCENTER_PIPE", str(mouth))
    monkeypatch.setenv("COMMANDCENTER_PARENT", "1" if os.getppid() != 1 else "2")
    tell_supervisor(READY)
    with pytest.raises(BlockingIOError):
        os.read(ear, 1)
    monkeypatch.setenv("COMMANDCENTER_PARENT", str(os.getppid()))
    tell_supervisor(READY)
    assert os.read(ear, 1) == READY
    os.close(ear)
    os.close(mouth)
