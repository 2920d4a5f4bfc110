"""A crowd: many destinations, each of its own identity, and their announces, signed without Reticulum's help."""

import hashlib
import os

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

NAME = hashlib.sha256(b"lxmf.delivery").digest()[:10]
APP_DATA = b"somebody on the mesh"


def hdlc(frame):
    """A frame as it goes over TCP."""
    return b"\x7e" + frame.replace(b"\x7d", b"\x7d\x5d").replace(b"\x7e", b"\x7d\x5e") + b"\x7e"


def frames(sock):
    """What comes over TCP, until that ends: the frames of each read together."""
    waiting = b""
    try:
        while chunk := sock.recv(1 << 16):
            *whole, waiting = (waiting + chunk).split(b"\x7e")
            yield [frame.replace(b"\x7d\x5e", b"\x7e").replace(b"\x7d\x5d", b"\x7d") for frame in whole if frame]
    except OSError:
        pass


class Crowd:
    """So many destinations."""

    def __init__(self, size):
        self.keys = [Ed25519PrivateKey.generate() for _ in range(size)]
        public = (key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw) for key in self.keys)
        self.public = [os.urandom(32) + key for key in public]

    def announces(self, emission):
        """One announce of each, ready for the wire."""
        return [hdlc(announce(key, public, emission)) for key, public in zip(self.keys, self.public)]


def announce(key, public, emission):
    """The frame of one announce that leaves at `emission`."""
    address = hashlib.sha256(NAME + hashlib.sha256(public).digest()[:16]).digest()[:16]
    blob = os.urandom(5) + int(emission).to_bytes(5, "big")
    signature = key.sign(address + public + NAME + blob + APP_DATA)
    return b"\x01\x00" + address + b"\x00" + public + NAME + blob + signature + APP_DATA
