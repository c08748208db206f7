"""Panels of isolated plugins: the same values as inside, and every fault costs its tile alone."""

from collections.abc import Callable, Mapping

import pytest

from commandcenter.cases import commands, directives, whistles
from commandcenter.cases.commands import Instruction
from commandcenter.domain.cases import Command
from commandcenter.domain.clocks import HOUR
from commandcenter.domain.directives import Acknowledgement, Act, Order
from commandcenter.domain.whistles import Summons
from commandcenter.sandbox import keeper
from commandcenter.testing.stored import StoredCity
from tests.cases.coordination import ground_of, officer
from tests.sandbox.towns import EAST, Town, key

SEEN = """
    from dataclasses import replace

    import numpy as np

    def placed(line, view):
        return repr(replace(line, cell=0)) + view.tree.cells[line.cell].code

    def everything(view):
        cells = view.tree.cells
        told = {
            "tree": [(c.code, c.name, c.depth) for c in cells[view.first : view.last + 1]],
            "levels": [level.key for level in view.levels], "zone": str(view.calendar.zone),
            "scope": view.scope.code, "size": view.last - view.first, "now": view.now,
            "language": view.language, "clearance": view.clearance, "options": dict(view.options),
            "channels": sorted(view.channels),
            "matters": [m.code + m.title.en for m in view.matters.values() if m.limit.hours],
            "t": view.t("共{n}", n=3),
            "one": view.count("total"),
            "each": [view.count("open", at) for at in view.children()],
            "deep": view.count("total", view.last), "all": view.counts("total").tolist(),
            "hours": view.hours(),
            "recent": [None if a is None else a.tolist() for a in view.recent()],
            "age": view.step_age(State.DISPATCHED),
            "status": [(l.key, repr(s), s.reason.en) for l, s in view.level_status()],
            "loads": [repr(load) for load in view.unit_loads()],
            "newest": [(c.id, c.title, cells[c.cell].code, c.due) for c in view.newest(9)],
            "overdue": len(view.most_overdue(3)),
            "next": [placed(c, view) for c in view.next_due(2)],
            "supervised": [placed(c, view) for c in view.supervised_cases(3)],
            "cross": [placed(c, view) for c in view.marked(Mark.CROSS, 3)],
            "whistles": [placed(w, view) for w in view.whistles(3)],
            "directives": [repr(replace(d, cell=0)) for d in view.directives(3)],
            "progress": [view.directive_progress(d.id).tolist() for d in view.directives(3)],
            "late": [(cells[at].code, s) for d in view.directives(3)
                     for at, s in view.late_cells(d.id, 3)],
            "lists": repr(view.four_lists()), "unit": view.unit("990102-cg"),
            "nobody": view.unit("x"),
            "colours": view.colours().tolist(), "changes": view.colour_changes(5),
            "reason": view.reason(), "trend": view.colour_trend(2), "readings": view.readings(),
            "devices": view.devices(5), "staff": view.staff(), "here": view.units_here(5),
        }
        return {name: {"value": 0, "note": repr(value)[:1900]} for name, value in told.items()}

    NAMES = (
        "tree levels zone scope size now language clearance options channels matters t one each "
        "deep all hours recent age status loads newest overdue next supervised cross whistles "
        "directives progress late lists unit nobody colours changes reason trend readings "
        "devices staff here"
    ).split()

    @hookimpl
    def register_panels():
        parts = tuple(Number(name) for name in NAMES)
        return [Panel("{name}.p", Text("p"), parts, everything)]
"""


def coordinate(city: StoredCity, cell: str) -> None:
    """Whistle, order all grids, have one of them answer, share a case and supervise one."""
    who, ground, now = officer(city), ground_of(city), city.clock.now
    at = city.tree.position[cell]
    report = city.report("n9", cell=cell, matter="E0201")
    (case,) = city.accept(report)
    assert case.id is not None
    shared = Instruction(
        case.id, Command.ENGAGE, now, units=("990102-cg", "990102-hw"), lead="990102-hw"
    )
    supervised = Instruction(case.id, Command.SUPERVISE, now, note="急")
    order = Order(0, 4, "防汛巡查", deadline=now + HOUR)
    with city.store.write() as connection:
        commands.execute(connection, who, city.desk, city.matters, [shared, supervised])
    with city.store.write() as connection:
        summons = Summons(at, "夜市占道", ("990102-cg", "990102001-cg"), depth=2)
        whistles.blow(connection, who, ground, summons, now)
        number = directives.issue(connection, who, ground, order, now)
    grid = city.tree.ancestors(at)[4]
    with city.store.write() as connection:
        said = [Acknowledgement(grid, Act.DONE)]
        directives.acknowledge(connection, who, number, said, now)
    city.clock.now += 2 * HOUR


def test_a_panel_sees_and_says_the_same_as_inside(town: Callable[..., Town]) -> None:
    here = town(trusted_plugins="inside")
    for name in ("inside", "outside"):
        here.plugin(name, SEEN.replace("{name}", name))
    east = next(c.code for c in here.city.tree.cells if c.code.startswith(EAST) and c.depth == 5)
    for number in range(3):
        here.city.accept(here.city.report(f"n{number}", cell=east))
    here.city.advance("n0", Command.TAKE_UP)
    coordinate(here.city, east)
    here.start().watch(*(
        key(f"{name}.p", scope, language=language)
        for name in ("inside", "outside")
        for scope, language in ((EAST, "zh"), ("990102001", "en"))
    ))
    assert set(here.until_shown().values()) == {""}
    shown = {topic: tile.parts for topic, tile in here.tiles.items()}
    for topic, parts in shown.items():
        if topic.startswith("inside"):
            other = shown[topic.replace("inside", "outside")]
            differing = {name for name in parts if parts[name] != other[name]}
            assert differing <= {"t"}, {name: (parts[name], other[name]) for name in differing}
    said = {name: part["note"] for name, part in shown[key("outside.p")].items()}
    assert said["one"] == "4" and "990102-cg" in said["whistles"] and "990102-hw" in said["cross"]
    assert said["supervised"] != "[]" and "防汛巡查" in said["directives"]
    assert said["late"].count("990102") == 3 and said["nobody"] == "None"
    assert shown[key("outside.p", "990102001", language="en")]["t"]["note"] == "'all 3'"


HALF = "bytes([0, 0, 1, 0, 0, 0, 0, 0, 1])"
REFUSED = "PermissionError: [Errno 1] Operation not permitted"
SAYS = "PluginError: panel bad"
FAULTS = {
    "raises": ("1 / 0", "ZeroDivisionError: division by zero"),
    "exits": ("sys.exit(3)", "SystemExit: 3"),
    "stops": ("os._exit(3)", "ended with code 3"),
    "dies": ("os.kill(os.getpid(), signal.SIGKILL)", "ended by signal 9"),
    "crashes": ("ctypes.string_at(0)", "ended by signal 11"),
    "eats": ("np.ones(10**9)", "used more than 128 MB"),
    "maps": ("mapped(300)", "used more than 128 MB"),
    "forks": ("os.fork()", REFUSED),
    "spawns": ("subprocess.run(['true'])", REFUSED),
    "shoots": ("os.kill(os.getppid(), 9)", REFUSED),
    "hangs_up": ("os.closerange(3, 99) or time.sleep(60)", "closed its connection"),
    "babbles": ("os.write(3, b'\\xff' * 4000)", "sent more than 4 MB at once"),
    "garbles": ("os.write(3, b'\\0\\0\\0\\t' + bytes(4) + b'{not json')", "sent a head that is no"),
    "pickles": ("os.write(3, pickle.dumps(os.getpid))", "sent more than 4 MB at once"),
    "asks": ("view._line._asked(['no'])", "PluginError: the view was asked what"),
    "pesters": ("pester(view)", "asked more than 50 questions"),
    "nan": ("{'n': {'value': float('nan')}}", f"{SAYS}.nan: part n (Number): value.value = nan"),
    "script": ("{'n': {'html': '<script>'}}", f"{SAYS}.script: part n (Number): value"),
    "much": ("{'words': 'x' * 3_000_000}", f"{SAYS}.much: part words (Note): value = "),
    "nothing": ("None", f"{SAYS}.nothing: render returned None, not a mapping"),
}  # fmt: skip
HANGS = {
    "hangs": ("time.sleep(60)", "took longer than 0.3 s"),
    "loops": ("any(0 for _ in iter(int, 1))", "took longer than 0.3 s"),
    "holds": ("ctypes.PyDLL(None).sleep(60)", "took longer than 0.3 s"),
    "swallows": ("swallow()", "took longer than 0.3 s"),
    "halves": (f"os.write(3, {HALF}) and time.sleep(60)", "took longer than 0.3 s"),
}
BAD = """
    import ctypes, mmap, os, pickle, signal, subprocess, sys, threading, time
    from pathlib import Path
    import numpy as np

    WELL = Path(__file__).with_name("well")

    def swallow():
        while True:
            try:
                time.sleep(60)
            except BaseException:
                pass

    def mapped(megabytes):
        shared = mmap.mmap(-1, megabytes << 20)  # shared memory is not under the limit of data
        piece = bytes(4 << 20)
        for at in range(0, len(shared), len(piece)):
            shared[at : at + len(piece)] = piece
        time.sleep(60)

    def pester(view):
        for number in range(5000):
            try:
                view.count(f"no{number}")
            except KeyError:
                pass

    def panel(name, act):
        def render(view):
            if WELL.exists():
                return {"n": {"value": view.count("total")}}
            return act(view)

        return Panel(f"bad.{name}", Text(name), (Number("n"), Note("words")), render)

    @hookimpl
    def register_panels():
        return [panel(name, act) for name, act in ACTS.items()]
"""
GOOD = """
    def render(view):
        return {"n": {"value": view.count("total")}}

    @hookimpl
    def register_panels():
        return [Panel("good.p", Text("p"), (Number("n"),), render)]
"""


def acts(faults: Mapping[str, tuple[str, str]]) -> str:
    lines = "".join(f'        "{n}": lambda view: {code},\n' for n, (code, _) in faults.items())
    return f"{BAD}\n    ACTS = {{\n{lines}    }}\n"


def test_every_fault_costs_its_tile_alone_and_heals(
    town: Callable[..., Town], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "MOST_QUESTIONS", 50)
    here = town(plugin_memory_mb=128)
    folders = [
        here.plugin("slow", acts(HANGS).replace("bad.", "slow.")),
        here.plugin("bad", acts(FAULTS)),
    ]
    here.plugin("good", GOOD)
    monkeypatch.chdir(here.folder)
    (here.folder / "commandcenter.toml").write_text("[plugin.slow.limits]\ncall_seconds = 0.3")
    topics = [f"bad.{name}" for name in FAULTS] + [f"slow.{name}" for name in HANGS]
    here.start().watch(key("good.p"), *(key(topic) for topic in topics))
    told = here.until_shown()
    expected = [*(words for _, words in FAULTS.values()), *(words for _, words in HANGS.values())]
    wrong = {t: told[t] for t, w in zip(topics, expected, strict=True) if not told[t].startswith(w)}
    assert wrong == {} and told["good.p"] == ""
    for folder in folders:
        (folder / "well").touch()
    here.city.accept(here.city.report("one", cell=EAST))
    here.until_well()
    assert {tile.parts["n"]["value"] for tile in here.tiles.values()} == {1}
    assert here.tiles[key("good.p")].history == ["ok", "ok"]


def test_a_plugins_own_words_win_over_those_of_others(town: Callable[..., Town]) -> None:
    here = town()
    code = """
    @hookimpl
    def register_panels():
        says = lambda view: {"note": view.t("共{n}", n=3)}
        return [Panel("own.p", Text("p"), (Note("note"),), says)]
    """
    folder = here.plugin("own", code)
    (folder / "locale").mkdir()
    (folder / "locale" / "en.po").write_text('msgid "共{n}"\nmsgstr "{n} in sum"\n', "utf-8")
    here.start().watch(key("own.p", language="en"))
    here.until(lambda: "note" in here.tiles[key("own.p", language="en")].parts)
    assert here.tiles[key("own.p", language="en")].parts["note"] == "3 in sum"
