"""Reticulum daemons in Python, as `rnsd` is: their configurations, and a process that runs one of them."""

import pathlib
import socket
import sys

from peer import Peer


def section(name, **options):
    """An interface that is on, as the lines of a configuration."""
    lines = [f"[[{name}]]", "enabled = yes", *(f'{option} = "{value}"' for option, value in options.items())]
    return "\n".join(lines)


def config(*interfaces, shared=None, transport="No", **options):
    """A configuration; `shared` is the name by which other programs find the daemon."""
    # The name keeps it apart from a daemon that this machine may really have.
    sharing = {"share_instance": "Yes", "instance_name": shared} if shared else {"share_instance": "No"}
    options = {"enable_transport": transport, **sharing, **options}
    head = ["[reticulum]", *(f"{option} = {value}" for option, value in options.items())]
    return "\n".join([*head, "[logging]", "loglevel = 2", "[interfaces]", *interfaces, ""])


def client(port, **options):
    """An interface that connects to a node on this machine."""
    return section("Node", type="TCPClientInterface", target_host="127.0.0.1", target_port=port, **options)


def listener(port, kind="TCPServerInterface", **options):
    """An interface that others connect to."""
    return section("Clients", type=kind, listen_ip="127.0.0.1", listen_port=port, **options)


def free_port():
    """A port of loopback that nobody has just now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def write(home, text):
    """Makes a configuration directory."""
    pathlib.Path(home).mkdir(parents=True, exist_ok=True)
    pathlib.Path(home, "config").write_text(text)


def serve(home):
    """Runs Reticulum with the configuration there until standard input ends."""
    import RNS

    RNS.Reticulum(home)
    print("UP")
    sys.stdin.read()


def start(home, text):
    """A daemon that runs; stop it with `stop`."""
    write(home, text)
    daemon = Peer(serve, home=str(home))
    daemon.read_line("UP")
    return daemon


def transport_node(home, port, kind="TCPServerInterface"):
    """A transport node that listens on `port`."""
    return start(home, config(listener(port, kind), transport="Yes"))
