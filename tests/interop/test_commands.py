"""A member with a plain LXMF client: no request, no link, just messages to the group."""

import pathlib
import time

import member
from group_client import GroupClient
from peer import Peer, call


def write_to(port, group, home, announce=True):
    """A client that knows the group's address, as somebody who scanned it does."""
    client = GroupClient("127.0.0.1", port, bytes.fromhex(group), home)
    client.find()
    if announce:
        client.router.announce(client.address.hash)
    return client


def next_message(client, timeout=60):
    """The next message that reached this client, as text."""
    deadline = time.monotonic() + timeout
    while not client.received:
        if time.monotonic() > deadline:
            raise TimeoutError("the group sent nothing")
        time.sleep(0.02)
    message = client.received.pop(0)
    assert message.signature_validated
    assert message.source_hash == client.inbox.hash
    return message.content.decode()


def say(client, text):
    """Sends one message and returns the answer to it."""
    client.send(text, member.OPPORTUNISTIC)
    return next_message(client)


def conversation(port, group, home):
    client = write_to(port, group, home)
    answers = {command: say(client, command) for command in ["/help", "/info", "/Join", "/resume", "/pause"]}
    for text in ["first", "second", "third"]:
        client.send(text, member.OPPORTUNISTIC)
    answers["/history 2"] = say(client, "/history 2")
    answers["/hstory"] = say(client, "/hstory")
    answers["/leave"] = say(client, "/leave")
    return answers


def test_plain_lxmf_client_joins_posts_and_reads_history_by_commands(server, tmp_path):
    answers = call(conversation, timeout=120, **server.address(tmp_path / "peer"))
    for command in ["/join", "/leave", "/history", "/info", "/pause", "/resume"]:
        assert command in answers["/help"]
    assert "second" in answers["/history 2"] and "third" in answers["/history 2"]
    assert "first" not in answers["/history 2"]
    assert answers["/history 2"].index("second") < answers["/history 2"].index("third")
    assert "/history" in answers["/hstory"]
    assert all(len(answer.encode()) <= 287 for answer in answers.values())
    assert server.terminate() == 0
    assert server.query("SELECT count(*) FROM group_messages") == [(3,)]


def stranger(port, group, home):
    client = write_to(port, group, home)
    for text in ["hello?", "is anybody there?"]:
        client.router.handle_outbound(client.message(text, method=member.OPPORTUNISTIC))
    hint = next_message(client)
    time.sleep(3)
    return {"hint": hint, "more": len(client.received)}


def test_stranger_gets_one_hint_and_nothing_is_stored(server, tmp_path):
    result = call(stranger, timeout=60, **server.address(tmp_path / "peer"))
    assert "/join" in result["hint"]
    assert result["more"] == 0
    assert server.terminate() == 0
    assert server.query("SELECT count(*) FROM group_messages") == [(0,)]


def unannounced(port, group, home):
    client = write_to(port, group, home, announce=False)
    client.send("/join", member.OPPORTUNISTIC)
    answer = next_message(client)
    client.send("from somebody who never announced", member.OPPORTUNISTIC)
    return answer


def test_message_of_a_sender_who_never_announced_is_held_until_its_key_is_known(server, tmp_path):
    call(unannounced, timeout=60, **server.address(tmp_path / "peer"))
    assert server.terminate() == 0
    assert server.query("SELECT count(*) FROM group_messages") == [(1,)]


def listener(port, group, home):
    client = write_to(port, group, home)
    joined = say(client, "/join")
    resumed = say(client, "/resume")
    print("LISTENING")
    relayed = next_message(client)
    paused = say(client, "/pause")
    print("PAUSED")
    time.sleep(4)
    return {"joined": joined, "resumed": resumed, "relayed": relayed, "paused": paused, "late": len(client.received)}


def speaker(port, group, home):
    client = member.join(port, group, home, nick="Anna")
    client.send("good morning", member.OPPORTUNISTIC)
    pathlib.Path(home, "spoken").touch()
    import sys

    sys.stdin.readline()
    client.send("nobody asked for this", member.OPPORTUNISTIC)
    return len(client.received)


def test_relay_reaches_a_member_who_asked_and_stops_on_pause(server, tmp_path):
    hears = Peer(listener, **server.address(tmp_path / "listener"))
    speaks = None
    try:
        hears.read_line("LISTENING")
        speaks = Peer(speaker, **server.address(tmp_path / "speaker"))
        hears.read_line("PAUSED")
        speaks.tell("go on")
        assert speaks.result(60) == 0
        result = hears.result(60)
    finally:
        hears.stop()
        if speaks:
            speaks.stop()
    assert result["relayed"] == "Anna: good morning"
    assert result["late"] == 0
