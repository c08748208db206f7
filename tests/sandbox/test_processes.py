"""Processes of plugins: restarted, quarantined, ended with those who need them, leaving nothing."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from time import monotonic

import psutil
import pytest

from commandcenter.errors import PluginError
from commandcenter.sandbox.health import Condition, Health
from commandcenter.sandbox.nursery import Nursery
from commandcenter.sandbox.process import Fault, Process
from commandcenter.settings import ROOT
from tests.sandbox.towns import EAST, Town, key
from tests.waiting import until

PANEL = """
    import os, threading, time
    from pathlib import Path

    HERE = Path(__file__).parent

    def render(view):
        if (HERE / "ill").exists():
            os._exit(5)
        view.count("total")
        return {"n": {"value": os.getpid()}, "words": str(sorted(os.environ))}

    @hookimpl
    def register_panels(settings):
        return [Panel("x.p", Text("p"), (Number("n"), Note("words")), render)]
"""


def one(town: Callable[..., Town], code: str = PANEL) -> tuple[Town, Path]:
    here = town()
    folder = here.plugin("x", code)
    return here.start(), folder


def pid(here: Town) -> int:
    return int(here.tiles[key("x.p")].parts.get("n", {"value": 0})["value"])


def test_a_killed_process_is_told_on_its_tile_and_comes_back(town: Callable[..., Town]) -> None:
    here, _ = one(town)
    here.watch(key("x.p"))
    here.until_shown()
    before = pid(here)
    assert psutil.Process(before).nice() == min(19, psutil.Process().nice() + 10)
    os.kill(before, signal.SIGKILL)
    here.until(lambda: here.tiles[key("x.p")].state == "failed")
    assert here.tiles[key("x.p")].reason == "ended by signal 9"
    here.until_well()
    assert pid(here) != before and not psutil.pid_exists(before)
    assert here.outside is not None
    told = {f.name: f.value for f in here.outside.figures()}
    assert told["commandcenter_plugin_restarts_total"] == 1
    assert told["commandcenter_plugin_memory_bytes"] > 1_000_000


def test_a_part_that_keeps_falling_is_quarantined_and_tried_again(
    town: Callable[..., Town], caplog: pytest.LogCaptureFixture
) -> None:
    here, folder = one(town)
    (folder / "ill").touch()
    here.watch(key("x.p"))
    outside = here.outside
    assert outside is not None
    here.until(lambda: outside.conditions().get("x", (0, ""))[0] is Condition.QUARANTINED)
    assert outside.conditions()["x"][1] == "ended with code 5"
    calls = here.guard.counts()["x"].errors
    begun = monotonic()
    here.until(lambda: here.guard.counts()["x"].errors > calls)
    assert monotonic() - begun > 0.2, "half open: one call after the quarantine"
    assert outside.conditions()["x"][0] is Condition.QUARANTINED
    (folder / "ill").unlink()
    here.until_well()
    assert outside.conditions()["x"] == (Condition.OK, "")
    assert [r.levelname for r in caplog.records if "x.p failed" in r.message] == ["ERROR"]


def test_rests_grow_and_end_with_a_success() -> None:
    health = Health()
    pauses = [health.fail("no") for _ in range(12)]
    assert pauses == [0.5, 1, 2, 4, 30, 60, 120, 240, 480, 600, 600, 600]
    assert health.condition is Condition.QUARANTINED and health.rest > 590
    health.succeed()
    assert (health.condition, health.rest, health.fail("no")) == (Condition.OK, 0, 0.5)


def test_no_secret_of_the_server_is_in_the_environment(
    town: Callable[..., Town], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMMANDCENTER_SECRET_KEY", "s3cret")
    monkeypatch.setenv("PGPASSWORD", "s3cret")
    here = town()
    here.plugin("x", PANEL)
    nursery = Nursery()
    here.sandbox._nursery = nursery
    here.start().watch(key("x.p"))
    here.until_shown()
    words = here.tiles[key("x.p")].parts["words"]
    here.close()
    nursery.close()
    assert "'PATH'" in words and "COMMANDCENTER" not in words and "PGPASSWORD" not in words


def test_who_stands_by_keeps_no_process_of_a_plugin_and_can_start_one_at_once(
    town: Callable[..., Town],
) -> None:
    here = town()
    here.plugin("x", PANEL)
    nursery = here.sandbox._nursery = Nursery()
    here.start().watch(key("x.p"))
    here.until_shown()
    before = pid(here)
    assert here.outside is not None and nursery._running is not None
    here.outside.stand_by()
    assert not psutil.pid_exists(before)
    nursery._running.kill()
    nursery._running.wait()
    here.outside.stand_by()
    assert nursery._running is not None and nursery._running.poll() is None
    here.watch(key("x.p"))
    here.until(lambda: pid(here) not in (0, before))
    here.close()
    nursery.close()


def test_new_code_is_taken_up_and_a_refusal_leaves_the_old(town: Callable[..., Town]) -> None:
    here, folder = one(town)
    here.watch(key("x.p"))
    here.until_shown()
    assert here.registry is not None and here.outside is not None
    plugin, candidate, _ = here.sandbox._known["x"]
    (folder / "__init__.py").write_text("from commandcenter.api import *\n1 / 0\n")
    with pytest.raises(PluginError, match=r"x/__init__.py:2: ZeroDivisionError"):
        here.sandbox.renew(plugin, candidate)
    code = PANEL.replace("os.getpid()", "-1")
    (folder / "__init__.py").write_text(
        "from commandcenter.api import *\nfrom commandcenter.api import hookimpl\n" + dedent(code)
    )
    here.sandbox.renew(plugin, candidate)
    here.outside.renew("x")
    here.watch(key("x.p"))
    here.until(lambda: here.tiles[key("x.p")].parts.get("n") == {"value": -1})


def test_what_a_plugin_prints_is_logged_a_little_and_never_waited_for(
    town: Callable[..., Town], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    begin = "threading.Thread(target=say, daemon=True).start()"
    code = PANEL.replace('view.count("total")', begin)
    here, _ = one(town, code + """
    def say():
        while True:
            print("hello " * 20)
    """)
    here.watch(key("x.p"))
    here.until(lambda: sum("prints: hello" in r.message for r in caplog.records) >= 50)
    here.watch(key("x.p"))
    here.until_shown()
    assert sum("prints: hello" in r.message for r in caplog.records) < 70


def test_nothing_is_left_of_processes_that_fell(town: Callable[..., Town]) -> None:
    here, folder = one(town)
    here.watch(key("x.p"))
    here.until_well()
    descriptors, mine = psutil.Process().num_fds(), psutil.Process()
    (folder / "ill").touch()
    fallen = 5
    for _ in range(fallen):
        plugin = here.sandbox.start("x", "serve")
        with pytest.raises(Fault, match="took longer than 0 s"):
            plugin.receive(0.0)
    # Threads that look after the others open a file now and then; a leak is one for each at least.
    assert psutil.Process().num_fds() < descriptors + fallen
    nursery = next(c for c in mine.children() if "forking" in " ".join(c.cmdline()))
    assert [c.status() for c in nursery.children()].count(psutil.STATUS_ZOMBIE) == 0


def test_a_nursery_that_was_killed_is_replaced(town: Callable[..., Town]) -> None:
    here = town()
    here.plugin("x", PANEL)
    nursery = here.sandbox._nursery = Nursery()
    here.start().watch(key("x.p"))
    here.until_shown()
    assert nursery._running is not None
    nursery._running.kill()
    here.until(lambda: here.tiles[key("x.p")].state == "failed")
    here.until_well()
    here.close()
    nursery.close()


PARENT = """
import sys
from pathlib import Path
from commandcenter.sandbox.sandbox import Sandbox
from commandcenter.host.registry import load
from commandcenter.settings import Settings

settings = Settings(plugins=Path(sys.argv[1]))
sandbox = Sandbox(settings)
load(settings, "small", isolation=sandbox)
print(sandbox.start("x", "serve").pid, flush=True)
sys.stdin.read()
"""


def test_processes_end_with_the_worker_however_it_ends(town: Callable[..., Town]) -> None:
    here = town()
    here.plugin("x", PANEL.replace("def render", "import signal; signal.pthread_sigmask("
                                   "signal.SIG_BLOCK, range(1, 65))\n\n    def render"))
    worker = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(here.folder)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert worker.stdout is not None and worker.stdin is not None
    plugin = psutil.Process(int(worker.stdout.readline()))
    nursery = plugin.parent()
    worker.kill()
    worker.communicate()
    until(lambda: not (plugin.is_running() or (nursery is not None and nursery.is_running())), 10.0)


def test_a_process_that_is_asked_too_late_is_no_process(town: Callable[..., Town]) -> None:
    here, _ = one(town)
    process = here.sandbox.start("x", "serve")
    assert isinstance(process, Process)
    process.kill()
    with pytest.raises(Fault, match="ended by signal 9"):
        process.receive(5)
    assert process.end() is None and process.memory() == 0
    assert EAST in here.city.tree
