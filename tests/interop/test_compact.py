"""Answers for a few bytes, read by the reference's own client with nothing else but Python's standard library."""

import json
import pathlib
import zlib

import compact_decoder
import member
import pytest
import RNS.vendor.umsgpack as msgpack
from peer import call

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "schemas" / "compact" / "golden.json"
TEXTS = ["Is the road open?", "Yes, but mind the ice near the mill", "Grüße aus dem Tal", "on my way, back at seven"]


@pytest.mark.parametrize("golden", json.loads(GOLDEN.read_text()), ids=lambda golden: golden["name"])
def test_golden_bodies_are_read_by_the_decoder_in_python(golden):
    page = compact_decoder.decode(bytes.fromhex(golden["body"]))
    assert json.loads(json.dumps(page, default=bytes.hex)) == golden["says"]


def test_what_is_cut_off_or_of_another_version_is_no_body():
    body = bytes.fromhex(json.loads(GOLDEN.read_text())[-1]["body"])
    for damaged in [body[:length] for length in range(len(body))] + [body + b"\0", b"\x2f\1\2"]:
        with pytest.raises((ValueError, zlib.error)):
            compact_decoder.decode(damaged)


def small(port, group, home):
    client = member.join(port, group, home, nick="Anna")
    seqs = [client.post(text)["seq"] for text in TEXTS]
    deflated = client.request("/api/v1/messages", [2, 3])
    ordinary = client.request("/api/v1/messages", {"limit": 3, "short": True, 1: 1})
    compact = compact_decoder.decode(client.request("/api/v1/messages", [3, 3]))
    changes = compact_decoder.decode(client.request("/api/v1/messages", [3, 10, compact["next"]]))
    number = next(one["number"] for one in client.request("/api/v1/members")["people"])
    return {
        "same": msgpack.unpackb(zlib.decompress(deflated, -15)) == ordinary,
        "seqs": seqs[1:] == [message["seq"] for message in compact["messages"]],
        "texts": [message["text"] for message in compact["messages"]],
        "authors": {message["author"] for message in compact["messages"]} == {number},
        "more": compact["more"],
        "changes": changes["messages"],
    }


def test_the_latest_messages_are_read_with_nothing_but_the_standard_library(server, tmp_path):
    result = call(small, **server.address(tmp_path / "peer"))
    assert result == {"same": True, "seqs": True, "texts": TEXTS[1:], "authors": True, "more": True, "changes": []}
