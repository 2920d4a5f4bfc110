"""Delivered means stored: what a sender saw proved survives `kill -9`."""

import hashlib
import random
import threading
import time

import member
from peer import Peer, call
from roost import Roost

ROUNDS = 20


def join_once(port, group, home):
    member.join(port, group, home)


def stream(port, group, home, round_number):
    """Sends messages until it is told to stop; returns the post ids of those that were proved."""
    import sys

    import LXMF

    client = member.connect(port, group, home)
    gid = client.request("/api/v1/info")["gid"]
    proved = []
    outstanding = threading.Semaphore(16)
    stop = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.readline(), stop.set()), daemon=True).start()

    def concluded(message):
        if message.state == LXMF.LXMessage.DELIVERED:
            identity = gid + client.identity.hash + message.packed[96:]
            proved.append(hashlib.sha256(b"roost-post1" + identity).hexdigest()[:32])
        outstanding.release()

    print("STREAMING")
    count = 0
    while not stop.is_set():
        if not outstanding.acquire(timeout=0.1):
            continue
        method = member.OPPORTUNISTIC if count % 2 else member.DIRECT
        text = f"round {round_number} message {count}"
        message = LXMF.LXMessage(client.inbox, client.address, text, desired_method=method)
        message.register_delivery_callback(concluded)
        message.register_failed_callback(concluded)
        client.router.handle_outbound(message)
        count += 1
    return {"proved": proved, "sent": count}


def test_every_proved_message_survives_kill_9_and_none_is_there_twice(tmp_path):
    seed = time.time_ns()
    print("seed", seed)
    moments = random.Random(seed)
    server = Roost(tmp_path / "data").start()
    proved = []
    try:
        call(join_once, **server.address(tmp_path / "peer"))
        for number in range(ROUNDS):
            sender = Peer(stream, round_number=number, **server.address(tmp_path / "peer"))
            try:
                sender.read_line("STREAMING")
                time.sleep(moments.uniform(0.05, 1.5))
                server.kill()
                time.sleep(0.2)
                sender.tell("stop")
                proved += sender.result(60)["proved"]
            finally:
                sender.stop()
            server.start()
        assert server.terminate() == 0
    finally:
        server.kill()
    stored = [row[0].hex() for row in server.query("SELECT post_id FROM group_messages")]
    print(f"{len(proved)} proved, {len(stored)} stored in {ROUNDS} rounds")
    assert len(proved) > ROUNDS
    assert set(proved) <= set(stored)
    assert len(stored) == len(set(stored))
