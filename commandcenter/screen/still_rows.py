"""Parts of a still that are rows: lines to be tapped, the table of cells, boards and tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from commandcenter.screen.markup import style, tag
from commandcenter.screen.still_shapes import heading, part, shape, tone_of
from commandcenter.screen.still_words import DASH, Moment, is_number, percent, plain_number

Props = Mapping[str, Any]
LEAST = {
    "text": "5em", "number": "3.6em", "percent": "4em", "tone": "5.2em", "clock": "4.6em",
    "age": "5.2em",
}  # fmt: skip
"""How wide columns of a table are at least, as in assets/kit-table.js."""
MOST_LINES, MOST_ROWS = 6, 20
"""What lies further down is not seen before the live page has come."""


def lines(props: Props, _: Markup, moment: Moment) -> Markup:
    """A board as lines to be tapped."""
    value = props.get("value")
    rows, columns = (value or {}).get("rows") or [], props.get("columns") or []
    most = props.get("most") or MOST_LINES
    if not rows:
        words = (props.get("empty") or DASH) if value else DASH
        return tag("div", {"class": "cc-lines"}, tag("div", {"class": "none"}, words))
    shown = [_line(row, columns, moment) for row in rows[:most]]
    more = moment.words("全部 {n} 条", n=len(rows)) if len(rows) > most else None
    return tag(
        "div",
        {"class": "cc-lines"},
        tag("ul", None, *shown),
        tag("button", {"type": "button", "tabindex": -1}, more) if more else None,
    )


def _line(row: Props, columns: Sequence[Props], moment: Moment) -> Markup:
    texts = [c for c in columns if c.get("form", "text") == "text" and c["key"] != "phone"]
    aged = next((c for c in columns if c.get("form") == "age"), None)
    under = " · ".join(str(row[c["key"]]) for c in texts[1:] if row.get(c["key"]))
    name = row.get(texts[0]["key"]) if texts else None
    age = None
    if aged and is_number(row.get(aged["key"])):
        title = tag("small", None, aged["title"])
        age = tag("span", {"class": "age"}, title, " ", moment.age(row.get(aged["key"])))
    href, phone = row.get("href"), row.get("phone")
    return tag(
        "li",
        {"class": f"tone-{tone_of(row)}"},
        tag(
            "a" if href else "div",
            {"class": "open", "href": href},
            tag("span", {"class": "name"}, shape(row.get("tone")), DASH if name is None else name),
            age,
            tag("span", {"class": "under"}, under or "\u00a0"),
        ),
        tag("a", {"class": "cc-call", "href": f"tel:{phone}"}, phone) if phone else None,
    )


def grid(props: Props, _: Markup, moment: Moment) -> Markup:
    """The table of the cells below; columns that have no room leave from the right."""
    rows = (props.get("value") or {}).get("rows") or []
    columns = props.get("columns") or []
    heads = [_cell(column, column["title"], name="button") for column in columns]
    drawn = [_grid_line(props, row, columns) for row in rows[:MOST_ROWS]]
    head = tag("div", {"class": "line head"}, *heads)
    return tag("div", {"class": "cc-table", "style": f"--lines:{max(1, len(rows))}"}, head, *drawn)


def _grid_line(props: Props, row: Props, columns: Sequence[Props]) -> Markup:
    href = row.get("href")
    own = props.get("own")
    kind = "line own" if own is not None and row.get("key") == own else "line"
    return tag("a" if href else "div", {"class": kind, "href": href}, *_cells(row, columns))


def _cells(row: Props, columns: Sequence[Props]) -> list[Markup]:
    return [_cell(column, *_said(column, row.get(column["key"]))) for column in columns]


def _cell(column: Props, *inside: Any, name: str = "span") -> Markup:
    kind = "cell number" if column.get("number") else "cell"
    size = {"flex": f"{column['grow']} 0 calc({column['least']} * var(--u) - 8px)"}
    more = {"type": "button", "tabindex": -1} if name == "button" else {}
    return tag(name, {"class": kind, "style": style(size)} | more, *inside)


def _said(column: Props, value: Any) -> list[Any]:
    match column.get("form"):
        case "tone":
            tone = (value or {}).get("tone")
            words = (value or {}).get("text") or DASH
            return [tag("span", {"class": f"cc-cell tone-{tone}"}, shape(tone), " ", words)]
        case "number":
            return [plain_number(value)]
        case "percent":
            return [percent(value)]
    return [DASH if value is None else value]


def board(props: Props, _: Markup, moment: Moment) -> Markup:
    """Rows in columns."""
    rows = (props.get("value") or {}).get("rows") or []
    columns = props.get("columns") or []
    template = " ".join(f"minmax(0,{c.get('width') or 1}fr)" for c in columns)
    head = _head(props, columns, template)
    drawn = tag("div", {"class": "page"}, *_rows(rows, columns, template, moment))
    box = {"class": "lines", "style": f"--row:{props.get('row_height') or 34}"}
    kind = "board" if props.get("turns", True) else "board scrolls"
    return part(props, kind, heading(props), head, tag("div", box, drawn))


def table(props: Props, _: Markup, moment: Moment) -> Markup:
    """Rows in columns that stay."""
    value = props.get("value")
    rows, columns = (value or {}).get("rows") or [], props.get("columns") or []
    template = " ".join(
        f"minmax({LEAST[c.get('form') or 'text']},{c.get('width') or 1}fr)" for c in columns
    )
    unknown = None if value else tag("span", {"class": "unknown"}, DASH)
    drawn = tag("div", {"class": "lines"}, unknown, *_rows(rows, columns, template, moment))
    box = tag("div", {"class": "scroll", "tabindex": "0"}, _head(props, columns, template), drawn)
    return part(props, "rows", heading(props), box)


def _head(props: Props, columns: Sequence[Props], template: str) -> Markup | None:
    if props.get("header") is False:
        return None
    cells = [
        tag("span", {"class": f"cell {c.get('align') or 'left'}"}, c["title"]) for c in columns
    ]
    return tag("div", {"class": "head", "style": style({"gridTemplateColumns": template})}, *cells)


def _rows(
    rows: Sequence[Props], columns: Sequence[Props], template: str, moment: Moment
) -> list[Markup]:
    shaped = not any(column.get("form") == "tone" for column in columns)
    loud = " loud" if sum(c.get("form") == "age" for c in columns) == 1 else ""
    drawn = []
    for row in rows[:MOST_ROWS]:
        cells = []
        for at, column in enumerate(columns):
            value, form = row.get(column["key"]), column.get("form") or "text"
            tone = f" tone-{value['tone']}" if form == "tone" and value else ""
            kind = f"cell {column.get('align') or 'left'} {form}{tone}{loud}"
            mark = shape(row.get("tone")) if shaped and at == 0 else None
            cells.append(tag("span", {"class": kind}, mark, *_form(form, value, moment)))
        place = {"style": style({"gridTemplateColumns": template}), "href": row.get("href")}
        name = {"class": f"line tone-{tone_of(row)}"}
        drawn.append(tag("a" if row.get("href") else "div", name | place, *cells))
    return drawn


def _form(form: str, value: Any, moment: Moment) -> list[Any]:
    if form == "clock":
        return [moment.time(value)]
    if form == "age":
        return [moment.age(value)]
    if form == "tone":
        return [shape(value["tone"]), " ", value["text"]] if value else [DASH]
    return _said({"form": form}, value)
