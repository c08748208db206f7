"""The serving mode of a plugin's process: it renders and grades, one call after another.

Heads of frames that come: {"do": "world", "key": ..}, {"do": "words", ..}, {"do": "render", ..} and
{"do": "grade", ..}. The first two are answered {"known": true}. A call is answered {"done": ..},
{"failed": reason, ..} or {"memory": true}.
"""

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commandcenter.errors import PluginError
from commandcenter.host.admission import Items
from commandcenter.host.guard import short_reason
from commandcenter.host.panel import Panel, RiskRule
from commandcenter.host.values import check_values
from commandcenter.host.words import Words
from commandcenter.sandbox.asked import LONGEST_WORDS, MOST_EXPLAINED, MOST_USED
from commandcenter.sandbox.placed import reason_of
from commandcenter.sandbox.spec import Spec
from commandcenter.sandbox.viewing import AskingView, Line, known, words_of
from commandcenter.sandbox.wire import Buffer, Ended, Frame, Wire
from commandcenter.sandbox.world import World, read

LONGEST_TRACE = 4000
Answered = tuple[dict[str, Any], Sequence[Buffer]]


def serve(wire: Wire, spec: Spec, items: Items) -> None:
    """Answer calls until the server closes the connection."""
    served = Served(wire, spec, items)
    while True:
        served.take(wire.receive())


@dataclass
class Served:
    """What a process has to answer calls with."""

    wire: Wire
    spec: Spec
    items: Items
    worlds: dict[str, World] = field(default_factory=dict)
    words: Mapping[str, Words] = field(default_factory=lambda: words_of({}))

    def take(self, frame: Frame) -> None:
        """Do what a frame says."""
        match frame.head["do"]:
            case "world":
                self.worlds[frame.head["key"]] = read(frame)
                self.wire.send({"known": True})
            case "words":
                self.words = words_of(frame.head["words"], self.spec.plugin.folder)
                self.wire.send({"known": True})
            case "render":
                self.call(frame, self.render)
            case "grade":
                self.call(frame, self.grade)

    def call(self, frame: Frame, answer: Any) -> None:
        """Answer one call, whatever the plugin does in it."""
        try:
            head, buffers = answer(frame)
            self.wire.send(head, buffers)
        except Ended:
            raise
        except MemoryError:
            self.wire.send({"memory": True})
        except BaseException as error:  # exit() and Ctrl-C of a plugin too
            reason = reason_of(error, self.spec)
            self.wire.send({"failed": reason, "trace": _trace(error)})

    def render(self, frame: Frame) -> Answered:
        """Return the values of a panel's parts, each as JSON."""
        panel: Panel = self.items["panels"][frame.head["part"]].item
        view, line = self._view(frame)
        try:
            values = check_values(panel, panel.render(view))
        finally:
            line.close()
        return {"done": list(values), "used": _used(line)}, list(values.values())

    def grade(self, frame: Frame) -> Answered:
        """Return the levels of a rule's cells, and why, for those that differ from the last."""
        rule: RiskRule = self.items["risk_rules"][frame.head["part"]].item
        view, line = self._view(frame)
        try:
            levels = _levels(rule.grade(view))
            last = np.asarray(frame.buffers[-1])
            words = {at: _explain(rule, view, at) for at in _changed(levels, last, view.first)}
        finally:
            line.close()
        return {"done": list(words.items()), "used": _used(line)}, [levels]

    def _view(self, frame: Frame) -> tuple[AskingView, Line]:
        about = frame.head["view"]
        line = Line(self.wire, known(frame))
        return AskingView(self.worlds[about["world"]], about, self.words, line), line


def _used(line: Line) -> Sequence[Sequence[Any]]:
    return list(line.used)[:MOST_USED]


def _levels(given: object) -> NDArray[Any]:
    levels = np.asarray(given)
    if levels.dtype.kind not in "iu" or levels.ndim != 1:
        raise PluginError(f"grade gave {levels.dtype} {levels.shape}, wanted whole numbers")
    return levels


def _changed(levels: NDArray[Any], last: NDArray[Any], first: int) -> list[int]:
    """Return the positions that are to be explained, the highest levels first."""
    if levels.shape != last.shape:
        return []
    changed = np.flatnonzero((levels != last) & (levels > 0))
    order = np.argsort(-levels[changed].astype(np.int64), kind="stable")
    return [int(at) + first for at in changed[order][:MOST_EXPLAINED]]


def _explain(rule: RiskRule, view: AskingView, at: int) -> str:
    try:
        words: object = rule.explain(view, at)
    except (Exception, SystemExit) as error:
        return short_reason(error)[:LONGEST_WORDS]
    if not isinstance(words, str):
        return f"explain gave {type(words).__name__}, wanted words"
    return words[:LONGEST_WORDS].encode(errors="replace").decode()


def _trace(error: BaseException) -> str:
    words = "".join(traceback.format_exception(error))
    return words[-LONGEST_TRACE:].encode(errors="replace").decode()
