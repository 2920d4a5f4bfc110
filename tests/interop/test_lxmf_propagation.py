"""The server as a client of real propagation nodes: `lxmd`, as it is, and authors with unmodified LXMRouters."""

import sqlite3
import subprocess
import time

import daemon
import propagation
import pytest
from peer import Peer, call
from propagation import Lxmd, Person, until
from roost import BINARY, Roost

#: The lowest cost that lxmd can ask for is 13, which takes the package seconds for each message; but it can be told to
#: take any stamp. How costs are met is tested where the server is who pays.
CHEAP = {"propagation_stamp_cost_target": 13, "propagation_stamp_cost_flexibility": 13, "autopeer": "no"}
AUTHORS, EACH, BOTH = 5, 10, 2


@pytest.fixture
def hub(tmp_path):
    """A node in the middle that is there whoever else is."""
    port = daemon.free_port()
    node = daemon.transport_node(tmp_path / "hub", port)
    yield port
    node.stop()


@pytest.fixture
def nodes(hub, tmp_path):
    """Two propagation nodes."""
    nodes = [Lxmd(tmp_path / name, connect=hub, **CHEAP).start() for name in ("first", "second")]
    yield nodes
    for node in nodes:
        node.stop()


@pytest.fixture
def group(tmp_path):
    group = Roost(tmp_path / "data")
    yield group
    group.stop()


def configure(group, *nodes):
    """From the next start on, the server uses these nodes."""
    group.data.mkdir(exist_ok=True)
    addresses = ", ".join(f'"{node.address}"' for node in nodes)
    (group.data / "server.toml").write_text(f"[lxmf]\npropagation_nodes = [{addresses}]\n")


def start(group, hub):
    return group.start("--connect", f"127.0.0.1:{hub}", listen=None)


def posts(group):
    """How many messages the group has; its database may be in use."""
    with sqlite3.connect(f"file:{group.data}/roost.db?mode=ro", uri=True) as database:
        return database.execute("SELECT count(*) FROM group_messages").fetchone()[0]


def speed_up(router):
    """Does now what the router's loop does every four seconds."""
    router.process_deferred_stamps()
    router.process_outbound()


def leave(person, group, node, messages, bad_stamp=True):
    """Leaves messages at a node: texts, or those that lie on another node already and keep their ids."""
    import LXMF

    person.router.set_outbound_propagation_node(bytes.fromhex(node))
    sent = []
    for message in messages:
        if isinstance(message, str):
            sent.append(person.write(group, message, bad_stamp))
        else:
            message.state, message.delivery_attempts = LXMF.LXMessage.OUTBOUND, 0
            person.router.handle_outbound(message)
            sent.append(message)

    def all_sent():
        speed_up(person.router)
        states = [message.state for message in sent]
        assert LXMF.LXMessage.REJECTED not in states and LXMF.LXMessage.FAILED not in states, states
        return all(state == LXMF.LXMessage.SENT for state in states)

    until(all_sent, f"{len(sent)} uploads to {node}")
    return sent


def join(port, home, group):
    """Somebody who has joined, and the group's address."""
    import LXMF
    import RNS

    person = Person(port, home)
    identity = propagation.find(bytes.fromhex(group))
    address = RNS.Destination(identity, RNS.Destination.OUT, RNS.Destination.SINGLE, LXMF.APP_NAME, "delivery")
    person.address.announce()
    message = LXMF.LXMessage(address, person.address, "/join", desired_method=LXMF.LXMessage.DIRECT)
    person.router.handle_outbound(message)
    until(lambda: len(person.received) == 1, "the answer")
    return person, address


def author(port, home, group, nodes, name):
    """Joins, leaves messages while the server is down, and returns what it is told when that is back."""
    person, address = join(port, home, group)
    for node in nodes:
        propagation.find(bytes.fromhex(node))
    print("JOINED")
    input()
    texts = [f"{name} {number}" for number in range(EACH)]
    first = leave(person, address, nodes[0], texts[: EACH // 2])
    # Some lie on both.
    leave(person, address, nodes[1], [*first[:BOTH], *texts[EACH // 2 :]])
    print("LEFT")
    input()
    person.address.announce()
    until(lambda: len(person.received) > EACH, "the acknowledgements", 90)
    time.sleep(1)
    return person.received[1:]


def test_what_fifty_messages_on_two_nodes_say_is_stored_once_and_acknowledged_once(hub, nodes, group, tmp_path):
    start(group, hub)
    addresses = [node.address for node in nodes]
    common = {"port": hub, "group": group.lxmf, "nodes": addresses}
    names = [f"author{number}" for number in range(AUTHORS)]
    authors = [Peer(author, home=str(tmp_path / name), name=name, **common) for name in names]
    try:
        for peer in authors:
            peer.read_line("JOINED")
        assert group.terminate() == 0
        for peer in authors:
            peer.tell("")
        for peer in authors:
            peer.read_line("LEFT")
        kept = [node.messages() for node in nodes]
        assert sum(kept) == AUTHORS * (EACH + BOTH), kept
        configure(group, *nodes)
        start(group, hub)
        for peer in authors:
            peer.tell("")
        told = [peer.result(120) for peer in authors]
    finally:
        for peer in authors:
            peer.stop()
    until(lambda: [node.messages() for node in nodes] == [0, 0], "the nodes' forgetting")
    assert posts(group) == AUTHORS * EACH
    numbers = sorted(text for texts in told for text in texts)
    assert len(numbers) == len(set(numbers)) == AUTHORS * EACH, numbers
    assert all("number" in text for text in numbers), numbers
    # A restart fetches nothing twice.
    group.terminate()
    start(group, hub)
    time.sleep(3)
    assert posts(group) == AUTHORS * EACH


def one_message(port, home, group, node, text):
    """Joins, and leaves one message."""
    person, address = join(port, home, group)
    propagation.find(bytes.fromhex(node))
    # What has a worthless stamp is not found again by a node that starts.
    leave(person, address, node, [text], bad_stamp=False)


def fetch(group):
    """`roost mail`, as an operator types it."""
    told = subprocess.run([BINARY, "mail", "--data", group.data], capture_output=True, text=True, timeout=60)
    assert told.returncode == 0, told.stderr
    return told.stdout


def test_a_node_that_refuses_and_one_that_was_away_keep_nothing_from_the_group(hub, tmp_path, group):
    refusing = Lxmd(tmp_path / "refusing", connect=hub, **CHEAP, auth_required="yes")
    (refusing.home / "lxmd" / "allowed").write_text("00" * 16 + "\n")
    flapping = Lxmd(tmp_path / "flapping", connect=hub, **CHEAP)
    try:
        refusing.start()
        flapping.start()
        start(group, hub)
        where = {"port": hub, "home": str(tmp_path / "author"), "group": group.lxmf}
        call(one_message, **where, node=flapping.address, text="hello", timeout=90)
        assert flapping.messages() == 1
        assert group.terminate() == 0
        flapping.stop()
        configure(group, refusing, flapping)
        start(group, hub)
        until(lambda: "it does not serve us" in group.log(), "the refusal")
        flapping.start()
        until(lambda: "the link to it failed" in group.log(), "the failure")
        # It would be tried by itself, thirty seconds later or when it is heard.
        assert "Told the server" in fetch(group)
        until(lambda: posts(group) == 1, "the message", 90)
        until(lambda: flapping.messages() == 0, "the node's forgetting")
        assert group.log().count("it does not serve us") == 2
    finally:
        refusing.stop()
        flapping.stop()


def say(person, address, text):
    """Sends that to the group and waits for its answer."""
    import LXMF

    before = len(person.received)
    person.router.handle_outbound(
        LXMF.LXMessage(address, person.address, text, desired_method=LXMF.LXMessage.DIRECT)
    )
    until(lambda: len(person.received) > before, f"the answer to {text}")


def ask_for_everything(port, home, group):
    """Joins, wants to get what others write, and goes away."""
    person, address = join(port, home, group)
    say(person, address, "/resume")


def post(port, home, group, text):
    """Joins and writes to the group."""
    import LXMF

    person, address = join(port, home, group)
    message = LXMF.LXMessage(address, person.address, text, desired_method=LXMF.LXMessage.DIRECT)
    person.router.handle_outbound(message)
    until(lambda: message.state == LXMF.LXMessage.DELIVERED, "its proof")


def look(port, home, node, count):
    """Comes back without a word, and returns what a propagation node has kept."""
    person = Person(port, home)
    person.use(node)
    return person.fetch(count)


def test_who_is_away_finds_what_was_written_at_a_propagation_node(hub, tmp_path, group):
    node = Lxmd(tmp_path / "node", connect=hub, **CHEAP).start()
    try:
        configure(group, node)
        start(group, hub)
        where = {"port": hub, "group": group.lxmf}
        call(ask_for_everything, home=str(tmp_path / "reader"), timeout=90, **where)
        call(post, home=str(tmp_path / "writer"), text="for who is away", timeout=90, **where)
        # First it is tried whether the reader is there, for as long as the package tries.
        until(lambda: node.messages() == 1, "a message at the node", 150)
        found = call(look, port=hub, home=str(tmp_path / "reader"), node=node.address, count=1, timeout=90)
        assert [text.partition(": ")[2] for text in found] == ["for who is away"], found
        # The package doesn't wait until the node has forgotten it.
        until(lambda: node.messages() == 0, "the node's forgetting")
    finally:
        node.stop()
