"""What an answer calls is seen, also when it takes the watch away for a while."""

import sys
import tracemalloc

from coursekit.kernel.calls import call
from coursekit.kernel.watching import LEFT


def takes_it_away_for_a_while():
    watch = sys.getprofile()
    sys.setprofile(None)
    sys.setprofile(watch)


def test_a_watch_that_was_taken_away_for_a_while_is_noted():
    assert LEFT in call(takes_it_away_for_a_while, watch=("n2t",))["called"]


def test_the_watch_does_not_see_its_own_end():
    assert LEFT not in call(lambda: None, watch=("",))["called"]


def test_only_the_answer_is_seen_to_ask_for_memory():
    watch = ("tracemalloc", "_tracemalloc")
    assert not call(lambda: None, memory=True, watch=watch)["called"]
    found = call(lambda: tracemalloc.stop(), memory=True, watch=watch)
    assert "_tracemalloc.stop" in found["called"]
