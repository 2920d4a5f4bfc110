"""Several groups on one server, made while it runs, and what of them an unmodified Reticulum client hears."""

import subprocess
import threading
import time

import RNS
import RNS.vendor.umsgpack as msgpack

import member
from peer import Peer, call
from roost import BINARY

NAME, FLAGS, PRICE = 1, 2, 9


class Heard:
    """Announces of `meshchat.group`, as Reticulum hands them to programs."""

    aspect_filter = "meshchat.group"

    def __init__(self):
        self.announces, self.news = [], threading.Condition()
        RNS.Transport.register_announce_handler(self)

    def received_announce(self, destination_hash, announced_identity, app_data):
        with self.news:
            self.announces.append((destination_hash, msgpack.unpackb(app_data)))
            self.news.notify_all()

    def wait(self, wanted, timeout=60):
        """What the first announce says that `wanted(destination, said)` is true of."""
        deadline = time.monotonic() + timeout
        with self.news:
            while True:
                for destination, said in self.announces:
                    if wanted(destination, said):
                        return said
                left = deadline - time.monotonic()
                assert left > 0 and self.news.wait(left) is not None, self.announces


def other_group(client, destination, port, home):
    """The same person's connection to another group of the same server."""
    client.group_hash = destination
    client.find()
    client.open()
    return client


def founder(port, group, home):
    """Makes a group, hears of it, uses it, and changes what it is called."""
    heard = Heard()
    client = member.join(port, group, home, nick="Anna")
    first = client.link
    made = client.request("/api/v1/groups/create", {"name": "Perch", "nick": "Anna"})
    said = heard.wait(lambda destination, _: destination == made["destination"])
    other_group(client, made["destination"], port, home)
    info = client.request("/api/v1/info")
    posted = client.request("/api/v1/messages/post", {"text": "in the second group"})
    texts = [message["text"] for message in client.request("/api/v1/messages")["messages"]]
    elsewhere = client.request("/api/v1/messages", link=first)["messages"]
    listed = client.request("/api/v1/groups")["groups"]
    print("MADE", made["destination"].hex(), made["lxmf"].hex())
    renamed = heard.wait(lambda destination, said: destination.hex() == group and said[NAME] == "Hamburg")
    return {
        "said": [said[NAME], said[FLAGS], said.get(PRICE)],
        "renamed": renamed[NAME],
        "info": info["name"],
        "posted": "seq" in posted,
        "texts": texts,
        "elsewhere": len(elsewhere),
        "listed": sorted(entry["name"] for entry in listed),
    }


def latest(port, group, home):
    """What a member of a group reads there."""
    client = member.connect(port, group, home)
    return [message["text"] for message in client.request("/api/v1/messages")["messages"]]


def roost(server, *words):
    """A word on the command line, beside the running server."""
    command = [BINARY, *words, "--data", str(server.data)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_member_makes_a_group_that_others_hear_of_and_that_survives_a_restart(group, tmp_path):
    group.data.mkdir(parents=True)
    (group.data / "server.toml").write_text('[groups]\ncreate = "members"\n')
    group.start()
    peer = Peer(founder, **group.address(tmp_path / "anna"))
    try:
        second, _ = peer.read_line("MADE ").split()
        roost(group, "set", "name", "Hamburg", "--group", group.group)
        told = peer.result(timeout=120)
    finally:
        peer.stop()
    assert told["said"] == ["Perch", 1, None]
    assert told["renamed"] == "Hamburg"
    assert (told["info"], told["posted"]) == ("Perch", True)
    assert (told["texts"], told["elsewhere"]) == (["in the second group"], 0)
    assert "Perch" in told["listed"]
    shown = roost(group, "groups")
    assert "Hamburg (1 member)" in shown and "Perch (1 member)" in shown
    assert group.terminate() == 0
    group.start()
    address = dict(group.address(tmp_path / "anna"), group=second)
    assert call(latest, timeout=120, **address) == ["in the second group"]


def test_groups_that_are_announced_elsewhere_are_in_the_directory(server, tmp_path):
    """A program of somebody else announces a group; the server lists it."""
    assert call(somebody_elses, timeout=120, **server.address(tmp_path / "other")) == ["Elsewhere", 5, 12, 1]


def somebody_elses(port, group, home):
    client = member.connect(port, group, home)
    identity = RNS.Identity()
    theirs = RNS.Destination(identity, RNS.Destination.IN, RNS.Destination.SINGLE, "meshchat", "group")
    theirs.announce(app_data=msgpack.packb({NAME: "Elsewhere\x1b", FLAGS: 5, PRICE: 12, 77: "more"}))
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for entry in client.request("/api/v1/groups", {"q": "else"})["groups"]:
            assert entry["destination"] == theirs.hash
            assert entry["lxmf"] == RNS.Destination.hash(identity, "lxmf", "delivery")
            return [entry["name"], entry["flags"], entry["price"], entry["hops"]]
        time.sleep(0.3)
    raise TimeoutError("it is not listed")
