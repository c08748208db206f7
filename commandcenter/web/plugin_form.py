"""The form of a plugin's settings: what is shown of each, and what a person has typed."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from commandcenter.domain.text import Text
from commandcenter.errors import PluginError
from commandcenter.host.discovery import OPTIONS
from commandcenter.host.options import read_typed, table_of, variable
from commandcenter.host.setting import Setting, Value
from commandcenter.store.plugins import Given

FLAG_WORDS = {"true": "是", "false": "否"}
ORIGINS = {"environment": "环境变量", "operator": "操作员", "file": "配置文件", "default": "默认值"}


@dataclass(frozen=True)
class Field:
    """One setting in the form; of a secret `typed` and `below` are empty whatever it is."""

    key: str
    setting: Setting
    title: Text
    origin: str
    typed: str
    below: str
    """What counts where nothing is typed."""
    is_given: bool
    fault: str = ""

    @property
    def is_fixed(self) -> bool:
        """Whether the environment gives it, against which no form can do anything."""
        return self.origin == "environment"

    @property
    def choices(self) -> tuple[str, ...]:
        """What can be chosen, none where it is typed."""
        if self.setting.type == "bool":
            return ("true", "false")
        return tuple(_words(choice) for choice in self.setting.choices)


@dataclass(frozen=True)
class Typed:
    """What a person asks for: values that were checked, keys to forget, and what is wrong."""

    values: Mapping[str, Value]
    forget: tuple[str, ...]
    faults: Mapping[str, str]


def fields(
    plugin: str,
    settings: Mapping[str, Setting],
    given: list[Given],
    faults: Mapping[str, str],
    sent: Mapping[str, str],
) -> list[Field]:
    """Return the form's fields with what is in force, or what was sent and not taken."""
    operators = {one.key: one for one in given}
    table = _table(plugin)
    found = []
    for key, setting in settings.items():
        named = variable(plugin, key)
        below = table.get(key, setting.initial)
        one = operators.get(key)
        shown = "" if setting.is_secret or one is None else _words(one.value)
        found.append(Field(
            key, setting, setting.title or Text(key, key),
            _origin(named in os.environ, one is not None, key in table),
            "" if setting.is_secret else sent.get(key, shown),
            "" if setting.is_secret else _words(below),
            named in os.environ or one is not None or key in table,
            faults.get(key, ""),
        ))  # fmt: skip
    return found


def read_form(plugin: str, settings: Mapping[str, Setting], sent: Mapping[str, str]) -> Typed:
    """Check what was sent: an empty field forgets what was set; an empty secret stays as it is."""
    values: dict[str, Value] = {}
    forget: list[str] = []
    faults: dict[str, str] = {}
    for key, setting in settings.items():
        words = sent.get(f"set.{key}")
        if sent.get(f"forget.{key}") or (words == "" and not setting.is_secret):
            forget.append(key)
        elif words:
            try:
                values[key] = read_typed(plugin, key, setting, words)
            except PluginError as error:
                faults[key] = str(error).removeprefix(f"{plugin}: ")
    return Typed(values, tuple(forget), faults)


def _origin(in_environment: bool, by_operator: bool, in_file: bool) -> str:
    if in_environment:
        return "environment"
    if by_operator:
        return "operator"
    return "file" if in_file else "default"


def _table(plugin: str, file: Path = OPTIONS) -> Mapping[str, object]:
    try:
        return table_of(plugin, file)
    except PluginError:
        return {}  # the workers say what is wrong with it


def _words(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
