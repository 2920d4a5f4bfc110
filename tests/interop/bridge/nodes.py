"""Bridges that each run one node, ours or the reference's, and the networks that tests make of them."""

import signal
import tempfile

from harness import OURS, REFERENCE, Bridge

KINDS = {"ours": OURS, "reference": REFERENCE}


class Node(Bridge):
    """A bridge of tier W: its commands go to the one node that it has started."""

    def __init__(self, kind):
        self.kind, self.handle = kind, {}
        self.home = tempfile.TemporaryDirectory()
        super().__init__(["env", f"TMPDIR={self.home.name}", *KINDS[kind]])

    def call(self, command, **params):
        """The result of a command."""
        return super().call(command, **self.handle, **params)

    def start(self, command, **params):
        """Starts the node."""
        started = self.call(command, **params)
        self.handle = {"handle": started["handle"]}
        return started

    def pause(self):
        """Falls silent, as if out of reach; its connections stay."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)


class Network:
    """The nodes of one test; all of them are ended with it."""

    def __init__(self):
        self.nodes = []

    def node(self, kind):
        self.nodes.append(Node(kind))
        return self.nodes[-1]

    def server(self, kind, **params):
        """A node that listens, a transport node if nothing else is said."""
        node = self.node(kind)
        node.started = node.start("wire_start_tcp_server", **{"network_name": "", "passphrase": "", **params})
        node.port = node.started["port"]
        return node

    def client(self, kind, server, **params):
        """A node that is connected to a server."""
        node = self.node(kind)
        options = {"network_name": "", "passphrase": "", "target_host": "127.0.0.1", "target_port": server.port}
        node.started = node.start("wire_start_tcp_client", **{**options, **params})
        return node

    def program(self, kind, instance):
        """A program without interfaces, at the shared instance that another node is."""
        node = self.node(kind)
        fields = ["shared_instance_port", "instance_control_port", "rpc_key"]
        ports = {field: instance.started[field] for field in fields}
        node.started = node.start("wire_start_local_client", **ports)
        return node

    def end(self):
        """Ends all nodes, by process id, whatever state they are in."""
        for node in self.nodes:
            node.process.kill()
            node.process.wait()
            node.log.close()
            node.home.cleanup()
