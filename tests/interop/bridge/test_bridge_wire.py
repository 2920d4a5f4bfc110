"""Tier W of our conformance bridge beside the reference's: live nodes over loopback TCP.

A scenario drives two nodes, one that listens and one that is connected to it, and returns what anybody can observe.
It runs on two reference nodes, which is the yardstick, and with ours in either place and in both; the results must be
equal. What the protocol leaves open, such as hashes and times, a scenario turns into what it has to be.
"""

import concurrent.futures
import os
import time

import pytest

from nodes import Network

YARDSTICK = ("reference", "reference")
PAIRS = [YARDSTICK, ("ours", "reference"), ("reference", "ours"), ("ours", "ours")]
#: For what must come, on a machine that has other things to do.
LONG = 30000
#: For what must not come.
SHORT = 700
NAME = {"app_name": "bridge", "aspects": ["wire", "test"]}


def everywhere(run, kinds=PAIRS):
    """Runs a function for each combination of implementations at the same time; results by combination."""
    with concurrent.futures.ThreadPoolExecutor(len(kinds)) as pool:
        running = {each: pool.submit(run, each) for each in kinds}
        return {each: future.result() for each, future in running.items()}


def agree(results):
    """All results are those of the yardstick."""
    for pair, result in results.items():
        assert result == results[next(iter(results))], f"{pair} behaves otherwise than the reference"


@pytest.fixture(scope="module")
def pairs():
    """A listening node and a client of it, in all combinations."""
    network = Network()

    def start(kinds):
        server = network.server(kinds[0])
        return server, network.client(kinds[1], server)

    try:
        yield everywhere(start)
    finally:
        network.end()


@pytest.fixture
def network():
    made = Network()
    yield made
    made.end()


def compare(pairs, scenario):
    """Runs a scenario on all pairs."""
    agree(everywhere(lambda kinds: scenario(*pairs[kinds])))


def heard(node, destination):
    """Waits for the announce of a destination. After many of them a node holds newcomers back, but not if it has asked."""
    if not node.call("wire_poll_path", destination_hash=destination, timeout_ms=1500)["found"]:
        node.call("wire_request_path", destination_hash=destination)
        assert node.call("wire_poll_path", destination_hash=destination, timeout_ms=LONG)["found"]
    return destination


def listen(server, client, **options):
    """A destination that the other side has heard of."""
    return heard(client, server.call("wire_listen", **NAME, **options)["destination_hash"])


def opened(client, destination):
    return client.call("wire_link_open", destination_hash=destination, **NAME, timeout_ms=LONG)["link_id"]


def linked(server, client, **options):
    """A destination, and a link to it that both sides know to be active."""
    destination = listen(server, client, **options)
    link = opened(client, destination)
    assert inbound(server, destination, "ACTIVE")["link_id"] == link
    return destination, link


def inbound(server, destination, state):
    """The newest link to a destination once it is in a state."""
    return eventually(
        lambda: server.call("wire_listener_link_status", destination_hash=destination, timeout_ms=LONG),
        lambda status: status["status_name"] == state,
    )


def eventually(ask, good):
    """Asks until the answer is good."""
    end = time.monotonic() + LONG / 1000
    while not good(answer := ask()):
        assert time.monotonic() < end, answer
        time.sleep(0.02)
    return answer


def only(answer, *fields):
    return {field: answer[field] for field in fields}


def test_announces_make_paths_and_identities_known(pairs):
    def scenario(server, client):
        seen = []
        for teller, hearer in [(server, client), (client, server)]:
            for data in [{}, {"app_data": "", "app_data_empty": True}, {"app_data": "00ff" * 20}]:
                made = teller.call("wire_announce", **NAME, **data)
                destination = heard(hearer, made["destination_hash"])
                path = hearer.call("wire_read_path_entry", destination_hash=destination)
                known = hearer.call("wire_identity_recall", destination_hash=destination)
                by_person = hearer.call(
                    "wire_identity_recall", destination_hash=made["identity_hash"], from_identity_hash=True
                )
                assert known["hash"] == made["identity_hash"] and len(known["public_key"]) == 128
                assert by_person["public_key"] == known["public_key"]
                assert path["next_hop"] == destination
                assert abs(path["timestamp"] - time.time() * 1000) < LONG
                assert path["receiving_interface_name"]
                seen.append((path["hops"], path["expires"] - path["timestamp"], known["app_data"]))
        unknown = {"destination_hash": os.urandom(16).hex()}
        seen.append(client.call("wire_read_path_entry", **unknown))
        seen.append(client.call("wire_identity_recall", **unknown))
        seen.append(client.call("wire_poll_path", **unknown, timeout_ms=50))
        return seen

    compare(pairs, scenario)


def test_an_announce_again_brings_new_app_data_and_rotates_an_old_ratchet(pairs):
    def scenario(server, client):
        made = server.call("wire_announce", **NAME, enable_ratchets=True, app_data="01")
        destination = heard(client, made["destination_hash"])
        first = made["current_ratchet_id"]
        young = server.call("wire_reannounce", destination_hash=destination, app_data="02", rotate_ago_s=60)
        old = server.call("wire_reannounce", destination_hash=destination, app_data="03", rotate_ago_s=7200)
        recall = lambda: client.call("wire_identity_recall", destination_hash=destination)
        eventually(recall, lambda known: known["app_data"] == "03")
        sent = client.call("wire_send_packet", destination_hash=destination, **NAME, data="0a0b")
        received = server.call("wire_opportunistic_poll", destination_hash=destination, timeout_ms=LONG)
        plain = server.call("wire_announce", **NAME)
        bare = server.call("wire_reannounce", destination_hash=plain["destination_hash"])
        assert len(first) == 20 and young["current_ratchet_id"] == first != old["current_ratchet_id"]
        return only(made, "ratchets_enabled", "ratchet_count"), bare, sent["sent"], received

    compare(pairs, scenario)


def test_a_path_request_finds_what_was_announced_before_we_came(pairs, network):
    def scenario(kinds):
        server, _ = pairs[kinds]
        destination = server.call("wire_announce", **NAME, app_data="0a")["destination_hash"]
        late = network.client(kinds[1], server)
        missing = late.call("wire_poll_path", destination_hash=destination, timeout_ms=50)
        asked = late.call("wire_request_path", destination_hash=destination)
        found = late.call("wire_poll_path", destination_hash=destination, timeout_ms=LONG)
        known = late.call("wire_identity_recall", destination_hash=destination)
        tapped = late.call("wire_get_received_packets")
        (answer,) = [each for each in tapped["packets"] if each["destination_hash_hex"] == destination]
        assert tapped["highest_seq"] >= answer["seq"] > 0
        assert bytes.fromhex(answer["raw_hex"])[2:18].hex() == destination and answer["interface_name"]
        assert abs(answer["timestamp_ms"] - time.time() * 1000) < LONG
        again = late.call("wire_get_received_packets", since_seq=tapped["highest_seq"])["packets"]
        return missing, asked, found, known["app_data"], only(answer, "packet_type", "context"), again

    agree(everywhere(scenario))


def test_links_open_carry_data_and_close_from_either_end(pairs):
    def scenario(server, client):
        destination = listen(server, client)
        assert client.fails("wire_link_open", destination_hash=os.urandom(16).hex(), **NAME, timeout_ms=SHORT)
        link = opened(client, destination)
        near, far = client.call("wire_link_status", link_id=link), inbound(server, destination, "ACTIVE")
        assert near["rtt"] > 0 and far["rtt"] > 0 and far["link_id"] == link
        assert near["no_inbound_for_ms"] < LONG and far["no_inbound_for_ms"] < LONG
        fields = ["status", "status_name", "teardown_reason_name", "mtu", "mdu", "mode", "remote_identified"]
        open_states = only(near, *fields), only(far, *fields, "link_count"), near["last_keepalive_ago_ms"]
        for data in ["00", "ab" * 400]:
            client.call("wire_link_send", link_id=link, data=data)
        packets = []
        while len(packets) < 2:
            packets += server.call("wire_link_poll", destination_hash=destination, timeout_ms=LONG)["packets"]
        mtu = client.call("wire_link_mtu", link_id=link)
        assert client.fails("wire_link_send", link_id=link, data="00" * (mtu["mtu"] + 1))
        torn = client.call("wire_link_teardown", link_id=link)
        closed = client.call("wire_link_await_status", link_id=link, target_status="CLOSED", timeout_ms=LONG)
        far = inbound(server, destination, "CLOSED")
        assert client.fails("wire_link_send", link_id=link, data="00")
        assert client.fails("wire_link_status", link_id=os.urandom(16).hex())
        fields = [*fields, "teardown_reason"]
        return open_states, packets, mtu, torn, only(closed, *fields, "reached"), only(far, *fields)

    compare(pairs, scenario)


def test_an_initiator_identifies_on_a_link(pairs):
    def scenario(server, client):
        destination, link = linked(server, client)
        keys = client.call("wire_identity_keypair")
        answer = client.call("wire_link_identify", link_id=link, private_key=keys["private_key"])
        known = lambda: server.call("wire_listener_link_status", destination_hash=destination)
        status = eventually(known, lambda status: status["remote_identified"])
        assert answer["identity_hash"] == status["remote_identity_hash"] == keys["hash"]
        assert client.fails("wire_link_identify", link_id=link, private_key="00" * 63)
        near = client.call("wire_link_status", link_id=link)
        return near["remote_identified"]

    compare(pairs, scenario)


def test_requests_are_answered_to_those_who_may_ask(pairs):
    def scenario(server, client):
        destination, link = linked(server, client)
        keys = client.call("wire_identity_keypair")
        serve = lambda path, **how: server.call(
            "wire_register_request_handler", destination_hash=destination, path=path, response="0a0b", **how
        )
        serve("/all")
        serve("/listed", allow="list", allowed_identity_hashes=[keys["hash"]])
        serve("/nobody", allow="none")
        serve("/silent", response_none=True)
        ask = lambda path, **how: only(
            client.call("wire_link_request", link_id=link, path=path, **how), "status", "response", "response_metadata"
        )
        answers = [ask("/all", data="", timeout_ms=LONG), ask("/all", data="cafe", timeout_ms=LONG)]
        answers += [ask(path, data="", timeout_ms=SHORT) for path in ["/listed", "/nobody", "/silent", "/none"]]
        client.call("wire_link_identify", link_id=link, private_key=keys["private_key"])
        answers.append(ask("/listed", data="", timeout_ms=LONG))
        removed = [
            server.call("wire_deregister_request_handler", destination_hash=destination, path=path)
            for path in ["/all", "/all"]
        ]
        answers.append(ask("/all", data="", timeout_ms=SHORT))
        logs = []
        for path in ["/all", "/listed", "/nobody", "/silent"]:
            log = server.call("wire_get_request_log", destination_hash=destination, path=path)
            logs.append((path, [(entry["data"], entry["remote_identity_hash"] == keys["hash"]) for entry in log["entries"]]))
            assert log["count"] == len(log["entries"]) and all(entry["link_id"] == link for entry in log["entries"])
        return answers, removed, logs

    compare(pairs, scenario)


def test_large_requests_and_answers_and_files_travel_as_resources(pairs):
    def scenario(server, client):
        destination, link = linked(server, client)
        large, file = os.urandom(40_000).hex(), os.urandom(30_000).hex()
        serve = lambda path, **how: server.call(
            "wire_register_request_handler", destination_hash=destination, path=path, **how
        )
        serve("/large", response=large)
        serve("/file", response="", response_file=file, response_metadata="0102")
        answer = client.call("wire_link_request_large", link_id=link, path="/large", data=large, timeout_ms=LONG)
        assert answer["response"] == large and answer["response_time_s"] > 0
        (entry,) = server.call("wire_get_request_log", destination_hash=destination, path="/large")["entries"]
        assert entry["data"] == large
        got = client.call("wire_link_request_large", link_id=link, path="/file", data="", timeout_ms=LONG)
        assert got["response"] == file
        return answer["status"], got["status"], got["response_metadata"]

    compare(pairs, scenario)


def test_resources_arrive_whole_with_their_metadata(pairs):
    def scenario(server, client):
        destination, link = linked(server, client)
        results = []
        contents = [(os.urandom(20_000), None), (os.urandom(3_000), "0102"), (bytes(100_000), "ff" * 300)]
        contents += [(os.urandom(1_100_000), "aa")]
        for data, metadata in contents:
            sent = client.call(
                "wire_resource_send", link_id=link, data=data.hex(), metadata=metadata, timeout_ms=2 * LONG
            )
            (arrived,) = server.call("wire_resource_poll", destination_hash=destination, timeout_ms=LONG)["resources"]
            assert bytes.fromhex(arrived) == data
            end = server.call("wire_resource_receiver_status", destination_hash=destination, timeout_ms=LONG)
            fields = ["success", "status", "total_segments", "has_metadata", "timed_out", "compressed", "split"]
            results.append((only(sent, *fields), only(end, "found", "status", "status_name", "corrupt", "metadata")))
        return results

    compare(pairs, scenario)


def test_a_resource_with_more_parts_than_one_map_asks_for_the_rest_of_the_map(network):
    def scenario(kinds):
        server = network.server(kinds[0], fixed_mtu=500)
        client = network.client(kinds[1], server, fixed_mtu=500)
        destination, link = linked(server, client)
        data = os.urandom(90_000)
        sent = client.call("wire_resource_send", link_id=link, data=data.hex(), timeout_ms=2 * LONG)
        end = server.call("wire_resource_receiver_status", destination_hash=destination, timeout_ms=LONG)
        assert end["data"] == data.hex() and end["hashmap_updates_received"] >= 2 and end["hmu_requests_sent"] >= 2
        return only(sent, "success", "parts"), client.call("wire_link_mtu", link_id=link)

    agree(everywhere(scenario))


def test_what_is_not_wanted_is_not_taken(pairs):
    def scenario(server, client):
        results = []
        for strategy, sizes in [("none", [100]), ("app", [4000, 5000])]:
            destination, link = linked(server, client, resource_strategy=strategy)
            for size in sizes:
                sent = client.call("wire_resource_send", link_id=link, data=os.urandom(size).hex(), timeout_ms=1500)
                got = server.call("wire_resource_poll", destination_hash=destination, timeout_ms=SHORT)["resources"]
                results.append((strategy, size, sent["success"], len(got)))
        return results

    compare(pairs, scenario)


def test_a_resource_that_inflates_too_far_is_corrupt_and_ends_the_link(pairs):
    def scenario(server, client):
        destination, link = linked(server, client)
        sent = client.call("wire_resource_send", link_id=link, data="00" * 400_000, timeout_ms=LONG)
        end = server.call("wire_resource_receiver_status", destination_hash=destination, timeout_ms=LONG)
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
        for sent in [
            client.call("wire_send_packet", destination_hash=destination, **NAME, data="01"),
            client.call("wire_send_link_data", link_id=link, data="02", create_receipt=True),
        ]:
            receipt = client.call("wire_packet_receipt_status", receipt_id=sent["receipt_id"], timeout_ms=LONG)
            results.append((sent["sent"], sent.get("hops"), receipt))
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
        client.call("wire_resource_send", link_id=link, data=os.urandom(10_000).hex(), timeout_ms=LONG)
        grown = client.call("wire_tx_bytes")["tx_bytes"] - before
        assert 10_000 < grown < 13_000
        return True

    compare(pairs, scenario)
