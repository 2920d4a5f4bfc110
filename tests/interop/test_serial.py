"""Serial ports, TNCs and modems between the package's interfaces and ours: announce, request, and LXMF both ways."""

import os
import pty
import selectors
import socket
import sys
import threading
import time
import tty

import daemon
import group_client
import member
import pytest
from group_client import GroupClient
from peer import Peer
from radio import Ether
from test_network import Heard

PATIENCE = 100
CALLSIGN = {"callsign": "DL1ABC", "ssid": 7}
# Real transmitters take longer; here, the time only has to count.
QUICK = {"preamble": 20, "txtail": 10, "bitrate": 9600}


def persistently(act, attempts=4):
    """Nobody repeats a request that was lost on the air, so whoever asks does."""
    for attempt in range(attempts):
        try:
            return act()
        except TimeoutError:
            if attempt + 1 == attempts:
                raise


def visitor(home, interface):
    """Is there before the group is; then does what a member does, and gets an answer by LXMF."""
    import RNS

    group_client.CONFIG = daemon.config(interface)
    groups = Heard("meshchat.group")
    client = GroupClient("", 0, b"", home, timeout=PATIENCE)
    RNS.Transport.register_announce_handler(groups)
    print("ONLINE")
    client.group_hash = bytes.fromhex(sys.stdin.readline())
    heard = groups.news.wait(PATIENCE)
    client.find()
    client.timeout = 20
    persistently(client.open)
    name = persistently(lambda: client.request("/api/v1/info")["name"])
    persistently(lambda: client.request("/api/v1/join", {"nick": "Anna"}))
    persistently(lambda: client.post("by request"))
    client.timeout = PATIENCE
    client.send("opportunistic", member.OPPORTUNISTIC)
    client.router.announce(client.address.hash)
    client.send("/members", member.DIRECT)
    deadline = time.monotonic() + PATIENCE
    while not any("Anna" in message.content_as_string() for message in client.received):
        assert time.monotonic() < deadline, "no answer came by LXMF"
        time.sleep(0.1)
    client.timeout = 15
    texts = {message["text"].decode() for message in persistently(client.fetch)}
    return {"heard": heard, "name": name, "texts": sorted(texts), "mtu": client.link.mtu}


class Pump:
    """Carries bytes between two ends, until it is stopped."""

    def __init__(self, ends):
        """An end is a file, and what it opened beside."""
        self.ends = ends
        self.running = True
        self.thread = threading.Thread(target=self.carry)
        self.thread.start()

    def carry(self):
        with selectors.DefaultSelector() as selector:
            for one, other in [self.ends, self.ends[::-1]]:
                selector.register(one, selectors.EVENT_READ, other)
            while self.running:
                for key, _ in selector.select(0.1):
                    data = os.read(key.fd, 4096)
                    if not data:
                        return
                    os.write(key.data, data)

    def stop(self):
        self.running = False
        self.thread.join()
        for end in self.ends:
            os.close(end)


class Cable(Pump):
    """Two serial ports with a cable between them."""

    def __init__(self):
        pairs = [pty.openpty() for _ in range(2)]
        for _, port in pairs:
            # Held open: without a program at the other end, a terminal has hung up.
            tty.setraw(port)
        self.ports = [os.ttyname(port) for _, port in pairs]
        self.held = [port for _, port in pairs]
        super().__init__([device for device, _ in pairs])

    def stop(self):
        super().stop()
        for port in self.held:
            os.close(port)


class Modems(Pump):
    """Two modems behind TCP ports, each for one program, with the air between them."""

    def __init__(self):
        self.listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        self.ports = [listener.getsockname()[1] for listener in self.listeners]
        super().__init__(None)

    def carry(self):
        ends = []
        for listener in self.listeners:
            listener.settimeout(PATIENCE)
            ends.append(listener.accept()[0].detach())
        self.ends = ends
        super().carry()

    def stop(self):
        self.running = False
        self.thread.join()
        for end in [*(self.ends or []), *(listener.detach() for listener in self.listeners)]:
            os.close(end)


@pytest.fixture
def running():
    started = []
    yield started
    for program in reversed(started):
        program.stop()


def toml(kind, options):
    """Our interface."""

    def value(of):
        return str(of).lower() if isinstance(of, bool | int) else f'"{of}"'

    lines = [f"{option} = {value(of)}" for option, of in options.items()]
    return "\n".join(["[interfaces.Radio]", f'type = "{kind}"', *lines, ""])


def meet(tmp_path, group, running, kind, theirs, ours):
    peer = Peer(visitor, home=str(tmp_path / "peer"), interface=daemon.section("Radio", type=kind, **theirs))
    running.append(peer)
    peer.read_line("ONLINE")
    file = tmp_path / "server.toml"
    file.write_text(toml(kind, ours))
    group.start("--config", str(file), listen=None)
    peer.tell(group.group)
    seen = peer.result(PATIENCE + 40)
    assert group.terminate() == 0
    assert seen == {"heard": True, "name": "Roost", "texts": ["by request", "opportunistic"], "mtu": 500}
    return group.log()


def test_serial_interface(tmp_path, group, running):
    cable = Cable()
    running.append(cable)
    theirs, ours = ({"port": port, "speed": 115_200} for port in cable.ports)
    meet(tmp_path, group, running, "SerialInterface", theirs, ours)


@pytest.mark.parametrize(
    "kind, both",
    [
        ("KISSInterface", {"flow_control": True}),
        ("AX25KISSInterface", CALLSIGN),
    ],
)
def test_tnc(tmp_path, group, running, kind, both):
    ether = Ether(stations=0, tncs=2, bitrate=9600)
    running.append(ether)
    theirs, ours = ({"port": port, **QUICK, **both} for port in ether.ports)
    log = meet(tmp_path, group, running, kind, theirs, ours)
    assert "does not say that it is ready" not in log


def test_kiss_over_tcp(tmp_path, group, running):
    modems = Modems()
    running.append(modems)
    theirs, ours = (
        {"target_host": "127.0.0.1", "target_port": port, "kiss_framing": True, "fixed_mtu": 500, "bitrate": 9600}
        for port in modems.ports
    )
    # Ours needs nothing but the framing.
    ours = {option: ours[option] for option in ["target_host", "target_port", "kiss_framing"]}
    meet(tmp_path, group, running, "TCPClientInterface", theirs, ours)
