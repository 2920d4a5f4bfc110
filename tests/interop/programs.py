"""The programs of the Reticulum package (`rnsd`, `rnpath`, `rncp`, …), run as people run them."""

import os
import pathlib
import re
import subprocess
import sys

import daemon

BIN = pathlib.Path(sys.executable).parent


class Machine:
    """A machine with a daemon, theirs or ours, and programs that share it; its files are all in one directory."""

    def __init__(self, home, *interfaces, transport="No", rnsd=True, **options):
        self.home = pathlib.Path(home)
        self.running = []
        self.name = f"roost-{os.getpid()}-{self.home.name}"
        text = daemon.config(*interfaces, shared=self.name, transport=transport, **options)
        daemon.write(self.home, text.replace("loglevel = 2", "loglevel = 3"))
        (self.home / "home").mkdir()
        self.rnsd = self.begin("rnsd") if rnsd else None

    def wait_for_daemon(self):
        """Waits until programs can use the daemon; started earlier they would take its place."""
        self.read(self.rnsd, "Started rnsd")

    def begin(self, program, *arguments):
        """Starts a program."""
        # Some of the programs keep files in the home directory.
        environment = dict(os.environ, HOME=str(self.home / "home"), PYTHONUNBUFFERED="1")
        process = subprocess.Popen(
            [BIN / program, "--config", str(self.home), *map(str, arguments)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.running.append(process)
        return process

    def read(self, process, part):
        """The next line that holds `part`."""
        lines = []
        for line in process.stdout:
            lines.append(line)
            if part in line:
                return line
        raise AssertionError(f"{process.args[0]} ended before it said {part!r}:\n{''.join(lines)}")

    def listen(self, program, *arguments):
        """Starts a program that waits for others; returns its address."""
        line = self.read(self.begin(program, "-l", *arguments), "listening")
        return re.search("<([0-9a-f]{32})>", line)[1]

    def probe_address(self):
        """Where a daemon that answers probes does so."""
        import RNS

        identity = RNS.Identity.from_file(str(self.home / "storage" / "transport_identity"))
        return RNS.Destination.hash(identity, "rnstransport", "probe").hex()

    def stop(self):
        """Ends all that was started, by its id."""
        for process in reversed(self.running):
            if process.poll() is None:
                process.kill()
            process.wait()
            process.stdout.close()


def finish(process, timeout=60):
    """What a program has printed, and its exit code."""
    try:
        output, _ = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        raise AssertionError(f"{process.args} took more than {timeout} s:\n{process.communicate()[0]}") from None
    return process.returncode, output


def copied(process, received, file):
    """Waits for a copy, and fails unless it is equal."""
    code, output = finish(process)
    assert code == 0, output
    assert (received / file.name).read_bytes() == file.read_bytes()


def answered(*probes):
    """Fails unless every probe was answered."""
    for probe in probes:
        code, output = finish(probe)
        assert code == 0 and "received 1, packet loss 0.0%" in output, output


def found(path, hops):
    """What `rnpath` printed; fails unless it found a path of so many hops."""
    code, output = finish(path)
    assert code == 0 and f"is {hops} hop{'' if hops == 1 else 's'} away" in output, output
    return output
