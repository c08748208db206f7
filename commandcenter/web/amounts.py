"""Amounts as people read them."""

from commandcenter.host.words import Words


class Amounts:
    """Writes numbers, durations and sizes in the words of one language."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def count(self, number: float | None) -> str:
        """Return a number with thin spaces between its thousands."""
        if number is None:
            return "–"
        shown = f"{number:,.1f}" if 0 < number < 10 and number % 1 else f"{number:,.0f}"
        return shown.replace(",", "\u2009")

    def seconds(self, number: float | None) -> str:
        """Return a short duration."""
        if number is None:
            return "–"
        return f"{number * 1000:.1f} ms" if number < 1 else f"{number:.1f} s"

    def long(self, seconds: float) -> str:
        """Return a duration as people say it."""
        say = self._words
        if seconds < 120:
            return say("{n} 秒", n=int(seconds))
        if seconds < 7200:
            return say("{n} 分", n=int(seconds // 60))
        if seconds < 172800:
            return say("{n} 时", n=int(seconds // 3600))
        return say("{n} 天", n=int(seconds // 86400))

    def size(self, number: float | None) -> str:
        """Return a number of bytes."""
        if number is None:
            return "–"
        for unit in ("B", "kB", "MB"):
            if number < 1000:
                return f"{number:.0f} {unit}"
            number /= 1000
        return f"{number:.1f} GB"
