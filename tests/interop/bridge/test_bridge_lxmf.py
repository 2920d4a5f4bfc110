"""Tier L of our conformance bridge: messages between our router and the reference's, each way, by every method."""

import os

import pytest
from lxmf_routers import Pair, Router

ATTACHMENT = os.urandom(300_000)


@pytest.fixture(scope="module", params=[("ours", "reference"), ("reference", "ours"), ("ours", "ours")], ids="-".join)
def pair(request):
    pair = Pair(*request.param)
    yield pair.routers
    pair.end()


def each_way(routers):
    one, two = routers
    return [(one, two), (two, one)]


def arrives(message, sender, recipient, how, content, **expected):
    """The next message of the recipient is this one, and the sender knows it to be delivered."""
    received = recipient.next()
    assert received["message_hash"] == message
    assert (received["source_hash"], received["destination_hash"]) == (sender.address, recipient.address)
    assert (received["method"], received["content"]) == (how, content)
    for field, value in expected.items():
        assert received[field] == value
    sender.becomes(message, "delivered")


def test_opportunistic_messages_arrive(pair):
    for sender, recipient in each_way(pair):
        content = f"grüße von {sender.kind}"
        message = sender.mail("opportunistic", recipient, content, title="hi")
        arrives(message, sender, recipient, "opportunistic", content, title="hi", fields={})


def test_the_largest_opportunistic_message_arrives_and_one_byte_more_is_refused(pair):
    for sender, recipient in each_way(pair):
        message = sender.mail("opportunistic", recipient, "x" * 287)
        arrives(message, sender, recipient, "opportunistic", "x" * 287)
        longer = {"destination_hash": recipient.address, "content": "x" * 288}
        assert sender.fails("lxmf_send_opportunistic", **longer)


def test_direct_messages_arrive_as_packet_and_as_resource_ours_in_their_order(pair):
    for sender, recipient in each_way(pair):
        sent = [(sender.mail("direct", recipient, content), content) for content in ["short", "long " * 1000, "last"]]
        hashes = [message for message, _ in sent]
        came = []
        for _ in sent:
            one = recipient.next()
            assert (one["method"], one["source_hash"]) == ("direct", sender.address)
            came.append((one["message_hash"], one["content"]))
            # Ours sends a message when those before it are proved. The reference puts all on the link at once.
            if sender.kind == "ours":
                before = hashes[: hashes.index(one["message_hash"])]
                assert [sender.state(message) for message in before] == ["delivered"] * len(before)
        # The reference proves a Resource before it hands up the message in it, and meanwhile the next may overtake.
        in_order = {sender.kind, recipient.kind} == {"ours"}
        assert (came if in_order else sorted(came)) == (sent if in_order else sorted(sent))
        for message, _ in sent:
            sender.becomes(message, "delivered")


def test_fields_and_large_attachments_arrive(pair):
    fields = {
        "5": [[{"str": "name.bin"}, {"bytes": ATTACHMENT.hex()}], [{"bytes": b"two.txt".hex()}, {"bytes": "00"}]],
        "15": {"int": 2},
        "48": {"bytes": "ab" * 32},
        "251": [{"bool": True}, {"int": -5}],
    }
    expected = {
        "5": [["name.bin", ATTACHMENT.hex()], ["two.txt", "00"]],
        "15": 2,
        "48": "ab" * 32,
        "251": [True, -5],
    }
    for sender, recipient in each_way(pair):
        message = sender.mail("direct", recipient, "see below", fields=fields)
        arrives(message, sender, recipient, "direct", "see below", fields=expected)


def test_papers_are_read_by_the_other_side(pair):
    for sender, recipient in each_way(pair):
        paper = sender.call("lxmf_write_paper", destination_hash=recipient.address, content="by hand")
        if recipient.kind == "ours":
            paper["uri"] = paper["uri"].replace("lxm://", "LXM:///")
        else:
            assert sender.fails("lxmf_read_paper", uri=paper["uri"]), "it is for somebody else"
        recipient.call("lxmf_read_paper", uri=paper["uri"])
        received = recipient.next()
        assert (received["message_hash"], received["content"]) == (paper["message_hash"], "by hand")
        assert sender.fails("lxmf_write_paper", destination_hash=recipient.address, content="x" * 2300)


def test_nothing_comes_twice(pair):
    for router in pair:
        received = router.call("lxmf_get_received_messages")
        hashes = [message["message_hash"] for message in received["messages"]]
        assert len(set(hashes)) == len(hashes) == received["last_seq"]


def test_what_cannot_be_is_refused():
    router = Router("ours")
    try:
        unknown = {"destination_hash": "00" * 16, "content": "hello"}
        for how in ["opportunistic", "direct"]:
            assert router.fails(f"lxmf_send_{how}", **unknown)
        assert router.fails("lxmf_init")
        assert router.call("lxmf_get_message_state", message_hash="00" * 32) == {"state": "unknown"}
        assert router.call("lxmf_has_path", destination_hash="00" * 16) == {"has_path": False}
        assert router.call("lxmf_request_path", destination_hash="00" * 16) == {"requested": True}
        assert router.fails("lxmf_announce", wrong=True) is False
        for _ in range(2):
            assert router.call("lxmf_shutdown") == {"stopped": True}
        assert router.fails("lxmf_announce")
        assert router.stop() == 0
    finally:
        router.end()
