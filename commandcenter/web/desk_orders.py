"""Commands given at the desk: what a form offers, and what came of it, case by case.

They go the way of POST /api/v1/cases/{id}/commands: the same table, the same group commit, the
version that was shown, and a key under which the same form is carried out once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson
from dash import Dash, Input, Output, State, no_update
from dash.development.base_component import Component

from commandcenter.cases import matter_versions, queries, queues
from commandcenter.cases.answers import Token
from commandcenter.cases.commands import Outcome
from commandcenter.cases.instructions import Exhibit, Instruction
from commandcenter.cases.queues import QueueLine
from commandcenter.domain.audit import AuditKind
from commandcenter.domain.cases import Command, Need
from commandcenter.domain.classification import Said
from commandcenter.domain.evidence import Evidence
from commandcenter.domain.rights import Block, Right
from commandcenter.domain.routing import Asked
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import Conflict, Forbidden, IllegalMove, Invalid, NotFound
from commandcenter.screen.desk_answers import Answered, answers_of, form_head, nearest_units
from commandcenter.screen.desk_commands import TITLES, needs_of
from commandcenter.screen.desk_fields import units_of_places
from commandcenter.screen.tablet import Surroundings
from commandcenter.web import places
from commandcenter.web.commander import Job
from commandcenter.web.desk_asked import opened_of
from commandcenter.web.permission import needs
from commandcenter.web.places import desk_viewer
from commandcenter.web.services import Services

MOST = 200
"""Cases of one command at most."""
LONGEST_NOTE = 1000
LONGEST_LINK = 2000
MOST_EXHIBITS = 20
FIELDS = ("note", "to", "with", "lead", "as", "master", "rating", "evidence")
OK = 200


@dataclass(frozen=True, slots=True)
class Acting:
    """A form: its command, the cases with the versions that were shown, its key."""

    command: Command
    cases: tuple[tuple[int, int], ...]
    key: str

    @classmethod
    def of(cls, given: object) -> "Acting | None":
        """Read what the page tells; None for what is no form."""
        if not isinstance(given, dict) or given.get("command") not in tuple(TITLES):
            return None
        found = [
            (int(number), case["version"])
            for case in (given.get("cases") or [])[:MOST]
            if isinstance(case, dict) and isinstance(case.get("version"), int)
            and (number := opened_of(case.get("id")))
        ]  # fmt: skip
        key = given.get("key")
        if not found or not isinstance(key, str) or not 8 <= len(key) <= 64:
            return None
        return cls(Command(given["command"]), tuple(found), key)


class Orders:
    """Fills the form of a command, and gives the command."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def register(self, dash: Dash) -> None:
        """Make the callbacks known."""
        dash.callback(
            Output("desk-form-head", "children"), Output("desk-nearest", "children"),
            Output("desk-to", "data"), Output("desk-with", "data"), Output("desk-lead", "data"),
            Output("desk-to", "value"), Output("desk-as", "value"),
            Output("desk-answer", "children"),
            Input("desk", "acting"), State("desk-to", "value"), State("desk-as", "value"),
            prevent_initial_call=True,
        )(self.begin)  # fmt: skip
        dash.callback(
            Output("desk-answer", "children", allow_duplicate=True), Output("desk", "done"),
            Input("desk", "run"), *(State(f"desk-{name}", "value") for name in FIELDS),
            prevent_initial_call=True,
        )(self.run)  # fmt: skip

    @needs(Right.COMMAND, block=Block.CASES)
    def begin(self, given: object, to: object, matter: object) -> Any:
        """Return what a form shows of its cases; what was typed or chosen in it stays."""
        viewer = desk_viewer()
        acting = Acting.of(given)
        if acting is None:
            return ["", [], [], [], [], None, None, []]
        if isinstance(given, dict) and given.get("again"):
            return (no_update,) * 8
        around = places.surroundings(self._services, viewer)
        ids = [number for number, _ in acting.cases]
        with self._services.store.read() as connection:
            lines = queues.lines(connection, viewer, ids)
            one = lines[0] if len(lines) == 1 else None
            likely = self._likeliest(connection, viewer, one) if one else []
            asks = self._asks(connection, acting.command, [line.id for line in lines])
        units = [
            {"value": key, "label": name}
            for key, name in units_of_places(around, (line.cell for line in lines))
        ]
        allowed = {unit["value"] for unit in units}
        chosen = to if to in allowed else likely[0][0] if likely else None
        left = given.get("left") if isinstance(given, dict) else 0
        others = left if isinstance(left, int) else 0
        head = form_head(around, acting.command, lines, (others, asks))
        return [
            head, nearest_units(around, likely), units, units, units, chosen,
            matter or (one.matter if one else None), [],
        ]  # fmt: skip

    def _asks(self, connection: Any, command: Command, ids: Sequence[int]) -> Sequence[str]:
        """Return what evidence must come with a command."""
        if Need.EVIDENCE not in needs_of(command):
            return ()
        rules = self._services.intake.rules
        current = rules.matters, rules.desk.versions
        return Evidence.all_of(matter_versions.evidence_of(connection, current, ids))

    def _likeliest(
        self, connection: Any, viewer: Viewer, line: QueueLine
    ) -> list[tuple[str, str, str]]:
        """Return code, title and reason of the three units that are likeliest responsible."""
        rules, intake = self._services.intake.rules, self._services.intake
        case = queries.case(connection, viewer, line.id)
        said = Said(line.title, case.description or "", line.cell, line.channel)
        known = rules.matters.get(line.matter or "")
        matters = [] if known else intake.classifier.likeliest(said)
        asked = Asked(known, line.cell, line.channel, said.title, said.description)
        return [
            (each.unit.code, each.unit.title.in_language(viewer.language), each.reason)
            for each in rules.desk.likeliest(asked, matters)
        ]

    @needs(Right.COMMAND, block=Block.CASES)
    def run(self, given: object, *values: object) -> Any:
        """Give a command to all cases of a form; each has an answer of its own."""
        viewer = desk_viewer()
        acting = Acting.of(given)
        around = places.surroundings(self._services, viewer)
        n = given.get("n", 0) if isinstance(given, dict) else 0
        if acting is None:
            return no_update, {"n": n}
        fields = dict(zip(FIELDS, values, strict=True))
        try:
            answered = self._give(viewer, acting, fields)
        except Invalid as error:
            return [around.words("没有执行：{why}", why=str(error))], {"n": n}
        return self._said(around, acting, answered, n)

    def _said(
        self, around: Surroundings, acting: Acting, answered: Sequence[Answered], n: int
    ) -> tuple[list[Component], dict[str, Any]]:
        """Return the answers in words, and what the page's script goes on with."""
        with self._services.store.read() as connection:
            refused = [each for each in answered if not each.is_done]
            ids = [each.case_id for each in refused]
            now = {line.id: line for line in queues.lines(connection, around.viewer, ids)}
            since = {
                each.case_id: queries.steps(connection, around.viewer, each.case_id)
                for each in refused
                if each.kind == "conflict" and each.case_id in now
            }
        shown = dict(acting.cases)
        closes = not refused
        title = TITLES[acting.command].in_language(around.language)
        done = {
            "n": n,
            "closes": closes,
            "good": [str(each.case_id) for each in answered if each.is_done],
            "cases": [
                {"id": str(line.id), "version": line.version} for line in now.values()
            ],
            "said": around.words("{title}：{n} 件", title=title, n=len(answered))
            if closes else "",
        }  # fmt: skip
        return answers_of(around, acting.command, answered, (now, since, shown)), done

    def _give(self, viewer: Viewer, acting: Acting, fields: dict[str, Any]) -> list[Answered]:
        told = _fields(acting.command, fields)
        entry = self._services.auditing.entry(
            AuditKind.COMMANDED, "", {"command": acting.command.value, "by": "desk"}
        )
        jobs = [
            Job(
                viewer,
                Instruction(number, acting.command, 0, version=version, **told),
                _rendered,
                _token(viewer, acting, number, (version, told)),
                entry,
            )
            for number, version in acting.cases
        ]
        return [Answered(**orjson.loads(body)) for _, body in self._services.commander.give(*jobs)]



def _token(viewer: Viewer, acting: Acting, number: int, asked: object) -> Token:
    digest = sha256(repr((acting.command, number, asked)).encode()).hexdigest()
    return Token(f"desk:{viewer.name}"[:80], f"{acting.key}:{number}", digest)


def _fields(command: Command, given: dict[str, Any]) -> dict[str, Any]:
    """Return what a command takes of a form's fields; the others were left from another one."""
    note = _text(given["note"], LONGEST_NOTE)
    told: dict[str, Any] = {"note": note}
    if command is Command.FILE:
        told["matter"] = _text(given["as"], 64) or None
    if command is Command.DISPATCH:
        told["unit"] = _text(given["to"], 64) or None
    if command is Command.ENGAGE:
        units = given["with"] if isinstance(given["with"], list) else []
        told["units"] = tuple(str(unit)[:64] for unit in units[:20])
        told["lead"] = _text(given["lead"], 64) or None
    if command is Command.MERGE:
        number = opened_of(_text(given["master"], 20).lstrip("#"))
        told["master"] = int(number) if number else None
    if command is Command.RATE:
        rating = _text(given["rating"], 1)
        told["rating"] = int(rating) if rating.isdecimal() else None
    links = _text(given["evidence"], LONGEST_LINK * MOST_EXHIBITS).split()
    told["evidence"] = tuple(Exhibit(link[:LONGEST_LINK]) for link in links[:MOST_EXHIBITS])
    return told


def _text(given: object, longest: int) -> str:
    return given.strip()[:longest] if isinstance(given, str) else ""


def _rendered(outcome: Outcome) -> tuple[int, str]:
    """Return an outcome as it is kept under its key."""
    refusal = outcome.refusal
    kinds = {Conflict: "conflict", IllegalMove: "illegal", Forbidden: "forbidden",
             NotFound: "gone", Invalid: "invalid"}  # fmt: skip
    kind = next((name for error, name in kinds.items() if isinstance(refusal, error)), "")
    said = {
        "case_id": outcome.instruction.case_id,
        "kind": kind,
        "why": str(refusal) if refusal else "",
        "field": getattr(refusal, "field", ""),
        "state": outcome.facts.state.value if outcome.facts else "",
    }
    return OK, orjson.dumps(said).decode()
