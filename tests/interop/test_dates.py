"""Announces over restarts, as a neighbour sees them: each is dated later than the one before."""

import socket

import pytest

ANNOUNCE = 1
# Header, public key and name hash; then five random bytes come, and the time.
DATE = 19 + 64 + 10 + 5


def unframed(received):
    """The packets in a stream, the last only if it is whole."""
    for frame in received.split(b"\x7e")[:-1]:
        frame = frame.replace(b"\x7d\x5e", b"\x7e").replace(b"\x7d\x5d", b"\x7d")
        if len(frame) > DATE:
            yield frame


class Neighbour:
    """Takes the server's connections, and reads when its announces are dated."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(30)
        self.port = self.listener.getsockname()[1]

    def dates(self, count):
        """Those of the next announces, by destination, from a new connection."""
        connection, _ = self.listener.accept()
        connection.settimeout(30)
        received, dates = b"", {}
        while len(dates) < count:
            received += connection.recv(65536)
            for frame in unframed(received):
                if frame[0] & 0x03 == ANNOUNCE:
                    dates[frame[2:18]] = int.from_bytes(frame[DATE : DATE + 5], "big")
        connection.close()
        return dates


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_announces_are_newer_after_every_restart_however_soon(end, group):
    neighbour, seen = Neighbour(), []
    for _ in range(4):
        group.start("--connect", f"127.0.0.1:{neighbour.port}", listen=None)
        seen.append(neighbour.dates(2))
        getattr(group, end)()
    for earlier, later in zip(seen, seen[1:]):
        assert set(earlier) == set(later)
        assert all(later[destination] > earlier[destination] for destination in earlier)
