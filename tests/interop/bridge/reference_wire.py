"""Tier W of the reference bridge: one live node of the Python package `rns` per process, driven by commands.

Not a test: it is the yardstick that `test_bridge_wire.py` compares our own bridge with, so every command calls the
package's public functions.
"""

import bz2
import os
import shutil
import socket
import struct
import tempfile
import threading
import time

import RNS
from RNS.Buffer import RawChannelReader, RawChannelWriter, StreamDataMessage
from RNS.Channel import ChannelException, MessageBase

LINK_STATES = ["PENDING", "HANDSHAKE", "ACTIVE", "STALE", "CLOSED"]
RESOURCE_STATES = [
    "NONE", "QUEUED", "ADVERTISED", "TRANSFERRING", "AWAITING_PROOF", "ASSEMBLING", "COMPLETE", "FAILED", "CORRUPT", "REJECTED",
]
RECEIPT_STATES = {0: "FAILED", 1: "SENT", 2: "DELIVERED", 0xFF: "CULLED"}
CLOSE_REASONS = {1: "TIMEOUT", 2: "INITIATOR_CLOSED", 3: "DESTINATION_CLOSED"}
MODES = {
    "full": "full",
    "access_point": "access_point",
    "point_to_point": "pointtopoint",
    "roaming": "roaming",
    "boundary": "boundary",
    "gateway": "gateway",
}
#: What an application accepts when it is asked.
APP_LIMIT = 4096
#: What an inbound Resource may inflate to.
INFLATE_LIMIT = 262144
MESSAGE_TYPE = 0x0101

COMMANDS = {}


class Failure(Exception):
    """A refusal."""


def command(function):
    """Puts a function into the table under its own name."""
    COMMANDS[function.__name__] = function
    return function


def wait(check, timeout):
    """Polls until `check` gives something; its last answer when the time is over."""
    end = time.monotonic() + timeout
    while True:
        found = check()
        if found or time.monotonic() >= end:
            return found
        time.sleep(0.01)


def seconds(params, default):
    """The command's own timeout."""
    return params.get("timeout_ms", default) / 1000


def raw(params, name):
    """A parameter of bytes; nothing if it is not there."""
    return bytes.fromhex(params.get(name) or "")


class Node:
    """The one node of this process, and what was delivered to it."""

    def __init__(self):
        self.reticulum = None
        self.home = None
        self.handle = None
        self.listeners = {}
        self.announced = {}
        self.links = {}
        self.receipts = {}
        self.resources = {}
        self.groups = {}
        self.streams = {}
        self.packets = []
        self.lock = threading.Lock()

    def start(self, options, interface):
        """Starts Reticulum with these options and this one interface."""
        if self.reticulum is not None:
            raise Failure("this process has its node already")
        self.home = tempfile.mkdtemp(prefix="reference-wire-")
        lines = ["[reticulum]"]
        lines += [f"{name} = {value}" for name, value in options.items() if value is not None]
        lines += ["[logging]", "loglevel = 1", "[interfaces]"]
        if interface:
            lines += ["[[wire]]"] + [f"{name} = {value}" for name, value in interface.items() if value is not None]
        with open(os.path.join(self.home, "config"), "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        self.reticulum = RNS.Reticulum(configdir=self.home, loglevel=1)
        self.handle = os.urandom(8).hex()
        self.tap()
        return self.handle

    def tap(self):
        """Notes every packet that comes in."""
        inbound = RNS.Transport.inbound

        def noting(raw_packet, interface=None):
            entry = self.describe(raw_packet, interface)
            if entry:
                with self.lock:
                    entry["seq"] = len(self.packets) + 1
                    self.packets.append(entry)
            return inbound(raw_packet, interface)

        RNS.Transport.inbound = staticmethod(noting)

    def describe(self, frame, interface):
        """What the tap says of a frame; nothing if it has not the right access code."""
        if getattr(interface, "ifac_identity", None) is not None:
            size = interface.ifac_size
            if not frame[0] & 0x80 or len(frame) <= 2 + size:
                return None
            code = frame[2 : 2 + size]
            mask = RNS.Cryptography.hkdf(length=len(frame), derive_from=code, salt=interface.ifac_key, context=None)
            plain = bytes(byte if 2 <= i < 2 + size else byte ^ mask[i] for i, byte in enumerate(frame))
            frame = bytes([plain[0] & 0x7F]) + plain[1:2] + plain[2 + size :]
            if interface.ifac_identity.sign(frame)[-size:] != code:
                return None
        packet = RNS.Packet(None, frame)
        if frame[0] & 0x80 or not packet.unpack():
            return None
        return {
            "raw_hex": frame.hex(),
            "packet_type": packet.packet_type,
            "destination_hash_hex": packet.destination_hash.hex(),
            "context": packet.context,
            "timestamp_ms": int(time.time() * 1000),
            "interface_name": str(interface),
        }

    def stop(self):
        """Stops; afterwards the process can only end."""
        if self.reticulum is None:
            return False
        RNS.Transport.exit_handler()
        self.reticulum = None
        shutil.rmtree(self.home, ignore_errors=True)
        return True


NODE = Node()


class Listener:
    """A destination that takes links, and the queues of what came to it."""

    def __init__(self, params):
        self.identity = RNS.Identity()
        self.destination = inbound_destination(self.identity, params)
        self.strategy = params.get("resource_strategy", "all")
        self.open_channel = params.get("open_channel", True)
        self.streams = [0, *params.get("buffer_stream_ids", [])]
        self.packets, self.opportunistic, self.resources = [], [], []
        self.links, self.incoming, self.requests = [], [], {}
        self.destination.set_packet_callback(lambda data, packet: self.opportunistic.append(data))
        self.destination.set_link_established_callback(self.accept)

    def accept(self, link):
        link.wire_messages, link.wire_readers = [], {}
        link.set_packet_callback(lambda data, packet: self.packets.append(data))
        strategies = {"all": RNS.Link.ACCEPT_ALL, "none": RNS.Link.ACCEPT_NONE, "app": RNS.Link.ACCEPT_APP}
        link.set_resource_strategy(strategies[self.strategy])
        link.set_resource_callback(lambda advertisement: advertisement.get_data_size() <= APP_LIMIT)
        link.set_resource_started_callback(self.started)
        link.set_resource_concluded_callback(self.concluded)
        if self.open_channel:
            open_channel(link, self.streams)
        self.links.append(link)
        NODE.links[link.link_id.hex()] = link

    def started(self, resource):
        resource.max_decompressed_size = INFLATE_LIMIT
        resource.wire_requests = resource.wire_updates = 0
        update = resource.hashmap_update

        def counting(segment, hashmap):
            if resource.initiator is False and segment > 0:
                resource.wire_updates += 1
                resource.wire_requests += 1
            return update(segment, hashmap)

        resource.hashmap_update = counting
        self.incoming.append(resource)

    def concluded(self, resource):
        resource.wire_data = None
        if resource.status == RNS.Resource.COMPLETE:
            resource.wire_data = resource.data.read()
            self.resources.append(resource.wire_data)


class Message(MessageBase):
    """Opaque bytes on a channel."""

    MSGTYPE = MESSAGE_TYPE

    def __init__(self, data=b""):
        self.data = data

    def pack(self):
        return self.data

    def unpack(self, packed):
        self.data = packed


def noting_damage(unpack):
    """Notes on the class what was wrong with a stream message: the package only writes it to its log."""

    def noting(self, packed):
        try:
            unpack(self, packed)
        except Exception as error:
            StreamDataMessage.wire_damage = str(error)
            raise

    return noting


StreamDataMessage.wire_damage = None
StreamDataMessage.unpack = noting_damage(StreamDataMessage.unpack)


def open_channel(link, streams=(0,)):
    """The channel of a link, with its readers; both exist once."""
    channel = link.get_channel()
    if not hasattr(channel, "wire_opened"):
        channel.wire_opened = True
        if not hasattr(link, "wire_messages"):
            link.wire_messages, link.wire_readers = [], {}
        channel.register_message_type(Message)
        for stream in streams:
            link.wire_readers[stream] = RawChannelReader(stream, channel)

        def take(message):
            if isinstance(message, Message):
                link.wire_messages.append(message.data)
                return True
            return False

        channel.add_message_handler(take)
    return channel


def inbound_destination(identity, params):
    return RNS.Destination(
        identity, RNS.Destination.IN, RNS.Destination.SINGLE, params["app_name"], *params.get("aspects", [])
    )


def outbound_destination(params):
    identity = RNS.Identity.recall(raw(params, "destination_hash"))
    if identity is None:
        raise Failure("no identity is known for this destination")
    destination = RNS.Destination(
        identity, RNS.Destination.OUT, RNS.Destination.SINGLE, params["app_name"], *params.get("aspects", [])
    )
    if destination.hash != raw(params, "destination_hash"):
        raise Failure("the name does not lead to this destination")
    return destination


def node(params):
    """The node that a handle names."""
    if NODE.reticulum is None or params.get("handle") != NODE.handle:
        raise Failure("unknown handle")
    return NODE


def listener(params):
    found = node(params).listeners.get(params["destination_hash"])
    if found is None:
        raise Failure("unknown destination")
    return found


def link_of(params):
    found = node(params).links.get(params["link_id"])
    if found is None:
        raise Failure("unknown link")
    return found


def active_link(params):
    link = link_of(params)
    if link.status != RNS.Link.ACTIVE:
        raise Failure("the link is not active")
    return link


# Lifecycle


@command
def wire_start_tcp_server(params):
    for name in ["remote_management_allowed", "blackhole_sources", "interface_discovery_sources"]:
        for entry in params.get(name) or []:
            if len(bytes.fromhex(entry)) != 16:
                raise Failure(f"{name} has an entry that is no hash")
    port = params.get("bind_port") or free_port()
    transport = params.get("enable_transport", True)
    options = {
        "enable_transport": None if transport is None else yes(transport),
        "share_instance": yes(params.get("share_instance", False)),
        "respond_to_probes": maybe(params.get("respond_to_probes")),
        "use_implicit_proof": maybe(params.get("use_implicit_proof")),
        "enable_remote_management": maybe(params.get("enable_remote_management")),
        "panic_on_interface_error": maybe(params.get("panic_on_interface_error")),
        "remote_management_allowed": listed(params.get("remote_management_allowed")),
        "blackhole_sources": listed(params.get("blackhole_sources")),
        "interface_discovery_sources": listed(params.get("interface_discovery_sources")),
        "rpc_key": params.get("rpc_key"),
    }
    shared = params.get("share_instance", False)
    if shared:
        options["shared_instance_type"] = "tcp"
        options["shared_instance_port"] = free_port()
        options["instance_control_port"] = free_port()
        options["instance_name"] = f"wire{os.getpid()}"
    interface = {"type": "TCPServerInterface", "listen_ip": "127.0.0.1", "listen_port": port, **common(params)}
    handle = NODE.start(options, interface)
    if not wait(lambda: listens(port), 10):
        raise Failure("the listener did not come up")
    answer = {
        "handle": handle,
        "port": port,
        "identity_hash": RNS.Transport.identity.hash.hex(),
        "transport_enabled": RNS.Reticulum.transport_enabled(),
    }
    if shared:
        answer["shared_instance_port"] = options["shared_instance_port"]
        answer["instance_control_port"] = options["instance_control_port"]
        answer["rpc_key"] = NODE.reticulum.rpc_key.hex()
    return answer


@command
def wire_start_tcp_client(params):
    interface = {
        "type": "TCPClientInterface",
        "target_host": params["target_host"],
        "target_port": params["target_port"],
        **common(params),
    }
    handle = NODE.start({"enable_transport": "No", "share_instance": "No"}, interface)
    wait(lambda: any(getattr(each, "online", False) for each in RNS.Transport.interfaces), 2)
    return {"handle": handle, "identity_hash": RNS.Transport.identity.hash.hex()}


@command
def wire_start_local_client(params):
    # Without an instance the package would become one.
    if not listens(params["shared_instance_port"]):
        raise Failure("there is no shared instance to attach to")
    options = {
        "enable_transport": "No",
        "share_instance": "Yes",
        "shared_instance_type": "tcp",
        "shared_instance_port": params["shared_instance_port"],
        "instance_control_port": params.get("instance_control_port"),
        "rpc_key": params.get("rpc_key"),
        "instance_name": f"wire{os.getpid()}",
    }
    handle = NODE.start(options, None)
    if not NODE.reticulum.is_connected_to_shared_instance:
        raise Failure("there is no shared instance to attach to")
    return {"handle": handle, "identity_hash": RNS.Transport.identity.hash.hex()}


@command
def wire_stop(params):
    if params.get("handle") != NODE.handle:
        return {"stopped": False}
    return {"stopped": NODE.stop()}


def common(params):
    """The options that both kinds of interface have."""
    return {
        "enabled": "Yes",
        "network_name": params.get("network_name") or None,
        "passphrase": params.get("passphrase") or None,
        "ifac_size": params.get("ifac_size"),
        "mode": MODES[params["mode"]] if params.get("mode") else None,
        "fixed_mtu": params.get("fixed_mtu"),
        "bitrate": params.get("bitrate"),
    }


def yes(value):
    return "Yes" if value else "No"


def maybe(value):
    return None if value is None else yes(value)


def listed(values):
    return ", ".join(values) + "," if values else None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    """Does somebody listen? Looked up in the kernel's table, since a connection would be an interface."""
    with open("/proc/net/tcp", encoding="ascii") as table:
        return any(line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A" for line in list(table)[1:])


# Announces, paths, identities


@command
def wire_announce(params):
    identity = RNS.Identity()
    destination = inbound_destination(identity, params)
    node(params).announced[destination.hash.hex()] = destination
    answer = {"destination_hash": destination.hash.hex(), "identity_hash": identity.hash.hex()}
    if params.get("enable_ratchets"):
        destination.enable_ratchets(os.path.join(NODE.home, destination.hash.hex() + ".ratchets"))
    queue = []
    destination.wire_packets = queue
    destination.set_packet_callback(lambda data, packet: queue.append(data))
    # As the default, so that answers to path requests say the same.
    destination.set_default_app_data(app_data(params))
    destination.announce()
    if params.get("enable_ratchets"):
        answer |= {
            "ratchets_enabled": True,
            "current_ratchet_id": ratchet_id(destination),
            "ratchet_count": len(destination.ratchets),
        }
    return answer


@command
def wire_reannounce(params):
    destination = own_destination(params)
    if params.get("rotate_ago_s") is not None:
        destination.latest_ratchet_time = time.time() - params["rotate_ago_s"]
    destination.set_default_app_data(raw(params, "app_data") or None)
    destination.announce()
    return {"announced": True, "current_ratchet_id": ratchet_id(destination)}


def own_destination(params):
    found = node(params).announced.get(params["destination_hash"])
    if found is None:
        found = listener(params).destination
    return found


def app_data(params):
    data = raw(params, "app_data")
    return data if data or params.get("app_data_empty") else None


def ratchet_id(destination):
    if not destination.ratchets:
        return None
    return RNS.Identity._get_ratchet_id(RNS.Identity._ratchet_public_bytes(destination.ratchets[0])).hex()


@command
def wire_poll_path(params):
    node(params)
    destination = raw(params, "destination_hash")
    found = bool(wait(lambda: RNS.Transport.has_path(destination), seconds(params, 5000)))
    return {"found": found, "hops": RNS.Transport.hops_to(destination) if found else None}


@command
def wire_request_path(params):
    node(params)
    RNS.Transport.request_path(raw(params, "destination_hash"))
    return {"sent": True}


@command
def wire_read_path_entry(params):
    node(params)
    entry = RNS.Transport.path_table.get(raw(params, "destination_hash"))
    if entry is None:
        return {"found": False}
    return {
        "found": True,
        "timestamp": int(entry[0] * 1000),
        "expires": int(entry[3] * 1000),
        "hops": entry[2],
        "next_hop": entry[1].hex(),
        "receiving_interface_name": str(entry[5]),
    }


@command
def wire_identity_recall(params):
    node(params)
    value, by_identity = raw(params, "destination_hash"), params.get("from_identity_hash", False)
    identity = wait(lambda: RNS.Identity.recall(value, from_identity_hash=by_identity), seconds(params, 0))
    if identity is None:
        return {"found": False}
    data = identity.app_data if by_identity else RNS.Identity.recall_app_data(value)
    return {
        "found": True,
        "public_key": identity.get_public_key().hex(),
        "hash": identity.hash.hex(),
        "app_data": None if data is None else data.hex(),
    }


@command
def wire_identity_keypair(params):
    identity = RNS.Identity()
    return {
        "private_key": identity.get_private_key().hex(),
        "public_key": identity.get_public_key().hex(),
        "hash": identity.hash.hex(),
    }


@command
def wire_transport_enabled(params):
    return {
        "transport_enabled": RNS.Reticulum.transport_enabled(),
        "is_shared_instance": bool(node(params).reticulum.is_shared_instance),
    }


@command
def wire_tx_bytes(params):
    node(params)
    # The interface of a client of ours counts for its listener, too.
    return {"tx_bytes": sum(each.txb for each in RNS.Transport.interfaces if getattr(each, "parent_interface", None) is None)}


@command
def wire_get_received_packets(params):
    with node(params).lock:
        packets = NODE.packets[params.get("since_seq", 0) :]
        return {"packets": packets, "highest_seq": len(NODE.packets)}


# Links


@command
def wire_listen(params):
    made = Listener(params)
    destination = made.destination
    strategy = params.get("proof_strategy", "none")
    destination.set_proof_strategy(RNS.Destination.PROVE_ALL if strategy == "all" else RNS.Destination.PROVE_NONE)
    if params.get("enable_ratchets"):
        destination.enable_ratchets(os.path.join(NODE.home, destination.hash.hex() + ".ratchets"))
    node(params).listeners[destination.hash.hex()] = made
    destination.announce()
    return {
        "destination_hash": destination.hash.hex(),
        "identity_hash": made.identity.hash.hex(),
        "public_key": made.identity.get_public_key().hex(),
    }


@command
def wire_link_open(params):
    node(params)
    link = RNS.Link(outbound_destination(params))
    link.wire_messages, link.wire_readers = [], {}
    reached = wait(lambda: link.status >= RNS.Link.ACTIVE, seconds(params, 10000))
    if not reached or link.status != RNS.Link.ACTIVE:
        raise Failure("the link did not become active")
    link.set_packet_callback(lambda data, packet: None)
    # Who opens a link listens on its channel for what the other side says first.
    open_channel(link)
    NODE.links[link.link_id.hex()] = link
    return {"link_id": link.link_id.hex()}


@command
def wire_link_send(params):
    RNS.Packet(active_link(params), raw(params, "data")).send()
    return {"sent": True}


def drain(queue, timeout):
    wait(lambda: queue, timeout)
    taken = list(queue)
    del queue[: len(taken)]
    return [data.hex() for data in taken]


@command
def wire_link_poll(params):
    return {"packets": drain(listener(params).packets, seconds(params, 5000))}


def snapshot(link):
    remote = link.get_remote_identity()
    closed = link.status == RNS.Link.CLOSED
    keepalive = getattr(link, "last_keepalive", 0)
    return {
        "status": link.status,
        "status_name": LINK_STATES[link.status],
        "teardown_reason": getattr(link, "teardown_reason", None),
        "teardown_reason_name": CLOSE_REASONS.get(getattr(link, "teardown_reason", None)),
        "no_inbound_for_ms": int(link.no_inbound_for() * 1000),
        "last_keepalive_ago_ms": int((time.time() - keepalive) * 1000) if keepalive else None,
        "keepalive_s": link.keepalive,
        "stale_time_s": link.stale_time,
        "rtt": link.rtt,
        "mtu": link.mtu,
        "mdu": None if closed else link.mdu,
        "mode": link.mode,
        "remote_identity_hash": remote.hash.hex() if remote else None,
        "remote_identified": remote is not None,
    }


@command
def wire_link_status(params):
    return snapshot(link_of(params))


@command
def wire_link_await_status(params):
    link, target = link_of(params), params["target_status"]
    target = LINK_STATES.index(target.upper()) if isinstance(target, str) else target
    reached = bool(wait(lambda: link.status >= target, seconds(params, 5000)))
    return {**snapshot(link), "reached": reached}


@command
def wire_listener_link_status(params):
    links = listener(params).links
    if not wait(lambda: links, seconds(params, 0)):
        return {"found": False, "link_count": 0}
    return {"found": True, "link_count": len(links), "link_id": links[-1].link_id.hex(), **snapshot(links[-1])}


@command
def wire_link_set_watchdog(params):
    link = link_of(params)
    link.keepalive, link.stale_time = params["keepalive_s"], params["stale_time_s"]
    return {"keepalive_s": link.keepalive, "stale_time_s": link.stale_time}


@command
def wire_link_teardown(params):
    link_of(params).teardown()
    return {"torn_down": True}


@command
def wire_link_identify(params):
    identity = RNS.Identity.from_bytes(raw(params, "private_key"))
    if identity is None:
        raise Failure("this is no private key")
    active_link(params).identify(identity)
    return {"identity_hash": identity.hash.hex()}


@command
def wire_link_mtu(params):
    link = link_of(params)
    return {
        "mtu": link.mtu,
        "mdu": link.mdu,
        "mode": link.mode,
        "status": link.status,
        "status_name": LINK_STATES[link.status],
    }


@command
def wire_register_request_handler(params):
    found, path = listener(params), params["path"]
    log = found.requests.setdefault(path, [])
    response, metadata = raw(params, "response"), params.get("response_metadata")

    def handle(path, data, request_id, link_id, remote_identity, requested_at):
        log.append(
            {
                "data": "" if data is None else data.hex(),
                "request_id": request_id.hex(),
                "link_id": link_id.hex(),
                "remote_identity_hash": remote_identity.hash.hex() if remote_identity else None,
                "requested_at": requested_at,
            }
        )
        if params.get("response_none"):
            return None
        if params.get("response_file") is not None:
            name = os.path.join(NODE.home, "answer-" + request_id.hex())
            with open(name, "wb") as file:
                file.write(raw(params, "response_file"))
            return [open(name, "rb"), None if metadata is None else bytes.fromhex(metadata)]
        return response

    allow = {"all": RNS.Destination.ALLOW_ALL, "list": RNS.Destination.ALLOW_LIST, "none": RNS.Destination.ALLOW_NONE}
    allowed = [bytes.fromhex(each) for each in params.get("allowed_identity_hashes") or []]
    found.destination.register_request_handler(
        path, handle, allow=allow[params.get("allow", "all")], allowed_list=allowed
    )
    return {"registered": True}


@command
def wire_deregister_request_handler(params):
    return {"deregistered": bool(listener(params).destination.deregister_request_handler(params["path"]))}


def request(params, default):
    link = active_link(params)
    timeout = seconds(params, default)
    answers = []

    def take(receipt):
        # A file is closed when this returns.
        response, metadata = receipt.response, getattr(receipt, "metadata", None)
        answers.append((response.read() if hasattr(response, "read") else response, metadata))

    receipt = link.request(params["path"], raw(params, "data") or None, response_callback=take, timeout=timeout)
    if receipt is False:
        return {"status": "failed", "response": None, "response_metadata": None, "response_time_s": None}
    wait(lambda: answers or receipt.status == RNS.RequestReceipt.FAILED, timeout)
    response, metadata = answers[0] if answers else (None, None)
    return {
        "status": "ready" if answers else "timeout" if link.status == RNS.Link.ACTIVE else "failed",
        "response": None if response is None else response.hex(),
        "response_metadata": metadata.hex() if isinstance(metadata, bytes) else None,
        "response_time_s": receipt.get_response_time(),
    }


@command
def wire_link_request(params):
    return request(params, 10000)


@command
def wire_link_request_large(params):
    return request(params, 60000)


@command
def wire_get_request_log(params):
    log = listener(params).requests.get(params["path"], [])
    entries = list(log)
    del log[: len(entries)]
    return {"entries": entries, "count": len(entries)}


# Resources


@command
def wire_resource_send(params):
    link, metadata = active_link(params), params.get("metadata")
    metadata = None if metadata is None else bytes.fromhex(metadata)
    done = threading.Event()
    resource = RNS.Resource(raw(params, "data"), link, metadata=metadata, callback=lambda _: done.set())
    resource_id = os.urandom(8).hex()
    NODE.resources[resource_id] = resource
    answer = {"resource_id": resource_id, "total_segments": resource.total_segments, "has_metadata": resource.has_metadata}
    # Cancelled earlier, it is sent all the same.
    wait(lambda: resource in link.outgoing_resources or resource.status > RNS.Resource.ADVERTISED, 5)
    if not params.get("wait", True):
        return {**answer, "started": True, "status": resource.status}
    # For Resources of several segments the callback belongs to the last one.
    timed_out = not done.wait(seconds(params, 30000))
    status = RNS.Resource.COMPLETE if done.is_set() and resource.status == RNS.Resource.COMPLETE else resource.status
    return {
        **answer,
        "success": status == RNS.Resource.COMPLETE,
        "status": status,
        "timed_out": timed_out,
        "size": resource.size,
        "hash": resource.hash.hex(),
        "original_hash": resource.original_hash.hex(),
        "parts": resource.total_parts,
        "compressed": resource.compressed,
        "split": resource.split,
        "segment_index": resource.segment_index,
    }


@command
def wire_resource_poll(params):
    return {"resources": drain(listener(params).resources, seconds(params, 5000))}


@command
def wire_resource_receiver_status(params):
    incoming = listener(params).incoming
    final = [RNS.Resource.COMPLETE, RNS.Resource.FAILED, RNS.Resource.CORRUPT, RNS.Resource.REJECTED]
    wait(lambda: incoming and incoming[-1].status in final, seconds(params, 0))
    if not incoming:
        return {"found": False, "resource_count": 0}
    resource = incoming[-1]
    if resource.status == RNS.Resource.COMPLETE:
        wait(lambda: hasattr(resource, "wire_data"), 2)
    data, metadata = getattr(resource, "wire_data", None), resource.metadata
    return {
        "found": True,
        "resource_count": len(incoming),
        "status": resource.status,
        "status_name": RESOURCE_STATES[resource.status],
        "corrupt": resource.status == RNS.Resource.CORRUPT,
        "has_metadata": resource.has_metadata,
        "metadata": metadata.hex() if isinstance(metadata, bytes) and metadata else None,
        "data": None if data is None else data.hex(),
        "hmu_requests_sent": resource.wire_requests,
        "hashmap_updates_received": resource.wire_updates,
        "hashmap_height": resource.hashmap_height,
    }


@command
def wire_resource_cancel(params):
    resource = node(params).resources.get(params["resource_id"])
    if resource is None:
        raise Failure("unknown Resource")
    resource.cancel()
    return {"cancelled": True, "status": resource.status}


@command
def wire_resource_create(params):
    link, metadata = active_link(params), params.get("metadata")
    metadata = None if metadata is None else bytes.fromhex(metadata)
    auto_compress = params.get("auto_compress", True)
    resource = RNS.Resource(raw(params, "data"), link, metadata=metadata, advertise=False, auto_compress=auto_compress)
    flags = RNS.ResourceAdvertisement(resource).f
    answer = {
        "hash": resource.hash.hex(),
        "truncated_hash": resource.truncated_hash.hex(),
        "random_hash": resource.random_hash.hex(),
        "expected_proof": resource.expected_proof.hex(),
        "hashmap": resource.hashmap.hex(),
        "num_parts": resource.total_parts,
        "encrypted": resource.encrypted,
        "compressed": resource.compressed,
        "split": resource.split,
        "total_segments": resource.total_segments,
        "segment_index": resource.segment_index,
        "original_hash": resource.original_hash.hex(),
        "has_metadata": resource.has_metadata,
        "flags": flags,
        "size": resource.size,
        "total_size": resource.total_size,
        "sdu": resource.sdu,
    }
    if params.get("include_parts"):
        answer["parts"] = [part.raw.hex() for part in resource.parts]
    return answer


# Channel and buffer


@command
def wire_channel_send(params):
    link = active_link(params)
    channel = open_channel(link)
    outlet = channel._outlet
    msgtype = params.get("msgtype")
    message = Message(raw(params, "data"))
    try:
        if msgtype is not None and msgtype != MESSAGE_TYPE:
            kind = type("Other", (Message,), {"MSGTYPE": msgtype})
            channel.register_message_type(kind)
            message = kind(raw(params, "data"))
        original = outlet.send
        if params.get("fail_outlet"):
            outlet.send = lambda packed: None
        try:
            envelope = channel.send(message)
        finally:
            outlet.send = original
    except ChannelException as error:
        return {"sent": False, "rejected": True, "error": str(error), "ce_type": int(error.type), **channel_state(link, channel)}
    if params.get("drop_acks"):
        drop_proofs(outlet, envelope)
    delivered = lambda: envelope.packet.receipt.status == RNS.PacketReceipt.DELIVERED
    wait(lambda: delivered() or link.status == RNS.Link.CLOSED, seconds(params, 10000))
    return {
        "sent": True,
        "rejected": False,
        "delivered": delivered(),
        "tries": envelope.tries,
        "sequence": envelope.sequence,
        **channel_state(link, channel),
    }


def drop_proofs(outlet, envelope):
    """Lets no proof of this envelope's packets count."""

    def deaf(packet):
        if packet.receipt:
            packet.receipt.validate_proof_packet = lambda proof: False
            packet.receipt.validate_link_proof = lambda *_: False
            packet.receipt.validate_proof = lambda *_: False

    deaf(envelope.packet)
    resend = outlet.resend

    def resending(packet):
        sent = resend(packet)
        deaf(packet)
        return sent

    outlet.resend = resending


def channel_state(link, channel):
    return {
        "next_sequence": channel._next_sequence,
        "link_status": link.status,
        "window": channel.window,
        "window_max": channel.window_max,
    }


@command
def wire_channel_received(params):
    return {"messages": drain(link_of(params).wire_messages, 0)}


@command
def wire_channel_inject(params):
    channel = open_channel(active_link(params))
    injected = []
    for envelope in params["envelopes"]:
        if "raw" in envelope:
            packed = bytes.fromhex(envelope["raw"])
        else:
            data = bytes.fromhex(envelope["data"])
            packed = struct.pack(">HHH", envelope.get("msgtype", MESSAGE_TYPE), envelope["sequence"], len(data)) + data
        channel._receive(packed)
        injected.append(struct.unpack(">H", packed[2:4])[0] if len(packed) >= 4 else None)
    return {"injected": injected}


@command
def wire_channel_window(params):
    channel = open_channel(active_link(params))
    return {
        "window": channel.window,
        "window_min": channel.window_min,
        "window_max": channel.window_max,
        "window_flexibility": channel.window_flexibility,
        "next_rx_sequence": channel._next_rx_sequence,
        "next_sequence": channel._next_sequence,
        "rx_ring": len(channel._rx_ring),
        "tx_ring": len(channel._tx_ring),
        "mdu": channel.mdu,
        "outlet_mdu": channel._outlet.mdu,
        "message_handlers": len(channel._message_callbacks),
        "medium_rate_rounds": channel.medium_rate_rounds,
        "fast_rate_rounds": channel.fast_rate_rounds,
    }


@command
def wire_buffer_stream(params):
    link, stream, end = active_link(params), params.get("stream_id", 0), time.monotonic() + seconds(params, 30000)
    channel = open_channel(link)
    channel._register_message_type(StreamDataMessage, is_system_type=True)
    manifest, send = [], channel.send

    def noting(message):
        envelope = send(message)
        entry = {"bytes": len(message.data), "eof": message.eof, "compressed": bool(message.compressed)}
        manifest.append({**entry, "sequence": envelope.sequence})
        return envelope

    ready = lambda: wait(channel.is_ready_to_send, end - time.monotonic())
    if params.get("bomb"):
        size = params.get("bomb_decompressed_len", 4 * RawChannelWriter.MAX_CHUNK_LEN)
        ready()
        channel.send(StreamDataMessage(stream, bz2.compress(bytes(size)), False, True))
        return {"bomb": True, "decompressed_len": size}
    channel.send = noting
    try:
        writer = RawChannelWriter(stream, channel)
        data, returns = raw(params, "data"), []
        while data and time.monotonic() < end:
            if not ready():
                break
            if params.get("eof_with_data") and len(data) <= StreamDataMessage.MAX_DATA_LEN:
                writer._eof = True
            taken = writer.write(data)
            returns.append(taken)
            data = data[taken:]
        if not params.get("eof_with_data") and ready():
            writer.close()
        wait(lambda: not channel._tx_ring, end - time.monotonic())
    finally:
        channel.send = send
    return {
        "written": sum(returns),
        "eof": True,
        "manifest": manifest,
        "max_data_len": StreamDataMessage.MAX_DATA_LEN,
        "max_chunk_len": RawChannelWriter.MAX_CHUNK_LEN,
        "compression_tries": RawChannelWriter.COMPRESSION_TRIES,
        "write_returns": returns,
        "tx_ring_after": len(channel._tx_ring),
    }


@command
def wire_buffer_received(params):
    found, stream = listener(params), params.get("stream_id", 0)
    readers = lambda: [link.wire_readers[stream] for link in found.links if stream in link.wire_readers]
    StreamDataMessage.wire_damage, before = None, StreamDataMessage.wire_damage
    over = lambda: StreamDataMessage.wire_damage or any(reader._eof for reader in readers())
    if not before:
        wait(over, seconds(params, 5000))
    damage = before or StreamDataMessage.wire_damage
    data, eof = b"", False
    for reader in readers():
        data += bytes(reader._read(1 << 30) or b"")
        eof = eof or reader._eof
    return {"data": data.hex(), "eof": eof, "aborted": damage is not None, "error": damage}


# Single packets and proofs


@command
def wire_set_proof_strategy(params):
    destination = own_destination(params)
    strategies = {
        "all": RNS.Destination.PROVE_ALL,
        "app": RNS.Destination.PROVE_APP,
        "none": RNS.Destination.PROVE_NONE,
    }
    destination.set_proof_requested_callback(lambda packet: True)
    destination.set_proof_strategy(strategies[params["strategy"]])
    return {"proof_strategy": destination.proof_strategy}


def send(params, spoil=None):
    node(params)
    destination = outbound_destination(params)
    packet = RNS.Packet(destination, raw(params, "data"), create_receipt=params.get("create_receipt", True))
    if spoil:
        encrypt = destination.encrypt
        destination.encrypt = lambda data: spoil(encrypt(data))
    receipt = packet.send()
    if receipt is False:
        return packet, {"sent": False, "receipt_id": None, "hops": None}
    receipt_id = None
    if packet.receipt:
        receipt_id = os.urandom(8).hex()
        NODE.receipts[receipt_id] = packet.receipt
    return packet, {"sent": True, "receipt_id": receipt_id, "hops": RNS.Transport.hops_to(destination.hash)}


def receipt_state(receipt):
    return {
        "delivered": receipt.status == RNS.PacketReceipt.DELIVERED,
        "proved": bool(receipt.proved),
        "status": receipt.status,
        "status_name": RECEIPT_STATES[receipt.status],
    }


def await_receipt(receipt, timeout):
    wait(lambda: receipt.status != RNS.PacketReceipt.SENT, timeout)
    return receipt_state(receipt)


@command
def wire_send_packet(params):
    return send(params)[1]


@command
def wire_packet_receipt_status(params):
    receipt = node(params).receipts.get(params["receipt_id"])
    if receipt is None:
        raise Failure("unknown receipt")
    return await_receipt(receipt, seconds(params, 0))


@command
def wire_send_packet_with_proof_request(params):
    packet, answer = send(params)
    state = await_receipt(packet.receipt, seconds(params, 10000))
    proof = packet.receipt.proof_packet if state["delivered"] else None
    data = proof.data if proof else None
    return {
        **answer,
        "delivered": state["delivered"],
        "proved": state["proved"],
        "implicit_proof_config": RNS.Reticulum.should_use_implicit_proof(),
        "proof_data": data.hex() if proof else None,
        "proof_len": len(data) if proof else None,
        "proof_is_implicit": bool(proof) and len(data) == RNS.PacketReceipt.IMPL_LENGTH,
        "proof_is_explicit": bool(proof) and len(data) == RNS.PacketReceipt.EXPL_LENGTH,
        "impl_length": RNS.PacketReceipt.IMPL_LENGTH,
        "expl_length": RNS.PacketReceipt.EXPL_LENGTH,
        "proof_raw": proof.raw.hex() if proof else None,
        "proved_packet_hash": packet.packet_hash.hex(),
    }


@command
def wire_set_proof_implicit(params):
    node(params)
    RNS.Reticulum._Reticulum__use_implicit_proof = bool(params["enabled"])
    return {"implicit_proof": RNS.Reticulum.should_use_implicit_proof()}


@command
def wire_send_link_data(params):
    packet = RNS.Packet(active_link(params), raw(params, "data"), create_receipt=params.get("create_receipt", True))
    packet.send()
    receipt_id = None
    if packet.receipt:
        receipt_id = os.urandom(8).hex()
        NODE.receipts[receipt_id] = packet.receipt
    return {"sent": True, "receipt_id": receipt_id}


@command
def wire_send_opportunistic(params):
    try:
        packet, answer = send(params)
    except Exception:
        return {"sent": False, "delivered": False, "status": "send_failed"}
    if not answer["sent"]:
        return {"sent": False, "delivered": False, "status": "send_failed"}
    delivered = await_receipt(packet.receipt, seconds(params, 5000))["delivered"]
    return {"sent": True, "delivered": delivered, "status": "delivered" if delivered else "timeout"}


@command
def wire_opportunistic_poll(params):
    found = node(params).listeners.get(params["destination_hash"])
    queue = found.opportunistic if found else own_destination(params).wire_packets
    return {"packets": drain(queue, seconds(params, 5000))}


@command
def wire_send_undecryptable(params):
    spoils = {"ciphertext": lambda token: token[:-1] + bytes([token[-1] ^ 1]), "truncate": lambda token: token[:48]}
    packet, answer = send(params, spoils[params["corruption"]])
    state = await_receipt(packet.receipt, seconds(params, 2000))
    return {**answer, "delivered": state["delivered"]}


# Group and access


@command
def wire_group_create(params):
    destination = RNS.Destination(
        None, RNS.Destination.IN, RNS.Destination.GROUP, params["app_name"], *params.get("aspects", [])
    )
    if params.get("key"):
        destination.load_private_key(raw(params, "key"))
    else:
        destination.create_keys()
    node(params).groups[destination.hash.hex()] = destination
    return {"destination_hash": destination.hash.hex(), "key": destination.get_private_key().hex()}


def group(params):
    found = node(params).groups.get(params["destination_hash"])
    if found is None:
        raise Failure("unknown destination")
    return found


@command
def wire_group_encrypt(params):
    return {"ciphertext": group(params).encrypt(raw(params, "plaintext")).hex()}


@command
def wire_group_decrypt(params):
    try:
        plaintext = group(params).decrypt(raw(params, "ciphertext"))
    except Exception:
        plaintext = None
    return {"plaintext": None if plaintext is None else plaintext.hex(), "decrypted": plaintext is not None}


def protected(params):
    node(params)
    for interface in RNS.Transport.interfaces:
        if getattr(interface, "ifac_identity", None) is not None:
            return interface
    raise Failure("this interface has no access code")


@command
def wire_ifac_compute(params):
    interface = protected(params)
    signature = interface.ifac_identity.sign(raw(params, "packet_data"))
    return {
        "ifac_key": interface.ifac_key.hex(),
        "ifac_size": interface.ifac_size,
        "signature": signature.hex(),
        "ifac": signature[-interface.ifac_size :].hex(),
    }


@command
def wire_ifac_signature(params):
    interface = protected(params)
    return {
        "ifac_signature": interface.ifac_signature.hex(),
        "ifac_key": interface.ifac_key.hex(),
        "ifac_size": interface.ifac_size,
        "default_ifac_size": interface.DEFAULT_IFAC_SIZE,
    }
