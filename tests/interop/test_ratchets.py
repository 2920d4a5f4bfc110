"""What a restart keeps: ratchets that clients still encrypt for, and whom the server knows and how to reach them."""

import sqlite3
import threading
import time

import pytest

import member
from peer import Peer
from roost import Roost

PATIENCE = 20


def correspond(port, group, home):
    """Joins, hears nothing of later ratchets, and writes what it is told to, each time for the first one."""
    import sys

    import LXMF
    import RNS
    from RNS.Interfaces.TCPInterface import TCPClientInterface

    TCPClientInterface.RECONNECT_WAIT = 0.2
    client = member.join(port, group, home)
    inbox = client.inbox.hash
    first = RNS.Identity.get_ratchet(inbox)
    heard = []
    # As if it had been away when later announces were made.
    RNS.Identity._remember_ratchet = lambda destination_hash, ratchet: heard.append(ratchet)
    used = []
    encrypt = RNS.Identity.encrypt

    def observed(identity, plaintext, ratchet=None):
        used.append(ratchet)
        return encrypt(identity, plaintext, ratchet=ratchet)

    RNS.Identity.encrypt = observed
    print("JOINED")
    for line in sys.stdin:
        text = line.strip()
        if text == "stop":
            return {"old": all(ratchet == first for ratchet in used), "newer": len(set(heard) - {first})}
        ended = threading.Event()
        message = LXMF.LXMessage(client.inbox, client.address, text, desired_method=member.OPPORTUNISTIC)
        message.register_delivery_callback(lambda message: ended.set())
        message.register_failed_callback(lambda message: ended.set())
        RNS.Transport.request_path(inbox)
        time.sleep(0.3)
        client.router.handle_outbound(message)
        ended.wait(PATIENCE)
        print("DELIVERED", message.state == LXMF.LXMessage.DELIVERED)


def age_ratchets(server):
    """Makes the stopped server believe that its last rotation was long ago."""
    with sqlite3.connect(server.data / "roost.db") as database:
        rows = database.execute("SELECT epoch, public FROM group_keys WHERE purpose = 'ratchet'").fetchall()
        for epoch, public in rows:
            drawn = int.from_bytes(public[32:], "big") - 86_400
            aged = public[:32] + drawn.to_bytes(8, "big")
            database.execute("UPDATE group_keys SET public = ? WHERE purpose = 'ratchet' AND epoch = ?", (aged, epoch))
    database.close()
    return len(rows)


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_a_message_to_an_older_ratchet_is_read_after_a_restart(tmp_path, end):
    server = Roost(tmp_path / "data").start()
    port = server.port
    writer = Peer(correspond, **server.address(tmp_path / "peer"))
    try:
        writer.read_line("JOINED")
        writer.tell("before the restart")
        assert writer.read_line("DELIVERED") == "True"
        for count in (2, 3):
            getattr(server, end)()
            assert age_ratchets(server) == count
            server.start("--listen", f"127.0.0.1:{port}")
            time.sleep(1)
            writer.tell(f"restarted, with {count} ratchets")
            assert writer.read_line("DELIVERED") == "True", server.log()
        writer.tell("stop")
        assert writer.result(10) == {"old": True, "newer": 2}
        assert server.terminate() == 0
    finally:
        writer.stop()
        server.kill()
    assert "panicked" not in server.log()
