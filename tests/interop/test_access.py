"""Access codes and interfaces against the reference: who knows name and passphrase is in, everybody else is not."""

import os
import socket

import group_client
import pytest
from group_client import GroupClient
from peer import call
from roost import Roost

NAME, PASSPHRASE = "perch", "on a branch, in the rain"


@pytest.fixture
def closed(tmp_path):
    """A server for those who know name and passphrase."""
    file = tmp_path / "passphrase"
    file.write_text(PASSPHRASE + "\n")
    file.chmod(0o600)
    server = Roost(tmp_path / "data").start("--network-name", NAME, "--passphrase-file", str(file))
    yield server
    server.kill()
    assert "panicked" not in server.log(), server.log()
    assert PASSPHRASE not in server.log()


def lines(options):
    return "".join(f'{option} = "{value}"\n' for option, value in options.items())


def client(port, group, home, access, timeout=30):
    """A client whose interface has these lines more."""
    group_client.CONFIG += lines(access)
    return GroupClient("127.0.0.1", port, bytes.fromhex(group), home, timeout)


def over(interface, group, home):
    """A client with this interface instead."""
    head, _, _ = group_client.CONFIG.partition("type =")
    group_client.CONFIG = head + lines({"enabled": "yes", **interface})
    return GroupClient(None, None, bytes.fromhex(group), home)


def member_over(interface, group, home):
    return take_part(over(interface, group, home))


def member_of_network(port, group, home, access):
    return take_part(client(port, group, home, access))


def take_part(us):
    us.find()
    us.open()
    name = us.request("/api/v1/info")["name"]
    us.request("/api/v1/join")
    # The last is a Resource each way, in frames as long as the interface allows, and nothing to compress.
    texts = ["hello", os.urandom(30_000).hex()]
    for text in texts:
        us.send(text)
    answer = us.request("/api/v1/messages", {"limit": 5, "max_bytes": 100_000})
    return {"name": bool(name), "texts": [item["text"] for item in answer["messages"]] == texts}


def stranger(port, group, home, access):
    us = client(port, group, home, access, timeout=2)
    try:
        us.find()
    except TimeoutError:
        return "nothing heard"
    return "heard"


def test_who_knows_name_and_passphrase_joins_and_posts(closed, tmp_path):
    access = {"network_name": NAME, "passphrase": PASSPHRASE}
    result = call(member_of_network, **closed.address(tmp_path / "peer"), access=access)
    assert result == {"name": True, "texts": True}
    assert closed.terminate() == 0
    assert "access code" not in closed.log()


@pytest.mark.parametrize(
    ("access", "reason"),
    [
        ({"network_name": NAME, "passphrase": "on a roof"}, "wrong access code"),
        ({"network_name": NAME, "passphrase": PASSPHRASE, "ifac_size": 64}, "wrong access code"),
        ({}, "no access code on a protected interface"),
    ],
)
def test_who_does_not_hears_nothing_and_is_counted(closed, tmp_path, access, reason):
    assert call(stranger, **closed.address(tmp_path / "peer"), access=access) == "nothing heard"
    assert closed.terminate() == 0
    assert reason in closed.log()


def free_udp_ports(count):
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def test_a_group_is_reached_over_udp(tmp_path):
    ours, theirs = free_udp_ports(2)
    interface = {
        "type": "UDPInterface",
        "listen_ip": "127.0.0.1",
        "listen_port": theirs,
        "forward_ip": "127.0.0.1",
        "forward_port": ours,
    }
    server = Roost(tmp_path / "data").start("--udp", f"127.0.0.1:{ours},127.0.0.1:{theirs}")
    try:
        result = call(member_over, interface=interface, group=server.group, home=str(tmp_path / "peer"))
        assert result == {"name": True, "texts": True}
        assert server.terminate() == 0
        assert "panicked" not in server.log()
    finally:
        server.kill()


def test_a_group_is_reached_through_programs_on_pipes_with_an_access_code(tmp_path):
    to_us, to_them = tmp_path / "to_us", tmp_path / "to_them"
    os.mkfifo(to_us)
    os.mkfifo(to_them)
    interface = {
        "type": "PipeInterface",
        "command": f"sh -c 'cat < {to_them} & exec cat > {to_us}'",
        "network_name": NAME,
    }
    server = Roost(tmp_path / "data").start(
        "--network-name", NAME, "--pipe", f"sh -c 'cat < {to_us} & exec cat > {to_them}'"
    )
    try:
        result = call(member_over, interface=interface, group=server.group, home=str(tmp_path / "peer"))
        assert result == {"name": True, "texts": True}
        assert server.terminate() == 0
        assert "panicked" not in server.log() and "wrong access code" not in server.log()
    finally:
        server.kill()
