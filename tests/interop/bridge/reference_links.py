"""Tier W of the reference bridge: links, requests and Resources."""

import os
import threading
import time

import RNS
from reference_node import (
    active_link,
    CLOSE_REASONS,
    command,
    drain,
    Failure,
    link_of,
    LINK_STATES,
    Listener,
    listener,
    node,
    NODE,
    open_channel,
    outbound_destination,
    raw,
    RESOURCE_STATES,
    seconds,
    wait,
)


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
