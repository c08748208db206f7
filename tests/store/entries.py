"""A move as the tests of the log write it."""

from commandcenter.domain.cases import Command, Facts, State
from commandcenter.domain.clocks import Millis
from commandcenter.store.log import Entry
from commandcenter.testing.stored import MONDAY


def entry(case_id: int, at: Millis = MONDAY) -> Entry:
    """The first move of a case, reported at an instant."""
    facts = Facts(3, State.REPORTED, 2, at, at + 1)
    return Entry(case_id, Command.REPORT, at, "test", "app", None, None, facts)
