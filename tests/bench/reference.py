"""The reference's side: a group that only answers what its last messages are, from SQLite.

Not a daemon with other duties; what it costs is the package's cost, and a query.
"""

import pathlib
import sqlite3
import sys

MESSAGES = 50
TEXT = "A message of eighty characters, as people write them to each other on the mesh.."


def serve(home):
    """Runs until told to stop; how many destinations it knows then."""
    import RNS

    RNS.Reticulum(home)
    kept = pathlib.Path(home, "identity")
    if kept.exists():
        identity = RNS.Identity.from_file(str(kept))
    else:
        identity = RNS.Identity()
        identity.to_file(str(kept))
    group, inbox = (
        RNS.Destination(identity, RNS.Destination.IN, RNS.Destination.SINGLE, *name)
        for name in (("meshchat", "group"), ("lxmf", "delivery"))
    )
    group.register_request_handler("/api/v1/messages", latest(home), RNS.Destination.ALLOW_ALL)
    for destination in (group, inbox):
        destination.announce()
    ours = set(RNS.Identity.known_destinations)
    print("UP", group.hash.hex())
    sys.stdin.readline()
    known = len(set(RNS.Identity.known_destinations) - ours - {group.hash, inbox.hash})
    RNS.Identity.persist_data()
    return known


def latest(home):
    """A handler that answers the last messages of a table."""
    database = sqlite3.connect(pathlib.Path(home, "group.db"), check_same_thread=False)
    database.execute("CREATE TABLE IF NOT EXISTS messages (seq INTEGER PRIMARY KEY, time REAL, author BLOB, text TEXT)")
    rows = [(number, 1.7e9 + number, bytes(16), TEXT) for number in range(MESSAGES)]
    database.executemany("INSERT OR IGNORE INTO messages VALUES (?, ?, ?, ?)", rows)
    database.commit()

    def answer(path, data, request_id, link_id, remote_identity, requested_at):
        found = database.execute(
            "SELECT seq, time, author, text FROM messages ORDER BY seq DESC LIMIT ?", (data["limit"],)
        )
        return {"messages": [dict(zip(("seq", "time", "author", "text"), row)) for row in found]}

    return answer
