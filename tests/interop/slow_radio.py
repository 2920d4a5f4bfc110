"""Members on slow, lossy radios: the package's driver and ours on one channel, each with its own program. Minutes of
waiting for the air, so `tests/radio` runs them and not `tests/run`.
"""

import json
import subprocess
import time
import zlib

import daemon
import group_client
import member
import RNS
import RNS.vendor.umsgpack as msgpack
from group_client import GroupClient, Refused
from peer import Peer, call
from roost import BINARY

# What was said before, 80 characters each.
SAID = [
    "Morning all, the repeater on the ridge is up again after the storm, ch 8 as usual.",
    "Who brings the long ladder on Saturday? We want to take down the old dipole first.",
    "Snow above 900 m, the road to the hut is closed until they have cleared the trees.",
    "Battery of the north node is at 61 percent, sun is back tomorrow they say. Fingers crossed.",
]
SAID = [text[:80] for text in SAID]
THEIRS = "Greetings from the valley, heard you all on the small antenna behind the window."

OURS = "Here is a small computer on a roof, with 7 dBm and no keyboard, and it hears you."


def writer(port, group, home):
    """Says what was said before, over a wire."""
    client = member.connect(port, group, home)
    client.join(client.request("/api/v1/info"), nick="Olga")
    for text in SAID:
        client.request("/api/v1/messages/post", {"text": text})


def again(act, deadline):
    """Does what a person does who gets no answer: tries once more."""
    while True:
        try:
            return act()
        except TimeoutError as error:
            assert time.monotonic() < deadline, error
            print("AGAIN", error)


class RadioMember(GroupClient):
    """One who pays for what is sent: keeps the link, and opens another only when it is gone."""

    def ask(self, path, data, deadline):
        def act():
            if self.link is None or self.link.status != RNS.Link.ACTIVE:
                self.open()
            try:
                return self.request(path, data)
            except Refused as refused:
                # Who we are has not arrived; nothing says so but this.
                self.link.identify(self.identity)
                raise TimeoutError(str(refused)) from None

        return again(act, deadline)


def over_the_air(group, home, interface, timeout):
    """Joins, posts, and reads the latest five."""
    group_client.CONFIG = daemon.config(interface)
    client = RadioMember("", 0, bytes.fromhex(group), home, timeout=timeout)
    deadline = time.monotonic() + 120
    again(client.find_group, deadline)
    client.ask("/api/v1/join", {"nick": "Anna"}, deadline)
    # With an id of ours, so that trying again says it once.
    client.ask("/api/v1/messages/post", {"text": THEIRS, "id": bytes(8)}, deadline)
    answer = client.ask("/api/v1/messages", {"limit": 5, "format": "deflate"}, deadline)
    answer = msgpack.unpackb(zlib.decompress(answer, -15))
    return [message["text"] for message in answer["messages"]]


def ours(group, home, section):
    """Does the same with our program, each step until it succeeds."""
    home.mkdir()
    (home / "client.toml").write_text(section)
    deadline = time.monotonic() + 120
    for words in [["join", group, "--nick", "Otto"], ["send", OURS], ["fetch", "-n", "5"]]:
        command = [BINARY, *words, "--data", str(home), "--json"]
        while (done := subprocess.run(command, capture_output=True, text=True)).returncode:
            assert time.monotonic() < deadline, done.stdout + done.stderr
            print("AGAIN", done.stderr)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return [line["text"] for line in lines if "text" in line]


def village(air, group, tmp_path, spreading_factor):
    """A group with something to read, whose server has a radio."""
    group.data.mkdir()
    (group.data / "server.toml").write_text(air.section(0, spreading_factor))
    group.start()
    call(writer, **group.address(tmp_path / "writer"))


def wait_for_announces(air):
    """The server says once that it is there, for group and mail: that is nobody's errand."""
    deadline = time.monotonic() + 60
    while air.counts()[0]["packets"] < 2:
        assert time.monotonic() < deadline, air.counts()
        time.sleep(0.5)


def cost(air):
    """Bytes and milliseconds on the air so far, of all stations."""
    counts = air.counts()
    return [sum(station[what] for station in counts) for what in ("bytes", "ms")]


def visit_of_theirs(air, group, tmp_path, spreading_factor, timeout):
    interface = air.interface(1, spreading_factor)
    home = str(tmp_path / "theirs")
    member = Peer(over_the_air, group=group.group, home=home, interface=interface, timeout=timeout)
    return member.result(145)


def visits(air, group, tmp_path):
    """Theirs and then ours, and what each has taken of the air: bytes and milliseconds."""
    village(air, group, tmp_path, 8)
    wait_for_announces(air)
    before = cost(air)
    assert visit_of_theirs(air, group, tmp_path, 8, timeout=15) == [*SAID, THEIRS]
    between = cost(air)
    assert ours(group.group, tmp_path / "ours", air.section(2, 8)) == [*SAID[1:], THEIRS, OURS]
    after = cost(air)
    theirs, other = ([end - start for start, end in zip(*ends)] for ends in [(before, between), (between, after)])
    print("bytes and ms on the air, theirs", theirs, "ours", other)
    return theirs, other


def test_our_program_joins_posts_and_reads_for_fewer_bytes_than_one_with_a_link(ether, group, tmp_path):
    theirs, other = visits(ether(stations=3, seed=4), group, tmp_path)
    # Theirs: a link, which it keeps, and no more than it needs. `tests/sim` has both packet by packet.
    assert other[0] < 0.8 * theirs[0] and other[1] < 0.8 * theirs[1]


def test_members_with_their_program_and_with_ours_join_post_and_read_over_a_radio_that_loses_a_tenth(
    ether, group, tmp_path
):
    visits(ether(stations=3, loss=10, seed=4), group, tmp_path)


def test_a_python_member_joins_posts_and_reads_over_a_slow_radio_that_loses_a_tenth(ether, group, tmp_path):
    air = ether(loss=10, seed=5)
    village(air, group, tmp_path, 11)
    assert visit_of_theirs(air, group, tmp_path, 11, timeout=30) == [*SAID, THEIRS]
    print("bytes and ms on the air", cost(air))


def test_our_member_joins_posts_and_reads_over_a_slow_radio_that_loses_a_tenth(ether, group, tmp_path):
    air = ether(loss=10, seed=4)
    village(air, group, tmp_path, 11)
    assert ours(group.group, tmp_path / "ours", air.section(1, 11)) == [*SAID, OURS]
    print("bytes and ms on the air", cost(air))
