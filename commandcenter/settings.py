"""One frozen Settings, from the environment and commandcenter.toml."""

import secrets
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from commandcenter.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Where the server keeps its data, what it speaks to, which city it shows.

    Each field is read from `COMMANDCENTER_<NAME>` or from commandcenter.toml in the working folder.
    """

    model_config = SettingsConfigDict(
        env_prefix="COMMANDCENTER_", toml_file="commandcenter.toml", frozen=True, extra="ignore"
    )

    data: Path = Path("data")
    """Folder of the embedded database, the local bus and logs."""
    cache: Path = Path("~/.cache/commandcenter")
    """Folder for what can be built again: cells, outlines, tiles."""
    database_url: str = ""
    """SQLAlchemy URL; empty: SQLite in the data folder."""
    database_connections: int = Field(10, ge=1)
    """Connections that each process keeps to PostgreSQL; as many again are made in a rush."""
    web_statement_seconds: float = Field(10.0, ge=0)
    """What PostgreSQL may take for one statement of a web process; 0: as long as it takes."""
    worker_statement_seconds: float = Field(600.0, ge=0)
    """The same for workers, which count whole tables when they have to."""
    lock_seconds: float = Field(5.0, ge=0)
    """How long a statement may wait for a lock of PostgreSQL."""
    idle_seconds: float = Field(10.0, ge=0)
    """A transaction in which nothing was done for so long is ended by PostgreSQL."""
    redis_url: str = ""
    """A server, sentinels or a cluster; empty: the local bus, between one command's processes."""
    city: str = "zhengzhou"
    host: str = "127.0.0.1"
    port: int = Field(8600, ge=0, le=65535)
    web_processes: int = Field(1, ge=1, le=64)
    """Web processes of one `serve`, all on one listening socket."""
    trusted_proxies: str = ""
    """Addresses or networks, separated by commas, whose X-Forwarded-For is believed."""
    max_streams: int = Field(5000, ge=1)
    """Screens that one web process carries; the next one is asked to come back later."""
    rates: dict[str, str] = Field(default_factory=dict)
    """How often one caller may come to a door, by its name, as `unmasks = "20 per hour"`."""
    plugins: Path = ROOT / "plugins"
    trusted_plugins: str = ""
    """Plugins, separated by commas, whose code runs inside the workers like that of the core; every
    other one runs in processes of its own."""
    plugin_memory_mb: int = Field(512, ge=64)
    """What a process of a plugin may take; [plugin.NAME.limits] says otherwise for one plugin."""
    plugin_describe_seconds: float = Field(20.0, gt=0)
    """How long a plugin may take to be loaded and to say what it declares."""
    plugin_call_seconds: float = Field(2.0, gt=0)
    """How long a plugin may take to render a panel."""
    plugin_grade_seconds: float = Field(5.0, gt=0)
    """How long a plugin may take to grade the cells by a rule."""
    plugin_source_seconds: float = Field(60.0, gt=0)
    """How long a plugin's source may neither yield nor wait, or ten of its intervals if longer."""
    plugin_reports_per_second: float = Field(500.0, gt=0)
    """How many reports a plugin's source may send in the long run; one that sends more waits."""
    plugin_reports_burst: float = Field(20_000.0, ge=1)
    """How many it may send at once after a quiet time."""
    plugin_flooding_seconds: float = Field(10.0, gt=0)
    """A source that has had to wait for so long on end is flooding: it is stopped for a while."""
    duplicates_merge: float = Field(0.86, ge=0, le=1)
    """From which likeness on a report is merged by rule into the open case it repeats; 1: never."""
    duplicates_likely: float = Field(0.65, ge=0, le=1)
    """From which likeness on the desk is asked whether it does; 1: never."""
    duplicates_days: float = Field(30.0, gt=0)
    """How old an open case may be that a report is compared with."""
    duplicates_own: str = ""
    """Matters, separated by commas, whose reports are each their own and are never compared."""
    layouts: Path = ROOT / "layouts"
    assets: Path = ROOT / "assets"
    language: str = "zh"
    secret_key: str = ""
    """Signs sessions; empty: made once and kept in the data folder."""
    secure_cookies: bool = False
    """Set when the server is reached through HTTPS."""
    lockout_after: int = Field(5, ge=1)
    """After so many wrong attempts to sign in a name is locked for the address that they came from,
    each time for longer; after ten times as many for all browsers that are not known."""
    second_factor_roles: str = ""
    """Roles, separated by commas, that sign in with a second factor besides operators and
    auditors."""
    oidc_issuer: str = ""
    """The provider of OpenID Connect, as it names itself; empty: accounts are local."""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    """What this server is at the provider; empty secret: a public client, by PKCE alone."""
    oidc_claim: str = "preferred_username"
    """Which claim of the provider names the account."""
    oidc_title: str = ""
    """What the button says that leads to the provider."""
    plugins_signed: Literal["", "required"] = ""
    """`required`: but for the product's own, plugins must be signed with one of `plugin_keys`."""
    plugin_keys: tuple[str, ...] = ()
    """Public keys that plugins may be signed with, as `commandcenter plugin keygen` prints them."""
    plugin_dev: bool = False
    """Errors of plugins are shown with file and line on their tiles; `plugin dev` sets it."""
    options: dict[str, str] = Field(default_factory=dict)
    """Options of sources, by name, as speed and rate."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, the environment over the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def database(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite:///{(self.data / 'commandcenter.db').resolve()}"

    @property
    def cache_folder(self) -> Path:
        """The cache folder, made if it is missing."""
        folder = self.cache.expanduser()
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def secret(self) -> str:
        """Return the key that signs sessions, made and kept on first use."""
        if self.secret_key:
            return self.secret_key
        path = self.data / "secret.key"
        if not path.exists():
            self.data.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(48))
        return path.read_text().strip()


def read_settings(**given: object) -> Settings:
    """Read the settings; raises SettingsError that names the field."""
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise SettingsError(
            f"setting {name}: {first['msg']}; set COMMANDCENTER_{name.upper()} "
            f"or {name} in commandcenter.toml"
        ) from error
