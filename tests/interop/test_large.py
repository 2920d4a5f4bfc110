"""Large answers and large messages: Resources of several segments, both ways."""

import hashlib
import os

import member
from peer import call


def large_answer(port, group, home):
    client = member.join(port, group, home)
    texts = [os.urandom(24_000).hex() for _ in range(30)]
    for text in texts:
        client.request("/api/v1/messages/post", {"text": text})
    resources = []
    conclude = client.link.response_resource_concluded

    def watch(resource):
        resources.append((resource.total_segments, resource.total_size))
        conclude(resource)

    client.link.response_resource_concluded = watch
    answer = client.request("/api/v1/messages", {"limit": 10_000, "max_bytes": 8_000_000})
    return {"equal": [item["text"] for item in answer["messages"]] == texts, "resources": resources}


def test_answer_of_more_than_a_megabyte_arrives_in_segments_byte_for_byte(server, tmp_path):
    result = call(large_answer, timeout=180, **server.address(tmp_path / "peer"))
    assert result["equal"]
    segments, size = result["resources"][-1]
    assert segments > 1 and size > 1_048_575


def large_message(port, group, home):
    client = member.join(port, group, home)
    text = os.urandom(500_000).hex()
    client.send(text)
    fetched = client.fetch()
    return {"count": len(fetched), "equal": fetched[0]["text"].decode() == text, "verified": fetched[0]["verified"]}


def test_message_of_a_megabyte_arrives_whole_and_signed(server, tmp_path):
    result = call(large_message, timeout=180, **server.address(tmp_path / "peer"))
    assert result == {"count": 1, "equal": True, "verified": True}
