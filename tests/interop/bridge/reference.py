"""The bridge of the reference: the same commands and framing as ours, carried out by the Python package `rns`.

One process is one node. Each file of commands has a table COMMANDS: name -> function from params to result.
"""

import json
import os
import sys
import traceback

import reference_stateless
import reference_wire
import RNS

TABLES = [reference_stateless.COMMANDS, reference_wire.COMMANDS]


def answer(commands, line):
    """One request and its answer."""
    try:
        request = json.loads(line)
    except ValueError as error:
        return {"id": "parse_error", "success": False, "error": str(error)}
    try:
        command = commands.get(request["command"])
        if command is None:
            raise ValueError(f"Unknown command: {request['command']}")
        return {"id": request["id"], "success": True, "result": command(request.get("params") or {})}
    except Exception as error:
        traceback.print_exc()
        return {"id": request["id"], "success": False, "error": f"{type(error).__name__}: {error}"}


def main(tables):
    """Answers until the end of standard input."""
    commands = {name: command for table in tables for name, command in table.items()}
    answers = sys.stdout
    # The package prints; what is no answer goes where the harness doesn't look.
    sys.stdout = sys.stderr
    RNS.loglevel = RNS.LOG_ERROR
    print("READY", file=answers, flush=True)
    # Not `sys.stdin`: a process that the package forks closes that, and would wait for whoever reads from it.
    for line in os.fdopen(os.dup(0)):
        print(json.dumps(answer(commands, line)), file=answers, flush=True)
    # Not `sys.exit`: threads of the package would keep the process.
    os._exit(0)


if __name__ == "__main__":
    main(TABLES)
