"""The city comes into the store once, of workers that start at once by one, and as it changes."""

from pathlib import Path

from commandcenter.domain.cells import Tree
from commandcenter.host.city import City, Progress
from commandcenter.store import cities
from commandcenter.store.city_cache import build_cached
from commandcenter.store.log import take_turn
from commandcenter.store.store import Store


def installed(store: Store, city: City, cache: Path, progress: Progress) -> Tree:
    """Return the tree of the city, built and written if the store does not have it.

    One that was changed replaces the one that is there. Raises CityError if cases forbid it.
    """
    with store.read() as connection:
        if cities.installed_digest(connection) == city.digest:
            return cities.load_tree(connection)
    data = build_cached(city, cache, progress)
    with store.write() as connection:
        take_turn(connection)  # of several workers that start at once, the others wait for one
        if cities.installed_digest(connection) == city.digest:
            return cities.load_tree(connection)
        return cities.install(connection, city, data)
