"""The two servers under measurement: how they are started, asked what they know, and what they have cost.

Not the load; that comes from processes and threads of its own.
"""

import time
from dataclasses import dataclass
from typing import Callable

import daemon
import reference
from peer import Peer
from roost import Roost

# So fast that 2 % of it, the share of announces that are passed on, is no limit here. An operator can say so for both.
BITRATE = 1_000_000_000
# A server rests when it takes no more than this beyond what it takes when idle.
RESTING = 0.001
WINDOW = 0.25
PATIENCE = 120


@dataclass(frozen=True)
class Work:
    """A kind of work. `run` gets the kind of server and a directory; it returns seconds and units."""

    name: str
    goal: int | None
    run: Callable


def cpu(pid):
    """Seconds that all threads of a process have run so far, those that have ended included."""
    # What clock_getcpuclockid(3) makes of a process id: nanoseconds, where /proc/PID/stat counts in hundredths.
    return time.clock_gettime((~pid << 3) | 2)


class Meter:
    """Counts what a server takes from here on, beyond what it takes when it has nothing to do."""

    def __init__(self, pid):
        self.pid = pid
        time.sleep(1)
        before, start = cpu(pid), time.monotonic()
        time.sleep(1)
        self.idle = (cpu(pid) - before) / (time.monotonic() - start)
        self.before, self.start = cpu(pid), time.monotonic()

    def stop(self):
        """Waits until the server rests; what it took."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            before, start = cpu(self.pid), time.monotonic()
            time.sleep(WINDOW)
            if cpu(self.pid) - before < RESTING + self.idle * (time.monotonic() - start):
                return cpu(self.pid) - self.before - self.idle * (time.monotonic() - self.start)
        raise AssertionError("the server does not come to rest")


class RoostServer:
    """The release binary, listening for TCP."""

    def __init__(self, home, transport=False, mail=True):
        self.data = home / "roost"
        self.data.mkdir(parents=True, exist_ok=True)
        self.port = daemon.free_port()
        (self.data / "server.toml").write_text(
            f'[interfaces."Clients"]\ntype = "TCPServerInterface"\nlisten_ip = "127.0.0.1"\n'
            f"listen_port = {self.port}\nbitrate = {BITRATE}\n"
            f"[reticulum]\nenable_transport = {str(transport).lower()}\n"
        )
        self.server = Roost(self.data).start(listen=None)
        self.pid, self.group, self.inbox = self.server.process.pid, self.server.group, self.server.lxmf

    def posts(self):
        """How many messages it has stored."""
        return self.server.query("SELECT count(*) FROM group_messages")[0][0]

    def stop(self):
        """Ends it; how many destinations of others it knew."""
        assert self.server.terminate() == 0, self.server.log()
        return self.server.known_destinations()

    def kill(self):
        self.server.kill()


class ReferenceServer:
    """A Python process with the package `rns`, listening for TCP; also a group of the simplest kind, on SQLite."""

    def __init__(self, home, transport=False, mail=False):
        home = home / "reference"
        self.port = daemon.free_port()
        # Roost limits newcomers as well when it is a transport node; the load is such that it doesn't matter there.
        listener = daemon.listener(self.port, bitrate=BITRATE, ingress_control="No")
        daemon.write(home, daemon.config(listener, transport="Yes" if transport else "No"))
        self.peer = Peer(reference.serve, home=str(home), mail=mail)
        self.group, self.inbox = self.peer.read_line("UP").split()
        self.pid = self.peer.process.pid

    def posts(self):
        """How many messages it has stored."""
        self.peer.tell("POSTS")
        return int(self.peer.read_line("POSTS"))

    def stop(self):
        """Ends it; how many destinations of others it knew."""
        self.peer.tell("STOP")
        return self.peer.result(PATIENCE)

    def kill(self):
        self.peer.stop()


def start(kind, home, transport=False, mail=False):
    """A server of that kind; what it keeps in `home` it finds again. Ours takes messages in any case."""
    return {"roost": RoostServer, "reference": ReferenceServer}[kind](home, transport, mail)
