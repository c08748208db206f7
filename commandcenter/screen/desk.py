"""The desk: queues, filters, the table of cases, and the case that is open beside it."""

from collections.abc import Mapping

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from commandcenter.cases.queues import LISTS
from commandcenter.domain.cases import State
from commandcenter.domain.roles import Role
from commandcenter.domain.state_titles import STATE_TITLES
from commandcenter.live.topics import Topic
from commandcenter.screen import desk_commands
from commandcenter.screen.citymap import CityMap
from commandcenter.screen.desk_fields import (
    Options,
    button,
    cell_options,
    choice,
    matter_options,
    unit_options,
)
from commandcenter.screen.desk_form import command_form
from commandcenter.screen.desk_help import help_of
from commandcenter.screen.desk_order_form import order_form
from commandcenter.screen.desk_queues import COORDINATION, queues_of
from commandcenter.screen.desk_rows import table
from commandcenter.screen.kit import Header, KitComponent, MapLayer, Tile
from commandcenter.screen.tablet import Surroundings, notes, switches
from commandcenter.screen.tablet_kit import Tablet
from commandcenter.screen.wall import stream

QUEUES, PULSE = "desk.queues", "desk.moves"
SLOTS = {"queues": QUEUES, "moves": PULSE}
"""The panels that tell a desk of what changes, by slot."""
FILTERS = ("state", "matter", "cell", "unit", "channel", "words", "since", "until")
"""What can be asked of a queue, in the order in which the script is handed it."""


class Desk(KitComponent):
    """The page's script: keys, cursor, selection; see assets/desk.js for its properties."""

    _props = (
        "queue", "queues", "commands", "boards", "asked", "turned", "further", "opened", "shown",
        "acting", "run", "done", "told", "noted", "seen",
    )  # fmt: skip


class DeskQueues(KitComponent):
    """The queues with their counts, as the panel of the desk tells them."""

    _props = ("value", "title", "queue", "queues")


class DeskPulse(KitComponent):
    """Lets the desk ask for its rows again when the value changes, at most once a second."""

    _props = ("value",)


class DeskDates(KitComponent):
    """Two days; `words` are {"since", "until"}."""

    _props = ("since", "until", "words")


def desk_topics(around: Surroundings) -> dict[str, Topic]:
    """Return the topics of a viewer's desk by slot; panels that no plugin brings are left out."""
    viewer = around.viewer
    options = {"unit": viewer.unit} if viewer.role is Role.UNIT_OFFICER and viewer.unit else {}
    found = {
        slot: Topic.of(
            panel, viewer.scope, viewer.clearance, around.language,
            options if panel == QUEUES else {},
        )
        for slot, panel in SLOTS.items()
        if panel in around.catalogue.panels
    }  # fmt: skip
    return found


def desk_page(around: Surroundings, asked: Mapping[str, str], opened: str, theme: str) -> Component:
    """Return the desk of a viewer with what its address asks for."""
    words = around.words
    platform = around.catalogue.city.platform.in_language(around.language)
    query = {"desk": "1", "lang": around.language}
    queues = [
        {"key": queue.key, "title": queue.title, "digit": queue.digit,
         "group": "lists" if queue.key in LISTS else ""}
        for queue in queues_of(around.viewer.role, around.language)
    ]  # fmt: skip
    desk = Desk(
        [
            _rail(around, queues, asked["queue"]),
            html.Section([_filters(around, asked), _table(around)], className="cc-desk-list"),
            _case(around),
            dcc.Store(id="desk-anchors"),
            help_of(words),
        ],
        id="desk",
        queue=asked["queue"],
        queues=queues,
        boards=list(COORDINATION),
        commands=desk_commands.as_props(words),
        asked=dict(asked),
        turned="turned" in asked,
        opened=opened or None,
    )
    return Tablet(
        dmc.MantineProvider(
            [
                stream(desk_topics(around), query, around.build, words),
                Header(id="header", title=platform, notes=notes(around)[-1:]),
                desk,
            ],
            defaultColorScheme="auto",
            forceColorScheme=None if theme == "auto" else theme,
            theme={"fontFamily": "inherit", "cursorType": "pointer", "respectReducedMotion": True},
        ),
        id="tablet",
        place="desk",
        name=f"{words('值班台')} · {platform}",
    )


def _rail(around: Surroundings, queues: list[dict[str, str]], queue: str) -> html.Div:
    words = around.words
    tile = Tile(
        [DeskQueues(id="queues-counts", title=words("队列"), queue=queue, queues=queues)],
        id="queues", title=words("值班台"), interval=60.0,
    )  # fmt: skip
    moves = Tile([DeskPulse(id="moves-moves")], id="moves", title="", interval=60.0)
    return html.Div([tile, moves, _foot(around)], className="cc-rail")


def _foot(around: Surroundings) -> html.Div:
    words = around.words
    scope = around.tree[around.viewer.scope]
    return html.Div(
        [
            html.A(scope.name, href=f"/cell/{scope.code}", className="cc-place"),
            button([html.Kbd("?"), words("快捷键")], do="help"),
            switches(around, in_hand=False),
        ],
        className="cc-rail-foot",
    )


def _filters(around: Surroundings, asked: Mapping[str, str]) -> html.Div:
    words = around.words
    language = around.language
    states = [(s.value, STATE_TITLES[s].in_language(language)) for s in State]
    cell = asked.get("cell")
    found = around.catalogue.channels.items()
    channels = [(key, channel.title.in_language(language)) for key, channel in found]
    return html.Div(
        [
            dmc.TextInput(
                id="desk-words", value=asked.get("words", ""), debounce=350, size="xs",
                placeholder=words("编号、文字、电话或地点"), className="search",
                rightSection=html.Kbd("/"), **{"aria-label": words("查找")},
            ),
            _choice("desk-state", words("状态"), states, asked.get("state")),
            _choice("desk-matter", words("事项"), matter_options(around), asked.get("matter")),
            _choice("desk-cell", words("单元"), cell_options(around, cell), cell),
            *_unit_filter(around, asked.get("unit")),
            _choice("desk-channel", words("渠道"), channels, asked.get("channel")),
            DeskDates(
                id="desk-dates", since=asked.get("since"), until=asked.get("until"),
                words={"since": words("上报自"), "until": words("上报至")},
            ),
            dmc.Checkbox(id="desk-overdue", label=words("只看超时"), size="xs",
                         checked="overdue" in asked),
            button("⇅", "turn", words("倒序 (z)"), do="turn"),
            button(words("清除"), "clear", do="clear"),
        ],
        className="cc-filters",
    )  # fmt: skip


def _unit_filter(around: Surroundings, chosen: str | None) -> list[Component]:
    title = around.words("责任单位")
    options = [] if around.viewer.role is Role.UNIT_OFFICER else unit_options(around, chosen)
    hidden = {"display": "none"} if around.viewer.role is Role.UNIT_OFFICER else None
    return [html.Span(_choice("desk-unit", title, options, chosen), style=hidden)]


def _choice(id: str, title: str, options: Options, chosen: str | None) -> dmc.Select:
    return choice(id, title, options, placeholder=title, value=chosen or None)


def _table(around: Surroundings) -> html.Div:
    words = around.words
    chosen = html.Div(
        [
            html.Span([words("已选"), " ", html.B("0"), " ", words("件")]),
            html.Span(words("按命令键批量处理"), className="how"),
            button(words("取消选择"), do="unchoose"),
        ],
        className="cc-chosen",
    )
    return html.Div(
        [
            chosen,
            html.Div(table(around), className="cc-desk-table"),
            html.Div(id="desk-board", className="cc-desk-board"),
            html.Div(id="desk-reached", className="cc-reached"),
        ],
        className="cc-desk-rows",
    )


def _case(around: Surroundings) -> html.Aside:
    """Return the room of the case that is open; the form stays while the rest is drawn anew."""
    closing = button("×", "close", "Esc", do="close")
    city_map = html.Div(
        [
            CityMap(id="desk-map", home_after=0, scope=around.viewer.scope),
            MapLayer(id="desk-points"),
        ],
        className="cc-desk-map",
        id="desk-place",
    )
    return html.Aside(
        [
            closing,
            html.Div(id="desk-head", className="cc-desk-head"),
            command_form(around),
            order_form(around),
            html.Div(id="desk-facts", className="cc-desk-facts"),
            city_map,
            html.Div(id="desk-steps", className="cc-desk-steps"),
        ],
        className="cc-desk-case",
    )
