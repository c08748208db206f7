"""A plugin's process: held to its limits, it loads the plugin, says what it declares, and serves.

First comes a `Spec` over the wire; the answer is {"declared": ...} or {"refused": words}. What
follows depends on the mode.
"""

import logging
import random
import socket
import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from commandcenter.errors import PluginError
from commandcenter.host.admission import Admission, Items
from commandcenter.host.discovery import import_code
from commandcenter.host.guard import Guard, short_reason
from commandcenter.sandbox import limits
from commandcenter.sandbox.declared import plain
from commandcenter.sandbox.serving import serve
from commandcenter.sandbox.sourcing import run_source
from commandcenter.sandbox.spec import DESCRIBE, SERVE, SOURCE, Spec
from commandcenter.sandbox.wire import FROM_CHILD, TO_CHILD, Ended, Wire

Mode = Callable[[Wire, Spec, Items], None]


def describe(wire: Wire, spec: Spec, items: Items) -> None:
    """Be done: what the plugin declares has been said."""


MODES: Mapping[str, Mode] = {DESCRIBE: describe, SERVE: serve, SOURCE: run_source}


def run(connection: socket.socket) -> None:
    """Do what the server says over the connection until it closes it."""
    wire = Wire(connection, TO_CHILD, FROM_CHILD)
    try:
        head = wire.receive().head
        spec = Spec.of(head)
        _settle(head)
        filtered = limits.apply(spec.memory_mb)
        items = _load(wire, spec)
        if items is not None:
            wire.send({"declared": plain(items), "filtered": filtered})
            MODES[spec.mode](wire, spec, items)
    except Ended:
        return


def _settle(head: Mapping[str, Any]) -> None:
    sys.path[:] = head["path"]
    # The folder may be signed or not ours, and a file that was just saved must not look old.
    sys.dont_write_bytecode = True
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", force=True)
    random.seed()
    np.random.seed()


def _load(wire: Wire, spec: Spec) -> Items | None:
    """Import the plugin and return what it declares; None once its refusal has been told."""
    try:
        return Admission(Guard()).declared(import_code(spec.plugin, spec.candidate))
    except PluginError as error:
        wire.send({"refused": str(error)})
    except MemoryError:
        wire.send({"memory": True})
    except Exception as error:
        wire.send({"refused": f"{spec.plugin.file('__init__.py')}: {short_reason(error)}"})
    return None
