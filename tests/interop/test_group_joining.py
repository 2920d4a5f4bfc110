"""How people come into a group, with the package's own links and messages: approval, invites, and the price in work."""

import subprocess
import time

import member
import RNS
import RNS.vendor.umsgpack as msgpack
from group_client import Refused, work
from member_loop import take
from peer import Peer, call
from roost import BINARY

PRICE = 8
# Keys of an announce of `meshchat.group`.
NAME, ANNOUNCED_PRICE = 1, 9


def order(server, *words):
    """A word of the chat, from whoever sits at the machine."""
    command = [BINARY, *words, "--data", str(server.data), "--lang", "en"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def set_up(group, *settings):
    """A group that is set up so before it is on the network."""
    group.start()
    group.terminate()
    for name, value in settings:
        order(group, "set", name, value)
    return group.start()


def refusal(client, path, data=None):
    try:
        client.request(path, data)
    except Refused as refused:
        return refused.answer["error"]
    return None


def text_of(message):
    assert message.signature_validated
    return message.content.decode()


def applicant(port, group, home, nick):
    """Looks at a private group, asks to join, and waits until it is decided."""
    client = member.connect(port, group, home)
    client.router.announce(client.address.hash)
    info = client.request("/api/v1/info")
    asked = client.request("/api/v1/join", {"nick": nick, "text": "I know Olga"})
    early = refusal(client, "/api/v1/messages")
    print("ASKED", client.identity.hash.hex())
    told = text_of(take(client, 1, 90)[0])
    answer = client.request("/api/v1/join", {"nick": nick}) if "member" in told and "You are" in told else None
    left = answer and client.request("/api/v1/leave")
    return {
        "name": info["name"],
        "mode": info["joining"]["mode"],
        "disclosures": info["disclosures"],
        "retention": info["retention"],
        "pending": asked["pending"],
        "early": early,
        "told": told,
        "inside": answer and [answer["name"], answer["number"], answer["disclosures"] == info["disclosures"]],
        "left": left,
    }


def awaited(port, group, home):
    """Says who it is, and joins when it is told to."""
    client = member.connect(port, group, home)
    print("IS", client.identity.hash.hex())
    input()
    return client.request("/api/v1/join", {"nick": "Bert"})["member"]


def test_into_a_private_group_people_are_let_in_and_are_told_so(group, tmp_path):
    server = set_up(group, ("name", "Hamburg"), ("access", "private"))
    anna = Peer(applicant, nick="Anna", **server.address(tmp_path / "anna"))
    carl = Peer(applicant, nick="Carl", **server.address(tmp_path / "carl"))
    bert = Peer(awaited, **server.address(tmp_path / "bert"))
    try:
        hashes = {peer: peer.read_line("ASKED ") for peer in (anna, carl)}
        waiting = order(server, "pending")
        assert all(hash[:8] in waiting for hash in hashes.values()) and "I know Olga" in waiting, waiting
        assert "is member 1" in order(server, "approve", hashes[anna])
        order(server, "deny", "Carl", "nobody knows you")
        # Before they ask.
        order(server, "approve", bert.read_line("IS "))
        bert.tell("")
        assert bert.result(60)
        let_in, denied = anna.result(120), carl.result(120)
    finally:
        for peer in (anna, bert, carl):
            peer.stop()
    assert (let_in["name"], let_in["mode"], let_in["pending"], let_in["early"]) == (
        "Private Group",
        "approval",
        True,
        "pending",
    )
    keep, read, remove = let_in["disclosures"]
    assert "keep and share" in keep and "server can read" in read and "remove messages or you" in remove
    assert "kept" in let_in["retention"]
    assert let_in["told"].startswith("You are member 1 of Hamburg.")
    assert let_in["inside"] == ["Hamburg", 1, True] and let_in["left"] == {"member": False}
    assert "not let into" in denied["told"] and "nobody knows you" in denied["told"] and denied["inside"] is None
    # Anna has left, Bert is in; and now everybody may come.
    assert "1 member" in order(server, "members")
    order(server, "set", "access", "public")
    assert call(stranger, **server.address(tmp_path / "dora")) == ["Hamburg", "open", True]


def stranger(port, group, home):
    """Joins a public group."""
    client = member.connect(port, group, home)
    info = client.request("/api/v1/info")
    return [info["name"], info["joining"]["mode"], client.request("/api/v1/join", {})["member"]]


def worker(port, group, home):
    """Reads the price in the announce, tries without work and with somebody else's, and pays."""
    client = member.connect(port, group, home)
    announced = msgpack.unpackb(RNS.Identity.recall_app_data(client.group_hash))
    info = client.request("/api/v1/info")
    joining = info["joining"]
    nothing = refusal(client, "/api/v1/join", {"nick": "Anna"})
    stolen = work(info["gid"], bytes(16), joining["day"], joining["price"])
    somebody_elses = refusal(client, "/api/v1/join", {"work": stolen})
    number = client.join(info, nick="Anna")["number"]
    return [announced[ANNOUNCED_PRICE], joining["price"], nothing, somebody_elses, number]


def stamper(port, group, home):
    """Joins by message with a stamp that the package's router makes, because the group's address asks for it."""
    client = member.connect(port, group, home)
    client.router.announce(client.address.hash)
    deadline = time.monotonic() + 60
    while client.router.get_outbound_stamp_cost(client.inbox.hash) is None and time.monotonic() < deadline:
        time.sleep(0.1)
    cost = client.router.get_outbound_stamp_cost(client.inbox.hash)
    client.router.handle_outbound(client.message("/join Bert", method=member.OPPORTUNISTIC))
    return [cost, text_of(take(client, 1, 90)[0])]


def invited(port, group, home, code):
    """Tries without, with a slip and with the code, as somebody who was told it on the phone."""
    client = member.connect(port, group, home)
    client.router.announce(client.address.hash)
    slip = refusal(client, "/api/v1/join", {"code": code[:-1] + ("0" if code[-1] != "0" else "1")})
    spoken = code.lower().replace("-", " ")
    client.router.handle_outbound(client.message(f"/join Carl {spoken}", method=member.OPPORTUNISTIC))
    told = text_of(take(client, 1, 90)[0])
    return [slip, told]


def latecomer(port, group, home, code):
    """Brings a code that was used up."""
    return refusal(member.connect(port, group, home), "/api/v1/join", {"code": code})


def test_joining_has_a_price_that_is_announced_and_paid_with_work_a_stamp_or_an_invite(group, tmp_path):
    server = set_up(group, ("price", str(PRICE)))
    results = [Peer(function, **server.address(tmp_path / function.__name__)) for function in (worker, stamper)]
    try:
        by_link, by_message = [peer.result(120) for peer in results]
    finally:
        for peer in results:
            peer.stop()
    assert by_link[:4] == [PRICE, PRICE, "price", "price"] and by_link[4] in (1, 2)
    assert by_message[0] == PRICE and by_message[1].startswith("You are member"), by_message
    made = order(server, "invite", "1", "2h")
    code = next(word for word in made.split() if len(word) == 17)
    slip, told = call(invited, timeout=120, code=code, **server.address(tmp_path / "carl"))
    assert slip == "invite" and told.startswith("You are member 3 of "), told
    assert call(latecomer, code=code, **server.address(tmp_path / "dora")) == "invite"
