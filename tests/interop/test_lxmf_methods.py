"""Messages between the group and unmodified members, each way, by every method, with and without ratchets.

What two free routers say to each other, papers included, is in `bridge/test_bridge_lxmf.py`.
"""

import os
import subprocess
import time

import LXMF
import member
import pytest
from peer import Peer, call
from roost import BINARY

METHODS = {LXMF.LXMessage.OPPORTUNISTIC: "opportunistic", LXMF.LXMessage.DIRECT: "direct"}
#: More than one segment of a Resource is 1 MB; this is many parts of one.
FILE = 320_000


def ready(port, group, home, nick, ratchets):
    """A member who gets every message, and whose announce names a ratchet or none."""
    client = member.connect(port, group, home)
    if not ratchets:
        client.address.ratchets = None
    client.router.announce(client.address.hash)
    client.request("/api/v1/join", {"nick": nick})
    client.send("/resume", member.OPPORTUNISTIC)
    take(client, 1)
    print("READY")
    return client


def take(client, count, timeout=90):
    deadline = time.monotonic() + timeout
    while len(client.received) < count:
        assert time.monotonic() < deadline, [message.content for message in client.received]
        time.sleep(0.02)
    return [client.received.pop(0) for _ in range(count)]


def reader(port, group, home, ratchets):
    """What came, and how."""
    client = ready(port, group, home, "Reader", ratchets)
    shown = []
    for message in take(client, 3):
        assert message.signature_validated and message.source_hash == client.inbox.hash
        files = message.fields.get(LXMF.FIELD_FILE_ATTACHMENTS, [])
        shown.append({
            "text": message.content.decode(),
            "method": METHODS[message.method],
            "ratchet": bool(message.ratchet_id),
            "files": [(name, len(data)) for name, data in files],
        })
    return shown


def writer(port, group, home, ratchets):
    """Sends by packet, by packet on a link and as a Resource; the group has proved all of them."""
    client = ready(port, group, home, "Writer", ratchets)
    input()
    client.send("short", member.OPPORTUNISTIC)
    client.send("x" * 300, member.DIRECT)
    fields = {LXMF.FIELD_FILE_ATTACHMENTS: [["large.bin", os.urandom(FILE)]]}
    message = LXMF.LXMessage(client.inbox, client.address, "see", fields=fields, desired_method=member.DIRECT)
    client.deliver(message)
    return [entry["text"].decode()[:5] for entry in client.fetch()]


@pytest.mark.parametrize("ratchets", [True, False], ids=["with ratchets", "without"])
def test_messages_of_every_method_arrive_each_way(server, tmp_path, ratchets):
    peers = [
        Peer(function, ratchets=ratchets, **server.address(tmp_path / function.__name__))
        for function in (reader, writer)
    ]
    try:
        for peer in peers:
            peer.read_line("READY")
        receiving, sending = peers
        sending.tell("")
        assert sending.result(120) == ["short", "xxxxx", "see"]
        short, long, large = receiving.result(120)
    finally:
        for peer in peers:
            peer.stop()
    assert short == {"text": "Writer: short", "method": "opportunistic", "ratchet": ratchets, "files": []}
    assert (long["text"], long["method"]) == (f"Writer: {'x' * 300}", "direct")
    assert (large["text"], large["method"]) == ("Writer: see", "direct")
    assert large["files"] == [["large.bin", FILE]]


def paper(port, group, home, texts):
    """Joins, and writes messages on paper; nothing of them is on the air."""
    client = member.join(port, group, home)
    client.router.announce(client.address.hash)
    client.send("/info", member.OPPORTUNISTIC)
    papers = [client.message(text, method=LXMF.LXMessage.PAPER) for text in texts]
    return [one.as_uri() for one in papers]


def texts(port, group, home):
    return [entry["text"].decode() for entry in member.connect(port, group, home).fetch()]


def hand_in(server, text):
    command = [BINARY, "paper", text, "--data", str(server.data)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_messages_on_paper_are_handed_in_whether_the_server_runs_or_not(server, tmp_path):
    first, second = call(paper, texts=["by hand", "under the door"], **server.address(tmp_path / "peer"))
    assert "Handed in" in hand_in(server, first).stdout
    papers = server.data / "papers"
    end = time.monotonic() + 60
    while list(papers.glob("*")):
        assert time.monotonic() < end, server.log()
        time.sleep(0.2)
    assert server.terminate() == 0
    assert hand_in(server, second).returncode == 0 and hand_in(server, first).returncode == 0
    wrong = hand_in(server, second[:30] + "!" + second[31:])
    assert wrong.returncode == 1 and "lxm://" in wrong.stderr
    server.start()
    end = time.monotonic() + 60
    while list(papers.glob("*")):
        assert time.monotonic() < end, server.log()
        time.sleep(0.2)
    assert call(texts, **server.address(tmp_path / "peer")) == ["by hand", "under the door"]
