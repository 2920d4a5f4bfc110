"""The echo program against the package: channel messages, a stream, GROUP and PLAIN packets, there and back."""

import hashlib
import os
import pathlib
import subprocess
import time

import daemon
import RNS
from peer import Peer
from RNS.Buffer import RawChannelReader, RawChannelWriter

PROGRAM = pathlib.Path(os.environ["ROOST_BIN"]).parent / "examples" / "echo"
NAME = ("example", "echo")
KEY = bytes(range(64))
PATIENCE = 60
MESSAGES = 200


# The reference's side; it runs in a process of its own.


class Text(RNS.MessageBase):
    """A message that is nothing but bytes."""

    MSGTYPE = 0x0101

    def __init__(self, data=b""):
        self.data = data

    def pack(self):
        return self.data

    def unpack(self, raw):
        self.data = raw


class Heard:
    """Collects announces of the echo."""

    aspect_filter = ".".join(NAME)

    def __init__(self):
        self.hashes = []

    def received_announce(self, destination_hash, announced_identity, app_data):
        self.hashes.append(destination_hash)


def wait_for(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


def converse(home, port):
    """Waits for the echo, and tries everything that it answers."""
    daemon.write(home, daemon.config(daemon.listener(port)))
    heard = Heard()
    RNS.Reticulum(home)
    RNS.Transport.register_announce_handler(heard)
    print("UP")
    wait_for(lambda: heard.hashes, "no announce came")
    identity = RNS.Identity.recall(heard.hashes[0])
    link = RNS.Link(RNS.Destination(identity, RNS.Destination.OUT, RNS.Destination.SINGLE, *NAME))
    wait_for(lambda: link.status == RNS.Link.ACTIVE, "no link")
    channel = link.get_channel()
    result = {
        "messages": exchange_messages(channel),
        "stream": exchange_stream(channel),
        "group": broadcast(RNS.Destination.GROUP, identity, b"to the group"),
        "plain": broadcast(RNS.Destination.PLAIN, None, b"to all"),
        "link": link.status == RNS.Link.ACTIVE,
    }
    link.teardown()
    return result


def exchange_messages(channel):
    """Sends numbered messages; what came back, in order."""
    got = []
    channel.register_message_type(Text)
    channel.add_message_handler(lambda message: isinstance(message, Text) and (got.append(message.data), True)[1])
    for number in range(MESSAGES):
        wait_for(channel.is_ready_to_send, f"not ready for message {number}")
        channel.send(Text(number.to_bytes(2, "big")))
    wait_for(lambda: len(got) >= MESSAGES, f"{len(got)} of {MESSAGES} messages came back")
    return [int.from_bytes(data, "big") for data in got]


def exchange_stream(channel):
    """Sends a megabyte, half of it noise; what was sent and what came back until the end of the stream."""
    text = b"".join(b"line %d of something that compresses\n" % number for number in range(20_000))[: 1 << 19]
    rest = sent = os.urandom(1 << 19) + text
    reader, writer = RawChannelReader(0, channel), RawChannelWriter(0, channel)
    came = bytearray()
    deadline = time.monotonic() + 2 * PATIENCE
    ended = False
    while not ended:
        assert time.monotonic() < deadline, f"{len(rest)} bytes unsent, {len(came)} came back"
        written = writer.write(rest[:16384]) if rest else 0
        rest = rest[written:]
        if not rest and not writer._eof and channel.is_ready_to_send():
            writer.close()
        data = reader.read(65536)
        came += data or b""
        ended = data == b""
        if not written and not data:
            time.sleep(0.005)
    return [digest(sent), digest(came)]


def digest(data):
    return [len(data), hashlib.sha256(data).hexdigest()]


def broadcast(kind, identity, data):
    """Sends to all within one hop; what was heard there."""
    heard = []
    inbound, outbound = (
        RNS.Destination(identity, direction, kind, *NAME) for direction in (RNS.Destination.IN, RNS.Destination.OUT)
    )
    if kind == RNS.Destination.GROUP:
        inbound.load_private_key(KEY)
        outbound.load_private_key(KEY)
    inbound.set_packet_callback(lambda data, _: heard.append(data.decode()))
    RNS.Packet(outbound, data, create_receipt=False).send()
    wait_for(lambda: heard, "no answer to a broadcast")
    return heard


# Our side.


def test_everything_comes_back_as_it_was_sent(tmp_path):
    port = daemon.free_port()
    reference = Peer(converse, home=str(tmp_path / "reference"), port=port)
    echo = None
    try:
        reference.read_line("UP")
        log = (tmp_path / "echo.log").open("wb")
        echo = subprocess.Popen([PROGRAM, f"127.0.0.1:{port}", KEY.hex()], stdout=log, stderr=log)
        result = reference.result(4 * PATIENCE)
    finally:
        reference.stop()
        if echo:
            echo.kill()
            echo.wait()
    said = (tmp_path / "echo.log").read_text()
    assert "panicked" not in said, said
    assert result["messages"] == list(range(MESSAGES))
    sent, came = result["stream"]
    assert sent[0] == 1 << 20
    assert came == sent
    assert result["group"] == ["echo: to the group"]
    assert result["plain"] == ["echo: to all"]
    assert result["link"], "and the link lives on"
