"""Messages over time, read by the reference's own client: cached, changed while away, searched, fetched in pieces."""

import member
import RNS.vendor.umsgpack as msgpack
from group_client import Refused
from peer import call

ATTACHMENT = bytes(range(256)) * 40


def follow(client, kept, cursor):
    """Brings what a client has kept up to date, by the rules of schemas/README.md; how many answers that took."""
    answers = 0
    while True:
        # As a client that keeps JSON: bytes are hex there, and handed back so.
        answer = client.request("/api/v1/messages", {"since": cursor, "limit": 1000, "max_bytes": 600})
        answers += 1
        for item in answer["messages"]:
            seq = str(item["seq"])
            if item.get("deleted"):
                kept.pop(seq, None)
            elif "author" in item:
                kept[seq] = {"text": item["text"], "edited": "edited" in item, "reactions": item.get("reactions", [])}
            else:
                kept[seq]["reactions"] = item.get("reactions", [])
        cursor = answer["next"].hex() if isinstance(answer["next"], bytes) else answer["next"]
        if not answer["more"]:
            return {"kept": kept, "cursor": cursor, "answers": answers}


def refused(client, path, data):
    try:
        client.request(path, data)
    except Refused as refusal:
        return refusal.answer["error"]
    return None


def begin(port, group, home):
    client = member.join(port, group, home, nick="Anna")
    return [client.post(f"message {number} of the beginning, about apples")["seq"] for number in range(8)]


def read(port, group, home, kept, cursor):
    client = member.join(port, group, home, nick="Bob")
    return follow(client, kept, cursor)


def change(port, group, home, seqs):
    client = member.connect(port, group, home)
    packed = client.message("message 0, said better").packed
    signed = {"id": seqs[0], "signature": packed[32:96], "payload": packed[96:]}
    client.request("/api/v1/messages/edit", signed)
    client.send(f"/edit {seqs[1]} message 1, in a command")
    client.request("/api/v1/messages/delete", {"id": seqs[2]})
    client.send(f"/delete {seqs[3]}")
    client.request("/api/v1/messages/react", {"id": seqs[4], "reaction": "👍"})
    fields = msgpack.packb({5: [["bytes.bin", ATTACHMENT]], 0xFB: b"roost-test", 0xFC: {"n": 7}})
    client.request("/api/v1/messages/post", {"text": "a file", "fields": fields, "reply_to": seqs[5]})
    client.request("/api/v1/messages/post", {"text": "plums for Bob alone", "to": "Bob"})
    gone = client.request("/api/v1/messages/post", {"text": "came and went"})["seq"]
    client.request("/api/v1/messages/delete", {"id": gone})
    return gone


def come_back(port, group, home, kept, cursor, seqs):
    client = member.connect(port, group, home)
    result = follow(client, kept, cursor)
    again = follow(client, dict(result["kept"]), result["cursor"])
    latest = client.request("/api/v1/messages", {"limit": 3})
    file = next(item for item in latest["messages"] if item["text"] == "a file")
    fetched = client.request("/api/v1/messages/attachment", {"id": file["seq"], "index": file["files"][0][0]})
    first = client.request("/api/v1/messages", {"ids": [seqs[0]], "signed": True, "max_bytes": 2000})["messages"][0]
    found = client.request("/api/v1/messages", {"q": "Better"})["messages"]
    return {
        **result,
        "again": [again["answers"], again["kept"] == result["kept"]],
        "file": [file["files"], file["reply_to"] == seqs[5], msgpack.unpackb(file["fields"]) == {0xFB: b"roost-test", 0xFC: {"n": 7}}],
        "bytes": fetched["data"] == ATTACHMENT,
        "signed": msgpack.unpackb(first["payload"])[2].decode(),
        "found": [item["seq"] for item in found],
        "not_mine": refused(client, "/api/v1/messages/delete", {"id": seqs[5]}),
        "no_pins": refused(client, "/api/v1/messages/pin", {"id": seqs[5]}),
    }


def look(port, group, home):
    client = member.join(port, group, home, nick="Eve")
    everything = follow(client, {}, 0)
    latest = client.request("/api/v1/messages", {"max_bytes": 4000})["messages"]
    return {
        "texts": [item["text"] for item in everything["kept"].values()],
        "latest": [item["seq"] for item in latest],
        "plums": len(client.request("/api/v1/messages", {"q": "plums"})["messages"]),
    }


def test_who_was_away_ends_with_what_the_group_has_and_sees_nothing_else(group, tmp_path):
    server = group.start()
    anna, bob, eve = (server.address(tmp_path / name) for name in ["anna", "bob", "eve"])
    seqs = call(begin, timeout=120, **anna)
    before = call(read, timeout=120, kept={}, cursor=0, **bob)
    assert list(before["kept"]) == [str(seq) for seq in seqs] and before["answers"] > 1
    gone = call(change, timeout=120, seqs=seqs, **anna)
    # Numbers, order and cursor outlive a restart.
    server.terminate()
    server = group.start(listen=f"127.0.0.1:{bob['port']}")
    after = call(come_back, timeout=120, kept=before["kept"], cursor=before["cursor"], seqs=seqs, **bob)
    texts = {int(seq): item["text"] for seq, item in after["kept"].items()}
    expected = [f"message {number} of the beginning, about apples" for number in range(8)]
    expected[0], expected[1] = "message 0, said better", "message 1, in a command"
    assert [texts.get(seq) for seq in seqs] == [*expected[:2], None, None, *expected[4:]]
    assert sorted(texts.values())[0] == "a file" and "plums for Bob alone" in texts.values()
    assert gone not in texts and len(texts) == 8
    assert after["kept"][str(seqs[4])]["reactions"] == [["👍", 1]]
    assert [after["kept"][str(seq)]["edited"] for seq in seqs[:2]] == [True, True]
    assert after["again"] == [1, True]
    assert after["file"] == [[[0, "bytes.bin", len(ATTACHMENT)]], True, True] and after["bytes"]
    assert after["signed"] == "message 0, said better" and after["found"] == [seqs[0]]
    assert after["not_mine"] == "not_allowed" and after["no_pins"] == "not_allowed"
    seen = call(look, timeout=120, **eve)
    assert seen["plums"] == 0 and "plums for Bob alone" not in seen["texts"] and len(seen["texts"]) == 7
    assert seen["latest"] == sorted(seen["latest"]) and len(seen["latest"]) == 7
    deleted = ["SELECT count(*) FROM group_messages WHERE author IS NULL"]
    assert server.terminate() == 0
    assert server.query(*deleted) == [(3,)]
    everything = b"".join(path.read_bytes() for path in (tmp_path / "data").iterdir() if path.is_file())
    for text in [b"message 2 of the beginning", b"message 0 of the beginning", b"came and went"]:
        assert text not in everything
    assert b"message 4 of the beginning" in everything
