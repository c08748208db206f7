"""URLs of Redis say where it is, or what is wrong with them."""

import pytest

from commandcenter.errors import SettingsError
from commandcenter.live.redis_server import RedisServer, read_place


@pytest.mark.parametrize(
    "url",
    [
        "http://:secret@host",
        "host:6379",
        "unix+cluster:///tmp/x",
        "redis+sentinel://:secret@host:26379",
        "redis+cluster://:secret@host:7000/3",
        "redis+cluster://:secret@",
        "redis+cluster://:secret@host:7000,",
        "redis+sentinel://:secret@host:port/city",
        "redis://:secret@host?no_such_option=1",
        "redis://:secret@host?socket_read_size=many",
    ],
)
def test_a_url_of_no_use_is_named_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match="COMMANDCENTER_REDIS_URL") as refused:
        RedisServer(url)
    assert "secret" not in str(refused.value)


def test_a_url_with_several_hosts_is_read() -> None:
    place = read_place("redis+sentinel://ops:a%40b@one,[::1]:5/city/2?sentinel_password=w")
    assert place.hosts == (("one", 26379), ("::1", 5))
    assert place.master == "city"
    assert (place.options["username"], place.options["password"]) == ("ops", "a@b")
    assert place.options["db"] == 2
    assert (place.watchers["username"], place.watchers["password"]) == (None, "w")
    assert place.watchers["db"] == 0
    nodes = read_place("rediss+cluster://:pw@one:1,two")
    assert nodes.hosts == (("one", 1), ("two", 6379))
    assert nodes.watchers["password"] == "pw"
    assert "pw" not in repr(nodes)
