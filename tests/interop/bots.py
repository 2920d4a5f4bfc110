"""A flood of made-up people who join and write, while a member asks for messages; what that costs the server.

The bots are `members.Post`: real announces, real encryption and signatures, none of the package's own caution.
"""

import time
from dataclasses import asdict, dataclass

import member
from members import Post
from peer import Peer

# A pause between bursts: so many frames at once fit the queues of any node.
BURST, PAUSE = 50, 0.05
# When nothing has come back for so long, nothing more will.
QUIET = 3
# What a person would still call an answer, on a busy machine with a debug build.
SLOWEST_ANSWER = 10

# What one bot may cost: its announce, its joining and its message, each checked, stored and proved.
CPU_MS, DATABASE_BYTES = 1.5, 1_500
# The server's own 25 MB, and what it may remember of people and paths, whose tables are full by then.
RESIDENT_MB = 60
# Answers that newcomers get in a burst, and how many more in each second (`src/server/answers.rs`, `hints.rs`).
ANSWERS, ANSWERS_PER_SECOND = 100 + 20 + 20, 0.5 + 0.1 + 0.1


@dataclass
class Cost:
    """What a flood has cost."""

    bots: int
    seconds: float
    joined: int
    posted: int
    proofs: int
    messages_to_bots: int
    cpu_ms_per_bot: float
    database_bytes_per_bot: float
    resident_mb: float
    member_answers: int
    member_slowest: float


def asking(port, group, home):
    """A member who asks again and again until told to stop, and tells how long the slowest answer took."""
    import select
    import sys

    client = member.join(port, group, home)
    client.request("/api/v1/messages/post", {"text": "before"})
    client.timeout = SLOWEST_ANSWER
    print("ASKING", flush=True)
    times, lost = [], 0
    while not select.select([sys.stdin], [], [], 0.05)[0]:
        begun = time.monotonic()
        try:
            client.request("/api/v1/messages")
            times.append(time.monotonic() - begun)
        except TimeoutError:
            # The package notes a request after sending it: a process that is kept waiting in between loses the answer.
            lost += 1
            assert lost <= 2, f"{lost} requests without an answer beside {len(times)} with one"
    client.request("/api/v1/messages/post", {"text": "after"})
    return {"answers": len(times), "slowest": max(times)}


def cpu(pid):
    """Seconds that all threads of a process have run so far."""
    return time.clock_gettime((~pid << 3) | 2)


def resident(pid):
    """Megabytes of memory that a process has."""
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * 4096 / 1e6


def database_bytes(server):
    """The database and its log."""
    return sum(path.stat().st_size for path in server.data.glob("roost.db*"))


def pour(post, frames):
    """Sends frames in bursts, and waits until nothing comes back any more."""
    for start in range(0, len(frames), BURST):
        post.send(*frames[start : start + BURST])
        time.sleep(PAUSE)
    before = None
    while before != (now := (len(post.proved), len(post.arrived))):
        before = now
        time.sleep(QUIET)


def flood(server, home, count, say=("/join", "buy my things")):
    """So many bots announce themselves and say each of these; a member is served all the while."""
    peer = Peer(asking, **server.address(home / "member"))
    try:
        peer.read_line("ASKING")
        begun, before, size = time.monotonic(), cpu(server.process.pid), database_bytes(server)
        post = Post(server.port, count)
        group = post.find(bytes.fromhex(server.lxmf))
        pour(post, [bot.announce() for bot in post.members])
        for text in say:
            pour(post, [bot.message(group, text) for bot in post.members])
        spent, lasted = cpu(server.process.pid) - before, time.monotonic() - begun
        memory = resident(server.process.pid)
        peer.tell("STOP")
        served = peer.result(60)
        post.close()
    finally:
        peer.stop()
    assert server.terminate() == 0, server.log()
    return Cost(
        bots=count,
        seconds=lasted,
        joined=server.query("SELECT count(*) FROM group_members")[0][0] - 1,
        posted=server.query("SELECT count(*) FROM group_messages")[0][0] - 2,
        proofs=len(post.proved),
        messages_to_bots=len(post.arrived),
        cpu_ms_per_bot=spent * 1000 / count,
        database_bytes_per_bot=(database_bytes(server) - size) / count,
        resident_mb=memory,
        member_answers=served["answers"],
        member_slowest=served["slowest"],
    )


def shown(cost):
    """The figures, a line each."""
    return "\n".join(f"{name:<24}{value:>12.1f}" for name, value in asdict(cost).items())


def check(cost, slowness=1):
    """The bounds; a debug build is so much slower."""
    assert cost.cpu_ms_per_bot <= CPU_MS * slowness, cost
    assert cost.database_bytes_per_bot <= DATABASE_BYTES, cost
    assert cost.resident_mb <= RESIDENT_MB, cost
    assert cost.messages_to_bots <= ANSWERS + ANSWERS_PER_SECOND * cost.seconds, cost
    assert cost.proofs <= 2 * cost.bots, cost
    assert cost.member_slowest < SLOWEST_ANSWER and cost.member_answers >= cost.seconds / 2, cost
