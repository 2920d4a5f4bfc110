"""Tier W of the reference bridge: single packets and their proofs, group keys and access codes."""

import os

import RNS
from reference_node import (
    active_link,
    command,
    drain,
    Failure,
    node,
    NODE,
    outbound_destination,
    own_destination,
    raw,
    RECEIPT_STATES,
    seconds,
    wait,
)


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
