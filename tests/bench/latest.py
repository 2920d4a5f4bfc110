"""Requests: a member asks for the last five messages, again and again on one link; each answer fits one packet."""

import sys
import threading

import server
from peer import Peer
from reference import MESSAGES, TEXT
from server import PATIENCE, Meter, Work

REQUESTS, WARM_UP = 300, 10
# The reference's client notes a request after it has sent it, so that now and then the reference's server is too quick
# and its answer finds nobody. The server has done its work all the same.
PATIENCE_OF_ONE = 1
LEAST_ANSWERS = 0.9 * REQUESTS


def ask(port, group, home, post):
    import member

    client = member.connect(port, group, home)
    if post:
        client.request("/api/v1/join")
        for _ in range(MESSAGES):
            client.request("/api/v1/messages/post", {"text": TEXT})

    def once():
        answered = threading.Event()
        receipt = client.link.request(
            "/api/v1/messages", {"limit": 5}, lambda receipt: answered.set(), timeout=PATIENCE_OF_ONE
        )
        return answered.wait(PATIENCE_OF_ONE) and len(receipt.response["messages"]) == 5

    for _ in range(WARM_UP):
        once()
    print("READY")
    sys.stdin.readline()
    return sum(once() for _ in range(REQUESTS))


def run(kind, home):
    node = server.start(kind, home)
    arguments = {"port": node.port, "group": node.group, "home": str(home / "peer"), "post": kind == "roost"}
    peer = Peer(ask, **arguments)
    try:
        peer.read_line("READY")
        meter = Meter(node.pid)
        peer.tell("GO")
        answered = peer.result(PATIENCE)
        spent = meter.stop()
        assert answered >= LEAST_ANSWERS, f"{kind} answered {answered} of {REQUESTS}"
    finally:
        peer.stop()
        node.kill()
    return spent, REQUESTS


WORK = [Work("request for the latest five, in a packet", 20, run)]
