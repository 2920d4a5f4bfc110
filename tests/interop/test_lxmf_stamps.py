"""Stamps and tickets, both ways, with the package's own router: who asks gets them, and who brings none is refused."""

import sys

import LXMF
import member
from member_loop import take
from peer import Peer, call

COST = 8
TICKET = LXMF.LXMessage.COST_TICKET


def stamped(client, count=1):
    """The values of the stamps of the next messages from the group; the router has checked them."""
    messages = take(client, count, 60)
    assert all(message.signature_validated and message.stamp_valid for message in messages)
    return [message.stamp_value for message in messages]


def ask_for(client, cost):
    """From now on this member's router asks for stamps, and shows nothing that comes without."""
    client.router.set_inbound_stamp_cost(client.address.hash, cost)
    client.router.announce(client.address.hash)


def demanding_member(port, group, home):
    """Gets answers and relayed messages stamped; then asks for more, and at last for nothing."""
    client = member.connect(port, group, home)
    client.router.enforce_stamps()
    ask_for(client, COST)
    client.send("/join Anna", member.OPPORTUNISTIC)
    client.send("/resume", member.OPPORTUNISTIC)
    values = stamped(client, 2)
    print("LISTENING")
    values += stamped(client)
    sys.stdin.readline()
    ask_for(client, COST + 3)
    client.send("/info", member.OPPORTUNISTIC)
    more = stamped(client)
    ask_for(client, None)
    client.send("/info", member.OPPORTUNISTIC)
    [plain] = take(client, 1, 60)
    return values, more, plain.stamp


def poster(port, group, home):
    """Writes one message."""
    member.join(port, group, home, "Bob").send("hello", member.OPPORTUNISTIC)


def test_a_member_who_asks_for_stamps_gets_answers_and_relayed_messages_with_them(server, tmp_path):
    anna = Peer(demanding_member, **server.address(tmp_path / "anna"))
    try:
        anna.read_line("LISTENING")
        call(poster, **server.address(tmp_path / "bob"))
        anna.tell("go on")
        values, more, plain = anna.result(120)
    finally:
        anna.stop()
    assert len(values) == 3 and all(COST <= value < TICKET for value in values), values
    assert COST + 3 <= more[0] < TICKET and plain is None


def demand(group, cost):
    """Has the group ask for stamps from its next start on."""
    group.data.mkdir(exist_ok=True)
    (group.data / "server.toml").write_text(f"[lxmf]\nstamp_cost = {cost}\n")
    return group


def careless_member(port, group, home):
    """Sends without a stamp, as an old client would, is told so, and sends again with one."""
    client = member.connect(port, group, home)
    inbox = client.inbox.hash
    assert client.router.get_outbound_stamp_cost(inbox) == COST
    client.router.update_stamp_cost(inbox, None)
    first = client.message("/join Eve", method=member.OPPORTUNISTIC)
    client.router.handle_outbound(first)
    [hint] = take(client, 1, 60)
    refused = first.stamp is None and first.state != LXMF.LXMessage.DELIVERED
    client.router.cancel_outbound(first.message_id)
    client.router.update_stamp_cost(inbox, COST)
    second = client.send("/join Eve", member.OPPORTUNISTIC)
    [welcome] = take(client, 1, 60)
    return refused, hint.content.decode(), second.stamp_value, welcome.content.decode()


def test_a_group_that_asks_for_stamps_takes_no_message_without_and_says_why(group, tmp_path):
    server = demand(group, COST).start()
    refused, hint, value, welcome = call(careless_member, timeout=120, **server.address(tmp_path / "eve"))
    assert refused and "a stamp of 8 bits" in hint
    assert COST <= value < TICKET and welcome.startswith("You are member 1")


def member_with_tickets(port, group, home):
    """Joins with work, gets a ticket with the welcome, and writes with it. Gives one as well, and gets answers with it."""
    client = member.connect(port, group, home)
    client.router.enforce_stamps()
    ask_for(client, COST)
    worked = client.send("/join Anna", member.OPPORTUNISTIC)
    values = [worked.stamp_value] + stamped(client)
    assert client.router.get_outbound_ticket(client.inbox.hash) is not None
    first = LXMF.LXMessage(client.inbox, client.address, "/info", include_ticket=True)
    with_tickets = [client.deliver(first).stamp_value] + stamped(client)
    print("RESTART")
    sys.stdin.readline()
    client.find()
    second = client.send("/info", member.OPPORTUNISTIC)
    with_tickets += [second.stamp_value] + stamped(client)
    return values, with_tickets


def test_tickets_spare_both_sides_the_work_also_after_a_restart(group, tmp_path):
    server = demand(group, COST).start()
    port = server.port
    anna = Peer(member_with_tickets, **server.address(tmp_path / "anna"))
    try:
        anna.read_line("RESTART")
        assert server.terminate() == 0
        server.start(listen=f"127.0.0.1:{port}")
        anna.tell("go on")
        worked, with_tickets = anna.result(120)
    finally:
        anna.stop()
    assert all(COST <= value < TICKET for value in worked), worked
    assert with_tickets == [TICKET] * 4
    assert server.terminate() == 0
    givers = server.query("SELECT giver, length(ticket) FROM group_tickets ORDER BY giver")
    assert givers == [("group", 16), ("person", 16)]
