"""Questions without a link, asked and read by the reference: one packet there, one packet back."""

import hmac
import json
import os
import pathlib
import queue
import time

import compact_decoder
import member
import RNS
import RNS.vendor.umsgpack as msgpack
from group_client import GroupClient
from peer import call

ROOT = pathlib.Path(__file__).parent.parent.parent
GOLDEN = json.loads((ROOT / "schemas" / "linkless" / "golden.json").read_text())["packets"]
ANNOUNCE = 1


def varint(number):
    """Seven bits in a byte, the lowest first."""
    low = bytes([number & 0x7F | (0x80 if number > 0x7F else 0)])
    return low + varint(number >> 7) if number > 0x7F else low


def question(who, id, limit=5, blocks=0, since=None):
    """The plaintext of a question; `who` is an identity hash or a public key, `since` what `next` was."""
    first = 0x10 | (len(who) == 64)
    rest = b""
    if since is not None:
        first |= 2 if isinstance(since, int) else 4
        rest = varint(since) if isinstance(since, int) else since
    return bytes([first, limit, blocks]) + id + who + rest


def broadcast_question(group, epoch, key, limit=5, since=None):
    """The payload of a PLAIN packet that asks for all who are near."""
    said = bytes([0x10 if since is None else 0x12]) + group[:3] + bytes([epoch & 0xFF, limit])
    said += b"" if since is None else varint(since)
    return said + hmac.new(key, said, "sha256").digest()[:4]


def knock(group, identity, id, request):
    """The plaintext of a packet that asks to be let in."""
    key = identity.get_public_key()
    signed = b"roost-knock1" + group + id + key + request
    return b"\x18" + id + key + identity.sign(signed) + request


def test_questions_are_written_as_the_golden_bytes_say():
    id, who, group, key = bytes.fromhex("a1b2c3d4"), b"\x11" * 16, b"\x33" * 16, b"\x44" * 64
    written = {
        "question": question(who, id),
        "question_since": question(who, id, limit=0, blocks=24, since=300),
        "question_with_key_and_cursor": question(b"\x22" * 64, id, since=b"\x77\x01\x02\x03"),
        "knock": knock(group, RNS.Identity.from_bytes(b"\x55" * 64), id, b"\x82\x24\xa4Anna\x3e\xc3"),
        "broadcast_question": broadcast_question(group, 258, key),
        "broadcast_question_since": broadcast_question(group, 258, key, limit=0, since=300),
    }
    assert {name: packet.hex() for name, packet in written.items()} == {name: GOLDEN[name] for name in written}


class Counted:
    """The packets that cross the one interface of this program, without announces."""

    def __init__(self):
        self.interface = RNS.Transport.interfaces[0]
        self.sent, self.heard = [], []
        for name, packets in ("process_outgoing", self.sent), ("process_incoming", self.heard):
            setattr(self.interface, name, self.counting(getattr(self.interface, name), packets))

    @staticmethod
    def counting(process, packets):
        def count(data):
            if data[0] & 3 != ANNOUNCE:
                packets.append(len(data))
            return process(data)

        return count


class Inbox:
    """The `meshchat.client` of an identity."""

    def __init__(self, identity):
        self.destination = RNS.Destination(
            identity, RNS.Destination.IN, RNS.Destination.SINGLE, "meshchat", "client"
        )
        self.packets = queue.Queue()
        self.destination.set_packet_callback(lambda data, packet: self.packets.put(data))

    def answer(self, id, patience=30):
        """The messages of the answer that has this id; `None` if none comes."""
        try:
            data = self.packets.get(timeout=patience)
        except queue.Empty:
            return None
        assert data[:5] == b"\x10" + id
        return compact_decoder.decode(data[5:])

    def let_in(self, id):
        """What has come of knocking."""
        data = self.packets.get(timeout=30)
        assert data[:5] == b"\x18" + id
        return msgpack.unpackb(data[5:])


def ask(client, inbox, who, patience=30, **fields):
    id = os.urandom(4)
    RNS.Packet(client.group, question(who, id, **fields), create_receipt=False).send()
    return inbox.answer(id, patience)


def without_link(port, group, home, texts):
    client = member.join(port, group, home, nick="Anna")
    for text in texts:
        client.request("/api/v1/messages/post", {"text": text})
    client.link.teardown()
    inbox, counted = Inbox(client.identity), Counted()
    time.sleep(1)
    counted.sent.clear(), counted.heard.clear()
    latest = ask(client, inbox, client.identity.hash)
    bytes_of_latest = counted.sent + counted.heard
    since = ask(client, inbox, client.identity.hash, since=latest["next"])
    with_key = ask(client, inbox, client.identity.get_public_key(), limit=2)
    stranger = RNS.Identity()
    nobody = ask(client, Inbox(stranger), stranger.get_public_key(), patience=3)
    return {
        "bytes": bytes_of_latest,
        "texts": [message["text"] for message in latest["messages"]],
        "since": since["messages"],
        "with_key": [message["text"] for message in with_key["messages"]],
        "stranger": nobody,
    }


def joining_without_link(port, group, home):
    client = GroupClient("127.0.0.1", port, bytes.fromhex(group), home)
    client.find_group()
    inbox, counted = Inbox(client.identity), Counted()

    def ask_to_join():
        id = os.urandom(4)
        request = msgpack.packb({36: "Anna", 62: True})
        packet = knock(client.group_hash, client.identity, id, request)
        RNS.Packet(client.group, packet, create_receipt=False).send()
        return packet, inbox.let_in(id)

    packet, first = ask_to_join()
    bytes_of_joining = counted.sent + counted.heard
    _, second = ask_to_join()
    client.open()
    client.request("/api/v1/leave")
    RNS.Packet(client.group, packet, create_receipt=False).send()
    # What comes after it on the same wire is answered after it.
    info = client.request("/api/v1/info")
    return {"bytes": bytes_of_joining, "numbers": [first[39], second[39]], "member": info["member"]}


def test_somebody_joins_for_one_packet_there_and_one_back_and_it_cannot_be_played_again(server, tmp_path):
    result = call(joining_without_link, **server.address(tmp_path / "peer"))
    assert result["numbers"] == [1, 1] and result["member"] is False
    there, back = result["bytes"]
    assert there == 243 and there + back <= 400, result["bytes"]
    print(result["bytes"])


def test_five_messages_come_for_one_packet_there_and_one_back(server, tmp_path):
    lines = (ROOT / "tests" / "corpus" / "chat.txt").read_text().splitlines()
    texts = [text for text in lines if len(text) == 80 and text.isascii()][:5]
    result = call(without_link, **server.address(tmp_path / "peer"), texts=texts)
    assert result["texts"] == texts and result["with_key"] == texts[3:]
    assert result["since"] == [] and result["stranger"] is None
    there, back = result["bytes"]
    assert there == 131 and there + back <= 486, result["bytes"]
    print(result["bytes"])
