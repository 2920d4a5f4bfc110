"""The request paths, called by the reference's own client: styles, refusals, permissions."""

import json

import member
from group_client import Refused
from peer import call


def refusal(client, path, data=None):
    try:
        client.request(path, data)
    except Refused as refused:
        return refused.answer
    return None


def styles(port, group, home):
    client = member.join(port, group, home, nick="Anna")
    client.request("/api/v1/messages/post", {"text": "grüße"})
    named = client.request("/api/v1/messages", {"limit": 5})
    as_json = json.loads(client.request("/api/v1/messages", {"limit": 5, "format": "json"}))
    nothing = client.request("/api/v1/info", None)
    empty = client.request("/api/v1/info", {})
    return {
        "named": named["messages"][0]["text"],
        "json": as_json["messages"][0]["text"],
        "author": as_json["messages"][0]["author"] == client.identity.hash.hex(),
        "same": nothing == empty,
    }


def test_named_and_json_answers_say_the_same(server, tmp_path):
    result = call(styles, **server.address(tmp_path / "peer"))
    assert result == {"named": "grüße", "json": "grüße", "author": True, "same": True}


def refusals(port, group, home):
    client = member.connect(port, group, home, identify=False)
    anonymous = refusal(client, "/api/v1/join")
    info = client.request("/api/v1/info")
    client.open()
    stranger = refusal(client, "/api/v1/messages")
    client.request("/api/v1/join")
    wrong = refusal(client, "/api/v1/messages", {"limit": "many"})
    no_map = refusal(client, "/api/v1/messages", "limit")
    return {"anonymous": anonymous, "stranger": stranger, "wrong": wrong, "no_map": no_map, "info": sorted(info)}


def test_every_refusal_says_what_happened_and_what_to_do(server, tmp_path):
    result = call(refusals, **server.address(tmp_path / "peer"))
    assert {"name", "members", "version", "proto", "limits", "disclosures"} <= set(result["info"])
    for case in ["anonymous", "stranger", "wrong", "no_map"]:
        assert result[case]["error"] and result[case]["what"] and result[case]["do"], result
    assert result["wrong"]["field"] == "limit"


def twice(port, group, home):
    client = member.join(port, group, home)
    packed = client.message("once").packed
    form = {"signature": packed[32:96], "payload": packed[96:]}
    first = client.request("/api/v1/messages/post", form)["seq"]
    second = client.request("/api/v1/messages/post", form)["seq"]
    client.send("by message")
    before = len(client.fetch())
    client.request("/api/v1/leave")
    return {"same": first == second, "count": before, "left": refusal(client, "/api/v1/messages")["error"]}


def test_posting_twice_stores_once_and_leaving_ends_reading(server, tmp_path):
    result = call(twice, **server.address(tmp_path / "peer"))
    assert result["same"] and result["count"] == 2 and result["left"]


def paging(port, group, home):
    client = member.join(port, group, home)
    texts = [f"message {number} " + "x" * 80 for number in range(25)]
    for text in texts:
        client.request("/api/v1/messages/post", {"text": text})
    sizes, read, since = [], [], 0
    while True:
        answer = client.request("/api/v1/messages", {"since": since, "limit": 100})
        read += [item["text"] for item in answer["messages"]]
        sizes.append(len(answer["messages"]))
        since = answer["next"]
        if not answer["more"]:
            break
    latest = client.request("/api/v1/messages", {"limit": 5, "max_bytes": 10_000})
    return {
        "all": read == texts,
        "answers": len(sizes),
        "latest": [item["text"] for item in latest["messages"]] == texts[-5:],
        "budget_per_answer": max(sizes) < 25,
        "link_mdu": client.link.mdu,
    }


def test_a_small_budget_pages_through_everything_in_order(server, tmp_path):
    result = call(paging, **server.address(tmp_path / "peer"))
    assert result["all"] and result["latest"], result
