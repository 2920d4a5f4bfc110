"""Scripted people by the thousand: what they cost stays within bounds, and a member is served all the while.

`tests/bench/bots` does the same with ten thousand of them and the release build.
"""

import bots

COUNT = 1_500


def test_a_crowd_of_bots_costs_little_and_takes_no_answer_from_a_member(server, tmp_path):
    cost = bots.flood(server, tmp_path, COUNT)
    print(bots.shown(cost))
    bots.check(cost, slowness=3)
    # They were not kept out by something else: all of them are people whom the group lets in.
    assert (cost.joined, cost.posted) == (COUNT, COUNT)
