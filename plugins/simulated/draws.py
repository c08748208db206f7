"""What each draw of a case decides, and how often things go another way than the usual."""

from enum import IntEnum

LATE, REWORKED, REJECTED, SUPERVISED, SUPERVISED_LATE = 0.055, 0.035, 0.03, 0.008, 0.25
RETURNED, ESCALATED, HANDED_DOWN, SUSPENDED, CROSS = 0.025, 0.012, 0.3, 0.012, 0.01
"""HANDED_DOWN is the share of the escalated."""
RATED, PLEASED, REOPENED = 0.35, 0.9, 0.35
"""Of those whom citizens reported: how many are rated, and how many of these 4 or 5; of the rated
with 1 or 2 so many are opened again."""
UNCLASSIFIED, TWIN = 0.02, 0.012
"""Reports of citizens that no rule can classify; cases that somebody else reports as well."""
WHISTLED = 0.006


class Draw(IntEnum):
    """What each draw of a case decides; the numbers must stay, for plans are drawn again.

    Those with `_delay` use the number 100 above too, those of places the 16 from theirs.
    """

    CELL = 1
    MATTER = 2
    CHANNEL = 3
    REJECTED = 4
    FILING = 5
    DISPATCH = 6
    LATE = 7
    DURATION = 8
    TAKE_UP = 9
    REWORKED = 10
    REWORK = 11
    REWORK_LENGTH = 12
    SUPERVISED = 13
    SUPERVISION = 14
    VERIFICATION = 15
    CLOSING = 16
    TITLE = 17
    STORY = 18
    REPORTER = 19
    NAME = 20
    PHONE = 21
    PLACE = 22
    RETURNED = 40
    RETURN = 41
    DISPATCH_AGAIN = 42
    ESCALATED = 43
    ESCALATION = 44
    HANDED_DOWN = 45
    HANDING_DOWN = 46
    DISPATCH_ABOVE = 47
    SUSPENDED = 48
    SUSPENSION = 49
    SUSPENSION_LENGTH = 50
    CROSS = 51
    UNITS = 52
    SHARES = 53
    RATED = 56
    RATING = 57
    RATE = 58
    REOPENED = 59
    REOPEN = 60
    UNIT = 61
    NOTE = 62
    LAST = 63
    UNCLASSIFIED = 70
    TWIN = 71
    WHISTLED = 72
    CALLED = 200
    """The first of many: six for each unit that is called."""
