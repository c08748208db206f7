"""A gentle stream: a few dozen cases at once, then one every few seconds, each moving on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from commandcenter.api import (
    HOUR,
    SECOND,
    Command,
    Delivery,
    Filing,
    Millis,
    Report,
    Source,
    SourceContext,
    Text,
    Update,
)

KEY = "devcity.stream"
FIRST = 60
"""Cases of the last hours that are there at once, in all states."""
HOURS = 6
EVERY = 3 * SECOND
STEP = (5 * SECOND, 40 * SECOND)
"""How long a case rests between two of its moves."""
MOVES = (
    Command.FILE, Command.DISPATCH, Command.TAKE_UP, Command.HANDLE, Command.VERIFY, Command.CLOSE,
)  # fmt: skip
MOST_OPEN = 200


@dataclass
class Case:
    """A case on its way: how many of its moves are made, and when the next one is."""

    key: str
    next_at: Millis
    made: int = 0


@dataclass
class Stream:
    """Makes up cases in the cells of a city."""

    context: SourceContext
    chance: Random = field(default_factory=lambda: Random(1))
    cases: list[Case] = field(default_factory=list)
    number: int = 0

    def past(self, now: Millis) -> list[Delivery]:
        """Return the cases of the last hours with the moves they have made since."""
        made: list[Delivery] = []
        for at in sorted(now - self.chance.randrange(HOURS * HOUR) for _ in range(FIRST)):
            made.append(self.begin(at))
            case = self.cases[-1]
            for _ in range(self.chance.randrange(len(MOVES) + 1)):
                made.append(self.move(case, min(case.next_at, now)))
        self.cases = [case for case in self.cases if case.made < len(MOVES)]
        return made

    def due(self, now: Millis) -> list[Delivery]:
        """Return the moves that are due, and a new case unless too many are open."""
        moved: list[Delivery] = [self.move(c, now) for c in self.cases if c.next_at <= now]
        self.cases = [case for case in self.cases if case.made < len(MOVES)]
        return [*moved, self.begin(now)] if len(self.cases) < MOST_OPEN else moved

    def begin(self, at: Millis) -> Filing:
        """Return a new case in some cell of the deepest level."""
        context, tree = self.context, self.context.tree
        leaves = tree.at_depth(tree.deepest)
        cell = tree.cells[int(leaves[self.chance.randrange(len(leaves))])]
        matter = self.chance.choice(sorted(context.matters))
        self.number += 1
        case = Case(f"{at}-{self.number}", at + self.chance.randint(*STEP))
        self.cases.append(case)
        report = Report(
            source=KEY, external_id=case.key, channel=self.chance.choice(sorted(context.channels)),
            title=context.matters[matter].title.zh, matter=matter, cell=cell.code,
            occurred_at=datetime.fromtimestamp(at / 1000, UTC),
        )  # fmt: skip
        return Filing(report, at)

    def move(self, case: Case, at: Millis) -> Update:
        """Return the next move of a case."""
        command = MOVES[case.made]
        case.made += 1
        case.next_at = at + self.chance.randint(*STEP)
        due = at + HOUR if command is Command.DISPATCH else None
        return Update(KEY, case.key, command, at, due=due)


def run(context: SourceContext) -> Iterator[Sequence[Delivery]]:
    """Yield made-up cases until the host says that it is enough."""
    stream = Stream(context)
    if context.last_at() is None:
        yield stream.past(context.now())
    while context.wait(context.now() + EVERY):
        yield stream.due(context.now())


SOURCE = Source(
    KEY, Text("演示案件", "Made-up cases"), run, interval=3 * EVERY / SECOND, simulated=True
)
