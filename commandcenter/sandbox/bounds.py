"""What a plugin may take: by the settings of the server, and for one plugin by its own table."""

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from commandcenter.errors import PluginError
from commandcenter.host.options import LIMITS, TABLE
from commandcenter.settings import Settings


class Bounds(BaseModel):
    """Seconds of each kind of call, memory, and what its sources may send."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    memory_mb: int = Field(512, ge=64)
    describe_seconds: float = Field(20.0, gt=0)
    call_seconds: float = Field(2.0, gt=0)
    grade_seconds: float = Field(5.0, gt=0)
    source_seconds: float = Field(60.0, gt=0)
    reports_per_second: float = Field(500.0, gt=0)
    reports_burst: float = Field(20_000.0, ge=1)
    flooding_seconds: float = Field(10.0, gt=0)


def bounds_of(settings: Settings, plugin: str, file: Path) -> Bounds:
    """Return the bounds of a plugin: [plugin.NAME.limits] of the file wins over the settings.

    Raises PluginError that names the key.
    """
    given = {
        name: getattr(settings, f"plugin_{name}")
        for name in Bounds.model_fields
        if hasattr(settings, f"plugin_{name}")
    }
    try:
        return Bounds(**given | _table(plugin, file))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise PluginError(
            f"{file.name}: {TABLE}.{plugin}.{LIMITS}.{key}: {first['msg']}; "
            f"there are {', '.join(Bounds.model_fields)}"
        ) from error


def _table(plugin: str, file: Path) -> dict[str, object]:
    if not file.exists():
        return {}
    try:
        document = tomllib.loads(file.read_text("utf-8"))
        return dict(document.get(TABLE, {}).get(plugin, {}).get(LIMITS, {}))
    except (tomllib.TOMLDecodeError, AttributeError, TypeError, ValueError) as error:
        raise PluginError(f"{file.name}: cannot be read: {error}") from error
