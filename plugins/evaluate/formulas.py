"""The formulas beside the numbers: cities define the same index differently."""

from typing import Any

from commandcenter.api import Block, Index, Note, Panel, Text, View


def formulas_panel() -> Panel:
    """All indices of the city in words."""
    return Panel(
        "evaluate.formulas",
        Text("指标口径 · 近 30 日", "How it is counted, 30 days"),
        (Note("words", grow=True),),
        render,
        pace="slow",
        interval=60.0,
        block=Block.APPRAISAL,
    )


def render(view: View) -> dict[str, Any]:
    """Return a line for each index with its weight."""
    whole = sum(index.weight for index in view.indices)
    lines = [_line(view, index, whole) for index in view.indices]
    return {"words": "\n".join(lines) if lines else None}


def _line(view: View, index: Index, whole: float) -> str:
    share = f"{100 * index.weight / whole:.0f}" if whole else "0"
    title, formula = (text.in_language(view.language) for text in (index.title, index.formula))
    return view.t("{title}（{share}%）= {formula}", title=title, formula=formula, share=share)
