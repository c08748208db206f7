"""The tabs of a cell's page, and what each shows to a viewer; the address says which is chosen."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from commandcenter.domain.text import Text
from commandcenter.host.catalogue import Catalogue
from commandcenter.screen.tablet import Surroundings, cell_path

OF_CHILDREN = ("children", "chiefs", "reds")
"""Slots that say nothing of a cell without cells below it."""
OF_LEAVES = ("newest",)
"""Slots that only a cell without cells below it has: there is room."""
OF_PARENT = ("siblings",)
"""Slots whose panel shows the cell above: nobody sees them who does not see that."""
HEADING = {"standing": "tablet.standing"}
"""What stands above the tabs, whichever is chosen."""


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab with the panel of each slot, in the order of the page."""

    title: Text
    slots: Mapping[str, str]


NOW, CASES, FIELD = "now", "cases", "field"
TABS: Mapping[str, Tab] = {
    NOW: Tab(
        Text("总览", "Now"),
        {
            "counts": "tablet.counts",
            "map": "tablet.map",
            "children": "tablet.children",
            "overdue": "tablet.overdue",
            "reds": "tablet.reds",
            "newest": "tablet.newest",
        },
    ),
    CASES: Tab(Text("案件", "Cases"), {"cases": "tablet.overdue"}),
    "people": Tab(
        Text("人员", "People"), {"team": "tablet.team", "chiefs": "tablet.chief"}
    ),
    "levels": Tab(
        Text("联动", "Levels"),
        {
            "levels": "tablet.levels",
            "lists": "tablet.lists",
            "whistles": "tablet.whistles",
            "directives": "tablet.directives",
        },
    ),
    "record": Tab(
        Text("成绩", "Record"),
        {
            "record": "tablet.record",
            "month": "tablet.month",
            "siblings": "tablet.siblings",
            "units": "tablet.units",
        },
    ),
    FIELD: Tab(Text("现场", "Field"), {"devices": "tablet.devices"}),
}
SHOWN: Mapping[str, tuple[Text, str]] = {
    "overdue": (Text("超时", "Overdue"), "tablet.overdue"),
    "due": (Text("即将到期", "Due next"), "tablet.due"),
    "supervised": (Text("督办", "Supervised"), "tablet.supervised"),
    "newest": (Text("最新", "Newest"), "tablet.newest"),
}
"""Which cases the tab of cases can show, and the panel for each."""
FULLER: Mapping[str, str] = {"tablet.units": "tablet.unit_records"}
"""Panels that say the same and more, for those who see another kind of data as well."""


@dataclass(frozen=True, slots=True)
class Look:
    """Which tab of a cell's page is looked at, and which cases in it."""

    tab: str = NOW
    show: str = "overdue"

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Look":
        """Read it from an address; what is not known is what one sees first."""
        tab, show = query.get("tab", ""), query.get("show", "")
        first = cls()
        return cls(tab if tab in TABS else NOW, show if show in SHOWN else first.show)

    @property
    def query(self) -> dict[str, str]:
        """What an address has for it: nothing for what one sees first."""
        first, found = Look(), {}
        if self.tab != first.tab:
            found["tab"] = self.tab
        if self.tab == CASES and self.show != first.show:
            found["show"] = self.show
        return found

    def path(self, code: str) -> str:
        """Return the address of a cell's page that is looked at so."""
        query = urlencode(self.query)
        return f"{cell_path(code)}?{query}" if query else cell_path(code)


@dataclass(frozen=True, slots=True)
class Place:
    """A cell of the tree as one viewer sees it."""

    around: Surroundings
    at: int

    @property
    def code(self) -> str:
        """The cell's code."""
        return self.around.tree.cells[self.at].code

    @property
    def is_leaf(self) -> bool:
        """Whether no cell lies below it."""
        return int(self.around.tree.last[self.at]) == self.at

    @property
    def parent(self) -> int | None:
        """The position of the cell above, None where the viewer does not see it."""
        above = int(self.around.tree.parent[self.at])
        return above if above >= 0 and self.around.viewer.sees(above) else None

    def panels(self, look: Look) -> dict[str, str]:
        """Return the panel of each slot that is shown, in the order of the page."""
        slots = dict(TABS[look.tab].slots)
        if look.tab == CASES:
            slots["cases"] = SHOWN[look.show][1]
        shown = {slot: key for slot, key in slots.items() if self._shows(slot, key)}
        return {slot: self._fullest(key) for slot, key in shown.items()}

    def heading(self) -> dict[str, str]:
        """Return the panel of each slot above the tabs."""
        return {slot: key for slot, key in HEADING.items() if self._shows(slot, key)}

    def tabs(self) -> Iterator[tuple[str, Tab]]:
        """Yield the tabs that have something to show here."""
        for key, tab in TABS.items():
            if key in (NOW, FIELD) or self.panels(Look(key)):
                yield key, tab

    def scope_of(self, slot: str) -> str:
        """Return the code of the cell that the panel in a slot shows."""
        if slot in OF_PARENT and self.parent is not None:
            return self.around.tree.cells[self.parent].code
        return self.code

    def _fullest(self, key: str) -> str:
        fuller = FULLER.get(key, key)
        return fuller if is_given(self.around, fuller) else key

    def _shows(self, slot: str, key: str) -> bool:
        if (slot in OF_CHILDREN and self.is_leaf) or (slot in OF_LEAVES and not self.is_leaf):
            return False
        if slot in OF_PARENT and self.parent is None:
            return False
        return is_given(self.around, key)


def is_given(around: Surroundings, key: str) -> bool:
    """Tell whether a panel is there, and shows a kind of data that the viewer sees."""
    catalogue: Catalogue = around.catalogue
    return key in catalogue.panels and catalogue.panels[key].block in around.viewer.blocks
