"""A plugin that is refused reads the same, whether its code runs inside or outside."""

from collections.abc import Callable

import pytest

from commandcenter.sandbox.nursery import Nursery
from tests.host.folders import HEAD, reason
from tests.host.test_registry import GOOD, hook
from tests.sandbox.towns import Town

WRONG: dict[str, str] = {
    "syntax": "def (",
    "import": "import nothing_of_this_name",
    "at_import": "1 / 0",
    "raises": hook("panels", "return 1 / 0"),
    "exits": hook("panels", "raise SystemExit(4)"),
    "another_type": hook("panels", "return None"),
    "item": hook("panels", "return [Text('no')]"),
    "field": hook("panels", "return [Panel('x.p', 'p', (Number('n'),), lambda v: {})]"),
    "parts": hook("panels", "return [Panel('x.p', Text('p'), (Number('n'), Bars('n')), dict)]"),
    "arguments": hook("panels", "return []", "settings, database"),
    "not_promised": hook("panels", "return []") + hook("indices", "return []"),
    "not_implemented": "",
    "unknown_hook": hook("panels", "return []") + hook("panles", "return []"),
    "wrapper": hook("panels", "return (yield)").replace("@hookimpl", "@hookimpl(wrapper=True)"),
    "key": hook("panels", "return [Panel('y.p', Text('p'), (Number('n'),), lambda v: {})]"),
}
GONE = {
    "stops": ("import os; os._exit(2)", "ended with code 2"),
    "hangs": ("import time; time.sleep(60)", "took longer than 1 s"),
    "eats": ("x = bytearray(400_000_000)", "MemoryError"),
    "dies": ("import os; os.kill(os.getpid(), 9)", "ended by signal 9"),
    "lies": (
        "import os; os.write(3, bytes([0, 0, 0, 32, 0, 0, 0, 0]) "
        "+ b'[{\"declared\": {\"panels\": [7]}}, []]'[:32].ljust(32)); os._exit(0)",
        "sent a head that is no JSON",
    ),
    "lies_well": (
        "import os; os.write(3, bytes([0, 0, 0, 35, 0, 0, 0, 0]) "
        "+ b'[{\"declared\": {\"panels\": [7]}}, []]'.ljust(35)); os._exit(0)",
        "panels: what it declares cannot be read",
    ),
}  # fmt: skip


def test_refusals_are_the_same_inside_and_outside(town: Callable[..., Town]) -> None:
    here = town()
    for name, code in WRONG.items():
        here.plugin(name, code.replace("x.p", f"{name}.p"))
    inside, outside = here.load(isolated=False), here.load()
    for name in WRONG:
        assert reason(outside, name) == reason(inside, name)
        assert "\n" not in reason(outside, name)


def test_a_plugin_that_falls_while_it_is_loaded_is_refused_with_the_reason(
    town: Callable[..., Town],
) -> None:
    here = town(plugin_describe_seconds=1, plugin_memory_mb=200)
    for name, (code, _) in GONE.items():
        here.plugin(name, code)
    here.plugin("good", hook("channels", "return [Channel('ok', Text('好'))]"),
                provides=["channels"])  # fmt: skip
    registry = here.load()
    assert "ok" in registry.channels
    for name, (_, words) in GONE.items():
        line = reason(registry, name).replace("__init__.py:3:", "__init__.py:")
        assert line == f"{here.folder.name}/{name}/__init__.py: {words}"


def test_whatever_a_plugin_declares_comes_through(town: Callable[..., Town]) -> None:
    here = town()
    for provided in GOOD:
        if provided not in ("city", "sources"):
            code = GOOD[provided].replace("x.", f"{provided}.")
            here.plugin(provided, hook(provided, f"return {code}"), provides=[provided])
    inside, outside = here.load(isolated=False), here.load()
    assert {s.name: s.reason for s in outside.states if s.state != "ok"} == {}
    assert inside.channels == outside.channels and inside.indices == outside.indices
    assert {k: r.item.title for k, r in inside.matters.items()} == {
        k: r.item.title for k, r in outside.matters.items()
    }
    assert inside.panels.keys() == outside.panels.keys()


def test_only_a_trusted_plugin_gives_a_city(town: Callable[..., Town]) -> None:
    here = town()
    here.plugin("x", hook("city", f"return {GOOD['city']}"), provides=["city"])
    assert "name it in the setting trusted_plugins" in reason(here.load(), "x")


@pytest.mark.parametrize("table", ["memory_mb = 10", "calls = 2", "describe_seconds = 0"])
def test_limits_that_cannot_be_are_refused_by_their_key(
    town: Callable[..., Town], tmp_path: object, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    here = town()
    here.plugin("x", hook("panels", f"return {GOOD['panels']}"))
    monkeypatch.chdir(here.folder)
    (here.folder / "commandcenter.toml").write_text(f"[plugin.x.limits]\n{table}\n")
    line = reason(here.load(), "x")
    assert f"commandcenter.toml: plugin.x.limits.{table.split()[0]}: " in line


def test_a_plugin_that_is_still_the_same_is_not_asked_again(town: Callable[..., Town]) -> None:
    here = town()
    code = hook("channels", "return [Channel('one', Text('一'))]")
    folder = here.plugin("x", code, provides=["channels"])
    assert "one" in here.load().channels
    asleep = here.sandbox._nursery = Nursery()
    assert "one" in here.load().channels
    assert asleep._running is None, "nothing was started for it"
    (folder / "__init__.py").write_text(HEAD + code.replace("'one'", "'two'"))
    assert "two" in here.load().channels and asleep._running is not None
    asleep.close()
