"""Numbers, spans and instants as assets/kit-core.js says them, for pages drawn by the server."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from math import isfinite
from typing import Any, TypeGuard
from zoneinfo import ZoneInfo

from commandcenter.domain.clocks import SECOND, Millis
from commandcenter.host.words import Words

DASH = "—"
THIN = "\u2009"
MINUTE, HOUR, DAY = 60, 3600, 86400
FEW = 10
"""So many hours or days are said with the minutes or hours over them."""


@dataclass(frozen=True, slots=True)
class Moment:
    """For whom and when a page is drawn; `now` is the city's time, `looks` what is in force."""

    words: Words
    zone: ZoneInfo
    now: Millis
    looks: frozenset[str] = frozenset()

    @property
    def day(self) -> date:
        """The city's day."""
        return datetime.fromtimestamp(self.now / SECOND, self.zone).date()

    def span(self, seconds: float) -> str:
        """Return how long something takes, in quiet words."""
        words, s = self.words, max(0, int(seconds))
        if s < MINUTE:
            return words("{n} 秒", n=s)
        if s < HOUR:
            return words("{n} 分", n=s // MINUTE)
        if s < DAY:
            h, m = s // HOUR, s % HOUR // MINUTE
            return words("{h} 时 {m} 分", h=h, m=m) if m and h < FEW else words("{n} 时", n=h)
        d, h = s // DAY, s % DAY // HOUR
        return words("{d} 天 {h} 时", d=d, h=h) if h and d < FEW else words("{n} 天", n=d)

    def age(self, at: Any) -> str:
        """Return how long ago an instant was, or how long it is until then."""
        if not is_number(at):
            return DASH
        seconds = (self.now - at) / SECOND
        return (
            self.span(seconds)
            if seconds >= 0
            else self.words("余 {span}", span=self.span(-seconds))
        )

    def time(self, at: Any) -> str:
        """Return an instant as the clock shows it."""
        if not is_number(at):
            return DASH
        return datetime.fromtimestamp(at / SECOND, self.zone).strftime("%H:%M:%S")


def is_number(value: object) -> TypeGuard[int | float]:
    """Tell whether a value is known and a number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def number(value: Any, digits: int = 0) -> str:
    """Return a number in groups of three; a dash for what is not known."""
    if not is_number(value):
        return DASH
    # Half goes up, as in a browser.
    step = Decimal(1).scaleb(-digits)
    size = Decimal(abs(value)).quantize(step, ROUND_HALF_UP)
    said = f"{size:,.{digits}f}".replace(",", THIN)
    return f"−{said}" if value < 0 and size else said


def plain_number(value: Any) -> str:
    """Return a whole number whole, any other with one digit."""
    return number(value, 0 if is_number(value) and float(value).is_integer() else 1)


def percent(value: Any) -> str:
    """Return a share as a percentage."""
    return f"{number(value * 100, 1)}{THIN}%" if is_number(value) else DASH
