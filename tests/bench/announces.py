"""Announces: distinct ones from a connection, checked by a leaf, or checked and passed on by a transport node.

Their signatures are made beforehand. A flood that a server would drop measures nothing, so they come at a pace that
both keep up with, and those that are passed on are of destinations that both know already: newcomers are limited.
"""

import socket
import threading
import time
from itertools import chain

import server
from crowd import Crowd, frames
from server import Meter, Work

PER_SECOND = 400
LEAF, PASSED_ON = 2000, 1000
BURST = 32


class Connection:
    """A connection to a server, which counts the announces that come back, by destination."""

    def __init__(self, port):
        self.heard = {}
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.thread = threading.Thread(target=self.receive)
        self.thread.start()

    def receive(self):
        for frame in chain.from_iterable(frames(self.socket)):
            self.note(frame)

    def note(self, frame):
        # Those that a transport node passes on carry its hash before the destination's.
        if frame[0] & 0x43 == 0x41:
            self.heard[frame[18:34]] = self.heard.get(frame[18:34], 0) + 1

    def send(self, frames, burst):
        start = time.monotonic()
        for sent in range(0, len(frames), burst):
            time.sleep(max(0, start + sent / PER_SECOND - time.monotonic()))
            self.socket.sendall(b"".join(frames[sent : sent + burst]))

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.socket.close()


def leaf(burst):
    def run(kind, home):
        frames = Crowd(LEAF).announces(time.time())
        node = server.start(kind, home)
        try:
            sender = Connection(node.port)
            meter = Meter(node.pid)
            sender.send(frames, burst)
            spent = meter.stop()
            sender.close()
            assert (known := node.stop()) == LEAF, f"{kind} learned {known} of {LEAF}"
        finally:
            node.kill()
        return spent, LEAF

    return run


def transport(kind, home):
    crowd = Crowd(PASSED_ON)
    earlier, later = crowd.announces(time.time() - 60), crowd.announces(time.time())
    introduced = server.start(kind, home)
    try:
        sender = Connection(introduced.port)
        meter = Meter(introduced.pid)
        sender.send(earlier, BURST)
        meter.stop()
        sender.close()
        assert introduced.stop() == PASSED_ON
    finally:
        introduced.kill()
    node = server.start(kind, home, transport=True)
    try:
        sender, listener = Connection(node.port), Connection(node.port)
        meter = Meter(node.pid)
        sender.send(later, BURST)
        # Each goes out twice, on both connections, the second time 5.5 s after the first.
        for connection in (listener, sender):
            deadline = time.monotonic() + 60
            while sum(connection.heard.values()) < 2 * PASSED_ON and time.monotonic() < deadline:
                time.sleep(0.1)
        spent = meter.stop()
        for connection in (listener, sender):
            connection.close()
            times = sorted(connection.heard.values())
            assert times == [2] * PASSED_ON, f"{kind} passed on {len(times)} of {PASSED_ON}, {sum(times)} times"
    finally:
        node.kill()
    return spent, PASSED_ON


WORK = [
    Work("announces checked, as they come", 60, leaf(1)),
    Work(f"announces checked, in bursts of {BURST}", 60, leaf(BURST)),
    Work("announces checked and passed on, twice on two", 100, transport),
]
