"""Bad bytes on the wire, and bad moments: nothing of it reaches another client."""

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys

import member
from peer import Peer
from roost import BINARY, Roost

FLAG = b"\x7e"


def framed(packet):
    return FLAG + packet.replace(b"\x7d", b"\x7d\x5d").replace(FLAG, b"\x7d\x5e") + FLAG


def steady(port, group, home):
    """A client whose link stays open while others misbehave."""
    client = member.join(port, group, home)
    print("LINK", client.link.link_id.hex())
    sys.stdin.readline()
    client.request("/api/v1/messages/post", {"text": "still here"})
    return {"texts": [item["text"] for item in client.request("/api/v1/messages")["messages"]]}


def attack(port, link_id):
    """Garbage, truncated and oversized frames, and forged link packets, from a connection of their own."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(os.urandom(50_000))
        connection.sendall(FLAG + os.urandom(3) + FLAG + FLAG * 5)
        connection.sendall(framed(b"\x00\x00" + os.urandom(40_000)))
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for context, flags, payload in [
            (0xFF, 0x0F, os.urandom(99)),  # link proof
            (0xFC, 0x0C, os.urandom(64)),  # close
            (0xFE, 0x0C, os.urandom(64)),  # round trip time
            (0xFB, 0x0C, os.urandom(176)),  # identify
            (0x02, 0x0C, os.urandom(200)),  # Resource advertisement
            (0x05, 0x0F, os.urandom(64)),  # Resource proof
            (0x06, 0x0C, os.urandom(96)),  # Resource cancel
            (0xFA, 0x0C, b"\xff"),  # keepalive
            (0x00, 0x0F, os.urandom(96)),  # packet proof
            (0x09, 0x0C, os.urandom(112)),  # request
        ]:
            connection.sendall(framed(bytes([flags, 0]) + link_id + bytes([context]) + payload))
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(1)
        try:
            while connection.recv(4096):
                pass
        except (TimeoutError, ConnectionError):
            pass


def test_garbage_and_forged_packets_change_nothing_on_another_clients_link(server, tmp_path):
    peer = Peer(steady, **server.address(tmp_path / "peer"))
    try:
        link_id = bytes.fromhex(peer.read_line("LINK"))
        attack(server.port, link_id)
        peer.tell("go on")
        assert peer.result(60)["texts"] == ["still here"]
    finally:
        peer.stop()


def start_again(data):
    return subprocess.run(
        [BINARY, "run", "--data", str(data), "--listen", "127.0.0.1:0"], capture_output=True, text=True, timeout=60
    )


def test_second_instance_on_the_same_directory_is_told_who_holds_it(server):
    refused = start_again(server.data)
    assert refused.returncode != 0
    assert str(server.process.pid) in refused.stderr


def test_identity_file_is_for_its_owner_only(server):
    assert (server.data / "identity").stat().st_mode & 0o777 == 0o600


def test_restart_keeps_addresses_and_messages(tmp_path):
    server = Roost(tmp_path / "data").start()
    try:
        addresses = (server.group, server.lxmf)
        peer = Peer(steady, **server.address(tmp_path / "peer"))
        peer.read_line("LINK")
        peer.tell("go on")
        peer.result(60)
        assert server.terminate() == 0
        server.start()
        assert (server.group, server.lxmf) == addresses
        again = Peer(steady, **server.address(tmp_path / "peer"))
        again.read_line("LINK")
        again.tell("go on")
        assert again.result(60)["texts"] == ["still here", "still here"]
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(timeout=60) == 0
    finally:
        server.kill()


def test_directory_of_a_newer_version_is_refused_untouched(tmp_path):
    server = Roost(tmp_path / "data").start()
    assert server.terminate() == 0
    with sqlite3.connect(server.data / "roost.db") as database:
        database.execute("PRAGMA user_version = 9999")
    database.close()
    # Sockets can't be copied.
    shutil.copytree(server.data, tmp_path / "copy", ignore=shutil.ignore_patterns("desk"))
    refused = start_again(server.data)
    assert refused.returncode != 0
    assert "newer" in refused.stderr, refused.stderr
    for name in ["roost.db", "identity"]:
        assert (server.data / name).read_bytes() == (tmp_path / "copy" / name).read_bytes()


def closed_by_peer(port, group, home):
    import time

    client = member.connect(port, group, home)
    print("OPEN")
    deadline = time.monotonic() + 45
    while client.link.status != client.link.CLOSED and time.monotonic() < deadline:
        time.sleep(0.02)
    return client.link.teardown_reason


def test_sigterm_closes_links_and_exits_zero(server, tmp_path):
    peer = Peer(closed_by_peer, **server.address(tmp_path / "peer"))
    try:
        peer.read_line("OPEN")
        assert server.terminate() == 0
        assert peer.result(60) == 3, "Link.DESTINATION_CLOSED"
    finally:
        peer.stop()
