"""The one tree of errors: each message says what is wrong, where, and how to mend it."""


class CommandCenterError(Exception):
    """Anything this server refuses on purpose."""


class SettingsError(CommandCenterError):
    """A setting is missing or has a value that cannot be used."""


class CityError(CommandCenterError):
    """A city's description contradicts itself or the data that is already stored."""


class IllegalMove(CommandCenterError):
    """A command is not legal in the state a case is in.

    `legal` names the commands that would be.
    """

    def __init__(self, message: str, legal: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.legal = legal


class Forbidden(CommandCenterError):
    """What is to be done is legal, but not for this viewer; the message says whose it is."""


class Invalid(CommandCenterError):
    """What was given cannot be carried out whoever asks; `field` names the part at fault."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


class Conflict(CommandCenterError):
    """Somebody else has changed a case since it was read.

    `version` and `state` are what it has and where it stands now, `legal` what would be legal.
    """

    def __init__(
        self, message: str, version: int, state: str, legal: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.version = version
        self.state = state
        self.legal = legal


class PluginError(CommandCenterError):
    """A plugin cannot be used: the message names its file and key."""


class LayoutError(CommandCenterError):
    """A layout file cannot be used: the message names its file and key."""


class NotFound(CommandCenterError):
    """What was asked for does not exist for this viewer."""


class Unavailable(CommandCenterError):
    """Something that answers for a part of the system does not answer now."""


class StoreError(CommandCenterError):
    """The database cannot be used as it is."""
