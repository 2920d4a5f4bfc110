"""A local network that exists only for a test: machines are network namespaces, cables are veth pairs.

Nothing in it can reach the real network. It takes root, or a system that lets users make namespaces of their own.
"""

import os
import shutil
import subprocess
import time

import pytest

ROOT = os.geteuid() == 0
UNSHARE = ["unshare", "--net"] if ROOT else ["unshare", "--net", "--user", "--map-root-user"]


class Machine:
    """A network namespace, held open by a process of its own."""

    def __init__(self, within=None):
        # Namespaces of one test belong together, so that cables can be laid between them.
        command = [*within.prefix, "unshare", "--net"] if within else UNSHARE
        self.holder = subprocess.Popen(
            [*command, "sh", "-c", "echo up; exec cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.works = self.holder.stdout.readline() == "up\n"
        user = [] if ROOT else ["--user", "--preserve-credentials"]
        self.prefix = ["nsenter", "--target", str(self.holder.pid), "--net", *user]

    def run(self, *command):
        """Runs a command there, which must succeed; returns what it prints."""
        done = subprocess.run([*self.prefix, *command], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout

    def address(self, device):
        """The link-local address of a device."""
        line = self.run("ip", "-6", "-oneline", "address", "show", "dev", device, "scope", "link")
        return line.split()[3].split("/")[0]

    def stop(self):
        self.holder.kill()
        self.holder.wait()


class Lan:
    """Two machines and the cables between them: `lan0`, `lan1` and so on, on both ends."""

    def __init__(self, cables=1):
        self.here = Machine()
        if not self.here.works:
            self.here.stop()
            pytest.skip("no network namespaces here: run as root, or allow user namespaces to users")
        self.there = Machine(within=self.here)
        for number in range(cables):
            name = f"lan{number}"
            self.here.run(
                "ip", "link", "add", name, "type", "veth", "peer", "name", name, "netns", str(self.there.holder.pid)
            )
            for machine in (self.here, self.there):
                machine.run("ip", "link", "set", name, "up")
        # The reference looks for devices once, at its start, and then their addresses must be ready.
        for machine in (self.here, self.there):
            while machine.run("ip", "-6", "address", "show", "scope", "link").count("fe80::") < cables:
                time.sleep(0.05)
            while "tentative" in machine.run("ip", "-6", "address", "show", "scope", "link"):
                time.sleep(0.05)

    def stop(self):
        """The devices go with the namespaces, which go with their last process."""
        self.there.stop()
        self.here.stop()


@pytest.fixture
def lan():
    """Makes local networks, and takes them away at the end."""
    if shutil.which("ip") is None or shutil.which("nsenter") is None:
        pytest.skip("ip and nsenter are missing here: install iproute2 and util-linux")
    made = []

    def make(cables=1):
        made.append(Lan(cables))
        return made[-1]

    yield make
    for network in made:
        network.stop()
