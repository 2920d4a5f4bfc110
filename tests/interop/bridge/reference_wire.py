"""Tier W of the reference bridge: starting and stopping a node, announces, paths and identities; all commands of the tier.

It is the yardstick that our own bridge is compared with, so every command calls the package's public functions.
"""

import os
import socket
import time

import reference_channels  # noqa: F401 - puts its commands into the table
import reference_links  # noqa: F401
import reference_packets  # noqa: F401
import RNS
from reference_node import (
    COMMANDS,  # noqa: F401 - for the bridge
    command,
    Failure,
    inbound_destination,
    MODES,
    node,
    NODE,
    own_destination,
    ratchet_id,
    raw,
    seconds,
    wait,
)


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


def app_data(params):
    data = raw(params, "app_data")
    return data if data or params.get("app_data_empty") else None


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
