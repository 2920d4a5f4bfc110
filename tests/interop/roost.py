"""A Roost server under test: the real binary, on loopback, with a data directory of its own."""

import contextlib
import json
import os
import pathlib
import signal
import sqlite3
import subprocess

import RNS.vendor.umsgpack as msgpack

BINARY = os.environ["ROOST_BIN"]


class Roost:
    """Starts, stops and kills one server; the data directory stays between starts."""

    def __init__(self, data, inside=()):
        """`inside` is what comes before the command, where it runs elsewhere."""
        self.data = pathlib.Path(data)
        self.inside = inside
        self.process = None

    def start(self, *arguments, listen="127.0.0.1:0", home=None):
        """Starts the server and waits for its ready line; with `listen=None` it takes no connections."""
        listening = ["--listen", listen] if listen else []
        self.process = subprocess.Popen(
            [*self.inside, BINARY, "run", "--data", str(self.data), "--ready-json", *listening, *arguments],
            env=dict(os.environ, HOME=str(home)) if home else None,
            stdout=subprocess.PIPE,
            stderr=open(f"{self.data}.log", "ab"),
            text=True,
        )
        line = self.process.stdout.readline()
        assert line, f"the server did not start:\n{self.log()}"
        ready = json.loads(line)
        assert ready["ready"] is True and ready["pid"] == self.process.pid
        self.group, self.lxmf = ready["group"], ready["lxmf"]
        self.port = int(ready["listen"][0].rsplit(":", 1)[1]) if ready["listen"] else None
        return self

    def log(self):
        """What the server has written to standard error so far."""
        return pathlib.Path(f"{self.data}.log").read_text()

    def terminate(self):
        """SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def kill(self):
        """SIGKILL, as a power cut would."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stop(self):
        """Ends the server; fails if it had a fault of its own."""
        self.kill()
        assert "panicked" not in self.log(), self.log()

    def query(self, sql, *parameters):
        """Reads the database of a stopped server."""
        with contextlib.closing(sqlite3.connect(self.data / "roost.db")) as database:
            return database.execute(sql, parameters).fetchall()

    def known_destinations(self):
        """How many destinations of others a stopped server will know when it starts again."""
        # Nine bytes name the format of the file, and a checksum follows.
        content = (self.data / "network").read_bytes()[9 + 32 :]
        return len(msgpack.unpackb(content)[0])

    def address(self, home):
        """The arguments that a client needs."""
        return {"port": self.port, "group": self.group, "home": str(home)}
