"""A feed is read anew each time, and says what is wrong with what came."""

import pytest

from commandcenter.api import Feed


@pytest.fixture
def recording(tmp_path):
    def write(content):
        (tmp_path / "sample.json").write_text(content, "utf-8")
        return Feed("sample.json", tmp_path)

    return write


def test_a_feed_by_http_is_what_its_server_says_now(fake_feed, tmp_path):
    feed = Feed(fake_feed.url, tmp_path)
    fake_feed.serve({"things": [1], "sample": "x"})
    assert feed.read("things")["things"] == [1]
    fake_feed.serve([2, 3])
    assert feed.read_list() == [2, 3]
    assert not feed.is_recorded, "an address is no recording, whatever it says"


def test_a_recording_says_that_it_is_one(recording):
    assert recording('{"sample": "示例", "things": []}').is_recorded
    assert not recording('{"things": []}').is_recorded


@pytest.mark.parametrize("content", ["[]", '{"others": []}', '{"things": {}}', '"things"'])
def test_what_is_no_object_with_the_list_is_refused_by_name(recording, content):
    feed = recording(content)
    with pytest.raises(ValueError, match=r"^sample\.json: an object with a list of things"):
        feed.read("things")


def test_what_is_no_list_and_what_is_no_json_is_refused_by_name(recording):
    with pytest.raises(ValueError, match=r"^sample\.json: a list is needed"):
        recording("{}").read_list()
    with pytest.raises(ValueError, match=r"^sample\.json: no JSON: "):
        recording("{").read_list()


def test_a_server_that_fails_and_a_file_that_is_missing_are_errors_of_the_system(
    fake_feed, tmp_path
):
    fake_feed.fail(503)
    for feed in (Feed(fake_feed.url, tmp_path), Feed("none.json", tmp_path)):
        with pytest.raises(OSError):
            feed.read_list()
