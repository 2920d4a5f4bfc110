"""The programs of the Reticulum package on two machines that reach each other only through our transport nodes."""

import os
import re
import sys
import threading
import time

import daemon
import pytest
from peer import Peer
from programs import Machine, answered, copied, finish, found
from roost import Roost

ACCESS = {"network_name": "perch", "passphrase": "on a branch, in the rain"}
STRANGER = {"network_name": "perch", "passphrase": "on a roof"}
FILE_BYTES = 3_000_000


def node(home, access, *interfaces):
    """One of our transport nodes, whose visitors find what they ask for."""
    listener = {"type": "TCPServerInterface", "listen_ip": "127.0.0.1", "listen_port": 0, "max_clients": 8}
    sections = [dict(listener, mode="gateway"), *interfaces]
    text = "[reticulum]\nenable_transport = true\nrespond_to_probes = true\n"
    for number, section in enumerate(sections):
        text += f'[interfaces."{number}"]\n'
        for option, value in {**section, **access}.items():
            text += f"{option} = {value}\n" if isinstance(value, int) else f'{option} = "{value}"\n'
    home.mkdir()
    file = home / "server.toml"
    file.write_text(text)
    file.chmod(0o600)
    return Roost(home / "data").start("--config", str(file), listen=None)


def connect_to(port):
    return {"type": "TCPClientInterface", "mode": "gateway", "target_host": "127.0.0.1", "target_port": port}


class Mail:
    """A mailbox in a process on one of the machines."""

    def __init__(self, home):
        import LXMF
        import RNS

        RNS.Reticulum(home)
        identity = RNS.Identity()
        self.router = LXMF.LXMRouter(identity=identity, storagepath=f"{home}/lxmf-{os.getpid()}")
        self.address = self.router.register_delivery_identity(identity, display_name="Mail")
        self.arrived, self.messages = threading.Event(), []
        self.router.register_delivery_callback(lambda message: (self.messages.append(message), self.arrived.set()))
        self.address.announce()

    def send(self, to, text):
        """Sends a message over a link and waits until it is proved."""
        import LXMF
        import RNS

        identity = RNS.Identity.recall(to)
        while identity is None:
            RNS.Transport.request_path(to)
            identity = RNS.Transport.await_path(to, 10) and RNS.Identity.recall(to)
        destination = RNS.Destination(identity, RNS.Destination.OUT, RNS.Destination.SINGLE, "lxmf", "delivery")
        proved = threading.Event()
        message = LXMF.LXMessage(destination, self.address, text, desired_method=LXMF.LXMessage.DIRECT)
        message.register_delivery_callback(lambda _: proved.set())
        self.router.handle_outbound(message)
        assert proved.wait(45), f"{text!r} was not proved"

    def next(self):
        assert self.arrived.wait(45), "no message came"
        return self.messages[0]


def answer(home):
    mail = Mail(home)
    print("READY " + mail.address.hash.hex())
    message = mail.next()
    mail.send(message.source_hash, "and back")
    return message.content_as_string()


def ask(home, to):
    mail = Mail(home)
    mail.send(bytes.fromhex(to), "there")
    text = mail.next().content_as_string()
    # A daemon drops what it has read of a program that ends, and the proof may be among it.
    sys.stdin.read()
    return text


@pytest.fixture
def started():
    started = []
    yield started
    for running in reversed(started):
        running.stop()


def line_of_nodes(tmp_path, count, access, started):
    nodes = []
    for number in range(count):
        onward = [connect_to(nodes[-1].port)] if nodes else []
        nodes.append(node(tmp_path / f"node{number}", access, *onward))
        started.append(nodes[-1])
    return nodes


def begin_slowly(machine, *program):
    """A node searches for no more than three paths a second that a new neighbour asks for; then it does for 45 s what
    it has done with the first request, which is nothing.
    """
    time.sleep(0.5)
    return machine.begin(*program)


def probe_address(node):
    """Where one of our nodes answers probes."""
    return re.search("probes to rnstransport.probe are answered.*destination=([0-9a-f]{32})", node.log())[1]


@pytest.mark.parametrize("access", [{}, ACCESS], ids=["open", "closed"])
@pytest.mark.parametrize("count", [1, 2])
def test_all_programs_work_through_our_nodes(count, access, tmp_path, started):
    nodes = line_of_nodes(tmp_path, count, access, started)
    far = Machine(
        tmp_path / "far", daemon.client(nodes[-1].port, **access), transport="Yes", respond_to_probes="Yes"
    )
    near = Machine(tmp_path / "near", daemon.client(nodes[0].port, **access))
    started += [far, near]
    far.wait_for_daemon()
    near.wait_for_daemon()

    inbox = Peer(answer, home=str(far.home))
    started.append(inbox)
    received = tmp_path / "received"
    received.mkdir()
    copies = far.listen("rncp", "-n", "-b", "0", "-s", received, "-v")
    commands = far.listen("rnx", "-n")
    mail = Peer(ask, home=str(near.home), to=inbox.read_line("READY "))
    started.append(mail)

    file = tmp_path / "three megabytes"
    file.write_bytes(os.urandom(FILE_BYTES))
    programs = [
        ("rnpath", "-w", "45", copies),
        ("rnprobe", "-t", "45", "rnstransport.probe", far.probe_address()),
        ("rnprobe", "-t", "45", "rnstransport.probe", probe_address(nodes[-1])),
        ("rncp", "-w", "45", file, copies),
        ("rnx", "-w", "45", "-W", "45", commands, "echo it works"),
    ]
    path, probe, ours, copy, command = (begin_slowly(near, *program) for program in programs)

    found(path, count + 1)
    answered(probe, ours)
    code, output = finish(command)
    assert code == 0 and "it works" in output, output
    copied(copy, received, file)
    assert inbox.result(60) == "there"
    assert mail.result(60) == "and back"


def test_nothing_passes_for_who_has_the_wrong_passphrase(tmp_path, started):
    (ours,) = line_of_nodes(tmp_path, 1, ACCESS, started)
    far = Machine(tmp_path / "far", daemon.client(ours.port, **ACCESS), transport="Yes", respond_to_probes="Yes")
    stranger = Machine(tmp_path / "stranger", daemon.client(ours.port, **STRANGER))
    started += [far, stranger]
    far.wait_for_daemon()
    stranger.wait_for_daemon()
    inside, outside = far.listen("rncp", "-n", "-b", "0", "-v"), stranger.listen("rncp", "-n", "-b", "0", "-v")
    inwards = stranger.begin("rnpath", "-w", "5", inside)
    probe = stranger.begin("rnprobe", "-t", "5", "rnstransport.probe", far.probe_address())
    outwards = far.begin("rnpath", "-w", "5", outside)
    known = far.begin("rnpath", "-w", "45", ours.group)
    for process in (inwards, outwards):
        # The exit code depends on which of rnpath's threads is last.
        _, output = finish(process)
        assert "Path not found" in output and "Path found" not in output, output
    _, output = finish(probe)
    assert "Path request timed out" in output, output
    # Meanwhile the same node serves who knows it.
    found(known, 1)
    assert ours.terminate() == 0
    assert "wrong access code" in ours.log()
