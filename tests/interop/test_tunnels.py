"""Tunnels with the reference: whoever connects again is reached again, though nobody announces anything."""

import time

import daemon
import pytest
from peer import Peer
from programs import Machine, finish
from roost import Roost

LISTENER = """[reticulum]
enable_transport = true
[interfaces.Clients]
type = "TCPServerInterface"
listen_ip = "127.0.0.1"
listen_port = {port}
"""


@pytest.fixture
def started():
    started = []
    yield started
    for running in reversed(started):
        running.stop()


def serve_quietly(port, home):
    """Announces once and proves what comes; says when it has lost its connection and made it again."""
    import RNS

    daemon.write(home, daemon.config(daemon.client(port)))
    RNS.Reticulum(home)
    identity = RNS.Identity()
    service = RNS.Destination(identity, RNS.Destination.IN, RNS.Destination.SINGLE, "interop", "service")
    service.set_proof_strategy(RNS.Destination.PROVE_ALL)
    service.announce()
    print("READY " + service.hash.hex())
    connection = RNS.Transport.interfaces[0]
    for state in [False, True]:
        while connection.online is not state:
            time.sleep(0.02)
    print("AGAIN")
    while True:
        time.sleep(1)


def assert_reached_by_a_newcomer(home, port, service, started):
    """Does a probe of somebody who knows nothing yet arrive?"""
    machine = Machine(home, daemon.client(port))
    started.append(machine)
    machine.wait_for_daemon()
    _, output = finish(machine.begin("rnprobe", "-t", "45", "interop.service", service))
    assert "received 1, packet loss 0.0%" in output, output


def test_after_our_restart_clients_of_our_listener_are_reached_without_a_new_announce(tmp_path, started):
    port = daemon.free_port()
    file = tmp_path / "server.toml"
    file.write_text(LISTENER.format(port=port))
    ours = Roost(tmp_path / "data").start("--config", str(file), listen=None)
    started.append(ours)
    peer = Peer(serve_quietly, port=port, home=str(tmp_path / "peer"))
    started.append(peer)
    service = peer.read_line("READY ")
    assert_reached_by_a_newcomer(tmp_path / "before", port, service, started)
    assert ours.terminate() == 0
    ours.start("--config", str(file), listen=None)
    peer.read_line("AGAIN")
    assert_reached_by_a_newcomer(tmp_path / "after", port, service, started)


def watch_tunnels(port, home):
    """A transport node that says which tunnel it has been offered, each time by another connection."""
    import RNS

    daemon.write(home, daemon.config(daemon.listener(port), transport="Yes"))
    RNS.Reticulum(home)
    print("UP")
    seen = []
    while True:
        for tunnel, entry in list(RNS.Transport.tunnels.items()):
            if entry[1] and not any(entry[1] is connection for connection in seen):
                seen.append(entry[1])
                print(f"TUNNEL {tunnel.hex()} {len(RNS.Transport.tunnels)}")
        time.sleep(0.02)


@pytest.mark.parametrize("transport", [[], ["--transport"]], ids=["end node", "transport node"])
def test_the_reference_knows_our_connection_again_after_our_restart(transport, tmp_path, group, started):
    port = daemon.free_port()
    node = Peer(watch_tunnels, port=port, home=str(tmp_path / "node"))
    started.append(node)
    node.read_line("UP")
    offers = []
    for _ in range(2):
        group.start("--connect", f"127.0.0.1:{port}", *transport, listen=None)
        offers.append(node.read_line("TUNNEL "))
        assert group.terminate() == 0
    assert offers[0] == offers[1] and offers[0].endswith(" 1"), offers
