"""A test that fails."""


def test_one_is_two():
    assert 1 == 2
