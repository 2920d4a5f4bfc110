"""Access codes and interfaces against the reference: who knows name and passphrase is in, everybody else is not."""

import os

import group_client
import pytest
from group_client import GroupClient
from peer import call
from roost import Roost

NAME, PASSPHRASE = "perch", "on a branch, in the rain"


@pytest.fixture
def closed(tmp_path):
    """A server for those who know name and passphrase."""
    file = tmp_path / "passphrase"
    file.write_text(PASSPHRASE + "\n")
    file.chmod(0o600)
    server = Roost(tmp_path / "data").start("--network-name", NAME, "--passphrase-file", str(file))
    yield server
    server.kill()
    assert "panicked" not in server.log(), server.log()
    assert PASSPHRASE not in server.log()


def client(port, group, home, access, timeout=30):
    """A client whose interface has these lines more."""
    group_client.CONFIG += "".join(f'{option} = "{value}"\n' for option, value in access.items())
    return GroupClient("127.0.0.1", port, bytes.fromhex(group), home, timeout)


def member_of_network(port, group, home, access):
    us = client(port, group, home, access)
    us.find()
    us.open()
    name = us.request("/api/v1/info")["name"]
    us.request("/api/v1/join")
    # The last is a Resource each way, in frames as long as the interface allows, and nothing to compress.
    texts = ["hello", os.urandom(30_000).hex()]
    for text in texts:
        us.send(text)
    answer = us.request("/api/v1/messages", {"limit": 5, "max_bytes": 100_000})
    return {"name": bool(name), "texts": [item["text"] for item in answer["messages"]] == texts}


def stranger(port, group, home, access):
    us = client(port, group, home, access, timeout=2)
    try:
        us.find()
    except TimeoutError:
        return "nothing heard"
    return "heard"


def test_who_knows_name_and_passphrase_joins_and_posts(closed, tmp_path):
    access = {"network_name": NAME, "passphrase": PASSPHRASE}
    result = call(member_of_network, **closed.address(tmp_path / "peer"), access=access)
    assert result == {"name": True, "texts": True}
    assert closed.terminate() == 0
    assert "access code" not in closed.log()


@pytest.mark.parametrize(
    ("access", "reason"),
    [
        ({"network_name": NAME, "passphrase": "on a roof"}, "wrong access code"),
        ({"network_name": NAME, "passphrase": PASSPHRASE, "ifac_size": 64}, "wrong access code"),
        ({}, "no access code on a protected interface"),
    ],
)
def test_who_does_not_hears_nothing_and_is_counted(closed, tmp_path, access, reason):
    assert call(stranger, **closed.address(tmp_path / "peer"), access=access) == "nothing heard"
    assert closed.terminate() == 0
    assert reason in closed.log()
