"""The pipe peer against the package's pipe interface: each of its actions, access codes, and as a relay between two."""

import contextlib
import json
import os
import pathlib
import subprocess
import threading
import time

import daemon
import pytest
import RNS
from peer import Peer

PROGRAM = pathlib.Path(os.environ["ROOST_BIN"]).parent / "examples" / "pipe_peer"
NAME = ("pipetest", "routing")
PATIENCE = 60


# The reference's side; each function runs in a process of its own.


class Heard:
    """Collects announces."""

    aspect_filter = ".".join(NAME)

    def __init__(self):
        self.hashes = []

    def received_announce(self, destination_hash, announced_identity, app_data):
        self.hashes.append(destination_hash)


def wait_for(condition, what, timeout=PATIENCE):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def start(home, command, **options):
    daemon.write(home, daemon.config(daemon.section("Peer", type="PipeInterface", command=command, **options)))
    heard = Heard()
    RNS.Reticulum(home)
    RNS.Transport.register_announce_handler(heard)
    print("UP")
    return heard


def described(destination_hash):
    return {
        "destination_hash": destination_hash.hex(),
        "hops": RNS.Transport.hops_to(destination_hash),
        "next_hop": RNS.Transport.next_hop(destination_hash).hex(),
        "public_key": RNS.Identity.recall(destination_hash).get_public_key().hex(),
    }


def hear(home, command, options):
    """Waits for an announce."""
    heard = start(home, command, **options)
    wait_for(lambda: heard.hashes, "no announce came")
    return described(heard.hashes[0])


def find(home, command, path):
    """Asks for a path to the destination whose hash comes to stand in a file."""
    heard = start(home, command)
    wait_for(lambda: pathlib.Path(path).exists() and pathlib.Path(path).read_text(), "the peer wrote no hash")
    destination = bytes.fromhex(pathlib.Path(path).read_text())
    assert not RNS.Transport.has_path(destination)
    RNS.Transport.request_path(destination)
    wait_for(lambda: RNS.Transport.has_path(destination), "no path came")
    return described(destination) | {"announces": len(heard.hashes)}


def serve(home, command, announces, options):
    """Has a destination, announces it so often, and proves what comes until standard input ends."""
    start(home, command, **options)
    destination = RNS.Destination(RNS.Identity(), RNS.Destination.IN, RNS.Destination.SINGLE, *NAME)
    destination.set_proof_strategy(RNS.Destination.PROVE_ALL)
    got = []
    destination.set_packet_callback(lambda data, _: got.append(data.decode()))
    destination.set_link_established_callback(
        lambda link: link.set_packet_callback(lambda data, _: got.append(data.decode()))
    )
    print(f"HASH {destination.hash.hex()}")
    for _ in range(announces):
        destination.announce()
        time.sleep(1)
    print("DONE")
    input()
    return got


def talk(home, command):
    """Hears an announce, sends a packet there, and one more over a link."""
    heard = start(home, command)
    wait_for(lambda: heard.hashes, "no announce came")
    identity = RNS.Identity.recall(heard.hashes[0])
    destination = RNS.Destination(identity, RNS.Destination.OUT, RNS.Destination.SINGLE, *NAME)
    receipt = RNS.Packet(destination, b"by packet").send()
    receipt.set_timeout(PATIENCE)
    wait_for(lambda: receipt.get_status() == RNS.PacketReceipt.DELIVERED, "the packet was not proved")
    link = RNS.Link(destination)
    wait_for(lambda: link.status == RNS.Link.ACTIVE, "no link")
    receipt = RNS.Packet(link, b"by link").send()
    receipt.set_timeout(PATIENCE)
    wait_for(lambda: receipt.get_status() == RNS.PacketReceipt.DELIVERED, "the packet on the link was not proved")
    link.teardown()
    return described(heard.hashes[0])


class Text(RNS.MessageBase):
    """A channel message of opaque bytes."""

    MSGTYPE = 0x0101

    def __init__(self, data=b""):
        self.data = data

    def pack(self):
        return self.data

    def unpack(self, raw):
        self.data = raw


def channel(home, command):
    """Opens a link to the peer, takes three messages from its channel, and sends one."""
    heard = start(home, command)
    wait_for(lambda: heard.hashes, "no announce came")
    identity = RNS.Identity.recall(heard.hashes[0])
    link = RNS.Link(RNS.Destination(identity, RNS.Destination.OUT, RNS.Destination.SINGLE, *NAME))
    got = []
    wait_for(lambda: link.status == RNS.Link.ACTIVE, "no link")
    messages = link.get_channel()
    messages.register_message_type(Text)
    messages.add_message_handler(lambda message: got.append(message.data.decode()))
    wait_for(lambda: len(got) == 3, f"not all messages came: {got}")
    messages.send(Text(b"and back"))
    print("SENT")
    input()
    link.teardown()
    print("CLOSED")
    input()
    return got


# Our side.


class PipePeer:
    """What a pipe peer says, whoever started it."""

    def __init__(self, directory, name="peer", **settings):
        self.log = pathlib.Path(directory) / f"{name}.events"
        self.log.touch()
        self.settings = {f"PIPE_PEER_{key}": str(value) for key, value in settings.items()}

    def command(self):
        """For a pipe interface that starts it."""
        words = " ".join(f"{key}={value}" for key, value in self.settings.items())
        return f"sh -c 'exec env {words} {PROGRAM} 2>{self.log}'"

    @contextlib.contextmanager
    def started(self, ends=None, pass_fds=()):
        """Runs it at the end of a line, or where nobody is, for as long as the block runs."""
        with contextlib.ExitStack() as files:
            stdin, stdout = subprocess.PIPE, subprocess.DEVNULL
            if ends:
                stdin, stdout = (files.enter_context(open(path, "rb+", buffering=0)) for path in ends)
            process = subprocess.Popen(
                [PROGRAM],
                env=os.environ | self.settings,
                stdin=stdin,
                stdout=stdout,
                stderr=files.enter_context(self.log.open("ab")),
                pass_fds=pass_fds,
            )
        try:
            yield self
        finally:
            process.kill()
            process.communicate()

    def events(self, kind=None):
        """All events so far, or those of one kind."""
        lines = self.log.read_text().splitlines()
        # The last line may not be whole yet.
        events = [json.loads(line) for line in lines if line.startswith('{"type":') and line.endswith("}")]
        return [event for event in events if kind in (None, event["type"])]

    def event(self, kind, timeout=PATIENCE):
        """The first event of a kind, as soon as there is one."""
        wait_for(lambda: self.events(kind), f"no {kind} from the peer", timeout)
        return self.events(kind)[0]


@pytest.fixture
def reference(tmp_path):
    """Starts functions of the reference's side; all of them end with the test."""
    running = []

    def begin(function, **arguments):
        home = tmp_path / f"reference{len(running)}"
        running.append(Peer(function, home=str(home), **arguments))
        return running[-1]

    yield begin
    for process in running:
        process.stop()


class Line:
    """Two named pipes, one for each way: a pipe interface or a peer at the far end, a peer or a relay at the near one."""

    def __init__(self, directory, name):
        # Where each end reads and writes.
        self.near = [str(directory / f"{name}.{way}") for way in ("in", "out")]
        self.far = self.near[::-1]
        for path in self.near:
            os.mkfifo(path)
        # For both ways each: so neither end waits for the other to come, and none ends when the other goes.
        self.descriptors = [os.open(path, os.O_RDWR) for path in self.near]

    def command(self):
        """For a pipe interface at the far end. It holds no output of its parent's that others wait for."""
        return f"sh -c 'exec 2>/dev/null; cat <{self.far[0]} & exec cat >{self.far[1]}'"

    def close(self):
        for descriptor in self.descriptors:
            os.close(descriptor)


@pytest.fixture
def line(tmp_path):
    line = Line(tmp_path, "line")
    yield line
    line.close()


ACCESS = {"IFAC_NETNAME": "perch", "IFAC_PASSPHRASE": "on-a-branch"}
OPTIONS = {"network_name": "perch", "passphrase": "on-a-branch"}


@pytest.mark.parametrize("settings, options", [({}, {}), (ACCESS, OPTIONS)], ids=["open", "protected"])
def test_the_reference_hears_what_the_peer_announces(reference, line, tmp_path, settings, options):
    output = tmp_path / "hash"
    peer = PipePeer(tmp_path, ACTION="announce", HASH_OUTPUT_FILE=output, **settings)
    hearing = reference(hear, command=line.command(), options=options)
    hearing.read_line("UP")
    with peer.started(line.near):
        heard = hearing.result(PATIENCE)
    announced = peer.event("announced")
    assert heard["destination_hash"] == announced["destination_hash"] == output.read_text()
    assert heard["public_key"] == announced["identity_public_key"]
    assert (heard["hops"], heard["next_hop"]) == (1, announced["destination_hash"])
    assert [event["type"] for event in peer.events()][:2] == ["ready", "announced"]


@pytest.mark.parametrize("settings, options", [({}, {}), (ACCESS, OPTIONS)], ids=["open", "protected"])
def test_the_peer_hears_what_the_reference_announces(reference, tmp_path, settings, options):
    peer = PipePeer(tmp_path, **settings)
    serving = reference(serve, command=peer.command(), announces=1, options=options)
    destination = serving.read_line("HASH ")
    heard = peer.event("announce_received")
    assert (heard["destination_hash"], heard["hops"]) == (destination, 1)
    entries = peer.event("path_table")["entries"]
    assert entries == [{"destination_hash": destination, "hops": 1, "next_hop": destination, "expired": False}]


@pytest.mark.parametrize("options", [{}, OPTIONS | {"passphrase": "another"}], ids=["open", "other passphrase"])
def test_who_has_not_the_access_code_is_not_heard(reference, tmp_path, options):
    peer = PipePeer(tmp_path, **ACCESS)
    reference(serve, command=peer.command(), announces=2, options=options).read_line("DONE")
    assert [event["type"] for event in peer.events()] == ["ready"]


def test_a_destination_that_is_not_announced_is_found_by_asking(reference, tmp_path):
    output = tmp_path / "hash"
    peer = PipePeer(tmp_path, ACTION="destination_only", HASH_OUTPUT_FILE=output)
    found = reference(find, command=peer.command(), path=str(output)).result(PATIENCE)
    created = peer.event("destination_created")
    assert found["destination_hash"] == created["destination_hash"] == output.read_text()
    assert found["public_key"] == created["identity_public_key"]
    assert (found["hops"], found["announces"]) == (1, 0)


def test_the_peer_finds_a_destination_of_the_reference_by_asking(reference, tmp_path):
    wanted = tmp_path / "wanted"
    peer = PipePeer(tmp_path, ACTION="path_request", PATH_REQUEST_DEST_FILE=wanted)
    destination = reference(serve, command=peer.command(), announces=0, options={}).read_line("HASH ")
    wanted.write_text(destination)
    discovered = peer.event("path_discovered")
    assert (discovered["destination_hash"], discovered["hops"]) == (destination, 1)
    kinds = [event["type"] for event in peer.events() if event["type"] != "path_table"]
    assert kinds == ["ready", "path_request_queued", "path_request_sent", "path_discovered"]


def test_the_peer_sends_messages_on_the_channel_of_a_link_and_reports_what_comes(reference, line, tmp_path):
    peer = PipePeer(tmp_path, ACTION="channel_serve")
    linked = reference(channel, command=line.command())
    linked.read_line("UP")
    with peer.started(line.near):
        linked.read_line("SENT")
        assert peer.event("channel_data")["data_utf8"] == "and back"
        linked.tell("")
        linked.read_line("CLOSED")
        closed = peer.event("link_closed")
        linked.tell("")
        assert linked.result(PATIENCE) == ["channel-one", "channel-two", "channel-three"]
    sent = [bytes.fromhex(event["data_hex"]) for event in peer.events("channel_sent")]
    assert sent == [b"channel-one", b"channel-two", b"channel-three"]
    opened = peer.event("link_established")
    assert opened["link_id"] == closed["link_id"]
    assert opened["destination_hash"] == peer.event("announced")["destination_hash"]


@pytest.fixture(scope="module", autouse=True)
def lonely(tmp_path_factory):
    """A peer that asks for a path where nobody is; it takes 21 seconds to give up."""
    peer = PipePeer(tmp_path_factory.mktemp("lonely"), ACTION="path_request", PATH_REQUEST_DEST="00" * 16)
    with peer.started():
        yield peer


# The peer in the middle.


@pytest.fixture
def relay(tmp_path):
    """Starts a relay between two lines, with the modes of its two interfaces."""
    lines = [Line(tmp_path, name) for name in "ab"]
    with contextlib.ExitStack() as stack:

        def begin(*modes):
            settings = {"TRANSPORT": "true", "NUM_IFACES": 2}
            for number, (line, mode) in enumerate(zip(lines, modes)):
                settings[f"IFACE_{number}_FD_IN"], settings[f"IFACE_{number}_FD_OUT"] = line.descriptors
                settings[f"IFACE_{number}_MODE"] = mode
            descriptors = [descriptor for line in lines for descriptor in line.descriptors]
            peer = PipePeer(tmp_path, "relay", **settings)
            stack.enter_context(peer.started(pass_fds=descriptors))
            peer.event("ready")
            return peer, *lines

        yield begin
    for line in lines:
        line.close()


def test_two_references_reach_each_other_through_the_peer(reference, relay):
    peer, left, right = relay("full", "full")
    hearing = reference(talk, command=right.command())
    serving = reference(serve, command=left.command(), announces=3, options={})
    destination = serving.read_line("HASH ")
    heard = hearing.result(2 * PATIENCE)
    assert (heard["destination_hash"], heard["hops"]) == (destination, 2)
    assert heard["next_hop"] == peer.event("ready")["identity_hash"]
    serving.read_line("DONE")
    serving.tell("")
    assert serving.result(PATIENCE) == ["by packet", "by link"]


@pytest.mark.parametrize(
    "modes, passes",
    [(("full", "full"), True), (("full", "ap"), False), (("roaming", "roaming"), False), (("boundary", "p2p"), True)],
    ids=str,
)
def test_the_modes_of_a_relay_decide_which_announces_pass_and_paths_are_found_anyway(relay, tmp_path, modes, passes):
    peer, left, right = relay(*modes)
    wanted = tmp_path / "wanted"
    asking = PipePeer(tmp_path, "asking", ACTION="path_request", PATH_REQUEST_DEST_FILE=wanted)
    announcing = PipePeer(tmp_path, "announcing", ACTION="announce")
    with asking.started(right.far), announcing.started(left.far):
        destination = announcing.event("announced")["destination_hash"]
        peer.event("path_table")
        if passes:
            assert asking.event("announce_received")["hops"] == 2
        wanted.write_text(destination)
        assert asking.event("path_discovered")["hops"] == 2
        assert bool(asking.events("announce_received")) == passes


def test_a_path_that_nobody_knows_is_not_found(lonely):
    assert lonely.event("path_not_found")["destination_hash"] == "00" * 16
    kinds = [event["type"] for event in lonely.events()]
    assert kinds == ["ready", "path_request_queued", "path_request_sent", "path_not_found"]


@pytest.mark.parametrize(
    "settings",
    [
        {"ACTION": "dance"},
        {"MODE": "loud"},
        {"ACTION": "path_request"},
        {"ACTION": "path_request", "PATH_REQUEST_DEST": "00"},
        {"NUM_IFACES": 2},
        {"APP_NAME": "with.dot"},
    ],
    ids=str,
)
def test_settings_that_make_no_sense_are_an_error_event(tmp_path, settings):
    peer = PipePeer(tmp_path, **settings)
    with peer.started():
        assert peer.event("error")["message"]
        assert not peer.events("ready")
