"""The watch over library calls notes what was called, and who took it away."""

import json
import sys

import pytest

from coursekit.kernel.watching import LEFT, Watch


def test_a_watched_function_is_noted_and_others_are_not():
    with Watch(["json."]) as seen:
        json.dumps([1])
        len([1])
    assert "json.dumps" in seen.names
    assert all(name.startswith("json.") for name in seen.names)


def test_nothing_is_noted_of_the_watch_itself():
    with Watch(["json."], count=True) as seen:
        pass
    assert seen.names == set()


@pytest.mark.parametrize("put_back", [False, True])
def test_taking_the_watch_away_is_noted_even_if_it_is_put_back(put_back):
    with Watch(["json."]) as seen:
        profile = sys.getprofile()
        sys.setprofile(None)
        json.dumps([1])
        if put_back:
            sys.setprofile(profile)
    assert seen.names == {LEFT}
