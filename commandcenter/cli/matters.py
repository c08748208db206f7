"""`matters`: the catalogue and its three lists, and the check of an edited table."""

from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import typer
from rich.console import Console
from rich.table import Table

from commandcenter.cli import catalogue_changes
from commandcenter.cli.plugins.deciding import decided
from commandcenter.domain.cells import Level
from commandcenter.domain.clocks import ClockKind
from commandcenter.domain.evidence import Evidence
from commandcenter.domain.matters import Matter, forbidden_at, of_duty, of_level
from commandcenter.errors import NotFound
from commandcenter.host import registry as host
from commandcenter.host.matter_table import Fault, Terms, checked
from commandcenter.sandbox.sandbox import Sandbox
from commandcenter.settings import Settings

CLOCKS = {
    ClockKind.URGENT: "紧急工作时", ClockKind.WORKING: "工作时", ClockKind.NATURAL: "小时",
}  # fmt: skip
PROOFS = {Evidence.NONE: "", Evidence.WORDS: "文字", Evidence.PHOTO: "照片"}


class Wanted(NamedTuple):
    """Which matters: of a level, of a duty, not for a level; empty for all."""

    level: str
    duty: str
    forbidden: str


def show(settings: Settings, wanted: Wanted) -> None:
    """List the matters in force as a server would load them now, with what operators decided.

    Each says which plugin gave it, for which districts, and which rules of plugins name it.
    """
    with closing(Sandbox(settings)) as sandbox:
        registry = host.load(settings, settings.city, decided(settings), isolation=sandbox)
    levels = registry.city.levels
    found = _chosen([each.item for each in registry.matters.values()], wanted, levels)
    table = Table(
        "编码", "大类", "小类", "事项", "时限", "责任单位", "层级", "自动派遣", "佐证",
        "自拟", "来源",
    )  # fmt: skip
    for matter in found:
        table.add_row(*_row(matter, levels), catalogue_changes.origin(registry, matter.code))
    Console().print(table)
    by_itself = sum(matter.dispatches_itself for matter in found)
    typer.echo(f"{len(found)} matters, {by_itself} dispatch by themselves")
    for line in catalogue_changes.told(settings, registry):
        typer.echo(line)


def _chosen(found: list[Matter], wanted: Wanted, levels: tuple[Level, ...]) -> list[Matter]:
    if wanted.level:
        found = of_level(found, _depth(wanted.level, levels))
    if wanted.duty:
        found = of_duty(found, wanted.duty)
    if wanted.forbidden:
        found = forbidden_at(found, _depth(wanted.forbidden, levels))
    return found


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
        PROOFS[matter.evidence], "是" if matter.invented else "",
    )  # fmt: skip


def _depth(key: str, levels: tuple[Level, ...]) -> int:
    names = [(level.key, level.title.zh) for level in levels]
    for depth, both in enumerate(names):
        if key in both:
            return depth
    raise NotFound(f"no level {key}; there are {', '.join(name for name, _ in names)}")
