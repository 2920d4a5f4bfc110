"""Tier W of our conformance bridge beside the reference's: live nodes over loopback TCP.

A scenario drives two nodes, one that listens and one that is connected to it, and returns what anybody can observe.
It runs on two reference nodes, which is the yardstick, and with ours in either place and in both; the results must be
equal. What the protocol leaves open, such as hashes and times, a scenario turns into what it has to be.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
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
        for each, future in running.items():
            if future.exception():
                raise AssertionError(f"with {each}") from future.exception()
        return {each: future.result() for each, future in running.items()}


def agree(results):
    """All results are those of the yardstick."""
    for pair, result in results.items():
        assert result == results[next(iter(results))], f"{pair} behaves otherwise than the reference"


def on_its_own_network(kinds=PAIRS):
    """Makes a test of a scenario that starts nodes of its own. It begins with the first test, and the test takes what has
    come of it: most of its time is spent waiting."""

    def decorate(scenario):
        def begin():
            def run(each):
                network = Network()
                try:
                    return scenario(network, each)
                finally:
                    network.end()

            return everywhere(run, kinds)

        def test(begun):
            agree(begun[begin].result())

        test.begin, test.__doc__ = begin, scenario.__doc__
        return test

    return decorate


@pytest.fixture(scope="module", autouse=True)
def begun(request):
    """What was begun early, by its function."""
    tests = [getattr(item, "function", None) for item in request.session.items]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        yield {test.begin: pool.submit(test.begin) for test in tests if hasattr(test, "begin")}


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


def transfer(client, link, data, **options):
    """Sends a Resource that is wanted. On a busy machine the reference's sender misses one in thirty times what the
    other side answers to its advertisement at once, whoever that is, and gives up."""
    for _ in range(5):
        sent = client.call("wire_resource_send", link_id=link, data=data.hex(), timeout_ms=LONG, **options)
        if sent["success"]:
            break
    assert sent["success"], sent
    return sent


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


@on_its_own_network()
def test_a_path_request_finds_what_was_announced_before_we_came(network, kinds):
    server = network.server(kinds[0])
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

        def ask(path, data):
            # On a busy machine one of forty such requests of the reference's misses its answer, also from the reference.
            for _ in range(4):
                how = {"link_id": link, "path": path, "data": data, "timeout_ms": 10_000}
                answer = client.call("wire_link_request_large", **how)
                if answer["status"] == "ready":
                    break
            return answer

        answer = ask("/large", large)
        assert answer["response"] == large and answer["response_time_s"] > 0
        entries = server.call("wire_get_request_log", destination_hash=destination, path="/large")["entries"]
        assert entries[-1]["data"] == large
        got = ask("/file", "")
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
        states.append(server.call("wire_channel_window", link_id=link))
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
    answer = client.call("wire_channel_send", link_id=link, data="0a", timeout_ms=LONG)
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


CLOSED_NETWORK = {"network_name": "perch", "passphrase": "on a branch"}


@on_its_own_network()
def test_an_access_code_lets_in_those_who_know_it_whatever_its_size(network, kinds):
    results = []
    for size in [None, 64, 8, 512]:
        options = {**CLOSED_NETWORK, **({"ifac_size": size} if size else {})}
        server = network.server(kinds[0], **options)
        client = network.client(kinds[1], server, **options)
        destination, link = linked(server, client, proof_strategy="all")
        sent = client.call("wire_send_opportunistic", destination_hash=destination, **NAME, data="0a", timeout_ms=LONG)
        tapped = client.call("wire_get_received_packets")["packets"]
        assert any(each["destination_hash_hex"] == destination for each in tapped)
        assert not any(int(each["raw_hex"][:2], 16) & 0x80 for each in tapped), "the tap is behind the access code"
        near, far = (node.call("wire_ifac_compute", packet_data="00" * 40) for node in [client, server])
        assert near == far and near["signature"].endswith(near["ifac"])
        results.append((sent, near, client.call("wire_ifac_signature")))
    return results



@on_its_own_network()
def test_with_another_passphrase_nothing_passes(network, kinds):
    server = network.server(kinds[0], **CLOSED_NETWORK)
    results = []
    for other in [{"network_name": "perch", "passphrase": "on a twig"}, {"network_name": "perch", "ifac_size": 64}, {}]:
        client = network.client(kinds[1], server, **{"network_name": "", "passphrase": "", **other})
        here, there = (node.call("wire_announce", **NAME)["destination_hash"] for node in [client, server])
        client.call("wire_request_path", destination_hash=there)
        results.append(server.call("wire_poll_path", destination_hash=here, timeout_ms=SHORT)["found"])
        results.append(client.call("wire_poll_path", destination_hash=there, timeout_ms=50)["found"])
        results.append(len(client.call("wire_get_received_packets")["packets"]))
    assert network.nodes and server.fails("wire_ifac_compute", packet_data="zz")
    assert client.fails("wire_ifac_signature"), "an open interface has none"
    return results



@on_its_own_network()
def test_links_have_the_mtu_of_the_narrower_interface(network, kinds):
    results = []
    for near, far in [(500, 500), (1024, 2048)]:
        server = network.server(kinds[0], fixed_mtu=far)
        client = network.client(kinds[1], server, fixed_mtu=near)
        destination, link = linked(server, client)
        mtu = client.call("wire_link_mtu", link_id=link)
        client.call("wire_link_send", link_id=link, data="ab" * mtu["mdu"])
        (got,) = server.call("wire_link_poll", destination_hash=destination, timeout_ms=LONG)["packets"]
        far_mtu = inbound(server, destination, "ACTIVE")["mtu"]
        results.append((mtu, far_mtu, len(got) // 2))
    if kinds[0] == "ours":
        # The reference knows this option on its client only.
        server = network.server("ours", fixed_mtu=600)
        _, link = linked(server, network.client(kinds[1], server))
        assert client.fails("wire_link_mtu", link_id=link) and network.nodes[-1].call("wire_link_mtu", link_id=link)["mtu"] == 600
    return results



@on_its_own_network()
def test_a_link_whose_other_side_falls_silent_is_stale_and_then_closed(network, kinds):
    server = network.server(kinds[0])
    client = network.client(kinds[1], server)
    _, link = linked(server, client)
    set_to = client.call("wire_link_set_watchdog", link_id=link, keepalive_s=0.5, stale_time_s=1.0)
    server.pause()
    stale = client.call("wire_link_await_status", link_id=link, target_status="STALE", timeout_ms=LONG)
    assert stale["no_inbound_for_ms"] > 900 and stale["last_keepalive_ago_ms"] is not None
    closed = client.call("wire_link_await_status", link_id=link, target_status=4, timeout_ms=LONG)
    timers = only(stale, "keepalive_s", "stale_time_s")
    fields = ["status_name", "reached", "teardown_reason", "teardown_reason_name", "mdu"]
    return set_to, timers, stale["reached"], stale["status_name"], only(closed, *fields)



#: Who is in the middle, who listens, who calls.
TRIPLES = [(middle, *ends) for middle in ["reference", "ours"] for ends in PAIRS]


@on_its_own_network(TRIPLES)
def test_two_nodes_reach_each_other_through_a_third(network, kinds):
    middle = network.server(kinds[0])
    server, client = (network.client(kind, middle) for kind in kinds[1:])
    destination, link = linked(server, client, proof_strategy="all")
    path = client.call("wire_read_path_entry", destination_hash=destination)
    assert path["next_hop"] == middle.started["identity_hash"]
    between = middle.call("wire_read_path_entry", destination_hash=destination)
    assert between["next_hop"] == destination
    serve = {"destination_hash": destination, "path": "/far", "response": "0a0b"}
    server.call("wire_register_request_handler", **serve)
    answer = client.call("wire_link_request", link_id=link, path="/far", data="", timeout_ms=LONG)["response"]
    sent = client.call("wire_send_opportunistic", destination_hash=destination, **NAME, data="0c", timeout_ms=LONG)
    data = os.urandom(30_000).hex()
    moved = transfer(client, link, bytes.fromhex(data))
    (arrived,) = server.call("wire_resource_poll", destination_hash=destination, timeout_ms=LONG)["resources"]
    assert arrived == data
    channel = client.call("wire_channel_send", link_id=link, data="0d", timeout_ms=LONG)
    client.call("wire_link_teardown", link_id=link)
    closed = inbound(server, destination, "CLOSED")["teardown_reason_name"]
    mtu = only(client.call("wire_link_mtu", link_id=link), "mtu", "status_name")
    hops = path["hops"], between["hops"], client.call("wire_poll_path", destination_hash=destination)
    return hops, answer, sent, moved["status"], channel["delivered"], closed, mtu



@on_its_own_network([(middle, "reference", "ours") for middle in ["reference", "ours"]])
def test_a_middle_node_passes_announces_on_as_its_mode_says(network, kinds):
    def through(mode):
        middle = network.server(kinds[0], mode=mode)
        server, client = (network.client(kind, middle) for kind in kinds[1:])
        destination = server.call("wire_announce", **NAME)["destination_hash"]
        path = heard(middle, destination) and middle.call("wire_read_path_entry", destination_hash=destination)
        passed = client.call("wire_poll_path", destination_hash=destination, timeout_ms=3000)
        client.call("wire_request_path", destination_hash=destination)
        asked = client.call("wire_poll_path", destination_hash=destination, timeout_ms=LONG)
        lifetime = round((path["expires"] - path["timestamp"]) / 60_000)
        return lifetime, passed["found"], asked

    return everywhere(through, ["full", "access_point", "roaming", "boundary", "gateway", "point_to_point"])



@on_its_own_network([(middle, "reference", "ours") for middle in ["reference", "ours"]])
def test_without_transport_a_middle_node_passes_nothing_on(network, kinds):
    results = []
    for transport in [False, None]:
        middle = network.server(kinds[0], enable_transport=transport)
        server, client = (network.client(kind, middle) for kind in kinds[1:])
        destination = heard(middle, server.call("wire_announce", **NAME)["destination_hash"])
        client.call("wire_request_path", destination_hash=destination)
        passed = client.call("wire_poll_path", destination_hash=destination, timeout_ms=SHORT)["found"]
        enabled = middle.call("wire_transport_enabled")
        results.append((middle.started["transport_enabled"], enabled, passed))
    return results



@on_its_own_network()
def test_a_transport_node_answers_probes_if_it_is_told_to(network, kinds):
    results = []
    for answers in [True, False]:
        server = network.server(kinds[0], respond_to_probes=answers)
        client = network.client(kinds[1], server)
        name = hashlib.sha256(b"rnstransport.probe").digest()[:10]
        identity = bytes.fromhex(server.started["identity_hash"])
        probe = {"destination_hash": hashlib.sha256(name + identity).hexdigest()[:32]}
        client.call("wire_request_path", **probe)
        found = client.call("wire_poll_path", **probe, timeout_ms=LONG if answers else SHORT)
        sent = client.call(
            "wire_send_opportunistic", **probe, app_name="rnstransport", aspects=["probe"], data="00" * 16, timeout_ms=LONG
        )
        results.append((found, sent))
    return results



@on_its_own_network()
def test_a_node_starts_as_it_is_told_and_stops_once(network, kinds):
    results = []
    server = network.server(kinds[0], use_implicit_proof=False, panic_on_interface_error=False)
    client = network.client(kinds[1], server)
    assert server.port and len(server.started["identity_hash"]) == len(client.started["identity_hash"]) == 32
    destination = listen(server, client, proof_strategy="all")
    proved = client.call(
        "wire_send_packet_with_proof_request", destination_hash=destination, **NAME, data="0c", timeout_ms=LONG
    )
    results.append((proved["proof_len"], server.started["transport_enabled"]))
    results.append([node.call("wire_transport_enabled") for node in [server, client]])
    assert server.fails("wire_link_poll", destination_hash=os.urandom(16).hex(), timeout_ms=50)
    bad = network.node(kinds[0])
    for name in ["remote_management_allowed", "blackhole_sources", "interface_discovery_sources"]:
        for entry in ["00" * 15, "zz" * 16]:
            assert bad.fails("wire_start_tcp_server", network_name="", passphrase="", **{name: [entry]}), name
    handle = server.handle["handle"]
    results.append([server.call("wire_stop"), server.call("wire_stop")])
    server.handle = {}
    assert server.fails("wire_tx_bytes", handle=handle) and server.fails("wire_tx_bytes", handle="nobody")
    results.append(server.call("wire_stop", handle="nobody"))
    return results



def asked_by_rnstatus(instance):
    """What the reference's own program hears of a shared instance: is it a transport node, and what are its interfaces?"""
    fields = {"shared_instance_type": "tcp", "instance_name": f"asks-{instance.port}"}
    fields |= {field: instance.started[field] for field in ["shared_instance_port", "instance_control_port", "rpc_key"]}
    with tempfile.TemporaryDirectory() as home:
        lines = ["[reticulum]", "share_instance = Yes", *(f"{name} = {value}" for name, value in fields.items())]
        pathlib.Path(home, "config").write_text("\n".join([*lines, "[interfaces]", ""]))
        program = pathlib.Path(sys.executable).with_name("rnstatus")
        command = [program, "--config", home, "--json"]
        told = subprocess.run(command, capture_output=True, text=True, timeout=LONG / 1000, check=True)
    status = json.loads(told.stdout)
    names = [interface["type"] for interface in status["interfaces"]]
    return status.get("transport_id") is None, "TCPServerInterface" in names, "LocalServerInterface" in names


@on_its_own_network(TRIPLES)
def test_programs_reach_each_other_and_the_network_through_a_shared_instance(network, kinds):
    instance = network.server(kinds[0], share_instance=True, share_instance_type="tcp", enable_transport=False)
    programs = [network.program(kind, instance) for kind in kinds[1:]]
    outside = network.client(kinds[1], instance)
    results = [node.call("wire_transport_enabled") for node in [instance, *programs]]
    for server, client in [programs, (programs[0], outside), (outside, programs[1])]:
        destination, link = linked(server, client, proof_strategy="all")
        hops = client.call("wire_poll_path", destination_hash=destination)["hops"]
        client.call("wire_link_send", link_id=link, data="0a")
        got = server.call("wire_link_poll", destination_hash=destination, timeout_ms=LONG)
        sent = client.call("wire_send_opportunistic", destination_hash=destination, **NAME, data="0b", timeout_ms=LONG)
        moved = transfer(client, link, os.urandom(30_000))
        results.append((hops, got, sent, moved["status"]))
    if kinds[1:] == YARDSTICK:
        assert asked_by_rnstatus(instance) == (True, True, True)
    lost = network.node(kinds[1])
    assert lost.fails("wire_start_local_client", shared_instance_port=1, instance_control_port=1)
    return results

