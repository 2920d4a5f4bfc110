"""A Reticulum daemon in Python, as `rnsd` is: a transport node that others connect to, or one that a machine shares."""

import pathlib
import socket
import sys

from peer import Peer

TRANSPORT = """[reticulum]
enable_transport = Yes
share_instance = No
[logging]
loglevel = 2
[interfaces]
[[Clients]]
type = {kind}
enabled = yes
listen_ip = 127.0.0.1
listen_port = {port}
"""

# The name keeps it apart from a daemon that this machine may really have.
SHARED = """[reticulum]
enable_transport = No
share_instance = Yes
instance_name = {name}
[logging]
loglevel = 2
[interfaces]
[[Roost]]
type = TCPClientInterface
enabled = yes
target_host = 127.0.0.1
target_port = {port}
"""


def free_port():
    """A port of loopback that nobody has just now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def serve(home, config):
    """Runs Reticulum with this configuration until standard input ends."""
    import RNS

    pathlib.Path(home).mkdir(parents=True, exist_ok=True)
    pathlib.Path(home, "config").write_text(config)
    RNS.Reticulum(home)
    print("UP")
    sys.stdin.read()


def start(home, config):
    """A daemon that runs; stop it with `stop`."""
    daemon = Peer(serve, home=str(home), config=config)
    daemon.read_line("UP")
    return daemon


def transport_node(home, port, kind="TCPServerInterface"):
    """A transport node that listens on `port`."""
    return start(home, TRANSPORT.format(kind=kind, port=port))
