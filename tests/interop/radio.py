"""Emulated radios: a process that has their ports, and the interfaces that programs reach them by."""

import json
import os
import pathlib
import subprocess
import time

import daemon

PROGRAM = pathlib.Path(os.environ["ROOST_BIN"]).parent / "examples" / "rnode_emulator"


class Ether:
    """Radios on one channel, as slow as the real ones; what is not said they learn from their hosts."""

    def __init__(self, stations=2, **options):
        arguments = [f"--{name}={value}" for name, value in {"stations": stations, **options}.items()]
        self.process = subprocess.Popen(
            [PROGRAM, "--trace", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.ports = []
        while "ready" not in (line := self.read()):
            self.ports.append(line["port"])

    def read(self):
        line = self.process.stdout.readline()
        assert line, "the emulator has ended"
        return json.loads(line)

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def counts(self):
        """What each station has sent and heard so far."""
        self.tell("counts")
        return self.read()["counts"]

    def lose(self, percent):
        """Changes how many of a hundred frames get lost."""
        self.tell(f"loss {percent}")

    def options(self, station, spreading_factor):
        """What a program at that station has in its configuration."""
        return {
            "type": "RNodeInterface",
            "port": self.ports[station],
            "frequency": 867_200_000,
            "bandwidth": 125_000,
            "txpower": 7,
            "spreadingfactor": spreading_factor,
            "codingrate": 5,
        }

    def interface(self, station, spreading_factor):
        """The same in the configuration of a Python program."""
        return daemon.section(f"Radio {station}", **self.options(station, spreading_factor))

    def section(self, station, spreading_factor):
        """The same in a configuration of ours."""
        options = self.options(station, spreading_factor)
        lines = [f"{name} = {json.dumps(value)}" for name, value in options.items()]
        return "\n".join([f'[interfaces."Radio {station}"]', *lines, ""])

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def start(home, interface):
    """Reticulum on a radio, once the radio is on."""
    import RNS

    daemon.write(home, daemon.config(interface))
    RNS.Reticulum(home)
    deadline = time.monotonic() + 60
    while not any(found.online for found in RNS.Transport.interfaces):
        assert time.monotonic() < deadline, "the radio does not come on"
        time.sleep(0.1)
