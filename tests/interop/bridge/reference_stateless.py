"""Tier S over the package `rns`: commands that need no running node."""

import bz2
import contextlib
import os
import tempfile
import time

import RNS
from RNS import Cryptography
from RNS.Cryptography.AES import AES_128_CBC, AES_256_CBC
from RNS.Interfaces import TCPInterface

unhex = bytes.fromhex
MODES = {"AES_128_CBC": AES_128_CBC, "AES_256_CBC": AES_256_CBC}


def optional(params, name, default=b""):
    """Bytes that may be missing or null."""
    return default if params.get(name) is None else unhex(params[name])


# Digests, ciphers, curves


def truncated_hash(params):
    data = unhex(params["data"])
    return {"hash": RNS.Identity.truncated_hash(data).hex(), "full_hash": RNS.Identity.full_hash(data).hex()}


def hkdf(params):
    arguments = {"derive_from": unhex(params["ikm"]), "salt": optional(params, "salt", None)}
    key = Cryptography.hkdf(length=params["length"], context=optional(params, "info", None), **arguments)
    return {"derived_key": key.hex()}


def cipher(params):
    return MODES[params.get("mode", "AES_256_CBC")]


def aes(params):
    return {"key": unhex(params["key"]), "iv": unhex(params["iv"])}


def aes_encrypt(params):
    padded = Cryptography.PKCS7.pad(unhex(params["plaintext"]))
    return {"ciphertext": cipher(params).encrypt(plaintext=padded, **aes(params)).hex()}


def aes_decrypt(params):
    padded = cipher(params).decrypt(ciphertext=unhex(params["ciphertext"]), **aes(params))
    return {"plaintext": Cryptography.PKCS7.unpad(padded).hex()}


def x25519_generate(params):
    key = Cryptography.X25519PrivateKey.from_private_bytes(unhex(params["seed"]))
    return {"private_key": key.private_bytes().hex(), "public_key": key.public_key().public_bytes().hex()}


def x25519_exchange(params):
    key = Cryptography.X25519PrivateKey.from_private_bytes(unhex(params["private_key"]))
    peer = Cryptography.X25519PublicKey.from_public_bytes(unhex(params["peer_public_key"]))
    return {"shared_secret": key.exchange(peer).hex()}


def ed25519_generate(params):
    key = Cryptography.Ed25519PrivateKey.from_private_bytes(unhex(params["seed"]))
    return {"private_key": key.private_bytes().hex(), "public_key": key.public_key().public_bytes().hex()}


def ed25519_sign(params):
    key = Cryptography.Ed25519PrivateKey.from_private_bytes(unhex(params["private_key"]))
    return {"signature": key.sign(unhex(params["message"])).hex()}


def ed25519_verify(params):
    try:
        key = Cryptography.Ed25519PublicKey.from_public_bytes(unhex(params["public_key"]))
        key.verify(unhex(params["signature"]), unhex(params["message"]))
        return {"valid": True}
    except Exception:
        return {"valid": False}


def bz2_compress(params):
    data = unhex(params["data"])
    compressed = bz2.compress(data)
    return {"compressed": compressed.hex(), "original_size": len(data), "compressed_size": len(compressed)}


def bz2_decompress(params):
    data = bz2.decompress(unhex(params["compressed"]))
    return {"decompressed": data.hex(), "size": len(data)}


# Tokens


def token(params):
    return Cryptography.Token(unhex(params["key"]))


def token_generate_key(params):
    mode = params.get("mode", "AES_256_CBC")
    return {"key": Cryptography.Token.generate_key(MODES.get(mode, mode)).hex()}


# Identities


def identity_of(params):
    identity = RNS.Identity(create_keys=False)
    if not identity.load_private_key(unhex(params["private_key"])):
        raise ValueError("not a private key")
    return identity


def public_identity_of(params):
    identity = RNS.Identity(create_keys=False)
    identity.load_public_key(unhex(params["public_key"]))
    if identity.hash is None:
        raise ValueError("not a public key")
    return identity


def describe(identity):
    return {
        "public_key": identity.get_public_key().hex(),
        "hash": identity.hash.hex(),
        "hexhash": identity.hexhash,
    }


def identity_verify(params):
    try:
        identity = public_identity_of(params)
        return {"valid": identity.validate(unhex(params["signature"]), unhex(params["message"]))}
    except Exception:
        return {"valid": False}


def identity_decrypt(params):
    plaintext = identity_of(params).decrypt(unhex(params["ciphertext"]))
    return {"plaintext": None if plaintext is None else plaintext.hex()}


def identity_to_file(params):
    identity = identity_of(params)
    descriptor, path = tempfile.mkstemp(prefix="reference-identity-")
    os.close(descriptor)
    identity.to_file(path)
    return {"path": path}


def identity_from_file(params):
    identity = RNS.Identity.from_file(params["path"])
    return {"found": False} if identity is None else {"found": True, **describe(identity)}


# Names


def destination_hash(params):
    identity_hash = unhex(params["identity_hash"])
    return {"destination_hash": RNS.Destination.hash(identity_hash, params["app_name"], *params["aspects"]).hex()}


def app_and_aspects(params):
    app_name, aspects = RNS.Destination.app_and_aspects_from_name(params["full_name"])
    return {"app_name": app_name, "aspects": list(aspects)}


def hash_from_name_and_identity(params):
    identity_hash = unhex(params["identity_hash"])
    return {"destination_hash": RNS.Destination.hash_from_name_and_identity(params["full_name"], identity_hash).hex()}


def expand_name(params):
    identity = (
        identity_of({"private_key": params["identity_private_key"]}) if params.get("identity_private_key") else None
    )
    name = RNS.Destination.expand_name(identity, params["app_name"], *params["aspects"])
    return {"name": name, "identity_hexhash": identity.hexhash if identity else None}


# Packets


def packet_destination(kind):
    out, name = RNS.Destination.OUT, ("conformance", "packet")
    if kind == "plain":
        return RNS.Destination(None, out, RNS.Destination.PLAIN, *name)
    if kind == "single":
        return RNS.Destination(RNS.Identity(), out, RNS.Destination.SINGLE, *name)
    if kind == "group":
        group = RNS.Destination(RNS.Identity(), out, RNS.Destination.GROUP, *name)
        group.create_keys()
        return group
    raise ValueError(f"no destination type {kind}")


def fields(packet):
    return {
        "flags": packet.raw[0],
        "hops": packet.raw[1],
        "header_type": packet.header_type,
        "context_flag": packet.context_flag,
        "transport_type": packet.transport_type,
        "destination_type": packet.destination_type,
        "packet_type": packet.packet_type,
        "transport_id": packet.transport_id.hex() if packet.transport_id else None,
        "destination_hash": packet.destination_hash.hex(),
        "context": packet.context,
        "data": packet.data.hex(),
        "hash": packet.get_hash().hex(),
    }


def packet_build(params):
    headers = {1: RNS.Packet.HEADER_1, 2: RNS.Packet.HEADER_2}
    headers |= {"HEADER_1": RNS.Packet.HEADER_1, "HEADER_2": RNS.Packet.HEADER_2}
    packet = RNS.Packet(
        packet_destination(params.get("dest_type", "plain")),
        unhex(params["data"]),
        packet_type=params.get("packet_type", 0),
        context=params.get("context", 0),
        transport_type=params.get("transport_type", 0),
        header_type=headers[params.get("header_type", 1)],
        transport_id=optional(params, "transport_id", None),
        context_flag=params.get("context_flag", 0),
    )
    packet.pack()
    raw = packet.raw[:1] + bytes([params.get("hops", 0)]) + packet.raw[2:]
    return {**fields(unpacked(raw)), "raw": raw.hex()}


def unpacked(raw):
    packet = RNS.Packet(None, raw)
    return packet if packet.unpack() else None


def packet_unpack(params):
    packet = unpacked(unhex(params["raw"]))
    return {"unpacked": False} if packet is None else {"unpacked": True, **fields(packet)}


def packet_hash(params):
    packet = unpacked(unhex(params["raw"]))
    if packet is None:
        raise ValueError("not a packet")
    return {"hash": packet.get_hash().hex()}


def packet_constants(_):
    reticulum, packet, identity = RNS.Reticulum, RNS.Packet, RNS.Identity
    return {
        "mtu": reticulum.MTU,
        "header_minsize": reticulum.HEADER_MINSIZE,
        "header_maxsize": reticulum.HEADER_MAXSIZE,
        "mdu": reticulum.MDU,
        "ifac_min_size": reticulum.IFAC_MIN_SIZE,
        "packet_mdu": packet.MDU,
        "packet_plain_mdu": packet.PLAIN_MDU,
        "packet_encrypted_mdu": packet.ENCRYPTED_MDU,
        "link_mdu": RNS.Link.MDU,
        "hashlength": identity.HASHLENGTH,
        "siglength": identity.SIGLENGTH,
        "truncated_hashlength": identity.TRUNCATED_HASHLENGTH,
        "keysize": identity.KEYSIZE,
        "name_hash_length": identity.NAME_HASH_LENGTH,
        "token_overhead": identity.TOKEN_OVERHEAD,
        "aes128_blocksize": identity.AES128_BLOCKSIZE,
    }


CONTEXTS = (
    "NONE RESOURCE RESOURCE_ADV RESOURCE_REQ RESOURCE_HMU RESOURCE_PRF RESOURCE_ICL RESOURCE_RCL CACHE_REQUEST REQUEST "
    "RESPONSE PATH_RESPONSE COMMAND COMMAND_STATUS CHANNEL KEEPALIVE LINKIDENTIFY LINKCLOSE LINKPROOF LRRTT LRPROOF"
).split()


# Announces and ratchets


@contextlib.contextmanager
def replaced(holder, name, value):
    """Another value for an attribute, for a while."""
    original = getattr(holder, name)
    setattr(holder, name, value)
    try:
        yield
    finally:
        setattr(holder, name, original)


def announce_build(params):
    with replaced(RNS.Transport, "register_destination", lambda _: None):
        destination = RNS.Destination(
            identity_of(params), RNS.Destination.IN, RNS.Destination.SINGLE, params["app_name"], *params["aspects"]
        )
    with tempfile.TemporaryDirectory() as directory:
        if params.get("enable_ratchets"):
            destination.enable_ratchets(os.path.join(directory, "ratchets"))
        emission = params.get("emission_ts")
        clock = time.time if emission is None else lambda: float(emission)
        with replaced(time, "time", clock):
            packet = destination.announce(app_data=optional(params, "app_data", None), send=False)
        packet.pack()
    data, ratchet = packet.raw[19:], 32 if packet.context_flag else 0
    return {
        "raw": packet.raw.hex(),
        "destination_hash": destination.hash.hex(),
        "announce_data": data.hex(),
        "public_key": data[:64].hex(),
        "name_hash": data[64:74].hex(),
        "random_hash": data[74:84].hex(),
        "ratchet": data[84 : 84 + ratchet].hex(),
        "signature": data[84 + ratchet : 148 + ratchet].hex(),
        "app_data": data[148 + ratchet :].hex(),
        "has_ratchet": bool(ratchet),
    }


def announce_validate(params):
    packet = unpacked(unhex(params["raw"]))
    if packet is None:
        return {"valid": False}
    result = {"valid": False, "destination_hash": packet.destination_hash.hex()}
    if packet.packet_type != RNS.Packet.ANNOUNCE:
        return result
    try:
        result["valid"] = bool(RNS.Identity.validate_announce(packet))
    except Exception:
        result["valid"] = False
    result["has_ratchet"] = packet.context_flag == RNS.Packet.FLAG_SET
    if result["valid"] and result["has_ratchet"]:
        result["ratchet"] = packet.data[84:116].hex()
    return result


def ratchet_encrypt(params):
    identity = public_identity_of(params)
    return {"ciphertext": identity.encrypt(unhex(params["plaintext"]), ratchet=unhex(params["ratchet_public"])).hex()}


class RatchetIdReceiver:
    """Where the package writes which ratchet fitted."""

    latest_ratchet_id = None


def ratchet_decrypt(params):
    ratchets = params.get("ratchet_privates")
    if ratchets is None:
        ratchets = [params["ratchet_private"]] if params.get("ratchet_private") else []
    receiver = RatchetIdReceiver()
    plaintext = identity_of(params).decrypt(
        unhex(params["ciphertext"]),
        ratchets=[unhex(ratchet) for ratchet in ratchets],
        enforce_ratchets=params.get("enforce_ratchets", False),
        ratchet_id_receiver=receiver,
    )
    latest = receiver.latest_ratchet_id
    return {
        "plaintext": None if plaintext is None else plaintext.hex(),
        "latest_ratchet_id": latest.hex() if latest else None,
    }


# Framing


class Reader(TCPInterface.TCPClientInterface):
    """The package's read loop over bytes that are all there already."""

    def __init__(self, stream, kiss, hw_mtu):
        self.HW_MTU, self.ifac_size = hw_mtu, 0
        self.kiss_framing, self.initiator, self.detached, self.online = kiss, False, False, True
        self.name, self.waiting, self.frames = "reader", [stream], []
        self.socket = self

    def recv(self, _):
        return self.waiting.pop() if self.waiting else b""

    def process_incoming(self, data):
        self.frames.append(data.hex())

    def teardown(self):
        pass

    def __str__(self):
        return self.name


def frames(params, kiss):
    reader = Reader(unhex(params["stream"]), kiss, params.get("hw_mtu") or TCPInterface.TCPInterface.HW_MTU)
    reader.read_loop()
    return {"frames": reader.frames}


def hdlc_frame(params):
    flag = bytes([TCPInterface.HDLC.FLAG])
    return {"framed": (flag + TCPInterface.HDLC.escape(unhex(params["data"])) + flag).hex()}


def kiss_frame(params):
    delimiter, command = bytes([TCPInterface.KISS.FEND]), bytes([TCPInterface.KISS.CMD_DATA])
    return {"framed": (delimiter + command + TCPInterface.KISS.escape(unhex(params["data"])) + delimiter).hex()}


def one_frame(params, kiss):
    return {"data": frames({"stream": params["framed"]}, kiss)["frames"][0]}


COMMANDS = {
    "sha256": lambda params: {"hash": Cryptography.sha256(unhex(params["data"])).hex()},
    "sha512": lambda params: {"hash": Cryptography.sha512(unhex(params["data"])).hex()},
    "truncated_hash": truncated_hash,
    "hmac_sha256": lambda params: {
        "hmac": Cryptography.HMAC.new(unhex(params["key"]), unhex(params["message"])).digest().hex()
    },
    "hkdf": hkdf,
    "aes_encrypt": aes_encrypt,
    "aes_decrypt": aes_decrypt,
    "aes_256_cbc_encrypt": lambda params: {
        "ciphertext": AES_256_CBC.encrypt(plaintext=unhex(params["plaintext"]), **aes(params)).hex()
    },
    "aes_256_cbc_decrypt": lambda params: {
        "plaintext": AES_256_CBC.decrypt(ciphertext=unhex(params["ciphertext"]), **aes(params)).hex()
    },
    "pkcs7_pad": lambda params: {"padded": Cryptography.PKCS7.pad(unhex(params["data"])).hex()},
    "pkcs7_unpad": lambda params: {"unpadded": Cryptography.PKCS7.unpad(unhex(params["data"])).hex()},
    "x25519_generate": x25519_generate,
    "x25519_public_from_private": lambda params: {
        "public_key": x25519_generate({"seed": params["private_key"]})["public_key"]
    },
    "x25519_exchange": x25519_exchange,
    "ed25519_generate": ed25519_generate,
    "ed25519_sign": ed25519_sign,
    "ed25519_verify": ed25519_verify,
    "bz2_compress": bz2_compress,
    "bz2_decompress": bz2_decompress,
    "token_encrypt": lambda params: {"token": token(params).encrypt(unhex(params["plaintext"])).hex()},
    "token_decrypt": lambda params: {"plaintext": token(params).decrypt(unhex(params["token"])).hex()},
    "token_verify_hmac": lambda params: {"valid": token(params).verify_hmac(unhex(params["token"]))},
    "token_generate_key": token_generate_key,
    "identity_from_private_key": lambda params: describe(identity_of(params)),
    "identity_hash": lambda params: {"hash": public_identity_of(params).hash.hex()},
    "identity_sign": lambda params: {"signature": identity_of(params).sign(unhex(params["message"])).hex()},
    "identity_verify": identity_verify,
    "identity_encrypt": lambda params: {
        "ciphertext": public_identity_of(params).encrypt(unhex(params["plaintext"])).hex()
    },
    "identity_decrypt": identity_decrypt,
    "identity_to_file": identity_to_file,
    "identity_from_file": identity_from_file,
    "identity_random_hash": lambda _: {"random_hash": RNS.Identity.get_random_hash().hex()},
    "name_hash": lambda params: {"hash": RNS.Identity.full_hash(params["name"].encode("utf-8"))[:10].hex()},
    "destination_hash": destination_hash,
    "app_and_aspects_from_name": app_and_aspects,
    "hash_from_name_and_identity": hash_from_name_and_identity,
    "destination_expand_name": expand_name,
    "packet_build": packet_build,
    "packet_unpack": packet_unpack,
    "packet_hash": packet_hash,
    "packet_constants": packet_constants,
    "packet_context_constants": lambda _: {name: getattr(RNS.Packet, name) for name in CONTEXTS},
    "announce_build": announce_build,
    "announce_validate": announce_validate,
    "ratchet_id": lambda params: {"ratchet_id": RNS.Identity._get_ratchet_id(unhex(params["ratchet_public"])).hex()},
    "ratchet_public_from_private": lambda params: {
        "ratchet_public": RNS.Identity._ratchet_public_bytes(unhex(params["ratchet_private"])).hex()
    },
    "ratchet_encrypt": ratchet_encrypt,
    "ratchet_decrypt": ratchet_decrypt,
    "hdlc_escape": lambda params: {"escaped": TCPInterface.HDLC.escape(unhex(params["data"])).hex()},
    "hdlc_frame": hdlc_frame,
    "hdlc_deframe": lambda params: one_frame(params, kiss=False),
    "hdlc_deframe_stream": lambda params: frames(params, kiss=False),
    "kiss_frame": kiss_frame,
    "kiss_deframe": lambda params: one_frame(params, kiss=True),
    "kiss_deframe_stream": lambda params: frames(params, kiss=True),
}
