"""`matters`: the catalogue and its three lists, and the check of an edited table."""

from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from commandcenter.domain.cells import Level
from commandcenter.domain.clocks import ClockKind
from commandcenter.domain.matters import Matter, forbidden_at, of_duty, of_level
from commandcenter.errors import NotFound
from commandcenter.host import registry as host
from commandcenter.host.matter_table import Fault, Terms, checked
from commandcenter.settings import Settings

CLOCKS = {
    ClockKind.URGENT: "紧急工作时", ClockKind.WORKING: "工作时", ClockKind.NATURAL: "小时",
}  # fmt: skip


def show(settings: Settings, level: str, duty: str, forbidden: str) -> None:
    """List the matters of a level, of a duty, or that must not be given to a level."""
    registry = host.load(settings, settings.city)
    levels = registry.city.levels
    found = [registered.item for registered in registry.matters.values()]
    if level:
        found = of_level(found, _depth(level, levels))
    if duty:
        found = of_duty(found, duty)
    if forbidden:
        found = forbidden_at(found, _depth(forbidden, levels))
    table = Table("编码", "大类", "小类", "事项", "时限", "责任单位", "层级", "自动派遣", "自拟")
    for matter in found:
        table.add_row(*_row(matter, levels))
    Console().print(table)
    by_itself = sum(matter.dispatches_itself for matter in found)
    typer.echo(f"{len(found)} matters, {by_itself} dispatch by themselves")


def check(settings: Settings, path: Path) -> bool:
    """Say everything that is wrong with a table, by line and column; tell whether it can be used.

    Raises PluginError for a file that is no table.
    """
    registry = host.load(settings, settings.city)
    classes = {
        text.zh: text.en
        for found in registry.matters.values()
        for text in (found.item.group, found.item.subgroup)
    }
    terms = Terms.of(registry.city.levels, registry.city.duties, classes)
    rows = list(checked(path, terms))
    faults = [row for row in rows if isinstance(row, Fault)]
    for fault in faults:
        typer.echo(str(fault), err=True)
    good = [row for row in rows if isinstance(row, Matter)]
    by_itself = sum(matter.dispatches_itself for matter in good)
    typer.echo(f"{len(good)} matters, {by_itself} dispatch by themselves, {len(faults)} faults")
    return not faults


def _row(matter: Matter, levels: tuple[Level, ...]) -> tuple[str, ...]:
    return (
        matter.code, matter.group.zh, matter.subgroup.zh, matter.title.zh,
        f"{matter.limit.hours:g} {CLOCKS[matter.limit.clock]}", matter.duty,
        levels[matter.depth].title.zh, "是" if matter.dispatches_itself else "",
        "是" if matter.invented else "",
    )  # fmt: skip


def _depth(key: str, levels: tuple[Level, ...]) -> int:
    names = [(level.key, level.title.zh) for level in levels]
    for depth, both in enumerate(names):
        if key in both:
            return depth
    raise NotFound(f"no level {key}; there are {', '.join(name for name, _ in names)}")
