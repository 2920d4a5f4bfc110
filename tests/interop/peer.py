"""Runs a function of a test module in a process of its own, since Reticulum is one per process.

The function takes and returns what JSON can carry. `python peer.py MODULE FUNCTION ARGUMENTS` is the other end.
"""

import importlib
import json
import os
import pathlib
import subprocess
import sys
import traceback

HERE = pathlib.Path(__file__).parent
EXAMPLES = HERE.parent.parent / "examples"
MARK = "RESULT "


class Peer:
    """A running function; `result` waits for it, `stop` ends it."""

    def __init__(self, function, inside=(), **arguments):
        """`inside` is what comes before the command, where it runs elsewhere."""
        self.name = function.__name__
        beside = pathlib.Path(sys.modules[function.__module__].__file__).parent
        environment = dict(os.environ, PYTHONPATH=os.pathsep.join(map(str, (beside, HERE, EXAMPLES))))
        command = [*inside, sys.executable, __file__, function.__module__, function.__name__, json.dumps(arguments)]
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def read_line(self, prefix):
        """The rest of the next line that starts with `prefix`."""
        before = []
        for line in self.process.stdout:
            if line.startswith(prefix):
                return line[len(prefix) :].strip()
            before.append(line)
        raise AssertionError(f"{self.name} ended before it printed {prefix!r}:\n{''.join(before)}")

    def tell(self, line):
        """Sends a line to the function's standard input."""
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def result(self, timeout):
        """What the function returned; fails with its output if it raised or took too long."""
        try:
            output, _ = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.stop()
            output = self.process.stdout.read()
            raise AssertionError(f"{self.name} took more than {timeout} s:\n{output}") from None
        for line in output.splitlines():
            if line.startswith(MARK):
                return json.loads(line[len(MARK) :])
        raise AssertionError(f"{self.name} failed with {self.process.returncode}:\n{output}")

    def stop(self):
        """Ends the process, by its id."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def call(function, timeout=60, **arguments):
    """Runs `function` in a process of its own and returns its result."""
    peer = Peer(function, **arguments)
    try:
        return peer.result(timeout)
    finally:
        peer.stop()


def main():
    module, function, arguments = sys.argv[1:]
    sys.stdout.reconfigure(line_buffering=True)
    try:
        result = getattr(importlib.import_module(module), function)(**json.loads(arguments))
        print(MARK + json.dumps(result))
        sys.stdout.flush()
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        sys.stdout.flush()
        os._exit(1)


if __name__ == "__main__":
    main()
