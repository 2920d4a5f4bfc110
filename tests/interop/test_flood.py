"""Floods from one connection: the others are served all the while."""

import os
import socket
import statistics
import threading
import time

import member
from crowd import Crowd
from peer import Peer
from test_hostile import framed

SECONDS = 5
# What a person would still call an answer, on a busy machine with a debug build. Unfair queues give none at all.
PATIENCE = 10
LEAST_ANSWERS = 3
MOST_LOST = 2


def asking(port, group, home, seconds):
    """Asks again and again, and tells how long the answers took."""
    client = member.join(port, group, home)
    client.request("/api/v1/messages/post", {"text": "before"})
    client.timeout = PATIENCE
    print("ASKING")
    times, lost, deadline = [], 0, time.monotonic() + seconds
    while time.monotonic() < deadline:
        begun = time.monotonic()
        try:
            client.request("/api/v1/messages")
            times.append(time.monotonic() - begun)
        except TimeoutError:
            # The package notes a request after sending it: a process that is kept waiting in between loses the answer.
            lost += 1
            assert lost <= MOST_LOST, f"{lost} requests without an answer beside {len(times)} with one"
            deadline += time.monotonic() - begun
        time.sleep(0.02)
    client.request("/api/v1/messages/post", {"text": "after"})
    return {"slowest": max(times), "median": statistics.median(times), "answers": len(times), "lost": lost}


class Flood:
    """Sends frames as fast as they are taken, from one connection, and reads what comes back."""

    def __init__(self, port, make_frame):
        self.sent = 0
        self.stopped = False
        self.connection = socket.create_connection(("127.0.0.1", port))
        self.threads = [
            threading.Thread(target=self.send, args=(make_frame,)),
            threading.Thread(target=self.receive),
        ]
        for thread in self.threads:
            thread.start()

    def send(self, make_frame):
        try:
            while not self.stopped:
                self.connection.sendall(b"".join(framed(make_frame()) for _ in range(50)))
                self.sent += 50
        except OSError:
            pass

    def receive(self):
        try:
            while self.connection.recv(65536):
                pass
        except OSError:
            pass

    def stop(self):
        self.stopped = True
        self.connection.shutdown(socket.SHUT_RDWR)
        self.connection.close()
        for thread in self.threads:
            thread.join(5)


def link_request(destination):
    return lambda: b"\x02\x00" + destination + b"\x00" + os.urandom(64)


def path_request(destination):
    import RNS

    address = RNS.Destination.hash_from_name_and_identity("rnstransport.path.request", None)
    return lambda: b"\x08\x00" + address + b"\x00" + destination + os.urandom(16)


def announce():
    """Announces whose addresses fit their keys, so that only the signature tells that they are made up."""
    import RNS

    name = RNS.Identity.full_hash(b"lxmf.delivery")[:10]

    def frame():
        key = os.urandom(64)
        address = RNS.Identity.full_hash(name + RNS.Identity.truncated_hash(key))[:16]
        return b"\x01\x00" + address + b"\x00" + key + name + os.urandom(10) + os.urandom(64)

    return frame


def test_floods_from_some_connections_leave_another_served(server, tmp_path):
    destination = bytes.fromhex(server.group)
    peer = Peer(asking, **server.address(tmp_path / "peer"), seconds=SECONDS)
    floods = []
    try:
        peer.read_line("ASKING")
        for make_frame in [link_request(destination), path_request(destination), announce()]:
            floods.append(Flood(server.port, make_frame))
        result = peer.result(60)
    finally:
        for flood in floods:
            flood.stop()
        peer.stop()
    assert all(flood.sent > 500 for flood in floods)
    assert result["answers"] >= LEAST_ANSWERS and result["slowest"] < PATIENCE, result


def test_ten_thousand_announces_in_a_second_leave_a_member_served(server, tmp_path):
    announces = Crowd(10_000).announces(time.time())
    peer = Peer(asking, **server.address(tmp_path / "peer"), seconds=SECONDS)
    try:
        peer.read_line("ASKING")
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            begun = time.monotonic()
            for tenth in range(10):
                time.sleep(max(0, begun + tenth / 10 - time.monotonic()))
                connection.sendall(b"".join(announces[tenth * 1000 : (tenth + 1) * 1000]))
            result = peer.result(60)
    finally:
        peer.stop()
    print(result)
    assert result["answers"] >= LEAST_ANSWERS and result["slowest"] < PATIENCE, result
    assert server.terminate() == 0
    # They were not turned away either: more were checked than wait at any time.
    assert server.known_destinations() > 1024


def everything(port, group, home, seconds):
    """Asks for all messages on several links at once, as fast as it can, and waits for no answer."""
    import RNS

    client = member.join(port, group, home)
    links = []
    for _ in range(4):
        up = threading.Event()
        link = RNS.Link(client.group, established_callback=lambda link, up=up: up.set())
        assert up.wait(60)
        link.identify(client.identity)
        links.append(link)
    print("FLOODING")
    sent, deadline = 0, time.monotonic() + seconds
    while time.monotonic() < deadline:
        for link in links:
            link.request("/api/v1/messages", data={"limit": 1000, "max_bytes": 100000})
            sent += 1
    return {"sent": sent}


def test_one_who_asks_for_everything_at_once_leaves_another_served(server, tmp_path):
    greedy = Peer(everything, **server.address(tmp_path / "greedy"), seconds=SECONDS + 4)
    peer = None
    try:
        greedy.read_line("FLOODING")
        peer = Peer(asking, **server.address(tmp_path / "peer"), seconds=SECONDS)
        result = peer.result(60)
        assert greedy.result(60)["sent"] > 500
    finally:
        greedy.stop()
        if peer:
            peer.stop()
    assert result["answers"] >= LEAST_ANSWERS and result["slowest"] < PATIENCE, result
