"""A running server that reads its configuration again, and interfaces that fail and work again."""

import signal
import socket
import subprocess
import sys
import time

import daemon
import member
import pytest
from peer import Peer
from roost import BINARY

PATIENCE = 60
# `RNS.Link.CLOSED`.
CLOSED = 4
# `RNS.Link.DESTINATION_CLOSED`; one that goes stale says otherwise.
CLOSED_BY_PEER = 3


def listener(name, port, *lines):
    options = ['type = "TCPServerInterface"', 'listen_ip = "127.0.0.1"', f"listen_port = {port}", *lines]
    return "\n".join([f'[interfaces."{name}"]', *options, ""])


def write(group, *sections):
    group.data.mkdir(exist_ok=True)
    (group.data / "server.toml").write_text("\n".join(sections))


def reload(group):
    return subprocess.run([BINARY, "reload", "--data", group.data], capture_output=True, text=True, timeout=PATIENCE)


def wait_for(condition, group):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, group.log()
        time.sleep(0.05)


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def times_read(group):
    return group.log().count("read the configuration again")


def stay(port, group, home):
    """Keeps one link and asks over it as often as it is told."""
    client = member.connect(port, group, home)
    print("LINKED")
    while sys.stdin.readline().strip() == "ask":
        print("ANSWER " + client.request("/api/v1/info")["name"])
    deadline = time.monotonic() + PATIENCE / 2
    while client.link.status != CLOSED and time.monotonic() < deadline:
        time.sleep(0.05)
    return client.link.teardown_reason


@pytest.fixture
def peers():
    started = []
    yield started
    for peer in started:
        peer.stop()


def test_interfaces_come_and_go_and_those_that_stay_keep_their_links(group, tmp_path, peers):
    hub, second = daemon.free_port(), daemon.free_port()
    write(group, listener("Hub", hub), listener("Second", second, "enabled = false"))
    group.start(listen=None)
    peer = Peer(stay, port=hub, group=group.group, home=str(tmp_path / "peer"))
    peers.append(peer)
    peer.read_line("LINKED")
    assert not accepts(second)

    write(group, listener("Hub", hub), listener("Second", second))
    told = reload(group)
    assert told.returncode == 0 and str(group.process.pid) in told.stdout, told.stderr
    wait_for(lambda: accepts(second), group)

    # A mistake is heard where it is made; and where the server finds it, nothing changes.
    write(group, listener("Hub", hub, "enabld = true"))
    told = reload(group)
    assert told.returncode == 1 and "Did you mean enabled?" in told.stderr
    group.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "nothing was changed" in group.log(), group)
    assert "Did you mean enabled?" in group.log() and accepts(second)

    write(group, listener("Hub", hub))
    assert reload(group).returncode == 0
    wait_for(lambda: not accepts(second), group)
    peer.tell("ask")
    assert peer.read_line("ANSWER ") == "Roost"

    # On the same port, so the old one has to let go of it first.
    write(group, listener("Hub", hub, 'mode = "gateway"'))
    assert reload(group).returncode == 0
    wait_for(lambda: times_read(group) == 3 and accepts(hub), group)
    peer.tell("enough")
    assert peer.result(PATIENCE) == CLOSED_BY_PEER, "the link of an interface that restarts is closed, not left to time out"
    assert group.terminate() == 0
    assert reload(group).returncode == 1, "nobody is left to be told"


def test_listener_whose_port_is_taken_is_down_with_its_reason_until_it_is_free(group):
    works = daemon.free_port()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        write(group, listener("Hub", works), listener("Busy", port))
        group.start(listen=None)
        wait_for(lambda: "interface is down" in group.log(), group)
        assert accepts(works)
        line = next(line for line in group.log().splitlines() if "interface is down" in line)
        assert "interface=Busy" in line and "is in use by another program" in line
    wait_for(lambda: accepts(port), group)
    assert group.log().count("interface is down") == 1
    assert group.terminate() == 0
