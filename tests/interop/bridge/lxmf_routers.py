"""Bridges of tier L, ours and the reference's, and pairs of routers that know each other."""

import os
import pathlib
import tempfile
import time

from harness import OURS, REFERENCE_LXMF, Bridge

#: For what must come, on a machine that has other things to do.
LONG = 60
#: Where `tests/run` puts older versions of the package.
OLD = pathlib.Path(__file__).parent.parent.parent / ".venv"


class Router(Bridge):
    """A bridge of tier L whose router runs: `ours`, `reference`, or an older version of the package."""

    def __init__(self, kind):
        self.home = tempfile.TemporaryDirectory()
        environment = [f"TMPDIR={self.home.name}"]
        if kind not in ("ours", "reference"):
            old = OLD / f"lxmf-{kind}"
            assert old.is_dir(), f"{old} is missing; tests/run makes it"
            environment.append(f"PYTHONPATH={old}")
        super().__init__(["env", *environment, *(OURS if kind == "ours" else REFERENCE_LXMF)])
        self.kind = kind
        started = self.call("lxmf_init", display_name=f"The {kind}")
        self.address = started["delivery_destination_hash"]
        self.version = started.get("version")
        self.seen = 0

    def mail(self, how, to, content, **params):
        """Sends a message and returns its hash."""
        command = f"lxmf_send_{how}"
        return self.call(command, destination_hash=to.address, content=content, **params)["message_hash"]

    def becomes(self, message, state):
        """Waits until a message of ours is in a state; says what the router said if it is given up."""
        found = eventually(lambda: self.state(message), lambda found: found in (state, "failed"))
        assert found == state, f"it {found}; the router ({self.kind}) said:\n{self.stderr()}"

    def state(self, message):
        """How far it has come."""
        return self.call("lxmf_get_message_state", message_hash=message)["state"]

    def next(self):
        """Waits for one more message, and returns it."""
        ask = lambda: self.call("lxmf_get_received_messages", since_seq=self.seen)["messages"]
        message = eventually(ask, bool)[0]
        self.seen += 1
        assert message["seq"] == self.seen
        return message

    def end(self):
        self.process.kill()
        self.process.wait()
        self.log.close()
        self.home.cleanup()


def eventually(ask, good):
    """Asks until the answer is good."""
    end = time.monotonic() + LONG
    while not good(answer := ask()):
        assert time.monotonic() < end, answer
        time.sleep(0.05)
    return answer


def know(one, other):
    """Both announce until each has a path to the other."""
    for teller, hearer in [(one, other), (other, one)]:
        def heard():
            if hearer.call("lxmf_has_path", destination_hash=teller.address)["has_path"]:
                return True
            teller.call("lxmf_announce")
            time.sleep(0.3)
            return False

        eventually(heard, bool)


class Pair:
    """Two routers on one connection."""

    def __init__(self, kind, other):
        self.routers = []
        try:
            for each in (kind, other):
                self.routers.append(Router(each))
            one, two = self.routers
            port = one.call("lxmf_add_tcp_server_interface")["port"]
            two.call("lxmf_add_tcp_client_interface", target_port=port)
            know(one, two)
        except BaseException:
            self.end()
            raise

    def end(self):
        for router in self.routers:
            router.end()
