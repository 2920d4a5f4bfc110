#!/usr/bin/env python3
"""A member of a Roost group in Python, with nothing but the packages `rns` and `lxmf`.

    python examples/group_client.py --connect 127.0.0.1:4242 --group HASH

asks what the group is, joins it, posts one message by request, sends three by plain LXMF (one opportunistic
packet, one over a link, one of 60 kB as a Resource) and reads all of them back, checking the author's signature
on each. HASH is the group's address, which the server prints when it starts.

`GroupClient` is the part to copy: connect, request, send, fetch, verify.
"""

import argparse
import hashlib
import itertools
import os
import pathlib
import sys
import tempfile
import threading
import time

import LXMF
import RNS
import RNS.vendor.umsgpack as msgpack

CONFIG = """[reticulum]
enable_transport = No
share_instance = No
[logging]
loglevel = 2
[interfaces]
[[Roost]]
type = TCPClientInterface
enabled = yes
target_host = {host}
target_port = {port}
"""


class Refused(Exception):
    """The group said no; `answer` holds its code, what happened, and what to do."""

    def __init__(self, answer):
        super().__init__(f"{answer['error']}: {answer['what']} {answer['do']}")
        self.answer = answer


class GroupClient:
    """One person's connection to one group. One per process, since Reticulum is one per process."""

    def __init__(self, host, port, group_hash, home, timeout=30):
        self.timeout = timeout
        self.group_hash = group_hash
        home = pathlib.Path(home)
        home.mkdir(parents=True, exist_ok=True)
        (home / "config").write_text(CONFIG.format(host=host, port=port))
        self.reticulum = RNS.Reticulum(str(home))
        identity_file = home / "identity"
        if identity_file.exists():
            self.identity = RNS.Identity.from_file(str(identity_file))
        else:
            self.identity = RNS.Identity()
            self.identity.to_file(str(identity_file))
        self.router = LXMF.LXMRouter(identity=self.identity, storagepath=str(home / "lxmf"))
        self.address = self.router.register_delivery_identity(self.identity, display_name="Example")
        self.received = []
        self.router.register_delivery_callback(self.received.append)
        self.link = None

    def find(self):
        """Asks the network for the group, and for where its messages go, until both keys are known."""
        self.find_group()
        self.inbox = RNS.Destination(
            self.group_identity, RNS.Destination.OUT, RNS.Destination.SINGLE, "lxmf", "delivery"
        )
        self.find_identity(self.inbox.hash)

    def find_group(self):
        """As much of it as requests need: on a slow radio, one announce less."""
        self.group_identity = self.find_identity(self.group_hash)
        self.group = RNS.Destination(
            self.group_identity, RNS.Destination.OUT, RNS.Destination.SINGLE, "meshchat", "group"
        )

    def find_identity(self, destination_hash):
        asked = 0
        deadline = time.monotonic() + self.timeout
        while RNS.Identity.recall(destination_hash) is None or not RNS.Transport.has_path(destination_hash):
            if time.monotonic() > deadline:
                raise TimeoutError(f"nobody answers for {destination_hash.hex()}: is the address right?")
            if time.monotonic() - asked > self.timeout / 6:
                RNS.Transport.request_path(destination_hash)
                asked = time.monotonic()
            time.sleep(0.05)
        return RNS.Identity.recall(destination_hash)

    def open(self, identify=True):
        """Opens a link to the group and proves who we are on it."""
        established = threading.Event()
        self.link = RNS.Link(self.group, established_callback=lambda link: established.set())
        if not established.wait(self.timeout):
            raise TimeoutError("the group does not answer a link request")
        if identify:
            self.link.identify(self.identity)
        return self.link

    def request(self, path, data=None, link=None):
        """One request; returns the answer, raises `Refused` or `TimeoutError`."""
        done = threading.Event()
        receipt = (link or self.link).request(
            path,
            data if data is not None else {},
            response_callback=lambda receipt: done.set(),
            failed_callback=lambda receipt: done.set(),
            timeout=self.timeout,
        )
        if not receipt or not done.wait(self.timeout + 5) or receipt.status != RNS.RequestReceipt.READY:
            raise TimeoutError(f"no answer to {path}")
        answer = receipt.get_response()
        if isinstance(answer, dict) and "error" in answer:
            raise Refused(answer)
        return answer

    def join(self, info, **fields):
        """Joins, with the work that it costs; `info` is the answer of `/api/v1/info`."""
        joining = info["joining"]
        if "price" in joining:
            fields["work"] = work(info["gid"], self.identity.hash, joining["day"], joining["price"])
        return self.request("/api/v1/join", fields)

    def message(self, text, title="", method=LXMF.LXMessage.DIRECT):
        """An LXMF message to the group, packed and signed."""
        message = LXMF.LXMessage(self.inbox, self.address, text, title, desired_method=method)
        message.pack()
        return message

    def send(self, text, method=LXMF.LXMessage.DIRECT):
        """Sends a plain LXMF message and waits until the group has proved that it is stored."""
        message = LXMF.LXMessage(self.inbox, self.address, text, desired_method=method)
        return self.deliver(message)

    def deliver(self, message):
        done = threading.Event()
        message.register_delivery_callback(lambda _: done.set())
        message.register_failed_callback(lambda _: done.set())
        self.router.handle_outbound(message)
        if not done.wait(4 * self.timeout) or message.state != LXMF.LXMessage.DELIVERED:
            raise TimeoutError("the message was not proved")
        return message

    def post(self, text, title=""):
        """Posts by request, in the signed form: other readers can check who wrote it."""
        packed = self.message(text, title).packed
        return self.request("/api/v1/messages/post", {"signature": packed[32:96], "payload": packed[96:]})

    def fetch(self, since=0, limit=1000, max_bytes=4_000_000):
        """What has changed after `since` and is signed, in the order of the last change, with the authors' signatures.

        Not what was posted by request without a signature, or deleted; `schemas/README.md` says what a client that keeps
        messages does with those.
        """
        messages = []
        while True:
            answer = self.request(
                "/api/v1/messages", {"since": since, "limit": limit, "max_bytes": max_bytes, "signed": True}
            )
            keys = {hashlib.sha256(key).digest()[:16]: key for key in answer.get("keys", [])}
            messages += [read_signed(item, keys) for item in answer["messages"] if "payload" in item]
            if not answer["more"]:
                return messages
            since = answer["next"]


def work(gid, identity_hash, day, bits):
    """Bytes that pay a price of so many bits to this group, for this person, on this day of the server's and the next."""
    start = hashlib.sha256(b"roost-join1" + gid + identity_hash + day.to_bytes(4, "big"))
    for number in itertools.count():
        tried = start.copy()
        tried.update(number.to_bytes(8, "big"))
        if int.from_bytes(tried.digest(), "big") >> (256 - bits) == 0:
            return number.to_bytes(8, "big")


def read_signed(item, keys):
    """A message as its author signed it; `verified` says whether the signature holds."""
    signed_part = item["destination"] + item["source"] + item["payload"]
    signed_part += hashlib.sha256(signed_part).digest()
    author = RNS.Identity(create_keys=False)
    author.load_public_key(keys[item["author"]])
    source = RNS.Destination.hash(author, "lxmf", "delivery")
    sent_at, title, text, fields = msgpack.unpackb(item["payload"])
    return {
        "seq": item["seq"],
        "author": item["author"],
        "title": title,
        "text": text,
        "fields": fields,
        "verified": source == item["source"] and author.validate(item["signature"], signed_part),
    }


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--connect", default="127.0.0.1:4242", metavar="HOST:PORT")
    arguments.add_argument("--group", required=True, metavar="HASH", help="the group's address, 32 hex digits")
    arguments.add_argument("--home", metavar="DIR", help="where identity and caches stay; default: thrown away")
    options = arguments.parse_args()
    sys.stdout.reconfigure(line_buffering=True)
    host, port = options.connect.rsplit(":", 1)
    home = options.home or tempfile.mkdtemp(prefix="roost-example-")

    client = GroupClient(host, int(port), bytes.fromhex(options.group), home)
    client.find()
    client.open()
    info = client.request("/api/v1/info")
    print(f"info: {info['name']}, {info['members']} members, server {info['version']}")
    for sentence in info["disclosures"]:
        print(f"  {sentence}")
    joined = client.join(info, nick="Example")
    if not joined["member"]:
        print("asked to join; somebody has to approve it first")
        RNS.exit(0)
    print(f"joined as member {joined['number']}")

    tag = os.urandom(4).hex()
    texts = [f"{tag} by request", f"{tag} opportunistic", f"{tag} direct", f"{tag} large " + "roost " * 10_000]
    before = client.request("/api/v1/messages", {"limit": 1})["next"]
    print(f"posted by request: number {client.post(texts[0])['seq']}")
    client.send(texts[1], LXMF.LXMessage.OPPORTUNISTIC)
    print("sent in one packet, proved")
    client.send(texts[2], LXMF.LXMessage.DIRECT)
    print("sent over a link, proved")
    client.send(texts[3], LXMF.LXMessage.DIRECT)
    print(f"sent {len(texts[3])} bytes as a Resource, proved")

    mine = [message for message in client.fetch(since=before) if message["author"] == client.identity.hash]
    for message in mine:
        print(f"read back number {message['seq']}: {len(message['text'])} bytes, signature {message['verified']}")
    whole = [message["text"].decode() for message in mine] == texts
    signed = all(message["verified"] for message in mine)
    print("all four are there, once, in order, signed" if whole and signed else "FAILED: that is not what was sent")
    RNS.exit(0 if whole and signed else 1)


if __name__ == "__main__":
    main()
