"""The group behind other people's nodes: two hops away, behind a shared instance, after the node between has died."""

import subprocess
import sys
import threading

import daemon
import group_client
import member
import pytest
from group_client import GroupClient
from peer import Peer, call


@pytest.fixture
def daemons():
    started = []
    yield started
    for running in started:
        running.stop()


class Heard:
    """Collects the announces of one kind of destination."""

    def __init__(self, aspect_filter):
        self.aspect_filter = aspect_filter
        self.hashes = set()
        self.news = threading.Event()

    def received_announce(self, destination_hash, announced_identity, app_data):
        self.hashes.add(destination_hash)
        self.news.set()


def everything(client):
    """What a member does: ask, join, post and send in all ways, read back."""
    info = client.request("/api/v1/info")
    client.request("/api/v1/join", {"nick": "Anna"})
    texts = ["by request", "opportunistic", "direct", "large " + "roost " * 10_000]
    client.post(texts[0])
    client.send(texts[1], member.OPPORTUNISTIC)
    client.send(texts[2], member.DIRECT)
    client.send(texts[3], member.DIRECT)
    messages = client.fetch()
    return {
        "name": info["name"],
        "whole": [message["text"].decode() for message in messages] == texts,
        "signed": all(message["verified"] for message in messages),
    }


def listening_member(port, home):
    """Is on the network before the group is; learns the group's addresses from standard input."""
    import RNS

    groups, inboxes = Heard("meshchat.group"), Heard("lxmf.delivery")
    client = GroupClient("127.0.0.1", port, b"", home)
    for heard in (groups, inboxes):
        RNS.Transport.register_announce_handler(heard)
    print("ONLINE")
    group, inbox = (bytes.fromhex(line) for line in sys.stdin.readline().split())
    heard = groups.news.wait(60) and inboxes.news.wait(60)
    client.group_hash = group
    client.find()
    client.open()
    result = everything(client)
    return dict(
        result,
        heard=heard and group in groups.hashes and inbox in inboxes.hashes,
        hops=[RNS.Transport.hops_to(group), RNS.Transport.hops_to(inbox)],
    )


@pytest.mark.parametrize("kind", ["TCPServerInterface", "BackboneInterface"])
def test_member_behind_a_transport_node_hears_the_group_and_does_everything(kind, tmp_path, group, daemons):
    port = daemon.free_port()
    daemons.append(daemon.transport_node(tmp_path / "node", port, kind))
    peer = Peer(listening_member, port=port, home=str(tmp_path / "peer"))
    daemons.append(peer)
    peer.read_line("ONLINE")
    group.start("--connect", f"127.0.0.1:{port}", listen=None)
    peer.tell(f"{group.group} {group.lxmf}")
    result = peer.result(60)
    assert result == {"name": "Roost", "whole": True, "signed": True, "heard": True, "hops": [2, 2]}
    assert group.terminate() == 0
    assert group.query("SELECT count(*) FROM group_messages") == [(4,)]


def through_shared_instance(home, config, group):
    """A program that finds a daemon on its own machine."""
    import RNS

    group_client.CONFIG = config
    client = GroupClient("", 0, bytes.fromhex(group), home)
    client.find()
    client.open()
    return dict(everything(client), shared=client.reticulum.is_connected_to_shared_instance)


def test_program_on_a_shared_instance_is_a_member_like_any_other(tmp_path, server, daemons):
    home = tmp_path / "home"
    config = daemon.config(daemon.client(server.port), shared=f"roost-test-{server.port}")
    daemons.append(daemon.start(home, config))
    result = call(through_shared_instance, home=str(home), config=config, group=server.group)
    assert result == {"name": "Roost", "whole": True, "signed": True, "shared": True}


def visit(port, group, home):
    client = member.connect(port, group, home)
    return client.request("/api/v1/info")["name"]


def test_group_is_reached_again_after_the_node_between_was_killed_and_restarted(tmp_path, group, daemons):
    port = daemon.free_port()
    # The group is there first: it tries until its node is.
    group.start("--connect", f"127.0.0.1:{port}", listen=None)
    for life in ["first", "second"]:
        daemons.append(daemon.transport_node(tmp_path / f"{life} node", port))
        # A new home each time: nothing is known, so the path is asked for again.
        home = str(tmp_path / f"{life} peer")
        assert call(visit, port=port, group=group.group, home=home) == "Roost"
        daemons.pop().stop()
    assert group.log().count("connected") >= 2


def test_path_requests_for_both_addresses_are_answered(tmp_path, server):
    home = tmp_path / "home"
    daemon.write(home, daemon.config(daemon.client(server.port)))
    for address in [server.group, server.lxmf]:
        command = [sys.executable, "-m", "RNS.Utilities.rnpath", "--config", str(home), "-w", "10", address]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"<{address}> is 1 hop away" in done.stdout, done.stdout
