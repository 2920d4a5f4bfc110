"""The bridge of tier L of the reference: the same commands as ours, carried out by the Python package `lxmf`.

One process is one router. Any version of the package that is first in PYTHONPATH will do.
"""

import os
import shutil
import socket
import tempfile
import threading
import time

import LXMF
import RNS
import reference
from RNS.Interfaces.TCPInterface import TCPClientInterface, TCPServerInterface

STATES = {0x00: "generating", 0x01: "outbound", 0x02: "sending", 0x04: "sent", 0x08: "delivered"}
METHODS = {0x01: "opportunistic", 0x02: "direct", 0x03: "propagated", 0x05: "paper"}
CONFIG = """[reticulum]
enable_transport = No
share_instance = No
[logging]
loglevel = 1
[interfaces]
"""

COMMANDS = {}


def command(function):
    """Puts a function into the table under its own name."""
    COMMANDS[function.__name__] = function
    return function


class Post:
    """The one router of this process, and what has come."""

    reticulum = router = destination = home = None
    received = []
    sent = {}
    lock = threading.Lock()


@command
def lxmf_init(params):
    assert Post.router is None, "it runs already"
    Post.home = tempfile.mkdtemp(prefix="reference-lxmf-")
    with open(os.path.join(Post.home, "config"), "w", encoding="utf-8") as file:
        file.write(CONFIG)
    Post.reticulum = RNS.Reticulum(configdir=Post.home, loglevel=1)
    Post.router = LXMF.LXMRouter(storagepath=os.path.join(Post.home, "lxmf"))
    identity = RNS.Identity()
    Post.destination = Post.router.register_delivery_identity(identity, display_name=params.get("display_name"))
    Post.router.register_delivery_callback(receive)
    return {
        "identity_hash": identity.hash.hex(),
        "delivery_destination_hash": Post.destination.hash.hex(),
        "version": LXMF.__version__,
    }


def receive(message):
    """Keeps a message that has come."""
    with Post.lock:
        Post.received.append({
            "seq": len(Post.received) + 1,
            "message_hash": message.hash.hex(),
            "source_hash": message.source_hash.hex(),
            "destination_hash": message.destination_hash.hex(),
            "title": message.title.decode(),
            "content": message.content.decode(),
            "method": METHODS.get(message.method),
            "ack_status": "received",
            "received_at_ms": int(time.time() * 1000),
            "fields": {str(key): read(value, int(key) == 5) for key, value in (message.fields or {}).items()},
            "verified": message.signature_validated,
        })


def read(value, names=False):
    """A field for an answer."""
    if isinstance(value, bytes):
        return value.decode() if names == "name" else value.hex()
    if isinstance(value, list):
        return [read(item, "name" if names == "file" and i == 0 else "file" if names is True else False)
                for i, item in enumerate(value)]
    if isinstance(value, dict):
        return {str(key): read(item) for key, item in value.items()}
    return value


def write(value):
    """A field from a command."""
    if isinstance(value, list):
        return [write(item) for item in value]
    ((kind, value),) = value.items()
    return bytes.fromhex(value) if kind == "bytes" else value


@command
def lxmf_add_tcp_server_interface(params):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", params.get("bind_port") or 0))
        port = probe.getsockname()[1]
    options = {"name": params.get("name", "tcp server"), "listen_ip": "127.0.0.1", "listen_port": port}
    Post.reticulum._add_interface(TCPServerInterface(RNS.Transport, options))
    return {"port": port, "interface_name": options["name"]}


@command
def lxmf_add_tcp_client_interface(params):
    options = {
        "name": params.get("name", "tcp client"),
        "target_host": params.get("target_host", "127.0.0.1"),
        "target_port": params["target_port"],
    }
    Post.reticulum._add_interface(TCPClientInterface(RNS.Transport, options))
    return {"interface_name": options["name"]}


@command
def lxmf_announce(params):
    Post.router.announce(Post.destination.hash)
    return {"delivery_destination_hash": Post.destination.hash.hex()}


@command
def lxmf_request_path(params):
    RNS.Transport.request_path(bytes.fromhex(params["destination_hash"]))
    return {"requested": True}


@command
def lxmf_has_path(params):
    destination = bytes.fromhex(params["destination_hash"])
    return {"has_path": RNS.Transport.has_path(destination) and RNS.Identity.recall(destination) is not None}


def written(params, method):
    """The message that the parameters describe."""
    identity = RNS.Identity.recall(bytes.fromhex(params["destination_hash"]))
    assert identity is not None, "the recipient's key is not known"
    to = RNS.Destination(identity, RNS.Destination.OUT, RNS.Destination.SINGLE, "lxmf", "delivery")
    fields = {int(key): write(value) for key, value in (params.get("fields") or {}).items()}
    return LXMF.LXMessage(
        to, Post.destination, params["content"], params.get("title", ""), fields=fields, desired_method=method
    )


def send(params, method):
    message = written(params, method)
    message.pack()
    assert message.method == method, "the message does not fit one packet"
    Post.sent[message.hash.hex()] = message
    Post.router.handle_outbound(message)
    return {"message_hash": message.hash.hex()}


@command
def lxmf_send_opportunistic(params):
    return send(params, LXMF.LXMessage.OPPORTUNISTIC)


@command
def lxmf_send_direct(params):
    return send(params, LXMF.LXMessage.DIRECT)


@command
def lxmf_send_propagated(params):
    return send(params, LXMF.LXMessage.PROPAGATED)


@command
def lxmf_get_message_state(params):
    message = Post.sent.get(params["message_hash"])
    return {"state": STATES.get(message.state, "failed") if message else "unknown"}


@command
def lxmf_get_received_messages(params):
    with Post.lock:
        since = params.get("since_seq", 0)
        return {"messages": Post.received[since:], "last_seq": len(Post.received)}


@command
def lxmf_write_paper(params):
    message = written(params, LXMF.LXMessage.PAPER)
    message.pack()
    return {"uri": message.as_uri(), "message_hash": message.hash.hex()}


@command
def lxmf_read_paper(params):
    assert Post.router.ingest_lxm_uri(params["uri"]), "no message"
    return {"read": True}


@command
def lxmf_set_outbound_propagation_node(params):
    Post.router.set_outbound_propagation_node(bytes.fromhex(params["destination_hash"]))
    return {}


@command
def lxmf_sync_inbound(params):
    router = Post.router
    router.request_messages_from_propagation_node(Post.destination.identity)
    end = time.monotonic() + params.get("timeout_sec", 30)
    over = (router.PR_IDLE, router.PR_COMPLETE)
    while router.propagation_transfer_state not in over and router.propagation_transfer_state < 0xF0:
        if time.monotonic() > end:
            break
        time.sleep(0.1)
    return {"final_state": router.propagation_transfer_state}


@command
def lxmf_shutdown(params):
    if Post.home:
        shutil.rmtree(Post.home, ignore_errors=True)
    return {"stopped": True}


if __name__ == "__main__":
    reference.main([COMMANDS])
