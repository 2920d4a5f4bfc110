"""The outbox against unmodified LXMF routers: what is relayed survives `kill -9`, restarts, and members who are away."""

import random
import sys
import threading
import time

import member
import pytest
from peer import Peer, call
from roost import Roost
from routers import Routers, wait_for

MEMBERS = 20
MESSAGES = 200
KILLS = 10


def reading_members(port, inbox, home, size):
    """Members who are sent everything. Reads lines: how many messages to wait for; then says what each has."""
    routers = Routers(port, inbox, home, size)
    routers.say("/join")
    routers.say("/resume")
    for one in routers.members:
        one.received.clear()
    print("READY")
    wanted = int(sys.stdin.readline())
    wait_for(lambda: all(len(one.received) >= wanted for one in routers.members), timeout=120)
    # A copy too many would come now.
    time.sleep(3)
    return [one.received for one in routers.members]


def persistent_author(port, group, home, count):
    """Posts so many messages, each until it is acknowledged, over whatever happens to the server."""
    from RNS.Interfaces.TCPInterface import TCPClientInterface

    TCPClientInterface.RECONNECT_WAIT = 0.2
    client = member.connect(port, group, home)
    client.request("/api/v1/join", {"nick": "author"})
    client.timeout = 3
    print("POSTING")
    for number in range(count):
        packed = client.message(f"message {number}").packed
        signed = {"signature": packed[32:96], "payload": packed[96:]}
        while True:
            try:
                client.request("/api/v1/messages/post", signed)
                break
            except TimeoutError:
                open_again(client)
        print("POSTED", number)
    return count


def open_again(client):
    client.link.teardown()
    while True:
        try:
            return client.open()
        except TimeoutError:
            pass


@pytest.fixture
def hub(tmp_path):
    """A transport node that stays, whatever happens to the server: the package's own connections don't all live through
    the end of the other side."""
    hub = Roost(tmp_path / "hub").start("--transport")
    yield hub
    hub.stop()


def test_members_have_every_message_once_and_in_order_although_the_server_is_killed_ten_times(group, hub, tmp_path):
    seed = time.time_ns()
    print("seed", seed)
    moments = random.Random(seed)
    connect = f"--connect=127.0.0.1:{hub.port}"
    group.start(connect, listen=None)
    readers = Peer(reading_members, port=hub.port, inbox=group.lxmf, home=str(tmp_path / "readers"), size=MEMBERS)
    author = None
    try:
        readers.read_line("READY")
        author = Peer(
            persistent_author, port=hub.port, group=group.group, home=str(tmp_path / "author"), count=MESSAGES
        )
        author.read_line("POSTING")
        # Whoever writes must be read, or it stops.
        posting = threading.Thread(target=lambda: setattr(author, "count", author.result(240)))
        posting.start()
        for _ in range(KILLS):
            time.sleep(moments.uniform(0.2, 1.5))
            group.kill()
            group.start(connect, listen=None)
        posting.join(240)
        assert author.count == MESSAGES
        readers.tell(str(MESSAGES))
        received = readers.result(240)
    finally:
        readers.stop()
        if author:
            author.stop()
    expected = [f"author: message {number}" for number in range(MESSAGES)]
    assert received == [expected] * MEMBERS
    assert group.terminate() == 0
    assert group.query("SELECT count(*) FROM outbox_copies") == [(0,)]


def members_who_leave(port, inbox, home, size):
    routers = Routers(port, inbox, home, size)
    routers.say("/join")
    routers.say("/resume")


def members_who_come_back(port, inbox, home, size, wanted):
    routers = Routers(port, inbox, home, size)
    wait_for(lambda: all(len(one.received) >= wanted for one in routers.members))
    time.sleep(1)
    return [one.received for one in routers.members]


def test_members_who_were_away_get_everything_in_order_when_they_are_back_also_after_a_restart(group, hub, tmp_path):
    connect = f"--connect=127.0.0.1:{hub.port}"
    group.start(connect, listen=None)
    address = {"port": hub.port, "inbox": group.lxmf, "home": str(tmp_path / "away"), "size": 3}
    call(members_who_leave, **address)
    call(persistent_author, port=hub.port, group=group.group, home=str(tmp_path / "author"), count=5)
    group.kill()
    group.start(connect, listen=None)
    # Long enough for copies to be on their way to nobody.
    time.sleep(2)
    received = call(members_who_come_back, timeout=120, wanted=5, **address)
    assert received == [[f"author: message {number}" for number in range(5)]] * 3
