"""Two Reticulum programs that reach each other only through our transport nodes: paths, probes, links, LXMF."""

import hashlib
import sys
import threading
import time

import daemon
import LXMF
import pytest
import RNS
from peer import Peer
from roost import Roost

MEGABYTE = 1_000_000


def start(port, home):
    daemon.write(home, daemon.config(daemon.client(port)))
    RNS.Reticulum(home)
    identity = RNS.Identity()
    router = LXMF.LXMRouter(identity=identity, storagepath=f"{home}/lxmf")
    return identity, router, router.register_delivery_identity(identity, display_name="Peer")


def find(destination_hash, deadline):
    """Waits until there are key and path, asking now and then."""
    asked = 0
    while RNS.Identity.recall(destination_hash) is None or not RNS.Transport.has_path(destination_hash):
        assert time.monotonic() < deadline, f"no path to {destination_hash.hex()}"
        if time.monotonic() - asked > 5:
            RNS.Transport.request_path(destination_hash)
            asked = time.monotonic()
        time.sleep(0.05)
    return RNS.Identity.recall(destination_hash)


def wait(event, what):
    assert event.wait(45), what


def large(path, data, request_id, remote_identity, requested_at):
    return b"\x5a" * MEGABYTE


def answer(port, home):
    """The far end: proves probes, serves requests and Resources, and answers one message."""
    identity, router, address = start(port, home)
    received = threading.Event()
    messages = []

    def keep(message):
        messages.append(message)
        received.set()

    router.register_delivery_callback(keep)
    service = RNS.Destination(identity, RNS.Destination.IN, RNS.Destination.SINGLE, "interop", "service")
    service.set_proof_strategy(RNS.Destination.PROVE_ALL)
    service.register_request_handler("/large", large, allow=RNS.Destination.ALLOW_ALL)
    digests = []

    def accept(link):
        link.set_resource_strategy(RNS.Link.ACCEPT_ALL)
        link.set_resource_concluded_callback(
            lambda resource: digests.append(hashlib.sha256(resource.data.read()).hexdigest())
        )

    service.set_link_established_callback(accept)
    service.announce()
    address.announce()
    print(f"READY {service.hash.hex()} {address.hash.hex()}")
    wait(received, "no message came")
    source = find(messages[0].source_hash, time.monotonic() + 60)
    back = RNS.Destination(source, RNS.Destination.OUT, RNS.Destination.SINGLE, "lxmf", "delivery")
    proved = threading.Event()
    reply = LXMF.LXMessage(back, address, "and back", desired_method=LXMF.LXMessage.DIRECT)
    reply.register_delivery_callback(lambda _: proved.set())
    router.handle_outbound(reply)
    wait(proved, "the reply was not proved")
    return {"text": messages[0].content_as_string(), "digests": digests}


def ask(port, home, service, inbox):
    """The near end: does everything that needs a network in between."""
    identity, router, address = start(port, home)
    received = threading.Event()
    messages = []
    router.register_delivery_callback(lambda message: (messages.append(message), received.set()))
    deadline = time.monotonic() + 60
    far = find(bytes.fromhex(service), deadline)
    destination = RNS.Destination(far, RNS.Destination.OUT, RNS.Destination.SINGLE, "interop", "service")
    hops = RNS.Transport.hops_to(destination.hash)

    probe = RNS.Packet(destination, b"sixteen bytes...").send()
    probe.set_timeout(60)
    # A callback might come too late for a quick proof.
    while probe.get_status() != RNS.PacketReceipt.DELIVERED:
        assert time.monotonic() < deadline, "the probe was not proved"
        time.sleep(0.02)

    up = threading.Event()
    link = RNS.Link(destination, established_callback=lambda _: up.set())
    wait(up, "no link")
    done = threading.Event()
    request = link.request("/large", None, response_callback=lambda _: done.set(), timeout=60)
    wait(done, "no answer")
    sent = threading.Event()
    data = bytes(range(250)) * (MEGABYTE // 250)
    resource = RNS.Resource(data, link, callback=lambda _: sent.set(), auto_compress=False)
    wait(sent, "the Resource did not arrive")

    find(bytes.fromhex(inbox), deadline + 60)
    to = RNS.Destination(far, RNS.Destination.OUT, RNS.Destination.SINGLE, "lxmf", "delivery")
    address.announce()
    message = LXMF.LXMessage(to, address, "there", desired_method=LXMF.LXMessage.OPPORTUNISTIC)
    router.handle_outbound(message)
    wait(received, "no reply")
    # The package notes what it sends after it has left, so that a quick proof may find nobody: then the reply comes again.
    sys.stdin.read()
    return {
        "hops": hops,
        "link_mtu": link.mtu,
        "answer": len(request.get_response()),
        "resource": resource.status == RNS.Resource.COMPLETE,
        "digest": hashlib.sha256(data).hexdigest(),
        "reply": messages[0].content_as_string(),
    }


@pytest.mark.parametrize("between", [1, 2])
def test_two_programs_reach_each_other_through_our_transport_nodes(between, tmp_path):
    nodes, peers = [], []
    try:
        for number in range(between):
            connect = ["--connect", f"127.0.0.1:{nodes[-1].port}"] if nodes else []
            nodes.append(Roost(tmp_path / f"data{number}").start("--transport", *connect))
        far = Peer(answer, port=nodes[-1].port, home=str(tmp_path / "far"))
        peers.append(far)
        service, inbox = far.read_line("READY ").split()
        near = Peer(ask, port=nodes[0].port, home=str(tmp_path / "near"), service=service, inbox=inbox)
        peers.append(near)
        answered, asked = far.result(120), near.result(60)
    finally:
        for process in peers:
            process.stop()
        for node in nodes:
            node.kill()
    for node in nodes:
        assert "panicked" not in node.log(), node.log()
    assert asked["hops"] == between + 1
    assert asked["link_mtu"] > 500
    assert asked["answer"] == MEGABYTE and asked["resource"] and asked["reply"] == "and back"
    assert answered == {"text": "there", "digests": [asked["digest"]]}


def reach(port, home, service):
    start(port, home)
    destination_hash = bytes.fromhex(service)
    RNS.Transport.request_path(destination_hash)
    time.sleep(3)
    return RNS.Transport.has_path(destination_hash)


def wait_for_line(port, home):
    identity, _, _ = start(port, home)
    service = RNS.Destination(identity, RNS.Destination.IN, RNS.Destination.SINGLE, "interop", "service")
    service.announce()
    print(f"READY {service.hash.hex()}")
    input()


def test_without_transport_nothing_passes(server, tmp_path):
    far = Peer(wait_for_line, port=server.port, home=str(tmp_path / "far"))
    near = None
    try:
        service = far.read_line("READY ")
        near = Peer(reach, port=server.port, home=str(tmp_path / "near"), service=service)
        assert near.result(60) is False
    finally:
        far.stop()
        if near:
            near.stop()
