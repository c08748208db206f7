import logging
import threading

import pytest

from commandcenter.errors import PluginError
from commandcenter.host.guard import SHORT, Counts, Guard, PluginFailed


def fail(words: str = "no") -> None:
    raise ValueError(words)


def test_a_good_call_returns_what_the_plugin_returned():
    assert Guard().call("lamp", "lamp.open", max, 3, 5) == 5


def test_a_failure_names_plugin_call_and_short_reason():
    with pytest.raises(PluginFailed) as raised:
        Guard().call("lamp", "lamp.open", fail, "no data\nand a second line")
    assert raised.value.plugin == "lamp"
    assert raised.value.what == "lamp.open"
    assert raised.value.reason == "ValueError: no data"
    assert isinstance(raised.value, PluginError)


def test_a_reason_is_never_longer_than_a_tile_can_show():
    with pytest.raises(PluginFailed) as raised:
        Guard().call("lamp", "lamp.open", fail, "x" * 5000)
    assert len(raised.value.reason) == SHORT


@pytest.mark.parametrize("error", [SystemExit(1), RecursionError(), MemoryError(), StopIteration()])
def test_whatever_a_plugin_raises_stays_in_the_guard(error):
    def raise_it() -> None:
        raise error

    with pytest.raises(PluginFailed):
        Guard().call("lamp", "lamp.open", raise_it)


def test_a_person_may_still_interrupt_the_worker():
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Guard().call("lamp", "lamp.open", interrupted)


def test_calls_errors_seconds_and_the_last_error_are_counted_by_plugin():
    guard = Guard()
    for _ in range(3):
        guard.call("lamp", "lamp.open", int)
    with pytest.raises(PluginFailed):
        guard.call("lamp", "lamp.age", fail)
    guard.call("park", "park.open", int)
    counts = guard.counts()
    assert (counts["lamp"].calls, counts["lamp"].errors) == (4, 1)
    assert counts["lamp"].last_error == "ValueError: no"
    assert counts["lamp"].seconds > 0
    assert (counts["park"].calls, counts["park"].errors) == (1, 0)


def test_counts_are_a_copy_that_stays_as_it_was():
    guard = Guard()
    before = guard.counts()
    guard.call("lamp", "lamp.open", int)
    assert before == {}
    taken = guard.counts()
    taken["lamp"] = Counts()
    assert guard.counts()["lamp"].calls == 1


def test_a_failure_is_logged_once_and_the_recovery_once(caplog):
    guard = Guard()
    with caplog.at_level(logging.INFO, "commandcenter.host.guard"):
        for _ in range(3):
            with pytest.raises(PluginFailed):
                guard.call("lamp", "lamp.open", fail)
        for _ in range(3):
            guard.call("lamp", "lamp.open", int)
    assert [(r.levelname, r.getMessage()) for r in caplog.records] == [
        ("ERROR", "plugin lamp: lamp.open failed: ValueError: no"),
        ("INFO", "plugin lamp: lamp.open works again"),
    ]
    assert caplog.records[0].exc_info is not None


def test_a_call_that_works_does_not_hide_that_another_of_the_plugin_fails(caplog):
    guard = Guard()
    with caplog.at_level(logging.INFO, "commandcenter.host.guard"):
        with pytest.raises(PluginFailed):
            guard.call("lamp", "lamp.open", fail)
        guard.call("lamp", "lamp.age", int)
        with pytest.raises(PluginFailed):
            guard.call("lamp", "lamp.open", fail)
    assert len(caplog.records) == 1


def test_threads_lose_no_count():
    guard = Guard()

    def work() -> None:
        for _ in range(2000):
            guard.call("lamp", "lamp.open", int)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert guard.counts()["lamp"].calls == 8000
