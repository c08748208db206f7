"""How often one caller may come to each door, and what of it a setting may say otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from limits import parse

from commandcenter.errors import SettingsError


@dataclass(frozen=True)
class Rates:
    """How often one caller may ask, in the notation of `limits`."""

    logins: str = "10 per minute"
    """Failed logins with one name from one address."""
    addresses: str = "60 per minute"
    """Failed logins and unknown keys from one address."""
    reports: str = "200 per second"
    """Calls that hand in reports, each of up to a thousand, with one key."""
    queries: str = "100 per second"
    """Other calls of the API by one caller."""
    commands: str = "1000 per second"
    """Commands on cases by one caller."""
    pages: str = "1000 per second"
    """Pages, their callbacks and tiles of the map by one caller."""
    searches: str = "20 per second"
    """Searches by one caller."""
    photos: str = "120 per minute"
    """Photos that one caller sends: what was taken without a connection comes at once."""
    public_reports: str = "20 per hour"
    """Reports that are not logged in from one address."""
    receipts: str = "60 per hour"
    """Looks at a case by the code of a receipt, from one address."""
    unmasks: str = "60 per hour"
    """Personal data in plain words for one caller."""
    exports: str = "60 per hour"
    """Files that one caller takes along."""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "Rates":
        """Return the rates with those that a setting names; raises SettingsError."""
        known = [field.name for field in fields(cls)]
        for name, rate in given.items():
            if name not in known:
                raise SettingsError(f"setting rates: {name} is none; there are {', '.join(known)}")
            try:
                parse(rate)
            except ValueError as error:
                raise SettingsError(
                    f"setting rates: {name} = {rate!r} is no rate; write it as `20 per minute`"
                ) from error
        return cls(**given)
