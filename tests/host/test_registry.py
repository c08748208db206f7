import inspect

import pytest

from commandcenter.api import Channel, Number, Panel, Text, hookimpl
from commandcenter.errors import PluginError
from commandcenter.host.hookspecs import Hooks
from commandcenter.host.manifest import PREFIX, PROVIDES
from commandcenter.host.registry import Registry
from commandcenter.testing import Plugin, small_plugin, small_registry, small_tree
from tests.host.folders import load_small, reason, write_plugin

GOOD = {
    "city": "City('c', Text('c'), (Level('city', Text('市')),), "
    "Calendar(__import__('zoneinfo').ZoneInfo('UTC')), '1', lambda p: None, Text('p'))",
    "sources": "[Source('x.s', Text('s'), lambda c: iter(()))]",
    "channels": "[Channel('x', Text('x'))]",
    "matters": "[Matter('M1', Text('m'), Text('g'), Text('s'), Limit.working_days(1), '城管', 1)]",
    "panels": "[Panel('x.p', Text('p'), (Number('n'),), lambda v: {})]",
    "risk_rules": "[RiskRule('x.r', Text('r'), lambda v: None, lambda v, at: '')]",
    "indices": "[Index('x.i', Text('i'), 'closed.on_time', 'closed', Text('f'))]",
    "routing_rules": "[RoutingRule('x.w', Text('w'), Text('r'), words=('w',), duty='城管')]",
    "classification_rules": "[ClassificationRule('x.c', Text('c'), Text('r'), 'E0101', ('w',))]",
}
WRONG_FIELD = {
    "city": (GOOD["city"].replace("'1'", "1"), "city 'c': digest = 1: "),
    "sources": ("[Source('x.s', 's', lambda c: iter(()))]", "source 'x.s': title = s: "),
    "channels": ("[Channel('a b', Text('x'))]", "channel 'a b': key = 'a b' must be 1 to 64"),
    "matters": (GOOD["matters"].replace("days(1)", "days(0)"), "matter 'M1': limit.hours = 0"),
    "panels": (GOOD["panels"].replace("Number('n'),", ""), "panel 'x.p': parts is empty"),
    "risk_rules": (GOOD["risk_rules"].replace("lambda v: None", "7"), "rule 'x.r': grade = 7: "),
    "indices": (GOOD["indices"].replace("'closed'", "'closd'"), "did you mean closed?"),
    "routing_rules": (GOOD["routing_rules"].replace(", duty='城管'", ""), "either unit or duty"),
    "classification_rules": (
        GOOD["classification_rules"].replace("('w',)", "words=('',)"), "holds an empty word",
    ),
}  # fmt: skip


def hook(provided: str, body: str, arguments: str = "") -> str:
    return f"@hookimpl\ndef register_{provided}({arguments}):\n    {body}\n"


def refused(tmp_path, provided: str, code: str) -> str:
    """Load a plugin `x` that must be refused, beside a good neighbour that must not."""
    write_plugin(tmp_path, "neighbour", hook("channels", "return [Channel('ok', Text('好'))]"),
                 provides=["channels"])  # fmt: skip
    write_plugin(tmp_path, "x", code, provides=[provided])
    registry = load_small(tmp_path)
    assert "ok" in registry.channels
    line = reason(registry, "x")
    assert "\n" not in line
    assert line.partition(":")[0].endswith(("x/__init__.py", "x/plugin.toml"))
    return line


def test_every_hook_is_among_the_misbehaving_ones():
    assert set(GOOD) == set(WRONG_FIELD) == set(PROVIDES)


@pytest.mark.parametrize("provided", PROVIDES)
def test_a_hook_that_behaves_is_taken(tmp_path, provided):
    write_plugin(tmp_path, "x", hook(provided, f"return {GOOD[provided]}"), provides=[provided])
    states = {state.name: state.state for state in load_small(tmp_path).states}
    assert states["x"] == "ok"


@pytest.mark.parametrize("provided", PROVIDES)
def test_a_hook_that_raises_is_refused_with_its_line(tmp_path, provided):
    line = refused(tmp_path, provided, hook(provided, "return 1 / 0"))
    assert f"register_{provided} raised ZeroDivisionError: division by zero (__init__.py:5)" in line


@pytest.mark.parametrize("provided", PROVIDES)
def test_a_hook_that_calls_exit_is_refused(tmp_path, provided):
    assert "raised SystemExit: 4" in refused(
        tmp_path, provided, hook(provided, "raise SystemExit(4)")
    )


@pytest.mark.parametrize("provided", PROVIDES)
@pytest.mark.parametrize("answer", ["None", "'words'", "7", "{}", "iter(())", "object()"])
def test_a_hook_that_answers_another_type_is_refused(tmp_path, provided, answer):
    line = refused(tmp_path, provided, hook(provided, f"return {answer}"))
    assert f"register_{provided}: " in line
    assert "is needed" in line


@pytest.mark.parametrize("provided", [name for name in PROVIDES if name != "city"])
def test_each_item_of_an_answer_is_checked(tmp_path, provided):
    answer = f"{GOOD[provided]} + [Text('no')]"
    line = refused(tmp_path, provided, hook(provided, f"return {answer}"))
    assert "item 1 is a Text, but " in line


@pytest.mark.parametrize("provided", PROVIDES)
def test_each_field_of_an_item_is_checked(tmp_path, provided):
    answer, fault = WRONG_FIELD[provided]
    assert fault in refused(tmp_path, provided, hook(provided, f"return {answer}"))


@pytest.mark.parametrize("provided", PROVIDES)
def test_a_hook_with_arguments_it_does_not_have_is_refused(tmp_path, provided):
    code = hook(provided, f"return {GOOD[provided]}", "settings, database")
    line = refused(tmp_path, provided, code)
    assert f"register_{provided}(settings, database) does not fit: it may take settings" in line


@pytest.mark.parametrize("provided", PROVIDES)
def test_a_hook_that_is_promised_but_not_implemented_is_refused(tmp_path, provided):
    code = hook(provided, f"return {GOOD[provided]}").replace("@hookimpl\n", "")
    line = refused(tmp_path, provided, code)
    assert line.endswith(
        f'x/plugin.toml: provides = "{provided}", '
        f"but __init__.py has no @hookimpl register_{provided}"
    )


@pytest.mark.parametrize("provided", PROVIDES)
def test_a_hook_that_is_implemented_but_not_promised_is_refused(tmp_path, provided):
    other = "panels" if provided != "panels" else "city"
    code = hook(provided, f"return {GOOD[provided]}") + hook(other, f"return {GOOD[other]}")
    assert f'provides lacks "{provided}"' in refused(tmp_path, other, code)


@pytest.mark.parametrize("provided", PROVIDES)
def test_a_wrapper_around_the_other_plugins_is_refused(tmp_path, provided):
    code = hook(provided, "return (yield)").replace("@hookimpl", "@hookimpl(wrapper=True)")
    assert f"register_{provided} is a wrapper" in refused(tmp_path, provided, code)


@pytest.mark.parametrize("provided", [name for name in PROVIDES if name != "panels"])
def test_a_key_that_another_plugin_has_is_refused(tmp_path, provided):
    code = hook(provided, f"return {GOOD[provided]}")
    write_plugin(tmp_path, "a", code, provides=[provided])
    line = refused(tmp_path, provided, code)
    assert 'is already given by plugin a; choose another key' in line


@pytest.mark.parametrize("provided", [name for name in PROVIDES if name != "city"])
def test_a_key_given_twice_by_one_plugin_is_refused(tmp_path, provided):
    code = hook(provided, f"return {GOOD[provided]} * 2")
    assert "is given twice" in refused(tmp_path, provided, code)


def test_a_panel_key_that_does_not_begin_with_the_plugin_is_refused(tmp_path):
    code = hook("panels", f"return {GOOD['panels']}".replace("x.p", "watch.pulse"))
    assert 'panel key "watch.pulse" must start with "x."' in refused(tmp_path, "panels", code)


def test_an_unknown_hook_is_refused_and_the_hooks_are_named(tmp_path):
    code = hook("panels", f"return {GOOD['panels']}") + hook("panles", "return []")
    line = refused(tmp_path, "panels", code)
    assert "register_panles is no hook; there are register_channels, register_city, " in line


@pytest.mark.parametrize(
    ("parts", "fault"),
    [
        ("(Number('n'), Bars('n'))", "part 'n' is given twice"),
        ("(Number('a b'),)", "part name = 'a b' must be"),
        ("(Number('n', span=3),)", "span = 3 must be 1 to 1"),
        ("[Number('n')]", "parts = [Number("),
        ("(Part('n'),)", "parts[0] = "),
        ("(Number('n', digits='2'),)", "parts[0].digits = 2: "),
        ("(Board('b', columns=(Column('k', Text('k'), form='date'),)),)", "columns[0].form = date"),
    ],
)
def test_a_panel_with_faulty_parts_is_refused(tmp_path, parts, fault):
    answer = GOOD["panels"].replace("(Number('n'),)", parts)
    assert fault in refused(tmp_path, "panels", hook("panels", f"return {answer}"))


def test_a_matter_below_the_citys_last_level_is_refused(tmp_path):
    answer = GOOD["matters"].replace("'城管', 1)", "'城管', 6)")
    line = refused(tmp_path, "matters", hook("matters", f"return {answer}"))
    assert 'matter "M1": depth = 6, the city has levels 0 to 5' in line


def test_a_refused_plugin_leaves_nothing_behind(tmp_path):
    code = hook("channels", "return [Channel('left', Text('l'))]") + hook("panels", "return 1 / 0")
    write_plugin(tmp_path, "x", code, provides=["channels", "panels"])
    registry = load_small(tmp_path)
    assert "left" not in registry.channels
    assert not registry.manager.has_plugin("x")


@pytest.mark.parametrize("fault", ["return 1 / 0", "return [5]"])
def test_a_core_plugin_that_misbehaves_stops_the_start(tmp_path, fault):
    write_plugin(tmp_path, "x", hook("panels", fault), core=True)
    with pytest.raises(PluginError, match=r"x/__init__\.py: register_panels"):
        load_small(tmp_path)


def test_a_district_cannot_take_a_key_from_the_core(tmp_path):
    write_plugin(tmp_path, "a", hook("channels", "return [Channel('k', Text('a'))]"),
                 provides=["channels"])  # fmt: skip
    write_plugin(tmp_path, "z", hook("channels", "return [Channel('k', Text('z'))]"),
                 provides=["channels"], core=True)  # fmt: skip
    registry = load_small(tmp_path)
    assert registry.channels["k"].plugin == "z"
    assert "already given by plugin z" in reason(registry, "a")


class Parks:
    def __init__(self, name: str = "parks") -> None:
        self.name = name

    @hookimpl
    def register_panels(self) -> list[Panel]:
        return [Panel(f"{self.name}.open", Text("公园"), (Number("n"),), lambda view: {})]


def test_each_item_is_stamped_with_plugin_and_districts():
    plugin = Plugin.of(Parks(), "parks", ["panels"], districts=["990102"])
    found = small_registry(plugin).panels["parks.open"]
    assert (found.plugin, found.districts) == ("parks", ("990102",))


def test_a_district_is_served_with_all_that_lies_under_it_and_nothing_else():
    tree = small_tree()
    plugin = Plugin.of(Parks(), "parks", ["panels"], districts=["990102", "990105"])
    found = small_registry(plugin).panels["parks.open"]
    served = {tree.cells[at].code[:6] for at in range(len(tree)) if found.serves(tree, at)}
    assert served == {"990102", "990105"}
    assert all(
        small_registry().channels["app"].serves(tree, at) for at in range(len(tree))
    )


@pytest.mark.parametrize("code", ["990199", "990102001", "990100"])
def test_a_plugin_for_what_is_no_district_of_the_city_is_refused(code):
    plugin = Plugin.of(Parks(), "parks", ["panels"], districts=["990102", code])
    registry = small_registry(plugin).placed_in(small_tree())
    assert not registry.panels
    assert f'districts = "{code}" is no cell' in reason(registry, "parks")
    assert "app" in registry.channels


def test_a_core_plugin_for_what_is_no_district_stops_the_start():
    plugin = Plugin.of(Parks(), "parks", ["panels"], districts=["1"], core=True)
    with pytest.raises(PluginError, match='districts = "1"'):
        small_registry(plugin).placed_in(small_tree())


def test_two_registries_in_one_process_share_nothing():
    one = small_registry(Plugin.of(Parks(), "parks", ["panels"]))
    two = small_registry(Plugin.of(Parks("woods"), "woods", ["panels"]))
    assert one.manager is not two.manager
    assert set(one.panels) == {"parks.open"}
    assert set(two.panels) == {"woods.open"}


def test_without_a_city_there_is_no_registry():
    with pytest.raises(PluginError, match="no plugin gives the city"):
        Registry.of([Plugin.of(Parks(), "parks", ["panels"])])


def test_of_several_cities_the_one_asked_for_is_taken():
    class Other:
        @hookimpl
        def register_city(self):
            return eval(GOOD["city"], vars(__import__("commandcenter.api", fromlist=["City"])))

    other = Plugin.of(Other(), "other", ["city"])
    assert Registry.of([small_plugin(), other], "small").city.key == "small"
    assert Registry.of([small_plugin(), other], "c").city.key == "c"
    with pytest.raises(PluginError, match="there are c, small"):
        Registry.of([small_plugin(), other])


def test_the_hooks_and_what_a_plugin_can_provide_are_the_same():
    hooks = [name for name, _ in inspect.getmembers(Hooks, inspect.isfunction)]
    assert sorted(PREFIX + name for name in PROVIDES) == sorted(hooks)


def test_plugins_of_one_name_are_refused_but_for_the_first():
    class Taxi:
        @hookimpl
        def register_channels(self):
            return [Channel("taxi", Text("出租车"))]

    registry = small_registry(
        Plugin.of(Parks("same"), "same", ["panels"]), Plugin.of(Taxi(), "same", ["channels"])
    )
    assert [s.state for s in registry.states if s.name == "same"] == ["ok", "failed"]
    assert registry.manager.has_plugin("same")
