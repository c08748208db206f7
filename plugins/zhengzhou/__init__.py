"""Zhengzhou: the city, its channels and its catalogue of matters."""

from collections.abc import Sequence

from commandcenter.api import Channel, City, Matter, hookimpl

from .channels import CHANNELS
from .city import DATA, zhengzhou
from .matters import read_matters


@hookimpl
def register_city() -> City:
    """Describe Zhengzhou."""
    return zhengzhou()


@hookimpl
def register_channels() -> Sequence[Channel]:
    """List the channels through which reports come."""
    return CHANNELS


@hookimpl
def register_matters() -> Sequence[Matter]:
    """List the catalogue of matters."""
    return read_matters(DATA / "matters.csv")
