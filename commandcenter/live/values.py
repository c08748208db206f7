"""The values of a panel over a view, as they go into a frame."""

from commandcenter.host.guard import Guard
from commandcenter.host.panel import Panel
from commandcenter.host.plugin import Registered
from commandcenter.host.values import check_values
from commandcenter.live.view import ScopeView
from commandcenter.store.away import StoreAway, answered


def values_of(guard: Guard, panel: Registered[Panel], view: ScopeView) -> dict[str, bytes]:
    """Return what a panel shows of a view, part by part; raises PluginFailed.

    Raises StoreAway where the database went away meanwhile: that is no failure of the plugin, and
    no other panel can be rendered with this connection.
    """

    def checked() -> dict[str, bytes] | StoreAway:
        try:
            with answered():
                return check_values(panel.item, panel.item.render(view), view.tree)
        except StoreAway as away:
            return away

    found = guard.call(panel.plugin, panel.item.key, checked)
    if isinstance(found, StoreAway):
        raise found
    return found
