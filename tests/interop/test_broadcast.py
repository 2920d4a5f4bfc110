"""One member asks near a radio, and all who have the key hear the answer; theirs are nodes of the reference."""

import json
import queue
import subprocess
import sys
import time

import compact_decoder
import daemon
import group_client
import member
import pytest
import RNS
from peer import Peer
from radio import Ether
from roost import BINARY
from test_linkless import broadcast_question

SF = 7
NAME = ("meshchat", "broadcast")


@pytest.fixture
def ether():
    radios = Ether(stations=3)
    yield radios
    radios.stop()


def listen_in(client):
    """The key, and what is heard that can be read with it."""
    key = client.request("/api/v1/broadcast")
    inward, shared = RNS.Destination.IN, RNS.Destination.GROUP
    destination = RNS.Destination(client.group_identity, inward, shared, *NAME, str(key["epoch"]))
    assert destination.hash == key["destination"]
    destination.load_private_key(key["key"])
    heard = queue.Queue()
    destination.set_packet_callback(lambda data, packet: heard.put(data))
    return key, heard


def hear(heard, patience):
    """The texts of what was heard last; `None` if nothing was that can be read."""
    try:
        data = heard.get(timeout=patience)
        while not heard.empty():
            data = heard.get()
    except queue.Empty:
        return None
    assert data[:1] == b"\x10"
    return [message["text"] for message in compact_decoder.decode(data[1:])["messages"]]


def listen(port, group, home, interface, nick):
    """Joins by wire, and does as it is told by radio."""
    group_client.CONFIG = daemon.config(daemon.client(port), interface)
    client = member.join(port, group, home, nick=nick)
    deadline = time.monotonic() + 60
    while not all(found.online for found in RNS.Transport.interfaces):
        assert time.monotonic() < deadline, "the radio does not come on"
        time.sleep(0.1)
    key, heard = listen_in(client)
    everybody = RNS.Destination(None, RNS.Destination.OUT, RNS.Destination.PLAIN, *NAME)
    print("SAYS " + client.identity.hash.hex())
    for line in sys.stdin:
        match line.split():
            case ["post", text]:
                print("SAYS " + json.dumps(client.request("/api/v1/messages/post", {"text": text})["seq"]))
            case ["key"]:
                key, heard = listen_in(client)
                print("SAYS " + json.dumps(key["epoch"]))
            case ["ask"]:
                question = broadcast_question(client.group_hash, key["epoch"], key["key"])
                RNS.Packet(everybody, question, create_receipt=False).send()
                print("SAYS asked")
            case ["hear", patience]:
                print("SAYS " + json.dumps(hear(heard, float(patience))))


def run(group, *words):
    subprocess.run([BINARY, *words, "--data", group.data], check=True, capture_output=True, timeout=60)


def tell(peer, line):
    peer.tell(line)
    return peer.read_line("SAYS ")


def ask(peers):
    """The first one asks until it has heard something; what each has heard then."""
    first, others = peers[0], peers[1:]
    for _ in range(3):
        tell(first, "ask")
        heard = json.loads(tell(first, "hear 17"))
        if heard is not None:
            return [heard, *(json.loads(tell(other, "hear 3")) for other in others)]
    raise AssertionError("nothing was heard")


def test_two_listeners_hear_the_answer_to_one_question_and_who_was_kicked_not_the_next(group, ether, tmp_path):
    group.data.mkdir()
    (group.data / "server.toml").write_text(
        f'[interfaces.Radio]\ntype = "RNodeInterface"\nport = "{ether.ports[0]}"\nfrequency = 867200000\n'
        f"bandwidth = 125000\nspreadingfactor = {SF}\ncodingrate = 5\ntxpower = 7\n"
    )
    group.start()
    run(group, "set", "broadcast", "on")
    peers = [
        Peer(listen, **group.address(tmp_path / nick), interface=ether.interface(station, SF), nick=nick)
        for station, nick in ((1, "Anna"), (2, "Bert"))
    ]
    try:
        _, bert = (peer.read_line("SAYS ") for peer in peers)
        tell(peers[0], "post hello")
        assert ask(peers) == [["hello"], ["hello"]]
        run(group, "kick", bert)
        assert tell(peers[0], "key") == "2"
        tell(peers[0], "post secret")
        assert ask(peers) == [["hello", "secret"], None]
    finally:
        for peer in peers:
            peer.stop()
