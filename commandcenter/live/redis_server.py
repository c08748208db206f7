"""Where Redis is: one server, the master that sentinels name, or the node of a cluster."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import redis
from redis.backoff import NoBackoff
from redis.connection import Connection, ConnectionPool, parse_url
from redis.crc import key_slot
from redis.retry import Retry

from commandcenter.errors import SettingsError

TAG = "{commandcenter}"
"""Every key begins with it, so that a cluster keeps all of them on one node."""
AWAY = (redis.RedisError, OSError)
"""What is raised while Redis is away, or refuses to work."""
PROTOCOLS = ("redis", "rediss", "unix")
PORTS = {"": 6379, "cluster": 6379, "sentinel": 26379}

Address = tuple[str, int]
Options = dict[str, Any]
Command = tuple[str | bytes | int, ...]


def key_of(name: str) -> str:
    """Return the key under which Redis keeps something of ours."""
    return f"{TAG}:{name}"


class Line:
    """A connection to a master; once it has raised it is of no more use."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.server = ""
        """Another one after each start of a server, and on each server."""

    def open(self) -> None:
        """Connect, and make sure that a master is at the other end."""
        self._connection.connect()
        facts = [_fields(text) for text in self.ask([("INFO", "server"), ("INFO", "replication")])]
        self.server = facts[0].get("run_id", "")
        if facts[1].get("role", "master") != "master":
            raise redis.ConnectionError("this Redis server is a replica: name its master")

    def ask(self, commands: Sequence[Command]) -> list[Any]:
        """Send all commands, then return their answers; raises one of AWAY."""
        connection = self._connection
        connection.send_packed_command(connection.pack_commands(commands))
        return [connection.read_response() for _ in commands]

    def close(self) -> None:
        """Hang up; a second time does nothing."""
        self._connection.disconnect()


@dataclass(frozen=True)
class Place:
    """What a URL says: who to ask, what for, and how to speak to those and to the master."""

    kind: str
    """`sentinel`, `cluster`, or empty for one server."""
    hosts: tuple[Address, ...]
    options: Options = field(repr=False)
    master: str = ""
    watchers: Options = field(default_factory=dict, repr=False)
    """Options for the sentinels."""


class RedisServer:
    """The server of a URL, found anew for each connection, since masters change.

    Raises SettingsError for a URL that says nothing.
    """

    def __init__(self, url: str) -> None:
        self._place = read_place(url)
        self._hosts = self._place.hosts
        try:
            _connection(self._place.options, 1.0)
        except (TypeError, ValueError, redis.RedisError) as error:
            raise _useless(str(error)) from error

    def connect(self, seconds: float) -> Line:
        """Connect to the master; no answer takes longer than `seconds`. Raises one of AWAY."""
        line: Line | None = None
        try:
            line = Line(_connection(self._located(seconds), seconds))
            line.open()
        except AWAY:
            if line is not None:
                line.close()
            # The next attempt asks somebody else first: this one may be behind the times.
            self._hosts = (*self._hosts[1:], *self._hosts[:1])
            raise
        return line

    def pool(self, seconds: float) -> ConnectionPool:
        """Return connections to the present master, for a client. Raises one of AWAY."""
        return ConnectionPool(**self._located(seconds), **_manners(seconds))

    def _located(self, seconds: float) -> Options:
        place = self._place
        if place.kind == "sentinel":
            return place.options | _at(self._master(seconds))
        if place.kind == "cluster":
            return place.options | _at(self._node(seconds))
        return place.options

    def _master(self, seconds: float) -> Address:
        """Ask the sentinels where the master is."""
        for _, answer in self._answers("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self._place.master,
                                       seconds=seconds):  # fmt: skip
            if answer is not None:
                return answer[0].decode(), int(answer[1])
        raise redis.ConnectionError(f"no sentinel knows of a master named {self._place.master}")

    def _node(self, seconds: float) -> Address:
        """Ask the nodes which of them holds our keys, and remember all for the next time."""
        slot = key_slot(TAG.encode())
        for (asked, _), ranges in self._answers("CLUSTER", "SLOTS", seconds=seconds):
            masters = [
                # A node that does not know its own name means the one it was asked under.
                (first, last, ((node[0] or asked.encode()).decode(), int(node[1])))
                for first, last, node, *_replicas in ranges
            ]
            known = [address for _, _, address in masters if address not in self._hosts]
            self._hosts = (*self._hosts, *dict.fromkeys(known))
            for first, last, address in masters:
                if first <= slot <= last:
                    return address
        raise redis.ConnectionError("no node of the cluster answers for our keys")

    def _answers(self, *command: str, seconds: float) -> Iterable[tuple[Address, Any]]:
        """Ask one host after another; raises what the last one raised when none answers."""
        failed: BaseException | None = None
        for address in self._hosts:
            connection = _connection(self._place.watchers | _at(address), seconds)
            try:
                connection.connect()
                connection.send_command(*command)
                yield address, connection.read_response()
            except AWAY as error:
                failed = error
            finally:
                connection.disconnect()
        if failed is not None:
            raise failed


def read_place(url: str) -> Place:
    """Read a URL; raises SettingsError.

    `redis://`, `rediss://` (TLS) and `unix://` are those of redis-py. With `+sentinel` or
    `+cluster` the first two take several hosts. Sentinels also need the master's name, as
    `/master/db`, and may have a password of their own, `?sentinel_password=`.
    """
    scheme, _, kind = urlsplit(url).scheme.partition("+")
    if scheme not in PROTOCOLS or kind not in PORTS or (scheme == "unix" and kind):
        raise _useless(
            "it begins with redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://"
        )
    try:
        return _several(url, scheme, kind) if kind else Place("", (), _options(url))
    except ValueError as error:
        raise _useless(str(error)) from error


def _several(url: str, scheme: str, kind: str) -> Place:
    """Read a URL with several hosts; raises ValueError."""
    parts = urlsplit(url)
    user, at, hosts = parts.netloc.rpartition("@")
    master, _, database = parts.path.strip("/").rpartition("/")
    if kind == "sentinel" and not master:
        master, database = database, ""
    if (kind == "sentinel") is not bool(master) or (
        kind == "cluster" and database not in ("", "0")
    ):
        raise ValueError(
            "redis+sentinel://host:port,host:port/master/0 and redis+cluster://host:port,host:port "
            "are what it may look like"
        )
    options = _options(f"{scheme}://{user}{at}host/{database or 0}?{parts.query}")
    own = {name: options.pop(f"sentinel_{name}", None) for name in ("username", "password")}
    watchers = options | {"db": 0} | (own if kind == "sentinel" else {})
    addresses = tuple(_address(host, PORTS[kind]) for host in hosts.split(","))
    return Place(kind, addresses, options, master, watchers)


def _options(url: str) -> Options:
    options: Options = parse_url(url)  # type: ignore[no-untyped-call]
    return options


def _address(text: str, default: int) -> Address:
    parts = urlsplit(f"//{text}")
    if not parts.hostname:
        raise ValueError(f"{text!r} is no host")
    return parts.hostname, parts.port or default


def _at(address: Address) -> Options:
    return {"host": address[0], "port": address[1]}


def _connection(options: Options, seconds: float) -> Any:
    options = options | _manners(seconds)
    return options.pop("connection_class", Connection)(**options)


def _manners(seconds: float) -> Options:
    """No retries: a lost connection must show, since messages may be lost with it."""
    return {
        "socket_timeout": seconds,
        "socket_connect_timeout": seconds,
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,
    }


def _fields(info: bytes) -> dict[str, str]:
    """Read an answer of INFO."""
    pairs = (line.partition(":") for line in info.decode(errors="replace").splitlines())
    return {name: value for name, colon, value in pairs if colon}


def _useless(reason: str) -> SettingsError:
    # Not the URL itself: it may hold a password.
    return SettingsError(f"COMMANDCENTER_REDIS_URL cannot be used: {reason}")
