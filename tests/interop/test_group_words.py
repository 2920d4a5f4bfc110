"""Languages, names of people and the command line, with a plain LXMF client as the member."""

import os
import subprocess

from peer import call
from roost import BINARY
from test_commands import say, write_to


def conversation(port, group, home):
    client = write_to(port, group, home)
    own = client.address.hash.hex()
    spaced = " ".join(own[at : at + 4] for at in range(0, 32, 4)).upper()
    answers = {text: say(client, text) for text in ["/subscribe Anna", "/lang de", "/pause", "/users", "/hlep"]}
    answers["who"] = say(client, f"/who {spaced}")
    answers["off"] = say(client, "/notify off")
    return {"answers": answers, "address": own}


def word(server, *words):
    """What `roost WORD…` says about the data of `server`."""
    environment = dict(os.environ, LANG="C", LC_ALL="C")
    command = [BINARY, *words, "--data", str(server.data)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def test_a_member_is_spoken_to_in_german_and_found_by_any_name_in_chat_and_in_a_shell(server, tmp_path):
    result = call(conversation, timeout=120, **server.address(tmp_path / "peer"))
    answers = result["answers"]
    assert answers["/lang de"] == "Ich spreche Deutsch mit dir."
    assert answers["/pause"].startswith("Dir wird nichts gesendet.")
    assert answers["/users"].startswith("1 Mitglied: 1 Anna")
    assert "Meintest du /help" in answers["/hlep"]
    assert answers["who"].startswith("Anna ist Mitglied 1") and "lxmf.delivery" in answers["who"]
    assert all(len(answer.encode()) <= 287 for answer in answers.values())
    running = word(server, "members", result["address"])
    assert running.returncode == 0 and running.stdout.startswith("Anna is member 1"), running
    assert word(server, "ban", "nobody").returncode == 1
    assert server.terminate() == 0
    assert word(server, "members", "ANNA").stdout.startswith("Anna is member 1")
