"""Members who want to be told that there is something new: by a packet to a destination of theirs, or by a message that
no chat shows. Both wait a minute, so that a conversation is one notice.
"""

import member
import RNS
from peer import Peer, call
from propagation import until

# How long a notice may take: the minute that the server waits, and a busy machine.
PATIENCE = 120
POSTS = 3


def pinged(port, group, home):
    client = member.join(port, group, home)
    bell = RNS.Destination(client.identity, RNS.Destination.IN, RNS.Destination.SINGLE, "somebody", "bell")
    rung = []
    bell.set_packet_callback(lambda data, packet: rung.append(data.hex()))
    bell.announce()
    chosen = client.request("/api/v1/notify", {"notify": "all", "ping": bell.hash})
    print("READY")
    until(lambda: rung, "a ping", PATIENCE)
    return {"ping": chosen["ping"] == bell.hash, "rung": rung, "messages": len(client.received)}


def told(port, group, home):
    client = member.join(port, group, home)
    client.router.announce(client.address.hash)
    client.request("/api/v1/notify", {"notify": "all"})
    print("READY")
    until(lambda: client.received, "a notice", PATIENCE)
    readable = lambda value: value.hex() if isinstance(value, bytes) else value
    return [
        {
            "content": message.content.decode(),
            "fields": {str(key): readable(value) for key, value in message.fields.items()},
        }
        for message in client.received
    ]


def author(port, group, home):
    client = member.join(port, group, home)
    last = [client.request("/api/v1/messages/post", {"text": f"news {number}"})["seq"] for number in range(POSTS)]
    return {"gid": client.request("/api/v1/info")["gid"].hex(), "latest": last[-1]}


def test_some_posts_are_one_ping_or_one_message_that_no_chat_shows(server, tmp_path):
    listeners = [Peer(role, **server.address(tmp_path / role.__name__)) for role in (pinged, told)]
    try:
        for listener in listeners:
            listener.read_line("READY")
        posted = call(author, timeout=60, **server.address(tmp_path / "author"))
        bell, notices = (listener.result(PATIENCE + 60) for listener in listeners)
    finally:
        for listener in listeners:
            listener.stop()
    news = bytes.fromhex(posted["gid"]) + POSTS.to_bytes(4, "big") + posted["latest"].to_bytes(8, "big")
    assert bell == {"ping": True, "rung": [news.hex()], "messages": 0}
    # Custom type and data, and the empty list of commands by which clients know that it is no chat.
    fields = {str(0x09): [], str(0xFB): "roost-notice", str(0xFC): news.hex()}
    assert notices == [{"content": "", "fields": fields}]
