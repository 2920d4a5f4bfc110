"""Roles, delegated permissions, settings and the audit log, with the reference's own clients and the command line."""

import subprocess
import time

import member
import RNS
from group_client import Refused
from peer import call
from roost import BINARY


def roost(server, *words):
    """A word on the command line, as the operator; what it prints."""
    done = subprocess.run(
        [BINARY, words[0], "--data", str(server.data), *words[1:]], capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stdout.strip() or done.stderr.strip()


def refused(client, path, data):
    """The code of a refusal; None if it was none."""
    try:
        client.request(path, data)
    except Refused as refusal:
        assert refusal.answer["what"] and refusal.answer["do"]
        return refusal.answer["error"]
    return None


def answer_to(client, text):
    """What the group answers to a command in a message."""
    client.send(text, member.OPPORTUNISTIC)
    deadline = time.monotonic() + 30
    while not client.received:
        assert time.monotonic() < deadline, f"no answer to {text}"
        time.sleep(0.02)
    return client.received.pop(0).content.decode()


def come(port, group, home, nick):
    client = member.join(port, group, home, nick=nick)
    return client.identity.hash.hex()


def delegate(port, group, home, max_hash):
    client = member.connect(port, group, home)
    person = bytes.fromhex(max_hash)
    given = [
        client.request("/api/v1/members/role", {"person": person, "grant": permission})
        for permission in ["audit.read", "group.settings"]
    ]
    seen = client.request("/api/v1/settings", {"names": ["rules"]})["changed"]
    client.request("/api/v1/settings", {"set": {"description": "About everything", "max_members": 500}})
    late = refused(client, "/api/v1/settings", {"set": {"rules": "None."}, "expected": seen})
    named = client.request("/api/v1/display-name/update", {"name": "Altona"})
    return {
        "grants": given[-1]["grants"],
        "late": late,
        "named": named["name"],
        "me": client.request("/api/v1/me")["role"],
        "leave": refused(client, "/api/v1/leave", {}),
    }


def use(port, group, home, olga_hash):
    client = member.connect(port, group, home)
    client.router.announce(client.address.hash)
    olga = bytes.fromhex(olga_hash)
    rules = client.request("/api/v1/settings", {"set": {"rules": "Be kind."}})
    log = client.request("/api/v1/audit", {"limit": 3, "max_bytes": 4096})["entries"]
    keys = client.request("/api/v1/identities", {"people": [olga]})["keys"]
    return {
        "rules": rules["settings"]["rules"],
        "role": refused(client, "/api/v1/members/role", {"person": olga, "role": "reader"}),
        "name": refused(client, "/api/v1/display-name/update", {"name": "Mine"}),
        "log": [[entry["kind"], entry["by"].hex(), entry["text"]] for entry in log],
        "may": client.request("/api/v1/me")["permissions"],
        "key": RNS.Identity.truncated_hash(keys[0]) == olga,
        "said": answer_to(client, "/rules"),
        "role_said": answer_to(client, "/Role Olga reader"),
        "info": client.request("/api/v1/info", {"details": True})["name"],
    }


def test_an_owner_delegates_and_what_delegates_do_is_checked_and_logged(server, tmp_path):
    addresses = {name: server.address(tmp_path / name) for name in ["Olga", "Max"]}
    hashes = {name: call(come, nick=name, **address) for name, address in addresses.items()}
    assert roost(server, "role", "Olga", "owner") == (0, "Olga is owner now.")

    owner = call(delegate, max_hash=hashes["Max"], **addresses["Olga"])
    assert owner == {
        "grants": ["audit.read", "group.settings"],
        "late": "conflict",
        "named": "Altona",
        "me": "owner",
        "leave": "last_owner",
    }

    used = call(use, olga_hash=hashes["Olga"], **addresses["Max"])
    assert used["rules"] == "Be kind." and used["info"] == "Altona"
    assert (used["role"], used["name"]) == ("not_allowed", "not_allowed")
    assert used["log"] == [
        ["SettingsChanged", hashes["Max"], "Max changed the settings."],
        ["SettingsChanged", hashes["Olga"], "Olga changed the settings."],
        ["SettingsChanged", hashes["Olga"], "Olga changed the settings."],
    ]
    assert {"audit.read", "group.settings"} <= set(used["may"]) and "members.ban" not in used["may"]
    assert used["key"] and used["said"] == "Be kind."
    assert "may not do that" in used["role_said"]

    code, log = roost(server, "audit", "3")
    assert code == 0 and "Max changed the settings." in log
    code, said = roost(server, "role", "Max", "king")
    assert code == 1 and "There is no role" in said
