"""Writes docs/case-loop.md from the table of legal moves: python docs/case_loop.py."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from commandcenter.domain.cases import OPEN, REOPENED_WITHIN, TABLE, Mark, Rule, State
from commandcenter.domain.clocks import DAY, HOUR, ClockAct
from commandcenter.domain.escalation import RULES
from commandcenter.domain.evidence import Evidence
from commandcenter.domain.roles import ROLE_TITLES
from commandcenter.domain.state_titles import STATE_TITLES

PAGE = Path(__file__).with_name("case-loop.md")
CLOCKS = {
    ClockAct.FILING: "starts filing, 15 min",
    ClockAct.DISPATCH: "starts dispatch, 15 min",
    ClockAct.UNIT: "starts the matter's limit",
    ClockAct.VERIFICATION: "starts verification, 30 min",
    ClockAct.BACK: "the unit's again",
    ClockAct.PAUSE: "stands",
    ClockAct.RESUME: "runs on with what was left",
    ClockAct.KEEP: "",
    ClockAct.STOP: "ends",
}


def _rules() -> str:
    after = (f"level {rule.depth} after {rule.after // HOUR} h" for rule in RULES)
    return ", ".join(after)


def _proofs() -> str:
    asked = (f"*{each}* {' and a '.join(each.asks) or 'nothing'}" for each in Evidence)
    return ", ".join(asked)


HEAD = """# The loop of a case

Drawn from `TABLE` in `commandcenter/domain/cases.py` by `python docs/case_loop.py`; a test fails
when this page is not what the table says. `POST /api/v1/cases/{id}/commands` gives these commands,
see [api.md](api.md).

A command needs a role of its row, the case in the scope, and a scope that is not below the level
that holds the case. A unit officer acts on what the own unit has, whichever level holds it. Who is
of the unit that handled a case neither verifies nor closes it. A source says what was done
elsewhere: nothing is asked of it but that the move is legal.
"""
FOOT = f"""
## Beside the table

- Any command may come with evidence: links to pictures and papers, kept with who gave them.
- What `handle` needs as evidence its matter says, as it was when the case was filed: {_proofs()}.
  [The table of matters](matters.md) has it in a column.
- A cross case (三跨) is handled when all its parts are done; its lead hands it in. Each part
  belongs to one unit.
- Escalating ends at the city, handing down at the lowest level that coordinates. What has been
  moved stays with that level when it is dispatched again.
- A case is reopened once, within {REOPENED_WITHIN // DAY} days, and rated once.
- A case is merged into an open one that is not merged itself.
- What needs a unit or a matter may leave it out where a rule knows it.
- Marks are borne by open cases alone. Supervision is no mark: it stays until it is released.
- By rule, what a level has left lying goes up one level: {_rules()}.
"""


def page() -> str:
    """Return the page."""
    return "\n".join([HEAD, "```mermaid", *diagram(), "```", "", *table(), FOOT])


def diagram() -> Iterable[str]:
    """Yield the lines of a state diagram; commands that leave the state as it is are not in it."""
    arrows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for rule in TABLE:
        if rule.target is None:
            continue
        for source in rule.sources or ("[*]",):
            arrows[str(source), str(rule.target)].append(rule.command.value)
    yield "stateDiagram-v2"
    for state, title in STATE_TITLES.items():
        yield f"    {state}: {title.zh} {state}"
    for (source, target), commands in arrows.items():
        yield f"    {source} --> {target}: {', '.join(dict.fromkeys(commands))}"
    for state in (State.REJECTED, State.ASSESSED):
        yield f"    {state} --> [*]"


def table() -> Iterable[str]:
    """Yield the lines of the table."""
    yield "| command | from | to | who | needs | clock | marks |"
    yield "|---|---|---|---|---|---|---|"
    for rule in TABLE:
        cells = (
            f"`{rule.command}`", _states(rule.sources), rule.target or "the same", _who(rule),
            ", ".join(rule.needs), CLOCKS[rule.clock], _marks(rule),
        )  # fmt: skip
        yield f"| {' | '.join(cells)} |"


def _states(states: tuple[State, ...]) -> str:
    if set(states) == OPEN:
        return "any open state"
    if len(states) > len(OPEN):
        left = ", ".join(state for state in State if state not in states)
        return f"any but {left}"
    return ", ".join(states) or "nothing"


def _who(rule: Rule) -> str:
    return ", ".join(role for role in ROLE_TITLES if role in rule.roles) or "by rule alone"


def _marks(rule: Rule) -> str:
    names = [f"+{mark.name}" for mark in Mark if rule.sets & mark]
    names += [f"-{mark.name}" for mark in Mark if rule.clears & mark]
    return " ".join(names).lower()


if __name__ == "__main__":
    PAGE.write_text(page())
