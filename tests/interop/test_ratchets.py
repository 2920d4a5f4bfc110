"""What a restart keeps: ratchets that clients still encrypt for, and whom the server knows and how to reach them."""

import sqlite3
import threading
import time

import daemon
import member
import pytest
from peer import Peer
from roost import Roost

PATIENCE = 60


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
    heard = set()
    # As if it had been away when later announces were made.
    RNS.Identity._remember_ratchet = lambda destination, ratchet: heard.add(ratchet) if destination == inbox else None
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
            return {"old": bool(first) and all(ratchet == first for ratchet in used), "newer": len(heard - {first})}
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
        assert writer.result(PATIENCE) == {"old": True, "newer": 2}
        assert server.terminate() == 0
    finally:
        writer.stop()
        server.kill()
    assert "panicked" not in server.log()


def host(home, port):
    """A node that the server connects to. Its program announces itself once, and later does no more than write /help.

    Returns what the server asked for after it was started again, and what it answered.
    """
    import sys

    import LXMF
    import RNS

    daemon.write(home, daemon.config(daemon.listener(port)))
    RNS.Reticulum(home)
    router = LXMF.LXMRouter(storagepath=f"{home}/lxmf")
    address = router.register_delivery_identity(RNS.Identity(), display_name="Host")
    received = []
    router.register_delivery_callback(lambda message: received.append(message.content_as_string()))
    asked = []
    answer_path_request = RNS.Transport.path_request

    def observed(destination_hash, *arguments, **named):
        asked.append(destination_hash.hex())
        return answer_path_request(destination_hash, *arguments, **named)

    RNS.Transport.path_request = observed
    print("LISTENS")
    for line in sys.stdin:
        command, inbox = line.split()
        inbox = bytes.fromhex(inbox)
        deadline = time.time() + PATIENCE
        while not RNS.Transport.has_path(inbox) and time.time() < deadline:
            time.sleep(0.05)
        if command == "announce":
            router.announce(address.hash)
            time.sleep(0.5)
        asked.clear()
        received.clear()
        theirs = RNS.Destination(
            RNS.Identity.recall(inbox), RNS.Destination.OUT, RNS.Destination.SINGLE, "lxmf", "delivery"
        )
        message = LXMF.LXMessage(theirs, address, "/help", desired_method=member.OPPORTUNISTIC)
        router.handle_outbound(message)
        while not received and time.time() < deadline:
            time.sleep(0.02)
        print("ANSWER", len(received), len(asked))


def test_a_restarted_server_knows_whom_it_knew_and_answers_without_asking_for_a_path(tmp_path):
    port = daemon.free_port()
    peer = Peer(host, home=str(tmp_path / "peer"), port=port)
    server = Roost(tmp_path / "data")
    try:
        peer.read_line("LISTENS")
        server.start("--connect", f"127.0.0.1:{port}")
        peer.tell(f"announce {server.lxmf}")
        assert peer.read_line("ANSWER") == "1 0"
        assert server.terminate() == 0
        assert (server.data / "network").exists()
        server.start("--connect", f"127.0.0.1:{port}")
        time.sleep(1)
        peer.tell(f"write {server.lxmf}")
        assert peer.read_line("ANSWER") == "1 0", server.log()
        # Without what it knew, it has to ask.
        assert server.terminate() == 0
        (server.data / "network").write_bytes(b"not what it was")
        server.start("--connect", f"127.0.0.1:{port}")
        time.sleep(1)
        peer.tell(f"write {server.lxmf}")
        answers, asked = peer.read_line("ANSWER").split()
        assert (answers, int(asked) > 0) == ("1", True), server.log()
        assert server.terminate() == 0
    finally:
        peer.stop()
        server.kill()
    assert (server.data / "network.damaged").read_bytes() == b"not what it was"
    assert "panicked" not in server.log()
