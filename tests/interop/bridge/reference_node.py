"""The one live node of the Python package `rns` in a process of the reference bridge, and what was delivered to it.

The commands that drive it stand in files of their own, by family.
"""

import os
import shutil
import tempfile
import threading
import time

import RNS
from RNS.Buffer import RawChannelReader, StreamDataMessage
from RNS.Channel import MessageBase

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


def own_destination(params):
    found = node(params).announced.get(params["destination_hash"])
    if found is None:
        found = listener(params).destination
    return found


def ratchet_id(destination):
    if not destination.ratchets:
        return None
    return RNS.Identity._get_ratchet_id(RNS.Identity._ratchet_public_bytes(destination.ratchets[0])).hex()


def drain(queue, timeout):
    wait(lambda: queue, timeout)
    taken = list(queue)
    del queue[: len(taken)]
    return [data.hex() for data in taken]
