"""Every query takes the viewer: nobody can read cases without saying who looks."""

import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any, get_type_hints

import pytest

from commandcenter.cases import (
    commands,
    directive_queries,
    inspection_acts,
    inspections,
    queries,
    sources,
    whistle_queries,
)
from commandcenter.domain.viewers import Viewer
from commandcenter.store.store import Connection


def functions(module: ModuleType) -> list[Callable[..., Any]]:
    """Return the public functions that a module defines itself."""
    found = inspect.getmembers(module, inspect.isfunction)
    return [f for name, f in found if f.__module__ == module.__name__ and name[0] != "_"]


@pytest.mark.parametrize(
    "function",
    functions(queries) + functions(sources) + functions(commands)
    + functions(whistle_queries) + functions(directive_queries)
    + functions(inspections) + functions(inspection_acts),
    ids=lambda function: f"{function.__module__}.{function.__name__}",
)
def test_a_query_takes_connection_and_viewer_first(function: Callable[..., Any]) -> None:
    names = list(inspect.signature(function).parameters)
    hints = get_type_hints(function)
    assert names[:2] == ["connection", "viewer"], function.__qualname__
    assert (hints["connection"], hints["viewer"]) == (Connection, Viewer)


def test_the_modules_of_queries_are_not_empty() -> None:
    assert len(functions(queries)) >= 5 and len(functions(sources)) >= 3
