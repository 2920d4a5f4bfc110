"""Messages that no client sends, to the real server: refused before they cost more than a signature check, counted by
reason, their sender told where the protocol has a way, and everybody else served meanwhile.
"""

import math
import os
import pathlib
import re
import struct
import tempfile
import threading
import time

import LXMF
import member
import RNS
import RNS.vendor.umsgpack as msgpack
from peer import Peer, call


class Forger:
    """A member that packs its messages by hand."""

    def __init__(self, port, group, home):
        self.client = member.join(port, group, home, "Mallory")
        self.client.router.announce(self.client.address.hash)
        self.group = self.client.inbox.hash

    def packed(self, payload, destination=None, signature=None):
        """A message whose signed part is `payload`, whatever that is."""
        signed = (destination or self.group) + self.client.address.hash + payload
        signed_hash = RNS.Identity.full_hash(signed)
        signature = signature or self.client.identity.sign(signed + signed_hash)
        return signed[:32] + signature + payload

    def link(self):
        """A link to the group's `lxmf.delivery`."""
        up = threading.Event()
        link = RNS.Link(self.client.inbox, established_callback=lambda _: up.set())
        assert up.wait(60)
        return link


def payload(seconds=None, title=b"", content=b"no good", fields=b"\x80"):
    """Four elements; the time and the fields as they are packed."""
    seconds = struct.pack(">Bd", 0xCB, time.time()) if seconds is None else seconds
    return b"\x94" + seconds + msgpack.packb(title) + msgpack.packb(content) + fields


def float64(value):
    return struct.pack(">Bd", 0xCB, value)


def no_good(forger):
    """Messages, each under the reason for which it is dropped."""
    whole = payload()
    yield "truncated", os.urandom(60)
    for broken in [
        whole[:-1],
        b"\x94" + b"\xdd\xff\xff\xff\xff",
        b"\x93" + whole[1:-1],
        payload(seconds=float64(math.nan)),
        payload(seconds=float64(-math.inf)),
        payload(seconds=b"\xa5today"),
        payload(fields=b"\x90"),
        payload(fields=b"\x82\x01\x01\x01\x02"),
        payload(fields=b"\x81\x01" + b"\x91" * 100 + b"\xc0"),
    ]:
        yield "malformed messagepack", forger.packed(broken)
    yield "bad signature", forger.packed(whole, signature=os.urandom(64))
    yield "bad signature", forger.packed(whole)[:-1] + b"\x81\x01\x02"
    yield "not for this node", forger.packed(whole, destination=os.urandom(16))


def counted(server, reason):
    """How many drops of that reason the last line of a stopped server names."""
    line = [line for line in server.log().splitlines() if "dropped since the start: " in line][-1]
    found = re.search(rf"[:,] {reason}: (\d+)", line)
    return int(found.group(1)) if found else 0


def forge(port, group, home):
    forger = Forger(port, group, home)
    link = forger.link()
    expected, receipts = {}, []
    for reason, packed in no_good(forger):
        receipts.append(RNS.Packet(link, packed).send())
        expected[reason] = expected.get(reason, 0) + 1
        # Off a link the address of the packet stands for the message's.
        if reason != "not for this node":
            receipts.append(RNS.Packet(forger.client.inbox, packed[16:]).send())
            expected[reason] += 1
    odd = [
        payload(seconds=float64(-1e300), content=b"before all time"),
        payload(seconds=float64(1e300), content=b"after all time"),
        payload(content=b"gr\xfcn", title=b"\xff"),
    ]
    # Everything before has been looked at when these are proved.
    for four in odd:
        assert proved(RNS.Packet(link, forger.packed(four)).send())
    assert forger.client.send("still here")
    fetched = forger.client.request("/api/v1/messages", {"max_bytes": 100_000})["messages"]
    return {
        "expected": expected,
        "proved": sum(receipt.status == RNS.PacketReceipt.DELIVERED for receipt in receipts),
        "texts": [item["text"] for item in fetched],
        "times": [item["time"] for item in fetched[:2]],
    }


def proved(receipt):
    # The package expects the proof of a packet on a link within a second at most.
    receipt.set_timeout(60)
    deadline = time.monotonic() + 60
    while receipt.status != RNS.PacketReceipt.DELIVERED:
        assert time.monotonic() < deadline, "not proved"
        time.sleep(0.01)
    return True


def test_messages_that_no_client_sends_are_counted_by_reason_and_never_proved(server, tmp_path):
    result = call(forge, timeout=120, **server.address(tmp_path / "peer"))
    assert result["proved"] == 0
    assert result["texts"] == ["before all time", "after all time", "gr\ufffdn", "still here"]
    assert result["times"] == [0, 253_402_300_799]
    assert server.terminate() == 0
    for reason, times in result["expected"].items():
        assert counted(server, reason) >= times, (reason, server.log())


def large(port, group, home):
    """Resources that are refused: what became of each, and how long that took."""
    forger = Forger(port, group, home)
    many = b"\xde" + struct.pack(">H", 10_000) + b"".join(b"\xcd" + struct.pack(">H", n) + b"\xc0" for n in range(10_000))
    outcomes = {}
    for name, data in [
        ("10,000 fields", forger.packed(payload(fields=many))),
        ("wrong signature", forger.packed(payload(content=os.urandom(5_000)), signature=os.urandom(64))),
        ("no message", os.urandom(5_000)),
    ]:
        outcomes[name] = status(RNS.Resource(data, forger.link()), 30)
    with tempfile.TemporaryFile() as file:
        file.truncate(100_000_000)
        outcomes["100 MB"] = status(RNS.Resource(file, forger.link(), auto_compress=False), 30)
        file.seek(0)
        lying = RNS.Resource(file, forger.link(), advertise=False, auto_compress=False)
        lying.total_size = 1_000
        lying.advertise()
        outcomes["100 MB called 1 kB"] = status(lying, 60)
    forger.client.send("still here")
    return outcomes


def status(resource, patience):
    """Whether a Resource was rejected, failed for another reason, or arrived."""
    names = {RNS.Resource.REJECTED: "rejected", RNS.Resource.COMPLETE: "arrived", RNS.Resource.FAILED: "failed"}
    deadline = time.monotonic() + patience
    while resource.status not in names and resource.link.status == RNS.Link.ACTIVE:
        assert time.monotonic() < deadline, f"neither rejected nor failed but {resource.status}"
        time.sleep(0.02)
    return names.get(resource.status, "the link was closed")


def memory(server):
    """Most memory that the server has had, in kilobytes."""
    lines = pathlib.Path(f"/proc/{server.process.pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])


def test_what_is_too_large_is_rejected_at_its_offer_and_what_is_no_good_when_it_has_come(server, tmp_path):
    before = memory(server)
    outcomes = call(large, timeout=240, **server.address(tmp_path / "peer"))
    for name in ["10,000 fields", "wrong signature", "no message", "100 MB"]:
        assert outcomes[name] == "rejected", outcomes
    assert outcomes["100 MB called 1 kB"] != "arrived", outcomes
    assert memory(server) - before < 30_000
    assert server.terminate() == 0
    assert counted(server, "too large") >= 1 and counted(server, "bad signature") == 1


def flood(port, group, home):
    """Rubbish without end on a link, and what of it is still read."""
    forger = Forger(port, group, home)
    link = forger.link()
    print("READY")
    packed = forger.packed(payload(), signature=bytes(64))
    for _ in range(2_000):
        RNS.Packet(link, packed).send()
    # On a link of its own a good message gets through.
    assert proved(RNS.Packet(forger.link(), forger.packed(payload(content=b"good"))).send())


def honest(port, group, home):
    client = member.join(port, group, home, "Anna")
    print("READY")
    times = []
    for number in range(10):
        start = time.monotonic()
        client.send(f"{number}", LXMF.LXMessage.DIRECT)
        times.append(time.monotonic() - start)
    return sorted(times)


def test_a_link_full_of_forged_messages_costs_few_signature_checks_and_nobody_else_notices(server, tmp_path):
    anna = Peer(honest, **server.address(tmp_path / "anna"))
    mallory = Peer(flood, **server.address(tmp_path / "mallory"))
    try:
        mallory.result(120)
        assert len(anna.result(120)) == 10
    finally:
        anna.stop()
        mallory.stop()
    assert server.terminate() == 0
    unread, checked = counted(server, "too much that was no good"), counted(server, "bad signature")
    assert unread + checked >= 1_000 and checked <= 32 + 60, server.log()
    assert server.query("SELECT count(*) FROM group_messages") == [(11,)]


def late(port, group, home):
    """A member whom the server has forgotten writes, and announces much later."""
    client = member.join(port, group, home, "Late")
    print("JOINED")
    import sys

    sys.stdin.readline()
    # Nobody answers for this address until it announces.
    RNS.Transport.deregister_destination(client.address)
    while not all(interface.online for interface in RNS.Transport.interfaces):
        time.sleep(0.1)
    message = client.message("first contact", method=member.OPPORTUNISTIC)
    receipts = [RNS.Packet(client.inbox, message.packed[16:]).send() for _ in range(2)]
    for receipt in receipts:
        receipt.set_timeout(60)
    time.sleep(2)
    early = [receipt.status == RNS.PacketReceipt.DELIVERED for receipt in receipts]
    RNS.Transport.register_destination(client.address)
    client.address.announce()
    assert proved(receipts[1])
    return early


def test_a_message_of_somebody_unknown_waits_for_their_announce_and_is_stored_once(group, tmp_path):
    group.start()
    peer = Peer(late, **group.address(tmp_path / "peer"))
    try:
        peer.read_line("JOINED")
        port = group.port
        assert group.terminate() == 0
        (group.data / "network").unlink()
        group.start(listen=f"127.0.0.1:{port}")
        peer.tell("go on")
        assert peer.result(90) == [False, False]
    finally:
        peer.stop()
    assert group.terminate() == 0
    assert group.query("SELECT count(*) FROM group_messages") == [(1,)]
