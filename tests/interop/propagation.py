"""People who write and read by way of a propagation node, as programs with the LXMF package do, and `lxmd` itself."""

import os
import pathlib
import subprocess
import time

import daemon
from programs import BIN

WAIT = 60


def until(condition, what, timeout=WAIT):
    """Waits until something is so."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen within {timeout} s")


class Person:
    """Somebody with an LXMRouter, as it is, and a connection to the server. One for each process."""

    def __init__(self, port, home):
        import LXMF
        import RNS

        home = pathlib.Path(home)
        daemon.write(home, daemon.config(daemon.client(port)))
        RNS.Reticulum(str(home))
        path = home / "identity"
        self.identity = RNS.Identity.from_file(str(path)) if path.exists() else RNS.Identity()
        self.identity.to_file(str(path))
        self.router = LXMF.LXMRouter(identity=self.identity, storagepath=str(home / "lxmf"))
        # Its loop sleeps for four seconds, and what it does there can wait no shorter.
        self.address = self.router.register_delivery_identity(self.identity, display_name="Somebody")
        self.received = []
        self.router.register_delivery_callback(lambda message: self.received.append(message.content.decode()))

    def use(self, node):
        """Finds a propagation node and uses it."""
        import RNS

        node = bytes.fromhex(node)
        find(node)
        self.router.set_outbound_propagation_node(node)
        assert RNS.Identity.recall_app_data(node)

    def write(self, recipient, text, bad_stamp=False):
        """Leaves a message for somebody at the node; returns it, still on its way."""
        import LXMF

        message = LXMF.LXMessage(recipient, self.address, text, desired_method=LXMF.LXMessage.PROPAGATED)
        if bad_stamp:
            # What a sender would do that computes too little.
            message.get_propagation_stamp = lambda *_, **__: bytes(32)
        self.router.handle_outbound(message)
        return message

    def fetch(self, count=0, timeout=WAIT):
        """Fetches until so many messages are there; returns all there ever were."""
        import LXMF

        done = (LXMF.LXMRouter.PR_COMPLETE,)
        end = time.monotonic() + timeout
        while True:
            self.router.request_messages_from_propagation_node(self.identity)
            until(
                lambda: self.router.propagation_transfer_state in done
                or self.router.propagation_transfer_state >= LXMF.LXMRouter.PR_NO_PATH,
                "the end of a sync",
            )
            # Purging is not waited for by the package.
            time.sleep(0.3)
            if len(self.received) >= count or time.monotonic() > end:
                return sorted(self.received)


def find(destination):
    """Asks for the path to a destination until its key is known."""
    import RNS

    asked = 0.0

    def known():
        nonlocal asked
        # Whoever is asked may not be connected yet.
        if time.monotonic() - asked > 2:
            asked = time.monotonic()
            RNS.Transport.request_path(destination)
        return RNS.Identity.recall(destination)

    return until(known, f"an announce of {destination.hex()}")


def recipient(public_key):
    """The address of somebody who need not be there."""
    import LXMF
    import RNS

    identity = RNS.Identity(create_keys=False)
    identity.load_public_key(bytes.fromhex(public_key))
    address = RNS.Destination(identity, RNS.Destination.OUT, RNS.Destination.SINGLE, LXMF.APP_NAME, "delivery")
    RNS.Identity.remember(None, address.hash, identity.get_public_key())
    return address


def identity_file(path):
    """Makes an identity; returns it."""
    import RNS

    path.parent.mkdir(parents=True, exist_ok=True)
    identity = RNS.Identity()
    identity.to_file(str(path))
    return identity


def entry_for(path):
    """The address that an entry of a message store is for; nothing if it has just been fetched."""
    try:
        return path.read_bytes()[:16].hex()
    except FileNotFoundError:
        return None


class Lxmd:
    """The daemon of the LXMF package as a propagation node, which listens on a port, and connects to one if told to."""

    def __init__(self, home, connect=None, **options):
        import RNS

        self.home = pathlib.Path(home)
        self.port = daemon.free_port()
        identity = identity_file(self.home / "lxmd" / "identity")
        self.address = RNS.Destination.hash_from_name_and_identity("lxmf.propagation", identity).hex()
        self.shared = f"roost-{os.getpid()}-{self.home.name}"
        interfaces = [daemon.listener(self.port), *([daemon.client(connect)] if connect else [])]
        text = daemon.config(*interfaces, shared=self.shared)
        daemon.write(self.home / "rns", text)
        settings = {"enable_node": "yes", "announce_at_start": "yes", "autopeer": "yes", **options}
        lines = ["[propagation]", *(f"{key} = {value}" for key, value in settings.items())]
        lines += ["[lxmf]", "display_name = Node", "[logging]", "loglevel = 5"]
        (self.home / "lxmd" / "config").write_text("\n".join(lines) + "\n")
        self.process = None

    def run(self, *arguments, **how):
        command = [BIN / "lxmd", "--config", self.home / "lxmd", "--rnsconfig", self.home / "rns", *arguments]
        environment = dict(os.environ, HOME=str(self.home), PYTHONUNBUFFERED="1")
        return subprocess.Popen(list(map(str, command)), env=environment, stdin=subprocess.DEVNULL, **how)

    def start(self):
        self.process = self.run(stdout=open(self.home / "log", "ab"), stderr=subprocess.STDOUT)
        until(lambda: "LXMF Propagation Node started" in self.log(), "lxmd's start")
        return self

    def log(self):
        path = self.home / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def sync(self, peer):
        """Has it sync with a peer now, as its operator would; returns what it says."""
        asked = self.run("--sync", peer, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return asked.communicate(timeout=WAIT)[0]

    def messages(self, *recipients):
        """How many it keeps, for these addresses or for anybody."""
        kept = (self.home / "lxmd" / "storage" / "lxmf" / "messagestore").glob("*")
        if not recipients:
            return len(list(kept))
        return sum(entry_for(path) in recipients for path in kept)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
