"""Our router with members who have older versions of the package `lxmf`, on the current `rns`."""

import pytest
from lxmf_routers import Pair
from test_bridge_lxmf import arrives, each_way


@pytest.fixture(scope="module", params=["0.8.0", "1.0.1"])
def pair(request):
    pair = Pair("ours", request.param)
    assert pair.routers[1].version == request.param
    yield pair.routers
    pair.end()


def test_messages_of_every_size_arrive_both_ways(pair):
    for sender, recipient in each_way(pair):
        for how, content in [("opportunistic", "hello"), ("direct", "short"), ("direct", "long " * 1000)]:
            arrives(sender.mail(how, recipient, content), sender, recipient, how, content)


def test_an_old_sender_s_packet_of_391_bytes_is_taken(pair):
    ours, old = pair
    message = old.mail("opportunistic", ours, "x" * 295)
    arrives(message, old, ours, "opportunistic", "x" * 295)
    assert ours.fails("lxmf_send_opportunistic", destination_hash=old.address, content="x" * 295)


def test_papers_are_read_by_the_other_side(pair):
    for sender, recipient in each_way(pair):
        paper = sender.call("lxmf_write_paper", destination_hash=recipient.address, content="by hand")
        recipient.call("lxmf_read_paper", uri=paper["uri"])
        assert recipient.next()["message_hash"] == paper["message_hash"]
