"""Replies, reactions and attachments between members with plain, unmodified LXMF clients, who get every message."""

import os

import pytest
from member_loop import Member

REPLY_TO, REPLY_QUOTE, REACTION = 0x30, 0x31, 0x40
FILES, IMAGE, AUDIO, RENDERER = 0x05, 0x06, 0x07, 0x0F


@pytest.fixture
def trio(server, tmp_path):
    """Anna, Bob and Eve."""
    members = [Member(server, tmp_path, nick) for nick in ["Anna", "Bob", "Eve"]]
    try:
        yield [one.ready() for one in members]
    finally:
        for one in members:
            one.stop()


def restart(server):
    port = server.port
    assert server.terminate() == 0
    server.start(listen=f"127.0.0.1:{port}")


def test_replies_and_reactions_reach_others_attached_to_their_own_copies_also_after_a_restart(server, trio):
    anna, bob, eve = trio
    original = anna.send("Who comes?")
    bobs_copy, text, fields = bob.get_one()
    eves_copy, _, _ = eve.get_one()
    assert text == "Anna: Who comes?" and fields == {}
    assert len({original, bobs_copy, eves_copy}) == 3

    reply = bob.send("I do", {REPLY_TO: bobs_copy, REPLY_QUOTE: b"Anna: Who comes?"})
    annas_reply, text, fields = anna.get_one()
    assert text == "Bob: I do" and fields == {REPLY_TO: original, REPLY_QUOTE: b"Anna: Who comes?"}
    eves_reply, _, fields = eve.get_one()
    assert fields == {REPLY_TO: eves_copy, REPLY_QUOTE: b"Anna: Who comes?"}

    restart(server)
    # To the reply, to one's own message, and a reaction.
    eve.send("Me too", {REPLY_TO: eves_reply})
    assert anna.get_one()[1:] == ("Eve: Me too", {REPLY_TO: annas_reply})
    assert bob.get_one()[1:] == ("Eve: Me too", {REPLY_TO: reply})
    anna.send("At eight", {REPLY_TO: original})
    assert bob.get_one()[1:] == ("Anna: At eight", {REPLY_TO: bobs_copy})
    assert eve.get_one()[1:] == ("Anna: At eight", {REPLY_TO: eves_copy})
    eve.send("", {REACTION: {0x00: eves_copy, 0x01: "👍".encode()}})
    for one, target in [(anna, original), (bob, bobs_copy)]:
        _, text, fields = one.get_one()
        assert text == "" and fields[REACTION] == {0x00: target, 0x01: "👍".encode()}
        assert (fields[0xFB], fields[0xFC]) == ("originator-identity", eve.address)
    assert server.terminate() == 0
    assert server.query("SELECT count(*) FROM group_messages") == [(4,)]
    assert server.query("SELECT count(*) FROM group_reactions") == [(1,)]


def test_attachments_arrive_equal_and_what_is_not_for_others_never_does(server, trio):
    anna, bob, eve = trio
    attached = {
        FILES: [["notes.txt", os.urandom(20_000)], ["two.bin", os.urandom(50)]],
        IMAGE: ["webp", os.urandom(30_000)],
        AUDIO: [0x10, os.urandom(5_000)],
        RENDERER: 2,
    }
    private = {
        0x02: b"where I am",
        0x04: ["home", b"\x00\x00\x00", b"\xff\xff\xff"],
        0x09: [{0x02: True}],
        0x0A: [b"x"],
        0x0C: [4_000_000_000.0, os.urandom(16)],
        0xFB: "originator-identity",
        0xFC: bob.address,
        0xFD: {"app": 1},
        0x1234: b"what comes later",
    }
    anna.send("Look", {**attached, **private}, direct=True)
    for one in [bob, eve]:
        assert one.get_one()[1:] == ("Anna: Look", attached)
    # A picture alone has no text; one that some clients would refuse is told of.
    anna.send("", {IMAGE: attached[IMAGE]}, direct=True)
    anna.send("Large", {IMAGE: ["png", os.urandom(600_000)]}, direct=True)
    for one in [bob, eve]:
        assert one.get_one()[1:] == ("", {IMAGE: attached[IMAGE]})
        assert one.get_one()[1:] == (
            "Anna: Large\n(600 kB of attachments left out; a group client shows them)",
            {},
        )
