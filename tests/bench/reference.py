"""The reference's side: a group that answers what its last messages are, keeps new ones, and passes them on to who wants
them, with SQLite and the packages' own router.

Not a daemon with other duties; what it costs is the package's cost, and a query.
"""

import pathlib
import sqlite3
import sys
import threading

MESSAGES = 50
TEXT = "A message of eighty characters, as people write them to each other on the mesh.."


def serve(home, mail):
    """Runs until told to stop; how many destinations it knows then. Without `mail` nobody takes what comes to its inbox."""
    import RNS

    RNS.Reticulum(home)
    database = open_database(home)
    kept = pathlib.Path(home, "identity")
    if kept.exists():
        identity = RNS.Identity.from_file(str(kept))
    else:
        identity = RNS.Identity()
        identity.to_file(str(kept))
    group = RNS.Destination(identity, RNS.Destination.IN, RNS.Destination.SINGLE, "meshchat", "group")
    group.register_request_handler("/api/v1/messages", latest(database), RNS.Destination.ALLOW_ALL)
    if mail:
        inbox = Mailbox(home, identity, database).address
    else:
        # The package's router would hear every announce, too.
        inbox = RNS.Destination(identity, RNS.Destination.IN, RNS.Destination.SINGLE, "lxmf", "delivery")
    for destination in (group, inbox):
        destination.announce()
    ours = set(RNS.Identity.known_destinations)
    print("UP", group.hash.hex(), inbox.hash.hex())
    while sys.stdin.readline() == "POSTS\n":
        print("POSTS", database.execute("SELECT count(*) FROM posts").fetchone()[0])
    known = len(set(RNS.Identity.known_destinations) - ours - {group.hash, inbox.hash})
    RNS.Identity.persist_data()
    return known


def open_database(home):
    """With some messages to be asked for, and room for posts; durable as ours is."""
    database = sqlite3.connect(pathlib.Path(home, "group.db"), check_same_thread=False)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE IF NOT EXISTS messages (seq INTEGER PRIMARY KEY, time REAL, author BLOB, text TEXT)")
    database.execute("CREATE TABLE IF NOT EXISTS posts (seq INTEGER PRIMARY KEY, time REAL, author BLOB, text TEXT)")
    rows = [(number, 1.7e9 + number, bytes(16), TEXT) for number in range(MESSAGES)]
    database.executemany("INSERT OR IGNORE INTO messages VALUES (?, ?, ?, ?)", rows)
    database.commit()
    return database


class Mailbox:
    """Keeps every message, and passes it on to all who have asked for that but its author."""

    def __init__(self, home, identity, database):
        import LXMF

        # The package delivers from many threads at once.
        self.database, self.readers, self.lock = database, {}, threading.Lock()
        self.router = LXMF.LXMRouter(identity=identity, storagepath=f"{home}/lxmf")
        self.address = self.router.register_delivery_identity(identity, display_name="Group")
        self.router.register_delivery_callback(self.take)

    def take(self, message):
        with self.lock:
            self.keep(message)

    def keep(self, message):
        text = message.content_as_string()
        if text == "/resume":
            self.readers[message.source_hash] = message.source
        if text.startswith("/"):
            return
        self.database.execute(
            "INSERT INTO posts (time, author, text) VALUES (?, ?, ?)", (message.timestamp, message.source_hash, text)
        )
        self.database.commit()
        for address, reader in self.readers.items():
            if address != message.source_hash:
                self.pass_on(reader, text)

    def pass_on(self, reader, text):
        import LXMF

        method = LXMF.LXMessage.OPPORTUNISTIC
        self.router.handle_outbound(LXMF.LXMessage(reader, self.address, f"Member: {text}", desired_method=method))


def latest(database):
    """A handler that answers the last messages of a table."""

    def answer(path, data, request_id, link_id, remote_identity, requested_at):
        found = database.execute(
            "SELECT seq, time, author, text FROM messages ORDER BY seq DESC LIMIT ?", (data["limit"],)
        )
        return {"messages": [dict(zip(("seq", "time", "author", "text"), row)) for row in found]}

    return answer
