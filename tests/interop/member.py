"""The example's client, made ready in one call for the functions that tests run in peers."""

import daemon
import group_client
import LXMF
from group_client import GroupClient

OPPORTUNISTIC = LXMF.LXMessage.OPPORTUNISTIC
DIRECT = LXMF.LXMessage.DIRECT


def connect(port, group, home, identify=True):
    """A client that has found the group and opened a link."""
    client = GroupClient("127.0.0.1", port, bytes.fromhex(group), home)
    client.find()
    client.open(identify)
    return client


def join(port, group, home, nick=None):
    """A client that has joined."""
    client = connect(port, group, home)
    client.request("/api/v1/join", {"nick": nick} if nick else {})
    return client


def share(name):
    """Lets clients of this process use the shared instance of that name, instead of a connection of their own."""
    group_client.CONFIG = daemon.config(shared=name)
