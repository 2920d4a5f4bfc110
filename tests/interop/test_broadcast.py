"""One member asks near a radio, and all who have the key hear the answer; theirs are nodes of the reference."""

import json
import queue
import subprocess
import sys

import compact_decoder
import member
import RNS
from peer import Peer, call
from radio import start
from roost import BINARY
from test_linkless import broadcast_question

SF = 7
NAME = ("meshchat", "broadcast")


def fetch_key(port, group, home, nick, post):
    """By wire: joins, says something if there is something to say, and fetches the key."""
    client = member.join(port, group, home, nick=nick)
    if post:
        client.request("/api/v1/messages/post", {"text": post})
    key = client.request("/api/v1/broadcast")
    return {
        "member": client.identity.hash.hex(),
        "group_key": client.group_identity.get_public_key().hex(),
        "epoch": key["epoch"],
        "key": key["key"].hex(),
        "destination": key["destination"].hex(),
    }


def listen_in(fetched):
    """What is heard that can be read with a key."""
    identity = RNS.Identity(create_keys=False)
    identity.load_public_key(bytes.fromhex(fetched["group_key"]))
    inward, shared = RNS.Destination.IN, RNS.Destination.GROUP
    destination = RNS.Destination(identity, inward, shared, *NAME, str(fetched["epoch"]))
    assert destination.hash.hex() == fetched["destination"]
    destination.load_private_key(bytes.fromhex(fetched["key"]))
    heard = queue.Queue()
    destination.set_packet_callback(lambda data, packet: heard.put(data))
    return heard


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


def listen(home, interface, group):
    """On the radio alone, does as it is told."""
    start(home, interface)
    everybody = RNS.Destination(None, RNS.Destination.OUT, RNS.Destination.PLAIN, *NAME)
    print("SAYS up")
    for line in sys.stdin:
        match line.split(maxsplit=1):
            case ["key", text]:
                fetched = json.loads(text)
                heard = listen_in(fetched)
                print("SAYS listening")
            case ["ask"]:
                key = bytes.fromhex(fetched["key"])
                question = broadcast_question(bytes.fromhex(group), fetched["epoch"], key)
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
    air = ether(stations=3)
    group.data.mkdir()
    (group.data / "server.toml").write_text(air.section(0, SF))
    group.start()
    run(group, "set", "broadcast", "on")
    wire = {nick: group.address(tmp_path / nick) for nick in ("Anna", "Bert")}
    anna = call(fetch_key, **wire["Anna"], nick="Anna", post="hello")
    bert = call(fetch_key, **wire["Bert"], nick="Bert", post=None)
    peers = [
        Peer(listen, home=str(tmp_path / f"radio{at}"), interface=air.interface(at, SF), group=group.group)
        for at in (1, 2)
    ]
    try:
        for peer, fetched in zip(peers, (anna, bert), strict=True):
            peer.read_line("SAYS ")
            tell(peer, "key " + json.dumps(fetched))
        assert ask(peers) == [["hello"], ["hello"]]
        run(group, "kick", bert["member"])
        tell(peers[0], "key " + json.dumps(call(fetch_key, **wire["Anna"], nick="Anna", post="secret")))
        assert ask(peers) == [["hello", "secret"], None]
    finally:
        for peer in peers:
            peer.stop()
