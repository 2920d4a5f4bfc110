"""A member in a process of its own that does what it is told, line by line: plain LXMF and nothing else."""

import json
import sys
import time

import LXMF
import member
import RNS.vendor.umsgpack as msgpack
from peer import Peer


def loop(port, group, home, nick):
    """Joins, asks for all messages, says `READY` and the own address, and takes commands until the end of input."""
    client = member.connect(port, group, home)
    client.router.announce(client.address.hash)
    client.request("/api/v1/join", {"nick": nick})
    client.send("/resume", member.OPPORTUNISTIC)
    take(client, 1, 60)
    print("READY", client.address.hash.hex())
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "send":
            method = LXMF.LXMessage.DIRECT if order["direct"] else LXMF.LXMessage.OPPORTUNISTIC
            fields = msgpack.unpackb(bytes.fromhex(order["fields"]))
            content = order["text"]
            message = LXMF.LXMessage(client.inbox, client.address, content, fields=fields, desired_method=method)
            print("SENT", client.deliver(message).hash.hex())
        else:
            print("GOT", json.dumps([shown(one) for one in take(client, order["count"], order["timeout"])]))


def take(client, count, timeout):
    deadline = time.monotonic() + timeout
    while len(client.received) < count:
        assert time.monotonic() < deadline, f"{len(client.received)} of {count} messages came"
        time.sleep(0.02)
    return [client.received.pop(0) for _ in range(count)]


def shown(message):
    assert message.signature_validated
    return {
        "hash": message.hash.hex(),
        "text": message.content.decode(),
        "fields": msgpack.packb(message.fields).hex(),
    }


class Member:
    """The other end: a member of `server`'s group called `nick`."""

    def __init__(self, server, home, nick):
        self.peer = Peer(loop, nick=nick, **server.address(home / nick))
        self.nick = nick

    def ready(self):
        self.address = bytes.fromhex(self.peer.read_line("READY "))
        return self

    def send(self, text, fields=None, direct=False):
        """Sends a message and returns its hash when the group has proved it."""
        packed = msgpack.packb(fields or {}).hex()
        self.peer.tell(json.dumps({"do": "send", "text": text, "fields": packed, "direct": direct}))
        return bytes.fromhex(self.peer.read_line("SENT "))

    def get(self, count=1, timeout=90):
        """The next messages from the group, each its hash, text and fields."""
        self.peer.tell(json.dumps({"do": "take", "count": count, "timeout": timeout}))
        found = json.loads(self.peer.read_line("GOT "))
        return [
            (bytes.fromhex(one["hash"]), one["text"], msgpack.unpackb(bytes.fromhex(one["fields"]))) for one in found
        ]

    def get_one(self):
        return self.get()[0]

    def stop(self):
        self.peer.stop()
