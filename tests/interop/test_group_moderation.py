"""What staff does about people and messages, on every road, and what it does to unmodified clients."""

import subprocess
import sys
import time

import member
import RNS
import RNS.vendor.umsgpack as msgpack
from group_client import Refused
from peer import Peer, call
from roost import BINARY
from test_commands import next_message, say

STRANGER = "07" * 16
BANNED, UNBANNED, KICKED, MUTED, UNMUTED = 6, 7, 30, 31, 32


def desk(server, *words):
    """A word of the chat on the command line; returns what it says."""
    done = subprocess.run(
        [BINARY, *words, "--data", str(server.data), "--lang", "en"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return done.stdout.strip()


def told(prefix="GO"):
    """Waits until the test says so."""
    for line in sys.stdin:
        if line.startswith(prefix):
            return
    raise EOFError("the test is gone")


def code(client, path, data=None):
    try:
        client.request(path, data)
    except Refused as refused:
        return refused.answer["error"]
    return "ok"


def texts(client):
    """What the group shows this client."""
    answer = client.request("/api/v1/messages", {"limit": 50, "max_bytes": 8000})
    return [message["text"] for message in answer["messages"] if message.get("text")]


def outlaw(port, group, home):
    client = member.join(port, group, home, nick="Anna")
    client.request("/api/v1/messages/post", {"text": "a secret of Anna's"})
    client.router.announce(client.address.hash)
    assert say(client, "/resume")
    open_link = client.link
    print("READY", client.address.hash.hex())
    told()
    deadline = time.monotonic() + 60
    while open_link.status != RNS.Link.CLOSED and time.monotonic() < deadline:
        time.sleep(0.05)
    reason = next_message(client, 60)
    result = {"closed": open_link.status == RNS.Link.CLOSED, "told": reason}
    # A link of another destination of theirs proves the same identity.
    another = RNS.Destination(client.identity, RNS.Destination.IN, RNS.Destination.SINGLE, "another", "program")
    another.announce()
    client.open()
    paths = ["messages", "members", "join", "bans"]
    result["codes"] = [code(client, f"/api/v1/{path}") for path in paths]
    result["post"] = code(client, "/api/v1/messages/post", {"text": "still here"})
    client.timeout = 4
    try:
        client.send("by message", member.DIRECT)
        result["proved"] = True
    except Exception:  # noqa: BLE001 - however the client says that it was refused
        result["proved"] = False
    print("DONE")
    told()
    # What others have said since is not sent to who is banned.
    heard = [message.content.decode() for message in client.received]
    result["heard"] = [text for text in heard if "after the ban" in text]
    return result


def witness(port, group, home):
    client = member.join(port, group, home, nick="Mia")
    client.request("/api/v1/messages/post", {"text": "after the ban"})
    return texts(client)


def test_banned_person_is_cut_off_and_comes_back_with_no_destination(server, tmp_path):
    anna = Peer(outlaw, **server.address(tmp_path / "anna"))
    try:
        address = anna.read_line("READY ").strip()
        spelled = "<" + " ".join(address[at : at + 4] for at in range(0, 32, 4)).upper() + ">"
        said = desk(server, "ban", spelled, "purge", "too loud")
        assert said.startswith("Anna is banned for good. 1 message is deleted."), said
        anna.tell("GO")
        anna.read_line("DONE")
        shown = call(witness, timeout=60, **server.address(tmp_path / "mia"))
        anna.tell("GO")
        result = anna.result(timeout=90)
    finally:
        anna.stop()
    assert result["closed"] and "banned" in result["told"] and "too loud" in result["told"]
    assert result["codes"] == ["banned"] * 4 and result["post"] == "banned"
    assert not result["proved"] and result["heard"] == []
    assert shown == ["after the ban"]
    assert server.terminate() == 0
    assert b"a secret of Anna's" not in (server.data / "roost.db").read_bytes()


def moderator(port, group, home):
    client = member.join(port, group, home, nick="Bert")
    client.router.announce(client.address.hash)
    print("READY")
    told()
    stranger = {"person": bytes.fromhex(STRANGER)}
    for path, fields in [
        ("add", {}),
        ("kick", {"reason": "wrong door"}),
        ("mute", {"reason": "calm down"}),
        ("unmute", {}),
        ("ban", {"reason": "spam", "remove": 0}),
        ("unban", {}),
    ]:
        done = client.request(f"/api/v1/members/{path}", {**stranger, **fields})
        assert "seq" in done or done["member"]
    answers = [
        say(client, f"/{command}")
        for command in [
            f"add {STRANGER}",
            f"kick {STRANGER} wrong door",
            f"mute {STRANGER} calm down",
            f"unmute {STRANGER}",
            f"Ban {STRANGER} purge \u201cspam\u201d",
            f"unban {STRANGER}",
        ]
    ]
    audit = client.request("/api/v1/audit", {"max_bytes": 8000, "limit": 100})
    return {"answers": answers, "audit": str(audit)}


def events(server, kinds):
    """The private parts of the events of these kinds, without what differs between the roads."""
    found = []
    for header, private in server.query("SELECT header, private FROM group_events ORDER BY seq"):
        kind = msgpack.unpackb(header)[1]
        if kind in kinds:
            record = msgpack.unpackb(private[1:])
            # Who did it, and the number that a member had who was sent away.
            record.pop("b", None)
            record.pop("n", None)
            found.append((kind, record))
    return found


def test_moderation_by_request_by_message_and_by_command_leaves_the_same_events(server, tmp_path):
    bert = Peer(moderator, **server.address(tmp_path / "bert"))
    try:
        bert.read_line("READY")
        desk(server, "role", "Bert", "owner")
        bert.tell("GO")
        result = bert.result(timeout=120)
    finally:
        bert.stop()
    assert all(len(answer.encode()) <= 287 for answer in result["answers"])
    assert "muted Bert" not in result["audit"] and "calm down" in result["audit"]
    desk(server, "add", STRANGER)
    desk(server, "kick", STRANGER, "wrong", "door")
    desk(server, "mute", STRANGER, "calm down")
    desk(server, "unmute", STRANGER)
    desk(server, "ban", STRANGER, "purge", "spam")
    desk(server, "unban", STRANGER)
    assert server.terminate() == 0
    found = events(server, {BANNED, UNBANNED, KICKED, MUTED, UNMUTED})
    assert [kind for kind, _ in found] == [KICKED, MUTED, UNMUTED, BANNED, UNBANNED] * 3
    assert found[0:5] == found[5:10] == found[10:15]


def author(port, group, home):
    client = member.join(port, group, home, nick="Carl")
    client.router.announce(client.address.hash)
    client.send("what Carl regrets", member.DIRECT)
    print("READY")
    told()
    return {"told": next_message(client, 60), "seen": texts(client)}


def remover(port, group, home):
    client = member.join(port, group, home, nick="Bert")
    client.router.announce(client.address.hash)
    print("READY")
    told()
    shown = say(client, "/history")
    number = shown.split("#")[1].split()[0]
    return {"shown": shown, "answer": say(client, f"/delete {number} rude"), "after": texts(client)}


def test_a_message_of_an_unmodified_client_that_staff_deletes_is_in_no_later_fetch(server, tmp_path):
    carl, bert = (Peer(who, **server.address(tmp_path / who.__name__)) for who in (author, remover))
    try:
        carl.read_line("READY")
        bert.read_line("READY")
        desk(server, "role", "Bert", "moderator")
        bert.tell("GO")
        removed = bert.result(timeout=120)
        carl.tell("GO")
        result = carl.result(timeout=120)
    finally:
        carl.stop()
        bert.stop()
    assert "Carl: what Carl regrets" in removed["shown"] and "is deleted" in removed["answer"], removed
    assert removed["after"] == [] and result["seen"] == []
    assert "removed from the group: rude" in result["told"]
    assert call(witness, timeout=60, **server.address(tmp_path / "mia")) == ["after the ban"]
    assert server.terminate() == 0
    assert b"what Carl regrets" not in (server.data / "roost.db").read_bytes()


def writer(port, group, home):
    client = member.join(port, group, home, nick="Carl")
    client.router.announce(client.address.hash)
    client.send("look at http://example.org", member.OPPORTUNISTIC)
    waits = next_message(client, 60)
    unseen = texts(client)
    print("READY")
    told()
    published = next_message(client, 60)
    seen = texts(client)
    try:
        client.request("/api/v1/messages/post", {"text": "the CASINO is open"})
    except Refused as refused:
        filtered = refused.answer
    codes = [code(client, "/api/v1/messages/post", {"text": f"flood {number}"}) for number in range(12)]
    return {
        "waits": waits, "unseen": unseen, "published": published, "seen": seen, "filtered": filtered, "codes": codes
    }


def test_what_is_held_is_published_by_staff_and_filters_and_floods_are_answered(server, tmp_path):
    desk(server, "set", "hold", "links")
    desk(server, "set", "filters", "refuse word casino as gambling")
    desk(server, "set", "burst", "5")
    desk(server, "set", "gap", "600")
    carl = Peer(writer, **server.address(tmp_path / "carl"))
    try:
        carl.read_line("READY")
        listed = desk(server, "hold")
        assert "Carl, for links: look at http://example.org" in listed, listed
        assert desk(server, "hold", listed.split()[0], "ok").startswith("It is published as number ")
        carl.tell("GO")
        result = carl.result(timeout=90)
    finally:
        carl.stop()
    assert "waits" in result["waits"] and result["unseen"] == []
    assert "is published as number" in result["published"]
    assert result["seen"] == ["look at http://example.org"]
    assert result["filtered"]["error"] == "filtered" and "gambling" in result["filtered"]["what"]
    assert result["codes"] == ["ok"] * 4 + ["slow_down"] * 8
