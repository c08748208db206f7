"""Through which channels today's reports came."""

from typing import Any

from commandcenter.api import Bars, Panel, Text, View


def channels_panel() -> Panel:
    """A bar for each channel, the busiest first."""
    return Panel(
        "watch.channels", Text("渠道", "Channels"), (Bars("channels", grow=True),), render,
        pace="charts",
    )  # fmt: skip


def render(view: View) -> dict[str, Any]:
    """Return today's reports by channel with their share."""
    counts = {key: view.count(f"channel.{key}") for key in view.channels}
    total = sum(counts.values())
    ranked = sorted(counts.items(), key=lambda pair: -pair[1])
    return {
        "channels": [
            {
                "label": view.channels[key].title.in_language(view.language),
                "value": count,
                "note": f"{100 * count / total:.0f}%" if total else "",
            }
            for key, count in ranked
        ]
    }
