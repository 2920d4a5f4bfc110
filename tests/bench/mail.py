"""Messages: members write to the group, in packets of their own and on a link, and each is stored before it is proved;
and what one of them writes goes out to all the others, who are online and prove it.
"""

import sys
import threading
import time

import server
from members import Post
from peer import Peer
from reference import TEXT
from server import PATIENCE, Meter, Work

WRITERS, MESSAGES, BURST = 20, 500, 32
# Not counted: what either server does once, such as preparing its statements.
WARM_UP = 40
READERS, POSTS = 100, 5
CROWD = 500
# The package notes a packet after it has sent it, so that now and then a proof comes too early and finds nobody. What was
# stored is counted at the end.
PATIENCE_OF_ONE = 1
# A reader that proves its message in Python shares the machine with the server.
PER_BURST = 50


def introduced(node, count):
    """A connection with so many members, and the group."""
    post = Post(node.port, count)
    group = post.find(bytes.fromhex(node.inbox))
    for start in range(0, count, PER_BURST):
        post.send(*(member.announce() for member in post.members[start : start + PER_BURST]))
        time.sleep(0.2)
    say(post, group, "/join")
    return post, group


def say(post, group, text):
    """Every member says that; the answers are waited for."""
    post.deliver([member.message(group, text) for member in post.members], PER_BURST)


def packets(at_once):
    def run(kind, home):
        node = server.start(kind, home, mail=True)
        try:
            post, group = introduced(node, WRITERS)
            senders = [post.members[number % WRITERS] for number in range(WARM_UP + MESSAGES)]
            frames = [sender.message(group, f"{number} {TEXT}") for number, sender in enumerate(senders)]
            post.deliver(frames[:WARM_UP], at_once)
            meter = Meter(node.pid)
            post.deliver(frames[WARM_UP:], at_once)
            spent = meter.stop()
            post.close()
            assert (stored := node.posts()) == len(frames), f"{kind} stored {stored} of {len(frames)}"
        finally:
            node.kill()
        return spent, MESSAGES

    return run


# Fewer than one member may write at once.
ON_A_LINK = 250


def write_on_a_link(port, inbox, home, at_once):
    """Joins, and sends messages on one link, so many at once."""
    import daemon
    import LXMF
    import RNS

    daemon.write(home, daemon.config(daemon.client(port)))
    RNS.Reticulum(home)
    address = bytes.fromhex(inbox)
    identity = RNS.Identity()
    source = RNS.Destination(identity, RNS.Destination.IN, RNS.Destination.SINGLE, "lxmf", "delivery")
    source.announce()
    RNS.Transport.request_path(address)
    assert RNS.Transport.await_path(address, PATIENCE)
    group = RNS.Destination(
        RNS.Identity.recall(address), RNS.Destination.OUT, RNS.Destination.SINGLE, "lxmf", "delivery"
    )
    up = threading.Event()
    link = RNS.Link(group, lambda link: up.set())
    assert up.wait(PATIENCE)
    # Who has said who they are is answered here.
    link.set_packet_callback(lambda message, packet: packet.prove())
    link.identify(identity)

    def packed(text):
        message = LXMF.LXMessage(group, source, text, desired_method=LXMF.LXMessage.DIRECT)
        message.pack()
        return message.packed

    def deliver(batch):
        receipts = [RNS.Packet(link, message).send() for message in batch]
        for receipt in receipts:
            # Made for the round trip of a link that carries one packet, it would give up on the last of many.
            receipt.set_timeout(PATIENCE)
        deadline = time.monotonic() + PATIENCE_OF_ONE
        while not all(receipt.status == RNS.PacketReceipt.DELIVERED for receipt in receipts):
            if time.monotonic() > deadline:
                return
            time.sleep(0.0005)

    deliver([packed("/join")])
    messages = [packed(f"{number} {TEXT}") for number in range(WARM_UP + ON_A_LINK)]
    deliver(messages[:WARM_UP])
    print("READY")
    sys.stdin.readline()
    for start in range(WARM_UP, len(messages), at_once):
        deliver(messages[start : start + at_once])


def on_a_link(at_once):
    def run(kind, home):
        node = server.start(kind, home, mail=True)
        arguments = {"port": node.port, "inbox": node.inbox, "home": str(home / "writer"), "at_once": at_once}
        writer = Peer(write_on_a_link, **arguments)
        try:
            writer.read_line("READY")
            meter = Meter(node.pid)
            writer.tell("GO")
            writer.result(PATIENCE)
            spent = meter.stop()
            assert (stored := node.posts()) == (sent := WARM_UP + ON_A_LINK), f"{kind} stored {stored} of {sent}"
        finally:
            writer.stop()
            node.kill()
        return spent, ON_A_LINK

    return run


def relayed(node, count, posts):
    """Posts go out to so many members; what the server took, and how long each took until the last had it."""
    post, group = introduced(node, count + 1)
    say(post, group, "/resume")
    author = post.members[0]
    meter = Meter(node.pid)
    times = []
    for number in range(posts):
        post.arrived.clear()
        start = time.monotonic()
        text = f"{number} {TEXT}"
        post.send(author.message(group, text))
        post.wait("a member did not get it", lambda: len(post.arrived) >= count)
        times.append(post.arrived[-1][0] - start)
        texts = [member.text(frame) for _, member, frame in post.arrived]
        assert all(said.endswith(text) for said in texts), texts
        assert len({member.address for _, member, _ in post.arrived}) == count
    spent = meter.stop()
    post.close()
    return spent, times


def relay(kind, home):
    node = server.start(kind, home, mail=True)
    try:
        spent, _ = relayed(node, READERS, POSTS)
    finally:
        node.kill()
    return spent, READERS * POSTS


def crowd(kind, home):
    """Not processor time: how long until the last of a crowd has a message."""
    node = server.start(kind, home, mail=True)
    try:
        _, times = relayed(node, CROWD, 1)
    finally:
        node.kill()
    return times[0], 1


WORK = [
    Work("messages in, each in a packet, one at a time", 200, packets(1)),
    Work(f"messages in, each in a packet, {BURST} at once", 200, packets(BURST)),
    Work("messages in, on a link, one at a time", 130, on_a_link(1)),
    Work(f"messages in, on a link, {BURST} at once", 130, on_a_link(BURST)),
    Work("a post relayed, for each who gets it", 200, relay),
    Work(f"time until {CROWD} members have a post", 300_000, crowd),
]
