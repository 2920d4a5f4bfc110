"""Tier W of the reference bridge: channels, and buffers on them."""

import bz2
import struct
import time

import RNS
from RNS.Buffer import RawChannelWriter, StreamDataMessage
from RNS.Channel import ChannelException
from reference_node import (
    active_link,
    command,
    drain,
    link_of,
    listener,
    Message,
    MESSAGE_TYPE,
    open_channel,
    raw,
    seconds,
    wait,
)


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
