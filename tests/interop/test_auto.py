"""The Auto interface beside the reference's: they find each other on a network of their own, and lose each other."""

import sys
import time

import daemon
import group_client
import pytest
import RNS
from group_client import GroupClient
from lan import lan  # noqa: F401
from peer import Peer
from roost import Roost
from test_network import Heard, everything

PATIENCE = 60


def neighbour(home, options):
    """Is on the network before the group is; learns the group's addresses from standard input."""
    group_client.CONFIG = daemon.config(daemon.section("Lan", type="AutoInterface", **options))
    groups = Heard("meshchat.group")
    client = GroupClient("", 0, b"", home)
    RNS.Transport.register_announce_handler(groups)
    print("ONLINE")
    client.group_hash = bytes.fromhex(sys.stdin.readline())
    heard = groups.news.wait(PATIENCE)
    client.find()
    client.open()
    result = dict(everything(client), heard=heard, hops=RNS.Transport.hops_to(client.group_hash))
    print("DONE")
    # What happens to the network now is up to the test; afterwards the group must be there again.
    while sys.stdin.readline().strip() == "again":
        # What was learned over the old address holds for days, so whoever wants to go on asks again.
        RNS.Transport.path_table.pop(client.group_hash, None)
        while not RNS.Transport.has_path(client.group_hash):
            RNS.Transport.request_path(client.group_hash)
            time.sleep(0.5)
        client.open()
        assert client.request("/api/v1/info")["name"] == "Roost"
        print("AGAIN")
    return result


@pytest.fixture
def running():
    started = []
    yield started
    for program in started:
        program.stop()


def wait_for(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what()
        time.sleep(0.1)


def start_neighbour(network, home, running, **options):
    peer = Peer(neighbour, inside=network.there.prefix, home=str(home), options=options)
    running.append(peer)
    peer.read_line("ONLINE")
    return peer


def start_group(network, data, running, *arguments):
    group = Roost(data, inside=network.here.prefix)
    running.append(group)
    return group.start(*arguments, listen=None)


@pytest.mark.parametrize(
    "cables, theirs, ours",
    [
        (1, {}, ["--auto"]),
        # Everything is heard twice.
        (2, {"network_name": "perch"}, ["--auto", "--network-name", "perch"]),
    ],
    ids=["one network", "two networks, access code"],
)
def test_neighbour_hears_the_group_and_does_everything(lan, tmp_path, running, cables, theirs, ours):  # noqa: F811
    network = lan(cables)
    peer = start_neighbour(network, tmp_path / "peer", running, **theirs)
    group = start_group(network, tmp_path / "data", running, *ours)
    peer.tell(group.group)
    peer.read_line("DONE")
    peer.tell("enough")
    result = peer.result(PATIENCE)
    assert result == {"name": "Roost", "whole": True, "signed": True, "heard": True, "hops": 1}
    assert group.log().count("found a peer") == cables, group.log()
    assert group.terminate() == 0
    assert group.query("SELECT count(*) FROM group_messages") == [(4,)]


def test_devices_that_go_and_come_and_change_their_address(lan, tmp_path, running):  # noqa: F811
    network = lan()
    group = start_group(network, tmp_path / "data", running, "--auto")
    peer = start_neighbour(network, tmp_path / "peer", running)
    peer.tell(group.group)
    peer.read_line("DONE")

    network.here.run("ip", "link", "set", "lan0", "down")
    wait_for(lambda: "network device is gone" in group.log(), group.log)
    wait_for(lambda: "no network device has an IPv6 link-local address" in group.log(), group.log)
    network.here.run("ip", "link", "set", "lan0", "up")
    wait_for(lambda: group.log().count("found a peer") == 2, group.log)
    peer.tell("again")
    peer.read_line("AGAIN")

    old = network.here.address("lan0")
    network.here.run("ip", "address", "add", "fe80::7/64", "dev", "lan0")
    network.here.run("ip", "address", "delete", f"{old}/64", "dev", "lan0")
    wait_for(lambda: group.log().count("found a peer") == 3, group.log)
    peer.tell("again")
    peer.read_line("AGAIN")
    peer.tell("enough")
    peer.result(PATIENCE)
    assert group.terminate() == 0
