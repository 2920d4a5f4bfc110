#!/usr/bin/env python3
"""Every test that tests/requirements.md names has run and passed, says the log of the tests.

    tests/requirements.py LOG
"""

import pathlib
import re
import sys

PASSED = [
    # cargo: "test module::name ... ok"; a case of a table may follow the name.
    re.compile(r"^test (?:\S+::)?(\w+) \.\.\. ok$", re.MULTILINE),
    # pytest -rA: "PASSED tests/interop/file.py::name[case]"
    re.compile(r"^PASSED \S+::(\w+)", re.MULTILINE),
]
FAILED = [
    re.compile(r"^test (?:\S+::)?(\w+) \.\.\. FAILED$", re.MULTILINE),
    re.compile(r"^(?:FAILED|ERROR) \S+::(\w+)", re.MULTILINE),
]


def names(patterns, log):
    """What any of the patterns finds."""
    return {name for pattern in patterns for name in pattern.findall(log)}


def main():
    log = pathlib.Path(sys.argv[1]).read_text(errors="replace")
    proved = names(PASSED, log) - names(FAILED, log)
    rows = re.findall(r"^\| (MC-\d+) \|[^|]*\|([^|]*)\|$", pathlib.Path(__file__).with_suffix(".md").read_text(), re.MULTILINE)
    missing = [(row, test) for row, tests in rows for test in re.findall(r"`(\w+)`", tests) if test not in proved]
    for row, test in missing:
        print(f"{row}: {test} did not run, or failed")
    print(f"{len(rows)} requirements, {len(missing)} of their tests missing")
    return 1 if missing or not rows else 0


sys.exit(main())
