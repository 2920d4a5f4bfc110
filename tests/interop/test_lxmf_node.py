"""The server as a propagation node, for unmodified LXMRouters and for `lxmd`."""

import sqlite3

import pytest

import propagation
from peer import Peer, call
from propagation import Lxmd, Person, until
from roost import Roost

COSTS = "propagation_stamp_cost = 10\npropagation_stamp_flexibility = 0\npropagation_peering_cost = 8\n"


@pytest.fixture
def node(tmp_path):
    """A server that is to be a propagation node, and is not started yet."""
    server = Roost(tmp_path / "data")
    configure(server)
    yield server
    server.stop()


def configure(server, more=""):
    server.data.mkdir(exist_ok=True)
    (server.data / "server.toml").write_text(f"[lxmf]\npropagation_node = true\n{COSTS}{more}")


def start(server, *arguments):
    """Starts it, and finds out at which address it is a propagation node."""
    server.start(*arguments)
    server.node = until(lambda: address_in(server.log()), "the node's address")
    return server


def address_in(log):
    lines = [line for line in log.splitlines() if "propagation node at" in line]
    return lines[-1].split("propagation node at ")[1].split()[0] if lines else None


def entries(server):
    with sqlite3.connect(f"file:{server.data}/roost.db?mode=ro", uri=True) as database:
        return database.execute("SELECT count(*) FROM propagation_entries").fetchone()[0]


def write(port, node, home, key, texts):
    """Leaves texts for the owner of a key; returns how each message ended."""
    import LXMF

    person = Person(port, home)
    person.use(node)
    address = propagation.recipient(key)
    messages = [person.write(address, text) for text in texts]
    final = (LXMF.LXMessage.SENT, LXMF.LXMessage.REJECTED, LXMF.LXMessage.FAILED)
    until(lambda: all(message.state in final for message in messages), "the end of the uploads", 90)
    states = {
        LXMF.LXMessage.SENT: "sent",
        LXMF.LXMessage.REJECTED: "rejected",
        LXMF.LXMessage.FAILED: "failed",
    }
    return [states[message.state] for message in messages]


def read(port, node, home, count):
    """Fetches until there are so many; then once more, when nothing may be left."""
    person = Person(port, home)
    person.use(node)
    first = person.fetch(count)
    again = person.fetch(count)
    return {"first": first, "again": again}


def ask_as(port, node, home, identify, wants):
    """Asks the node over a link of one's own; returns what it answers, in hexadecimal."""
    import RNS
    import RNS.vendor.umsgpack as msgpack

    person = Person(port, home)
    identity = propagation.find(bytes.fromhex(node))
    destination = RNS.Destination(identity, RNS.Destination.OUT, RNS.Destination.SINGLE, "lxmf", "propagation")
    link = RNS.Link(destination)
    until(lambda: link.status == RNS.Link.ACTIVE, "a link")
    if identify:
        link.identify(person.identity)
    data = [[bytes.fromhex(want) for want in wants], [], 1000] if wants else [None, None]
    for _ in range(3):
        receipt = link.request("/get", data)
        until(lambda: receipt.concluded(), "an answer")
        # The package drops an answer that is faster than its own bookkeeping.
        if receipt.response is not None:
            break
    return msgpack.packb(receipt.response).hex()


def test_what_clients_leave_survives_a_crash_and_is_fetched_once_by_whom_it_is_for(node, tmp_path):
    start(node)
    reader = propagation.identity_file(tmp_path / "reader" / "identity")
    key = reader.get_public_key().hex()
    texts = ["short", "long " + "x" * 3000]
    common = {"port": node.port, "node": node.node}
    assert call(write, **common, home=str(tmp_path / "writer"), key=key, texts=texts, timeout=120) == ["sent", "sent"]
    node.kill()
    assert entries(node) == 2
    ids = [row[0].hex() for row in node.query("SELECT id FROM propagation_entries")]
    start(node)
    common["port"] = node.port
    stranger = {**common, "home": str(tmp_path / "stranger")}
    assert call(ask_as, **stranger, identify=False, wants=[]) == "ccf0", "who asks must identify"
    assert call(ask_as, **stranger, identify=True, wants=ids) == "90", "nothing of others is handed out"
    got = call(read, **common, home=str(tmp_path / "reader"), count=2, timeout=120)
    assert got == {"first": sorted(texts), "again": sorted(texts)}
    until(lambda: entries(node) == 0, "the purge")


def write_cheaply(port, node, home, key):
    """Leaves a long and a short text with stamps that are worth nothing; returns whether the long one was taken."""
    import LXMF

    person = Person(port, home)
    person.use(node)
    address = propagation.recipient(key)
    long = person.write(address, "long " + "x" * 3000, bad_stamp=True)
    # All of it was sent, and that is over. The package does not ask why it was refused, and would try again.
    until(lambda: long.progress >= 1 and long.state != LXMF.LXMessage.SENDING, "the end of the transfer")
    taken = long.state == LXMF.LXMessage.SENT
    person.router.cancel_outbound(long.message_id)
    short = person.write(address, "short", bad_stamp=True)
    until(lambda: short.state == LXMF.LXMessage.REJECTED, "the refusal of the packet")
    return taken


def test_a_stamp_that_is_worth_too_little_is_refused_and_nothing_of_it_is_kept(node, tmp_path):
    start(node)
    key = propagation.identity_file(tmp_path / "reader" / "identity").get_public_key().hex()
    common = {"port": node.port, "node": node.node, "home": str(tmp_path / "writer"), "key": key, "timeout": 120}
    assert call(write_cheaply, **common) is False
    assert entries(node) == 0
    assert node.terminate() == 0
    counts = [line for line in node.log().splitlines() if "the propagation node since the start" in line][-1]
    assert "taken=0" in counts and "refused=0" not in counts and "refused=1" not in counts, counts


def test_a_message_for_our_own_group_comes_by_way_of_our_own_node(node, tmp_path):
    start(node)
    call(join, **node.address(tmp_path / "member"))
    call(post, **node.address(tmp_path / "member"), node=node.node, timeout=120)
    until(lambda: entries(node) == 0, "the delivery")
    node.kill()
    assert len(node.query("SELECT seq FROM group_messages")) == 1


def join(port, group, home):
    import member

    member.join(port, group, home)


def post(port, group, home, node):
    import member
    import LXMF
    import RNS

    client = member.connect(port, group, home)
    hash = bytes.fromhex(node)
    propagation.find(hash)
    client.router.set_outbound_propagation_node(hash)
    assert RNS.Identity.recall_app_data(hash)
    message = LXMF.LXMessage(
        client.inbox, client.address, "by the node", desired_method=LXMF.LXMessage.PROPAGATED
    )
    client.router.handle_outbound(message)
    until(lambda: message.state == LXMF.LXMessage.SENT, "the upload")


def test_lxmd_and_the_server_give_each_other_what_clients_left_with_them(node, tmp_path):
    options = {"propagation_stamp_cost_target": 13, "propagation_stamp_cost_flexibility": 13, "peering_cost": 8}
    lxmd = Lxmd(tmp_path / "other", **options)
    configure(node, f'propagation_peers = ["{lxmd.address}"]\n')
    try:
        lxmd.start()
        start(node, "--transport", "--connect", f"127.0.0.1:{lxmd.port}")
        readers = [propagation.identity_file(tmp_path / name / "identity") for name in ("anna", "bert")]
        keys = [reader.get_public_key().hex() for reader in readers]
        writers = [
            Peer(write, port=node.port, node=at, home=str(tmp_path / f"writer-{name}"), key=key, texts=[f"for {name}"])
            for at, name, key in ((lxmd.address, "anna", keys[0]), (node.node, "bert", keys[1]))
        ]
        try:
            assert [writer.result(120) for writer in writers] == [["sent"], ["sent"]]
        finally:
            for writer in writers:
                writer.stop()
        # The first time that it is told to, it works for its key.
        until(lambda: entries(node) == 2 or not lxmd.sync(node.node), "what lxmd gives", 90)
        until(lambda: lxmd.messages() == 2, "what lxmd is given", 90)
        # Each fetches where the other's client has left it.
        reads = [
            Peer(read, port=node.port, node=at, home=str(tmp_path / name), count=1)
            for at, name in ((node.node, "anna"), (lxmd.address, "bert"))
        ]
        try:
            assert [got.result(120)["first"] for got in reads] == [["for anna"], ["for bert"]], lxmd.log()
        finally:
            for got in reads:
                got.stop()
    finally:
        lxmd.stop()
