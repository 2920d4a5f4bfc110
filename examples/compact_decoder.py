#!/usr/bin/env python3
"""Reads the compact body of Roost's messages with nothing but Python's standard library.

    compact_decoder.py FILE       a body as bytes
    compact_decoder.py -x HEX     a body in hexadecimal

prints it as JSON. As a module: `decode(body)` gives a dictionary like the answer of `/api/v1/messages`. What it looks
like, byte by byte, stands in `schemas/compact/README.md`; the words that both sides know, beside it in `dictionary.txt`.
"""

import json
import sys
import zlib
from pathlib import Path

VERSION = 1
EPOCH = 1_767_225_600
MOST_TEXT = 16 * 1024 * 1024
DICTIONARY = Path(__file__).resolve().parent.parent / "schemas" / "compact" / "dictionary.txt"

MORE, EXTENDED = 4, 8
NEXT, RESET, KEPT = 1, 2, 4
REPLY_TO, EDITED, TO, FILES, REACTIONS, TITLE, CUT, TIME, PINNED, OTHER, DELETED, UNCHANGED = (
    1 << bit for bit in range(12)
)


class Reader:
    """What is left of some bytes. Asked for more than that, it raises ValueError."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, length):
        taken = self.data[self.at : self.at + length]
        if len(taken) < length:
            raise ValueError("this body ends too early")
        self.at += length
        return taken

    def number(self):
        number = shift = 0
        while True:
            byte = self.take(1)[0]
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return number

    def difference(self):
        number = self.number()
        return ~(number >> 1) if number & 1 else number >> 1

    def bytes(self):
        return self.take(self.number())

    def person(self):
        """A member's number, or the identity hash in hexadecimal of somebody who has left."""
        return self.number() or self.take(16).hex()

    def rest(self):
        return self.take(len(self.data) - self.at)


def undo(coding, data):
    if coding == 0:
        return data
    if coding == 1:
        undone = zlib.decompressobj(-15)
    elif coding == 2:
        undone = zlib.decompressobj(-15, zdict=DICTIONARY.read_bytes().replace(b"\n", b" "))
    else:
        raise ValueError("these texts are written in a way that is not known here")
    texts = undone.decompress(data, MOST_TEXT)
    if not undone.eof or undone.unused_data:
        raise ValueError("these texts are damaged")
    return texts


def beside(reader, flags):
    """What others have added to a message."""
    message = {}
    if flags & REACTIONS:
        message["reactions"] = [[reader.bytes().decode(), reader.number()] for _ in range(reader.number())]
    if flags & PINNED:
        message["pinned"] = True
    return message


def read_message(reader, seq, received):
    """A message with the lengths of its texts, which stand elsewhere."""
    step = reader.number()
    seq += ~(step >> 2) if step >> 1 & 1 else step >> 2
    flags = reader.number() if step & 1 else 0
    if flags >= 1 << 12:
        raise ValueError("this body says something that is not known here")
    message = {"seq": seq}
    if flags & DELETED:
        return message | {"deleted": True}, [], received
    if flags & UNCHANGED:
        return message | beside(reader, flags), [], received
    message["author"] = reader.person()
    received += reader.difference()
    message["received"] = received
    if flags & REPLY_TO:
        message["reply_to"] = seq - reader.difference()
    if flags & EDITED:
        message["edited"] = received + reader.difference()
    if flags & TO:
        message["to"] = reader.person()
    if flags & FILES:
        message["files"] = reader.number()
    message |= beside(reader, flags)
    lengths = []
    if flags & TITLE:
        lengths.append(("title", reader.number()))
    if flags & CUT:
        message |= {"cut": True, "size": reader.number()}
    if flags & TIME:
        message["time"] = received - reader.difference()
    if flags & OTHER:
        message["other"] = True
    lengths.append(("text", reader.number()))
    return message, lengths, received


def decode(body):
    """The body as a dictionary. Raises ValueError where it is none."""
    reader = Reader(bytes(body))
    first = reader.take(1)[0]
    if first >> 4 != VERSION:
        raise ValueError(f"this is version {first >> 4} of the compact body, and this program reads {VERSION}")
    extension = reader.take(1)[0] if first & EXTENDED else 0
    head = reader.number()
    page = {"head": head, "next": head, "more": bool(first & MORE)}
    if extension & NEXT:
        page["next"] = reader.bytes() or reader.number()
    if extension & RESET:
        page["reset"] = True
    if extension & KEPT:
        page["kept"] = reader.number()
    messages, seq, received = [], head, EPOCH
    for _ in range(reader.number()):
        message, lengths, received = read_message(reader, seq, received)
        seq = message["seq"]
        messages.append((message, lengths))
    texts = Reader(undo(first & 3, reader.rest()))
    for message, lengths in messages:
        for name, length in lengths:
            message[name] = texts.take(length).decode()
    if texts.rest():
        raise ValueError("there is more text than messages")
    page["messages"] = [message for message, _ in messages]
    return page


def main():
    arguments = sys.argv[1:]
    if len(arguments) == 2 and arguments[0] == "-x":
        body = bytes.fromhex(arguments[1])
    elif len(arguments) == 1:
        body = Path(arguments[0]).read_bytes()
    else:
        sys.exit(__doc__)
    try:
        page = decode(body)
    except ValueError as error:
        sys.exit(f"This is no compact body: {error}.")
    print(json.dumps(page, indent=2, ensure_ascii=False, default=bytes.hex))


if __name__ == "__main__":
    main()
