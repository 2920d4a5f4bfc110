"""Links: a peer opens one, closes it as soon as it stands, and opens the next."""

import sys
import threading

import server
from peer import Peer
from server import PATIENCE, Meter, Work

LINKS, WARM_UP = 300, 10


def open_and_close(port, group, home):
    import RNS

    import member

    client = member.connect(port, group, home, identify=False)

    def once():
        up, down = threading.Event(), threading.Event()
        link = RNS.Link(client.group, lambda link: up.set(), lambda link: down.set())
        if not up.wait(10):
            return 0
        link.teardown()
        down.wait(10)
        return 1

    for _ in range(WARM_UP):
        once()
    print("READY")
    sys.stdin.readline()
    return sum(once() for _ in range(LINKS))


def run(kind, home):
    node = server.start(kind, home)
    peer = Peer(open_and_close, port=node.port, group=node.group, home=str(home / "peer"))
    try:
        peer.read_line("READY")
        meter = Meter(node.pid)
        peer.tell("GO")
        opened = peer.result(PATIENCE)
        spent = meter.stop()
        assert opened == LINKS, f"{kind} opened {opened} of {LINKS}"
    finally:
        peer.stop()
        node.kill()
    return spent, LINKS


WORK = [Work("link set up and closed", 150, run)]
