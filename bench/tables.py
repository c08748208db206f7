"""Tables as documents have them, printed at the end of a measurement."""

from collections.abc import Sequence


def print_table(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table in markdown; numbers stand to the right."""
    lines = [[_said(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(titles, *lines, strict=True)]
    right = [all(isinstance(row[at], int | float) for row in rows) for at in range(len(titles))]
    print()
    print(_line(titles, widths, right))
    marks = ("-" * (width - 1) + (":" if to_right else "-")
             for width, to_right in zip(widths, right, strict=True))  # fmt: skip
    print("| " + " | ".join(marks) + " |")
    for line in lines:
        print(_line(line, widths, right))
    print(flush=True)


def _said(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _line(values: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    fields = (
        value.rjust(width) if to_right else value.ljust(width)
        for value, width, to_right in zip(values, widths, right, strict=True)
    )
    return "| " + " | ".join(fields) + " |"
