"""Tier L of our conformance bridge with a propagation node of the reference between the two."""

import time

import pytest
from lxmf_routers import Pair, eventually
from propagation import Lxmd


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    node = Lxmd(tmp_path_factory.mktemp("lxmd"), propagation_stamp_cost_target=13)
    node.start()
    yield node
    node.stop()


@pytest.fixture(scope="module", params=[("ours", "reference"), ("ours", "ours")], ids="-".join)
def pair(request, node):
    pair = Pair(*request.param)
    for router in pair.routers:
        router.call("lxmf_add_tcp_client_interface", target_port=node.port)
    yield pair.routers
    pair.end()


def find(router, node):
    """Asks for the way to the node until it is known.

    Seldom: the package answers who asks again while it asks itself, and then passes nothing on.
    """
    where = {"destination_hash": node.address}
    asked = 0.0

    def known():
        nonlocal asked
        if router.call("lxmf_has_path", **where)["has_path"]:
            return True
        # The connection may not be up yet.
        if time.monotonic() - asked > 2:
            asked = time.monotonic()
            router.call("lxmf_request_path", **where)
        return False

    eventually(known, bool)
    router.call("lxmf_set_outbound_propagation_node", destination_hash=node.address, stamp_cost=13)


def fetch(router, count):
    """Fetches until so many more messages are there. What a node has proved it has not always stored yet."""
    def fetched():
        ended = router.call("lxmf_sync_inbound", timeout_sec=60)
        come = router.call("lxmf_get_received_messages", since_seq=router.seen)["messages"]
        return ended, len(come)

    eventually(fetched, lambda answer: answer[1] >= count)
    return [router.next() for _ in range(count)]


def test_messages_left_at_a_node_are_fetched_once(pair, node):
    for router in pair:
        find(router, node)
    one, two = pair
    left = {}
    for sender, recipient in [(one, two), (two, one)]:
        contents = ["short", "long " * 1000]
        left[recipient] = {sender.mail("propagated", recipient, content, title="later"): content for content in contents}
    for sender, recipient in [(one, two), (two, one)]:
        for message in left[recipient]:
            sender.becomes(message, "sent")
        received = fetch(recipient, len(left[recipient]))
        assert {message["message_hash"]: message["content"] for message in received} == left[recipient]
        assert all((one["method"], one["title"]) == ("propagated", "later") for one in received)
    recipient.call("lxmf_sync_inbound", timeout_sec=60)
    assert recipient.call("lxmf_get_received_messages")["last_seq"] == recipient.seen
    eventually(lambda: node.messages(one.address, two.address), lambda kept: kept == 0)


def test_who_has_chosen_no_node_leaves_and_fetches_nothing():
    pair = Pair("ours", "ours")
    try:
        one, two = pair.routers
        one.becomes(one.mail("propagated", two, "where to?"), "failed")
        assert one.fails("lxmf_sync_inbound")
    finally:
        pair.end()
