"""The Dash components of inspections; assets/inspect.js and assets/inspect-page.js draw them."""

from commandcenter.screen.kit import KitComponent


class Inspecting(KitComponent):
    """The bar of the inspection that runs, with what is done in it from any page.

    `place` is the page's own name for itself and `name` what it is called, `owner` is whose
    inspections the browser keeps; `words` are the translations of what the script says.
    """

    _props = ("place", "name", "owner", "words")


class InspectionQueue(KitComponent):
    """What was done in the inspection `number` and the server has not heard of yet."""

    _props = ("number",)


class Elapsed(KitComponent):
    """How long something goes on that began at `since`, in the city's milliseconds."""

    _props = ("since",)


class Pulse(KitComponent):
    """Hands each value that the stream sets on to the component `target`."""

    _props = ("value", "target")


class Route(KitComponent):
    """Draws a `line` of [lng, lat] on the map beside it, and brings it into view with `spots`."""

    _props = ("line", "spots")
