"""What a store says of its city to who counts, proves or serves it: its catalogue and its time."""

from collections.abc import Callable
from time import time

from commandcenter.domain.clocks import CityClock, Millis
from commandcenter.errors import StoreError
from commandcenter.host.catalogue import Catalogue
from commandcenter.store.settings import CATALOGUE, setting
from commandcenter.store.store import Store


def load_catalogue(store: Store) -> Catalogue:
    """Return the catalogue that a worker wrote; raises StoreError if none did yet."""
    with store.read() as connection:
        document = setting(connection, CATALOGUE)
    if document is None:
        raise StoreError("the store has no catalogue yet: start `commandcenter worker` once")
    return Catalogue.from_json(document)


def city_now(clock: CityClock) -> Callable[[], Millis]:
    """Return a function that tells the city's time."""
    return lambda: clock.now(round(time() * 1000))
