"""Tier W of our conformance bridge beside the reference's: access, modes, sizes, silence, and three nodes."""

import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from scenarios import (
    LONG,
    NAME,
    PAIRS,
    SHORT,
    YARDSTICK,
    everywhere,
    heard,
    inbound,
    linked,
    listen,
    on_its_own_network,
    only,
    transfer,
)


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
