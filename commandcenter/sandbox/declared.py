"""What a plugin declares, as plain data and back: its functions stay in the plugin's process."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError

from commandcenter.errors import PluginError
from commandcenter.host.admission import Items
from commandcenter.host.city import City
from commandcenter.host.contracts import EXPECTED
from commandcenter.host.hookspecs import hookimpl
from commandcenter.host.kit import AnyPart, Part
from commandcenter.host.manifest import PREFIX
from commandcenter.host.panel import Panel, RiskRule
from commandcenter.host.source import Source

Plain = dict[str, list[dict[str, Any]]]
CALLED: Mapping[Any, tuple[str, ...]] = {
    Panel: ("render",), RiskRule: ("grade", "explain"), Source: ("run",),
}  # fmt: skip
"""The functions of each kind of item, which are called where they are."""
LEFT_OUT: Mapping[Any, tuple[str, ...]] = {Source: ("history", "clock")}
"""What only trusted plugins have: the past of a demonstration, and the time of the whole city."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Stands for a function of a plugin that runs in a process of its own."""

    name: str

    def __call__(self, *_: object, **__: object) -> Any:
        """Raise: who calls it has not looked where the plugin runs."""
        raise PluginError(f"{self.name} runs in the process of its plugin and is asked there")


def plain(items: Items) -> Plain:
    """Return what a plugin has declared as plain data."""
    return {
        provided: [_plain(registered.item) for registered in found.values()]
        for provided, found in items.items()
    }


def hooks(declared: object) -> object:
    """Return an object whose hooks answer what was declared elsewhere; raises PluginError.

    What comes from a plugin's process is believed no more than an answer of its hooks.
    """
    if not isinstance(declared, dict) or not declared.keys() <= EXPECTED.keys():
        raise PluginError("what it declares cannot be read")
    answers = {PREFIX + name: list(_items(name, found)) for name, found in declared.items()}
    made = {name: _hook(name, answer) for name, answer in answers.items()}
    return type("Declared", (), made)()


def _hook(name: str, answer: list[Any]) -> "staticmethod[[], list[Any]]":
    def declare() -> list[Any]:
        return answer

    declare.__name__ = name
    return staticmethod(hookimpl(declare))


def _items(provided: str, found: object) -> Iterator[Any]:
    kind = EXPECTED[provided]
    if kind is City:
        raise PluginError(
            "only a plugin of the core or a trusted one can give a city: name it in the setting "
            "trusted_plugins"
        )
    if not isinstance(found, list):
        raise PluginError(f"{provided}: what it declares cannot be read")
    for data in found:
        try:
            yield _made(kind, data)
        except (ValidationError, TypeError, KeyError) as error:
            raise PluginError(f"{provided}: what it declares cannot be read") from error


def _plain(value: Any) -> Any:
    if isinstance(value, City):
        return {}
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        data = {f.name: _plain(getattr(value, f.name)) for f in fields(value) if f.init}
        return {**data, "kind": value.kind} if isinstance(value, Part) else data
    if isinstance(value, (list, tuple, frozenset, set)):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return None if callable(value) else value


def _made(kind: type[Any], data: Mapping[str, Any]) -> Any:
    known = {f.name for f in fields(kind) if f.init} - set(LEFT_OUT.get(kind, ()))
    called = CALLED.get(kind, ())
    values = {name: _field(kind, name, data[name]) for name in known - set(called)}
    key = str(data.get("key", ""))
    return kind(**values, **{name: Elsewhere(f"{name} of {key}") for name in called})


def _field(kind: type[Any], name: str, value: Any) -> Any:
    if kind is Panel and name == "parts":
        kinds = {part.kind: part for part in get_args(AnyPart)}
        return tuple(
            _made(kinds[part["kind"]], {k: v for k, v in part.items() if k != "kind"})
            for part in value
        )
    return _adapters(kind)[name].validate_python(value)  # type: ignore[arg-type]


# A pure function of a type: what it keeps cannot differ between two registries.
@cache
def _adapters(kind: Hashable) -> dict[str, TypeAdapter[Any]]:
    left = {*CALLED.get(kind, ()), *LEFT_OUT.get(kind, ())}
    hints = get_type_hints(kind)
    names = [f.name for f in fields(kind) if f.init and f.name not in left]  # type: ignore[arg-type]
    return {name: TypeAdapter(hints[name]) for name in names}
