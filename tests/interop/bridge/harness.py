"""The other end of a bridge: starts one, ours or the reference's, and calls its commands."""

import json
import os
import pathlib
import select
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
OURS = [str(pathlib.Path(os.environ["ROOST_BIN"]).parent / "examples" / "bridge")]
REFERENCE = [sys.executable, str(HERE / "reference.py")]
REFERENCE_LXMF = [sys.executable, str(HERE / "reference_lxmf.py")]


class Failed(Exception):
    """The bridge says that a command failed."""


class Bridge:
    """A running bridge; `call` waits for the answer, `stop` ends the process."""

    def __init__(self, command):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True, bufsize=1
        )
        self.calls = 0
        assert self.read_line(60) == "READY\n", self.stderr()

    def read_line(self, timeout):
        """The next line of its output."""
        ready, _, _ = select.select([self.process.stdout], [], [], timeout)
        assert ready, f"no answer within {timeout} s:\n{self.stderr()}"
        return self.process.stdout.readline()

    def send(self, line):
        """Sends a line and returns the answer, whatever it is."""
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.read_line(120)
        assert answer, f"the bridge is gone:\n{self.stderr()}"
        return json.loads(answer)

    def call(self, command, **params):
        """The result of a command; raises Failed."""
        self.calls += 1
        answer = self.send(json.dumps({"id": str(self.calls), "command": command, "params": params}))
        assert answer["id"] == str(self.calls)
        if not answer["success"]:
            raise Failed(f"{command}: {answer['error']}")
        return answer["result"]

    def fails(self, command, **params):
        """Has the command a failure answer?"""
        try:
            self.call(command, **params)
        except Failed:
            return True
        return False

    def stderr(self):
        """What it has written to standard error so far."""
        self.log.seek(0)
        return self.log.read()

    def stop(self):
        """Closes its input; it must end by itself within five seconds."""
        self.process.stdin.close()
        try:
            return self.process.wait(timeout=5)
        finally:
            self.process.kill()
            self.process.wait()
            self.log.close()
