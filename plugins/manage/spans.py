"""Spans of time in words."""

from commandcenter.api import View


def span(view: View, seconds: float) -> str:
    """Return a span in the largest units that say enough, as `2 时 5 分`."""
    minutes = int(seconds // 60)
    hours, days = minutes // 60, minutes // 1440
    if minutes < 1:
        return view.t("{n} 秒", n=int(seconds))
    if hours < 1:
        return view.t("{n} 分", n=minutes)
    if days < 1:
        return view.t("{h} 时 {m} 分", h=hours, m=minutes % 60)
    return view.t("{d} 天 {h} 时", d=days, h=hours % 24)
