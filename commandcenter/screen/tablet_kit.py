"""The Dash components that only the pages for tablets have; assets/tablet*.js draws them."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from dash import html
from dash.development.base_component import Component

from commandcenter.host.kit import Board, Column
from commandcenter.live.topics import Topic
from commandcenter.screen.kit import PART, KitComponent

# Numbers keep their width and names take what is left; what has no room leaves from the right.
NUMBER_PIXELS = 78
TONE_PIXELS, TONE_PIXELS_ENGLISH = 62, 88
NAME_PIXELS = 124


def nav(children: Sequence[Component], name: str, label: str) -> html.Nav:
    """Return a landmark of links; `name` is its class, `label` what tells it from the others."""
    more: dict[str, Any] = {"aria-label": label}
    return html.Nav(list(children), className=name, **more)


class Tablet(KitComponent):
    """The page: goes from place to place without loading anew, and comes back to where one was.

    `place` tells the pages apart, `name` is what the browser calls the page, `kept` says for whom
    it may be kept and when it was made.
    """

    _props = ("place", "name", "kept")
    kept: Mapping[str, Any] | None
    topics: Mapping[str, Topic] = MappingProxyType({})
    """What fills it, by slot; the page itself is not told."""


class Lines(KitComponent):
    """A board as lines of two rows each, to be tapped; `most` are shown until more is asked for."""

    _props = (*PART, "columns", "most", "empty")


class Standing(KitComponent):
    """The colour of a place with its reason; `value` is that of a board with one row.

    With `words` for the viewer of photos, the photo of the last check can be opened.
    """

    _props = ("value", "words")


class Switches(KitComponent):
    """What a viewer may choose: [{"title", "href"}], the words for leaving, and a label."""

    _props = ("links", "leave", "label")


class Search(KitComponent):
    """The search box: leads to what is found for the words in it; `asked` stand there already.

    `said` is what may be looked for, `go` the name of the button. Where there is no room for it, it
    is the link in it.
    """

    _props = ("said", "go", "asked")


class Photos(KitComponent):
    """Small pictures in links to the large ones, which are opened over the page; `words` are what
    the viewer says: {"close", "before", "after", "of"}.
    """

    _props = ("words",)


class Outbox(KitComponent):
    """What the viewer did and the server has not heard of yet, or has refused."""


class Moved(KitComponent):
    """Repeats in `seen` each value that the stream sets, for a callback to hear of."""

    _props = ("value", "seen")


class Limit(KitComponent):
    """A clock that runs from `start` to `due`, yellow from `warn` on, in the city's milliseconds.

    `words` are what it says: {"left", "over"}.
    """

    _props = ("start", "warn", "due", "words")


class Grid(KitComponent):
    """A board as a table; a tapped line leads to its `href`, a tapped head puts it in order.

    `columns` are [{"key", "title", "form", "number", "grow", "least"}], `own` is the key of the
    line that is the page's own.
    """

    _props = ("value", "columns", "own")

    @classmethod
    def of(cls, board: Board, id: str, language: str, own: str | None = None) -> "Grid":
        """Return the table of a board, with how wide its columns are."""
        return cls(id=id, columns=[_column(each, language) for each in board.columns], own=own)


def _least(column: Column, language: str) -> int:
    if column.align == "right":
        return NUMBER_PIXELS
    tone = TONE_PIXELS_ENGLISH if language == "en" else TONE_PIXELS
    return tone if column.form == "tone" else NAME_PIXELS


def _column(column: Column, language: str) -> dict[str, Any]:
    is_number = column.align == "right"
    return {
        "key": column.key,
        "title": column.title.in_language(language),
        "form": column.form,
        "number": is_number,
        "grow": 0 if is_number or column.form == "tone" else column.width,
        "least": _least(column, language),
    }
