"""The levels of the city, from the city itself down to the micro-grids."""

from commandcenter.api import CityError, Level, Text

LEVELS = (
    Level("city", Text("市", "City")),
    Level("district", Text("区县", "District")),
    Level("street", Text("街道", "Street")),
    Level("community", Text("社区", "Community")),
    Level("grid", Text("网格", "Grid")),
    Level("micro", Text("微网格", "Micro-grid"), coordinates=False),
)


def depth_of(key: str, where: str) -> int:
    """Return the depth of a level by its key; raises CityError that says `where` it stood."""
    keys = [level.key for level in LEVELS]
    if key not in keys:
        raise CityError(f"{where} = {key!r} is no level: write one of {', '.join(keys)}")
    return keys.index(key)
