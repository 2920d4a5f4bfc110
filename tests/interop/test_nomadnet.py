"""The group as a conversation in NomadNet, with that program's own classes and without its screen."""

import json
import os
import pathlib
import sys
import threading
import time
import traceback

import daemon
from peer import MARK, call


def wait_for(what, condition, timeout=60):
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.02)


def talk(inbox, home):
    """Writes to the group in a conversation and returns what is shown in it, oldest first."""
    import LXMF
    import RNS
    from nomadnet import NomadNetworkApp
    from nomadnet.Conversation import Conversation

    app = NomadNetworkApp.get_shared_instance()
    app.announce_now()
    Conversation.query_for_peer(inbox)
    wait_for("the group's key", lambda: RNS.Identity.recall(bytes.fromhex(inbox)))
    conversation = Conversation(inbox, app, initiator=True)

    def shown():
        conversation.scan_storage()
        for message in conversation.messages:
            message.load()
        return list(conversation.messages)

    def states():
        return [message.get_state() for message in shown()]

    def say(text, answered=True):
        before = len(shown())
        conversation.send(text, "")
        after = before + (2 if answered else 1)
        wait_for(f"the answer to {text}", lambda: len(shown()) == after)
        wait_for(f"the proof of {text}", lambda: LXMF.LXMessage.SENT not in states())

    say("/join Nora")
    say("Grüße aus dem Wald 🌲", answered=False)
    say("/history 1")
    messages = sorted(shown(), key=lambda message: message.get_timestamp())
    return {
        "texts": [message.get_content() for message in messages],
        "failed": [message.get_content() for message in messages if message.get_state() == LXMF.LXMessage.FAILED],
    }


def conversation(config, inbox, home):
    """NomadNet keeps the main thread for ever, so the one who types gets another, and ends the process."""
    from nomadnet import NomadNetworkApp

    rns = pathlib.Path(home, "reticulum")
    daemon.write(rns, config)

    def type_along():
        try:
            # The screen, though there is none, comes last.
            wait_for("NomadNet", lambda: getattr(NomadNetworkApp._shared_instance, "ui", None))
            print(MARK + json.dumps(talk(inbox, home)))
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(0)

    threading.Thread(target=type_along, daemon=True).start()
    NomadNetworkApp(configdir=str(pathlib.Path(home, "nomadnet")), rnsconfigdir=str(rns), daemon=True)


def test_nomadnet_joins_posts_and_reads_in_an_ordinary_conversation(server, tmp_path):
    result = call(conversation, config=daemon.config(daemon.client(server.port)), inbox=server.lxmf, home=str(tmp_path))
    as_it_should_be(result)
    assert server.terminate() == 0
    assert server.query("SELECT count(*) FROM group_messages") == [(1,)]


def as_it_should_be(result):
    """What a conversation that went well has shown."""
    joined, posted, history = result["texts"][0:2], result["texts"][2], result["texts"][3:]
    assert joined[0] == "/join Nora" and joined[1].startswith("You are member 1 of Roost.")
    assert posted == "Grüße aus dem Wald 🌲"
    assert history == ["/history 1", f"Nora: {posted}"]
    assert result["failed"] == []
