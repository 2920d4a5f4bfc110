"""Programs that reach each other only over emulated radios: theirs with theirs, and with ours."""

import sys
import threading

import RNS
from peer import Peer
from radio import start

ASPECTS = ("interop", "radio")


class Heard:
    """Collects announces."""

    aspect_filter = ".".join(ASPECTS)

    def __init__(self):
        self.identity = None
        self.news = threading.Event()

    def received_announce(self, destination_hash, announced_identity, app_data):
        self.identity = announced_identity
        self.news.set()


def wait(event, what, patience=100):
    assert event.wait(patience), what


def echo(path, data, request_id, remote_identity, requested_at):
    return [b"heard", data]


def serve(home, interface):
    """Announces when told to, answers requests, and takes a Resource."""
    start(home, interface)
    destination = RNS.Destination(RNS.Identity(), RNS.Destination.IN, RNS.Destination.SINGLE, *ASPECTS)
    destination.register_request_handler("/echo", echo, allow=RNS.Destination.ALLOW_ALL)
    taken, data = threading.Event(), []

    def took(resource):
        data.append(resource.data.read())
        taken.set()

    def linked(link):
        link.set_resource_strategy(RNS.Link.ACCEPT_ALL)
        link.set_resource_concluded_callback(took)

    destination.set_link_established_callback(linked)
    print("UP")
    sys.stdin.readline()
    destination.announce()
    wait(taken, "no Resource came")
    sys.stdin.readline()
    return {"hash": destination.hash.hex(), "resource": len(data[0])}


def visit(home, interface):
    """Waits for an announce; then a link, a request, and a Resource."""
    start(home, interface)
    heard = Heard()
    RNS.Transport.register_announce_handler(heard)
    print("UP")
    wait(heard.news, "no announce")
    destination = RNS.Destination(heard.identity, RNS.Destination.OUT, RNS.Destination.SINGLE, *ASPECTS)
    linked, answered, delivered = threading.Event(), threading.Event(), threading.Event()
    link = RNS.Link(destination, established_callback=lambda link: linked.set())
    wait(linked, "no link")
    receipt = link.request("/echo", b"hello", response_callback=lambda receipt: answered.set(), timeout=60)
    wait(answered, "no answer")
    RNS.Resource(bytes(range(256)) * 3, link, callback=lambda resource: delivered.set(), auto_compress=False)
    wait(delivered, "the Resource was not proved")
    return {"hash": destination.hash.hex(), "answer": [part.decode() for part in receipt.response], "rtt": link.rtt}


def meet(ether, tmp_path, spreading_factor):
    """Two Python nodes on two radios; what each has to tell, and what the radios have sent."""
    peers = [
        Peer(role, home=str(tmp_path / role.__name__), interface=ether.interface(station, spreading_factor))
        for station, role in enumerate([serve, visit])
    ]
    server, visitor = peers
    try:
        for peer in peers:
            peer.read_line("UP")
        server.tell("announce")
        seen = visitor.result(120)
        server.tell("end")
        return server.result(30), seen, ether.counts()
    finally:
        for peer in peers:
            peer.stop()


def test_two_python_nodes_talk_over_emulated_rnodes(ether, tmp_path):
    served, seen, counts = meet(ether(), tmp_path, spreading_factor=8)
    assert served["hash"] == seen["hash"] and served["resource"] == 768
    assert seen["answer"] == ["heard", "hello"]
    # Faster than the air is nobody.
    assert seen["rtt"] > 0.6
    assert counts[0]["packets"] >= 5 and counts[1]["frames"] > counts[1]["packets"]
    print(seen, counts)
