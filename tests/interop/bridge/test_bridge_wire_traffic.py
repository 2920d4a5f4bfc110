"""Tier W of our conformance bridge beside the reference's: what links and single packets carry."""

import os
import time

from scenarios import (
    LONG,
    NAME,
    SHORT,
    compare,
    eventually,
    inbound,
    linked,
    listen,
    on_its_own_network,
    only,
    transfer,
)


def test_resources_arrive_whole_with_their_metadata(pairs):
    def scenario(server, client):
        destination, link = linked(server, client)
        results = []
        contents = [(os.urandom(20_000), None), (os.urandom(3_000), "0102"), (bytes(100_000), "ff" * 300)]
        contents += [(os.urandom(1_100_000), "aa")]
        for data, metadata in contents:
            sent = transfer(client, link, data, metadata=metadata)
            (arrived,) = server.call("wire_resource_poll", destination_hash=destination, timeout_ms=LONG)["resources"]
            assert bytes.fromhex(arrived) == data
            end = server.call("wire_resource_receiver_status", destination_hash=destination, timeout_ms=LONG)
            fields = ["success", "status", "total_segments", "has_metadata", "timed_out", "compressed", "split"]
            results.append((only(sent, *fields), only(end, "found", "status", "status_name", "corrupt", "metadata")))
        return results

    compare(pairs, scenario)


@on_its_own_network()
def test_a_resource_with_more_parts_than_one_map_asks_for_the_rest_of_the_map(network, kinds):
    server = network.server(kinds[0], fixed_mtu=500)
    client = network.client(kinds[1], server, fixed_mtu=500)
    destination, link = linked(server, client)
    data = os.urandom(90_000)
    sent = transfer(client, link, data)
    end = server.call("wire_resource_receiver_status", destination_hash=destination, timeout_ms=LONG)
    assert end["data"] == data.hex() and end["hashmap_updates_received"] >= 2 and end["hmu_requests_sent"] >= 2
    return only(sent, "success", "parts"), client.call("wire_link_mtu", link_id=link)



def test_what_is_not_wanted_is_not_taken(pairs):
    def scenario(server, client):
        results = []
        for strategy, wanted, size in [("none", False, 100), ("app", True, 4000), ("app", False, 5000)]:
            destination, link = linked(server, client, resource_strategy=strategy)
            data = os.urandom(size)
            if wanted:
                sent = transfer(client, link, data)
            else:
                sent = client.call("wire_resource_send", link_id=link, data=data.hex(), timeout_ms=1500)
            timeout = LONG if wanted else SHORT
            got = server.call("wire_resource_poll", destination_hash=destination, timeout_ms=timeout)["resources"]
            results.append((strategy, size, sent["success"], data.hex() in got))
        return results

    compare(pairs, scenario)


def test_a_resource_that_inflates_too_far_is_corrupt_and_ends_the_link(pairs):
    def scenario(server, client):
        destination, link = linked(server, client)
        # As in `transfer`: the reference's sender may give up before anything has left.
        for _ in range(5):
            sent = client.call("wire_resource_send", link_id=link, data="00" * 400_000, timeout_ms=LONG)
            end = server.call("wire_resource_receiver_status", destination_hash=destination, timeout_ms=LONG)
            if end["corrupt"]:
                break
        closed = client.call("wire_link_await_status", link_id=link, target_status=4, timeout_ms=LONG)
        return (
            only(sent, "success", "status"),
            only(end, "status", "status_name", "corrupt", "data"),
            only(closed, "reached", "teardown_reason_name"),
        )

    compare(pairs, scenario)


def test_a_sender_cancels_its_resource(pairs):
    def scenario(server, client):
        destination, link = linked(server, client)
        # Until the first part has left there is nothing that a fast machine could finish.
        server.pause()
        started = client.call("wire_resource_send", link_id=link, data=os.urandom(50_000).hex(), wait=False)
        cancelled = client.call("wire_resource_cancel", resource_id=started["resource_id"])
        server.resume()
        assert client.fails("wire_resource_cancel", resource_id="00" * 32)
        got = server.call("wire_resource_poll", destination_hash=destination, timeout_ms=SHORT)
        return only(started, "started", "total_segments", "has_metadata"), cancelled, got

    compare(pairs, scenario)


def test_a_resource_can_be_made_without_being_sent(pairs):
    def scenario(server, client):
        _, link = linked(server, client)
        results = []
        for data, options in [
            (bytes(5000), {"auto_compress": True, "include_parts": True}),
            (bytes(5000), {"auto_compress": False, "include_parts": True}),
            (os.urandom(70_000), {"auto_compress": True, "include_parts": False, "metadata": "0102"}),
            (bytes(1_200_000), {"auto_compress": False, "include_parts": False}),
        ]:
            made = client.call("wire_resource_create", link_id=link, data=data.hex(), **options)
            assert made["truncated_hash"] == made["hash"][:32] and made["original_hash"] == made["hash"]
            assert len(made["random_hash"]) == 8 and len(made["expected_proof"]) == 64
            assert len(made["hashmap"]) == 8 * made["num_parts"]
            if "parts" in made:
                assert all(bytes.fromhex(part)[2:18].hex() == link for part in made["parts"])
                assert sum(len(part) // 2 - 19 for part in made["parts"]) == made["size"]
            fields = ["num_parts", "encrypted", "compressed", "split", "total_segments", "segment_index", "has_metadata"]
            results.append(only(made, *fields, "flags", "size", "total_size", "sdu"))
        return results

    compare(pairs, scenario)


def test_channel_messages_arrive_in_order_both_ways(pairs):
    def scenario(server, client):
        _, link = linked(server, client)
        sent = []
        for sender, receiver in [(client, server), (server, client)]:
            bodies = ["", "00", "ab" * 300, *(f"{number:02x}" for number in range(5))]
            for body in bodies:
                answer = sender.call("wire_channel_send", link_id=link, data=body, timeout_ms=LONG)
                # A proof may well take longer than such a short link waits for the first time.
                assert 1 <= answer["tries"] <= 5
                sent.append(only(answer, "sent", "rejected", "delivered", "sequence", "next_sequence", "link_status"))
            arrived = []
            eventually(
                lambda: arrived.extend(receiver.call("wire_channel_received", link_id=link)["messages"]) or arrived,
                lambda messages: len(messages) >= len(bodies),
            )
            assert arrived == bodies
        return sent
def test_what_is_encrypted_for_a_group_is_read_by_those_who_have_its_key(pairs):
    def scenario(server, client):
        made = server.call("wire_group_create", **NAME)
        joined = client.call("wire_group_create", **NAME, key=made["key"])
        other = client.call("wire_group_create", **NAME)
        sizes = []
        for data in (b"", b"to the group", bytes(400)):
            sealed = server.call("wire_group_encrypt", **only(made, "destination_hash"), plaintext=data.hex())
            answers = [
                client.call("wire_group_decrypt", **only(group, "destination_hash"), **sealed)
                for group in (joined, other)
            ]
            assert answers[0] == {"plaintext": data.hex(), "decrypted": True}
            assert answers[1] == {"plaintext": None, "decrypted": False}
            sizes.append(len(sealed["ciphertext"]))
        return {
            "sizes": sizes,
            "key": len(made["key"]),
            "kept": joined["key"] == made["key"] != other["key"],
            "old key": len(client.call("wire_group_create", **NAME, key="07" * 32)["key"]),
            "bad key": client.fails("wire_group_create", **NAME, key="07" * 48),
            "bad name": client.fails("wire_group_create", app_name="with.dot", aspects=[]),
            "unknown": client.fails("wire_group_encrypt", destination_hash="00" * 16, plaintext=""),
        }

    compare(pairs, scenario)


def test_a_channel_refuses_what_it_cannot_send_and_its_sequence_stays(pairs):
    def scenario(server, client):
        _, link = linked(server, client)
        results = []
        mdu = client.call("wire_channel_window", link_id=link)["mdu"]
        for refused in [{"msgtype": 0xF000}, {"msgtype": 0xFFFF}, {"fail_outlet": True}, {"data": "00" * (mdu + 1)}]:
            answer = client.call("wire_channel_send", **{"link_id": link, "data": "00", "timeout_ms": LONG, **refused})
            assert refused.get("msgtype") is None or "reserved" in answer["error"]
            results.append(only(answer, "sent", "rejected", "ce_type", "next_sequence", "link_status"))
        good = client.call("wire_channel_send", link_id=link, data="01", timeout_ms=LONG)
        return results, only(good, "sent", "delivered", "sequence")

    compare(pairs, scenario)


@on_its_own_network()
def test_a_channel_message_that_is_never_proved_is_tried_five_times_and_ends_the_link(network, kinds):
    server = network.server(kinds[0])
    client = network.client(kinds[1], server)
    destination, link = linked(server, client)
    answer = client.call("wire_channel_send", link_id=link, data="0a", drop_acks=True, timeout_ms=LONG)
    inbound(server, destination, "CLOSED")
    # It arrived, all the same, and once.
    got = server.call("wire_channel_received", link_id=link)
    return only(answer, "sent", "delivered", "tries", "link_status"), got


def test_a_channel_puts_in_order_and_takes_once_what_is_put_into_it(pairs):
    def scenario(server, client):
        _, link = linked(server, client)
        steps = []
        for envelopes in [
            [{"sequence": 1, "data": "01"}, {"sequence": 2, "data": "02"}],
            [{"sequence": 1, "data": "01"}, {"sequence": 0, "data": "00"}],
            [{"sequence": 0, "data": "ff"}, {"sequence": 3, "data": "03", "msgtype": 0x0666}],
            [{"sequence": 3, "data": "03"}, {"raw": "0101000400010e"}, {"raw": "01"}],
            [{"sequence": 60, "data": "60"}, {"sequence": 40, "data": "40"}],
        ]:
            injected = server.call("wire_channel_inject", link_id=link, envelopes=envelopes)["injected"]
            got = server.call("wire_channel_received", link_id=link)["messages"]
            window = server.call("wire_channel_window", link_id=link)
            steps.append((injected, got, window["next_rx_sequence"], window["rx_ring"]))
        return steps

    compare(pairs, scenario)


def test_a_channel_window_grows_with_what_is_delivered(pairs):
    def scenario(server, client):
        _, link = linked(server, client)
        states, quiet = [client.call("wire_channel_window", link_id=link)], True
        for _ in range(12):
            sent = client.call("wire_channel_send", link_id=link, data="00", timeout_ms=LONG)
            assert sent["delivered"]
            quiet = quiet and sent["tries"] == 1
            states.append(client.call("wire_channel_window", link_id=link))
        # On a busy machine a proof may come late, and then the window shrinks for a while.
        if quiet:
            assert [state["window"] for state in states] == [2, 3, 4, *[5] * 8, 6, 7]
            assert [state["window_max"] for state in states] == [*[5] * 10, *[48] * 3]
        # The package proves a message before it counts it.
        window = lambda: server.call("wire_channel_window", link_id=link)
        states.append(eventually(window, lambda state: state["next_rx_sequence"] == 12))
        fields = ["window_min", "window_flexibility", "next_rx_sequence", "next_sequence", "rx_ring", "tx_ring"]
        fields += ["mdu", "outlet_mdu", "message_handlers", "medium_rate_rounds", "fast_rate_rounds"]
        return [only(state, *fields) for state in states]

    compare(pairs, scenario)


def test_streams_arrive_whole_and_end(pairs):
    def scenario(server, client):
        results = []
        for data, options in [
            (b"", {}),
            (os.urandom(5), {"eof_with_data": True}),
            (os.urandom(3000), {"use_close": True}),
            (bytes(50_000), {"stream_id": 7}),
            (os.urandom(40_000), {"stream_id": 16383}),
        ]:
            destination, link = linked(server, client, buffer_stream_ids=[7, 16383])
            sent = client.call("wire_buffer_stream", link_id=link, data=data.hex(), timeout_ms=LONG, **options)
            stream = options.get("stream_id", 0)
            got = server.call("wire_buffer_received", destination_hash=destination, stream_id=stream, timeout_ms=LONG)
            assert bytes.fromhex(got["data"]) == data and sent["written"] == sum(sent["write_returns"]) == len(data)
            assert sent["manifest"][-1]["eof"] and not any(entry["eof"] for entry in sent["manifest"][:-1])
            assert [entry["sequence"] for entry in sent["manifest"]] == list(range(len(sent["manifest"])))
            fields = ["written", "eof", "max_data_len", "max_chunk_len", "compression_tries", "tx_ring_after"]
            results.append((only(sent, *fields), only(got, "eof", "aborted", "error")))
        return results

    compare(pairs, scenario)


def test_a_stream_chunk_that_inflates_too_far_is_not_taken(pairs):
    def scenario(server, client):
        destination, link = linked(server, client)
        sent = client.call("wire_buffer_stream", link_id=link, data="", bomb=True, bomb_decompressed_len=1_000_000, timeout_ms=LONG)
        got = server.call("wire_buffer_received", destination_hash=destination, timeout_ms=LONG)
        assert got["error"]
        return sent, only(got, "data", "eof", "aborted")

    compare(pairs, scenario)


@on_its_own_network()
def test_without_an_open_channel_messages_are_not_taken(network, kinds):
    server = network.server(kinds[0])
    client = network.client(kinds[1], server)
    _, link = linked(server, client, open_channel=False)
    # Until the fifth try is over, which takes a hundred round trips or so, and those of a busy machine are long.
    answer = client.call("wire_channel_send", link_id=link, data="0a", timeout_ms=100_000)
    return only(answer, "sent", "delivered", "tries", "link_status")


def test_packets_are_proved_as_the_strategy_says(pairs):
    def scenario(server, client):
        destination = listen(server, client)
        results = []
        for strategy in ["none", "app", "all"]:
            number = server.call("wire_set_proof_strategy", destination_hash=destination, strategy=strategy)
            timeout = SHORT if strategy == "none" else LONG
            sent = client.call(
                "wire_send_opportunistic", destination_hash=destination, **NAME, data="0a0b", timeout_ms=timeout
            )
            got = server.call("wire_opportunistic_poll", destination_hash=destination, timeout_ms=LONG)
            results.append((number, sent, got))
        results.append(
            client.call("wire_send_opportunistic", destination_hash=os.urandom(16).hex(), **NAME, data="00", timeout_ms=50)
        )
        return results

    compare(pairs, scenario)


def test_proofs_come_in_the_form_that_the_prover_is_set_to(pairs):
    def scenario(server, client):
        destination = listen(server, client, proof_strategy="all")
        results = []
        for enabled in [True, False, True]:
            form = server.call("wire_set_proof_implicit", enabled=enabled)
            proved = client.call(
                "wire_send_packet_with_proof_request", destination_hash=destination, **NAME, data="0c", timeout_ms=LONG
            )
            data, raw = bytes.fromhex(proved["proof_data"]), bytes.fromhex(proved["proof_raw"])
            assert raw.endswith(data) and raw[2:18].hex() == proved["proved_packet_hash"][:32]
            assert enabled or data[:32].hex() == proved["proved_packet_hash"]
            fields = ["sent", "hops", "delivered", "proved", "implicit_proof_config", "proof_len", "proof_is_implicit"]
            results.append((form, only(proved, *fields, "proof_is_explicit", "impl_length", "expl_length")))
        return results

    compare(pairs, scenario)


def test_receipts_tell_what_became_of_a_packet(pairs):
    def scenario(server, client):
        destination, link = linked(server, client, proof_strategy="all")
        silent, mute = linked(server, client)
        results = []
        sent = client.call("wire_send_packet", destination_hash=destination, **NAME, data="01")
        receipt = client.call("wire_packet_receipt_status", receipt_id=sent["receipt_id"], timeout_ms=LONG)
        results.append((sent["sent"], sent["hops"], receipt))

        def sent_on_link():
            sent = client.call("wire_send_link_data", link_id=link, data="02", create_receipt=True)
            return client.call("wire_packet_receipt_status", receipt_id=sent["receipt_id"], timeout_ms=LONG)

        # A link waits for six round trips, which are milliseconds here; a busy machine takes longer now and then.
        results.append(eventually(sent_on_link, lambda receipt: receipt["delivered"]))
        sent = client.call("wire_send_packet", destination_hash=silent, **NAME, data="03")
        results.append(client.call("wire_packet_receipt_status", receipt_id=sent["receipt_id"], timeout_ms=50))
        sent = client.call("wire_send_link_data", link_id=mute, data="04", create_receipt=True)
        results.append(client.call("wire_packet_receipt_status", receipt_id=sent["receipt_id"], timeout_ms=50)["delivered"])
        for bare in [
            client.call("wire_send_packet", destination_hash=silent, **NAME, data="05", create_receipt=False),
            client.call("wire_send_link_data", link_id=mute, data="06", create_receipt=False),
        ]:
            results.append((bare["sent"], bare["receipt_id"]))
        assert client.fails("wire_packet_receipt_status", receipt_id="00" * 32)
        return results

    compare(pairs, scenario)


def test_a_packet_that_cannot_be_decrypted_is_neither_delivered_nor_proved(pairs):
    def scenario(server, client):
        destination = listen(server, client, proof_strategy="all")
        results = []
        for corruption in ["ciphertext", "truncate"]:
            sent = client.call(
                "wire_send_undecryptable",
                destination_hash=destination,
                **NAME,
                data="0a0b",
                corruption=corruption,
                timeout_ms=SHORT,
            )
            assert sent["receipt_id"]
            results.append(only(sent, "sent", "delivered"))
        good = client.call("wire_send_opportunistic", destination_hash=destination, **NAME, data="0d", timeout_ms=LONG)
        got = server.call("wire_opportunistic_poll", destination_hash=destination, timeout_ms=LONG)
        return results, good, got

    compare(pairs, scenario)


def test_bytes_sent_are_counted(pairs):
    def scenario(server, client):
        destination, link = linked(server, client)
        before = client.call("wire_tx_bytes")["tx_bytes"]
        transfer(client, link, os.urandom(10_000))
        grown = client.call("wire_tx_bytes")["tx_bytes"] - before
        assert 10_000 < grown < 20_000
        return True

    compare(pairs, scenario)
