"""Many members in one process: an unmodified LXMF router for each, over one Reticulum."""

import pathlib
import time

import daemon
import LXMF
import RNS
from RNS.Interfaces.TCPInterface import TCPClientInterface

OPPORTUNISTIC = LXMF.LXMessage.OPPORTUNISTIC


class Routers:
    """So many members of one group. Each keeps its identity and what its router remembers in `home`."""

    def __init__(self, port, inbox, home, size):
        # A server that was killed is back in a moment.
        TCPClientInterface.RECONNECT_WAIT = 0.2
        self.home = pathlib.Path(home)
        daemon.write(self.home, daemon.config(daemon.client(port)))
        self.reticulum = RNS.Reticulum(str(self.home))
        self.group = self.find(bytes.fromhex(inbox))
        self.members = [Member(self, number) for number in range(size)]
        for one in self.members:
            self.announce(one)

    def find(self, inbox, timeout=60):
        """The group's message address, once its key is known."""
        deadline = time.monotonic() + timeout
        while RNS.Identity.recall(inbox) is None or not RNS.Transport.has_path(inbox):
            assert time.monotonic() < deadline, "the group is not found"
            RNS.Transport.request_path(inbox)
            time.sleep(0.5)
        identity = RNS.Identity.recall(inbox)
        return RNS.Destination(identity, RNS.Destination.OUT, RNS.Destination.SINGLE, "lxmf", "delivery")

    def announce(self, one):
        """Lets the group know a member. More of this a second would be held back as a flood."""
        one.router.announce(one.address.hash)
        time.sleep(0.3)

    def say(self, text):
        """Every member says this, and waits for the answer."""
        before = [len(member.received) for member in self.members]
        for member in self.members:
            member.send(text)
        wait_for(lambda: all(len(member.received) > count for member, count in zip(self.members, before)))


class Member:
    """One of them."""

    def __init__(self, routers, number):
        self.group = routers.group
        home = routers.home / f"member{number}"
        home.mkdir(exist_ok=True)
        file = home / "identity"
        self.identity = RNS.Identity.from_file(str(file)) if file.exists() else RNS.Identity()
        self.identity.to_file(str(file))
        self.router = LXMF.LXMRouter(identity=self.identity, storagepath=str(home))
        self.address = self.router.register_delivery_identity(self.identity, display_name=f"Member {number}")
        self.received = []
        self.router.register_delivery_callback(self.take)

    def take(self, message):
        assert message.signature_validated and message.source_hash == self.group.hash
        self.received.append(message.content.decode())

    def send(self, text):
        message = LXMF.LXMessage(self.group, self.address, text, desired_method=OPPORTUNISTIC)
        self.router.handle_outbound(message)
        return message


def wait_for(condition, timeout=90):
    """Returns when it holds."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)
