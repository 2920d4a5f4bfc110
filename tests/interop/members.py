"""Members of a group by the hundred, on one connection: they announce, write, read and prove.

By hand and not with routers of the package: those would load the machine more than the server under measurement does.
"""

import hashlib
import os
import socket
import threading
import time

import RNS.vendor.umsgpack as msgpack
from crowd import NAME, frames, hdlc
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PATIENCE = 120
DATA, ANNOUNCE, PROOF = 0x00, 0x01, 0x03
WITH_RATCHET = 0x20
PATH_REQUESTS = hashlib.sha256(hashlib.sha256(b"rnstransport.path.request").digest()[:10]).digest()[:16]


def raw(key):
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def truncated(*parts):
    return hashlib.sha256(b"".join(parts)).digest()[:16]


def packet_hash(frame):
    """Of a frame with one address."""
    return hashlib.sha256(bytes([frame[0] & 0x0F]) + frame[2:]).digest()


class Group:
    """Where a group takes messages, as its announce says."""

    def __init__(self, frame):
        self.address = frame[2:18]
        self.identity = truncated(frame[19:83])
        self.key = frame[103:135] if frame[0] & WITH_RATCHET else frame[19:51]


class Member:
    """Somebody with an inbox."""

    def __init__(self):
        self.decrypts, self.signs = X25519PrivateKey.generate(), Ed25519PrivateKey.generate()
        self.public = raw(self.decrypts.public_key()) + raw(self.signs.public_key())
        self.identity = truncated(self.public)
        self.address = truncated(NAME, self.identity)

    def announce(self):
        blob = os.urandom(5) + int(time.time()).to_bytes(5, "big")
        about = msgpack.packb([b"Member", None, [0]])
        signature = self.signs.sign(self.address + self.public + NAME + blob + about)
        return bytes([ANNOUNCE, 0]) + self.address + b"\0" + self.public + NAME + blob + signature + about

    def message(self, group, text):
        """A packet that carries it."""
        payload = msgpack.packb([time.time(), b"", text.encode(), {}])
        signed = group.address + self.address + payload
        signature = self.signs.sign(signed + hashlib.sha256(signed).digest())
        return bytes([DATA, 0]) + group.address + b"\0" + seal(group, self.address + signature + payload)

    def text(self, frame):
        """What a packet to this member says."""
        ephemeral, token = frame[19:51], frame[51:]
        shared = self.decrypts.exchange(X25519PublicKey.from_public_bytes(ephemeral))
        payload = open_token(derive(shared, self.identity), token)[16 + 64 :]
        return msgpack.unpackb(payload)[2].decode()

    def proof(self, frame):
        """That the packet arrived."""
        digest = packet_hash(frame)
        return bytes([PROOF, 0]) + digest[:16] + b"\0" + self.signs.sign(digest)


def derive(shared, salt):
    return HKDF(hashes.SHA256(), 64, salt, b"").derive(shared)


def seal(group, plaintext):
    ours = X25519PrivateKey.generate()
    keys = derive(ours.exchange(X25519PublicKey.from_public_bytes(group.key)), group.identity)
    padder, iv = padding.PKCS7(128).padder(), os.urandom(16)
    encryptor = Cipher(algorithms.AES(keys[32:]), modes.CBC(iv)).encryptor()
    token = iv + encryptor.update(padder.update(plaintext) + padder.finalize()) + encryptor.finalize()
    return raw(ours.public_key()) + token + authenticate(keys[:32], token)


def open_token(keys, token):
    assert authenticate(keys[:32], token[:-32]) == token[-32:]
    decryptor = Cipher(algorithms.AES(keys[32:]), modes.CBC(token[:16])).decryptor()
    unpadder = padding.PKCS7(128).unpadder()
    return unpadder.update(decryptor.update(token[16:-32]) + decryptor.finalize()) + unpadder.finalize()


def authenticate(key, token):
    hmac = HMAC(key, hashes.SHA256())
    hmac.update(token)
    return hmac.finalize()


class Post:
    """The connection on which members write and are written to. What comes for them is proved at once."""

    def __init__(self, port, count):
        self.members = [Member() for _ in range(count)]
        self.by_address = {member.address: member for member in self.members}
        self.announced, self.proved, self.arrived = {}, set(), []
        self.news = threading.Condition()
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.thread = threading.Thread(target=self.receive)
        self.thread.start()

    def receive(self):
        for taken in frames(self.socket):
            with self.news:
                proofs = [hdlc(proof) for frame in taken if (proof := self.take(frame))]
                self.news.notify_all()
            if proofs:
                self.socket.sendall(b"".join(proofs))

    def take(self, frame):
        kind, address = frame[0] & 0x0F, frame[2:18]
        if kind == ANNOUNCE:
            self.announced[address] = Group(frame)
        elif kind == PROOF:
            self.proved.add(address)
        elif kind == DATA and (member := self.by_address.get(address)):
            self.arrived.append((time.monotonic(), member, frame))
            return member.proof(frame)

    def wait(self, what, condition):
        with self.news:
            assert self.news.wait_for(condition, PATIENCE), what

    def send(self, *frames):
        self.socket.sendall(b"".join(map(hdlc, frames)))

    def find(self, address):
        """The group whose messages go to this address."""
        self.send(bytes([0x08, 0]) + PATH_REQUESTS + b"\0" + address + os.urandom(16))
        self.wait("no announce of the group came", lambda: address in self.announced)
        return self.announced[address]

    def deliver(self, frames, at_once):
        """Sends packets, so many at once, and waits until each is proved."""
        for start in range(0, len(frames), at_once):
            batch = frames[start : start + at_once]
            wanted = {packet_hash(frame)[:16] for frame in batch}
            self.send(*batch)
            self.wait("a message was not proved", lambda: wanted <= self.proved)

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.socket.close()
