"""What people write, as they write it: other scripts, attachments, nothing at all, slashes that are no commands."""

import LXMF
import member
from peer import call
from test_commands import next_message, say

TEXTS = ["Grüße aus Köln", "🦉🌲 flag 🏴\u200d☠️", "שלום לכולם", "مرحبا بالجميع", "日本語\nzweite Zeile", "/shrug whatever"]


def write_and_read(port, group, home):
    client = member.join(port, group, home, nick="Zoë")
    for text in TEXTS:
        client.send(text, member.OPPORTUNISTIC)
    history = say(client, "/history 6")
    messages = client.fetch()
    return {
        "texts": [message["text"].decode() for message in messages],
        "verified": all(message["verified"] for message in messages),
        "history": history,
        "default": say(client, "/history"),
    }


def test_texts_in_any_script_come_back_as_they_were_written(server, tmp_path):
    result = call(write_and_read, **server.address(tmp_path / "peer"))
    assert result["texts"] == TEXTS and result["verified"]
    lines = [f"Zoë: {' '.join(text.split())}" for text in TEXTS]
    assert result["history"].split("\n") == lines
    # Without a number it is as much as fits one packet, from the newest back.
    shown = result["default"].split("\n")
    assert 1 <= len(shown) and lines[-len(shown) :] == shown and len(result["default"].encode()) <= 287
    assert server.terminate() == 0
    log = server.log()
    assert not any(word in log for word in ["Zoë", "Köln", "shrug", "history"]), "the log tells what people write"


def attach(port, group, home):
    fields = {
        LXMF.FIELD_FILE_ATTACHMENTS: [["map.gpx", b"\x00\xff" * 20_000], ["leer.txt", b""]],
        LXMF.FIELD_IMAGE: ["webp", b"RIFF" + bytes(range(256)) * 40],
    }
    client = member.join(port, group, home)
    message = LXMF.LXMessage(client.inbox, client.address, "", fields=fields, desired_method=member.DIRECT)
    message.pack()
    client.deliver(message)
    (fetched,) = client.fetch()
    return {"equal": fetched["fields"] == fields, "text": fetched["text"].decode(), "verified": fetched["verified"]}


def test_message_of_attachments_alone_is_stored_and_fetched_back_equal(server, tmp_path):
    result = call(attach, **server.address(tmp_path / "peer"))
    assert result == {"equal": True, "text": "", "verified": True}


def empty(port, group, home):
    client = member.join(port, group, home)
    client.router.handle_outbound(client.message("", method=member.OPPORTUNISTIC))
    return {"answer": next_message(client), "stored": len(client.fetch())}


def test_empty_message_is_refused_with_a_word_and_not_stored(server, tmp_path):
    result = call(empty, **server.address(tmp_path / "peer"))
    assert result["stored"] == 0
    assert "empty" in result["answer"].lower() or "nothing" in result["answer"].lower(), result
