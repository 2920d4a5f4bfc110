"""One machine, several programs: ours beside a running `rnsd`, and programs of others that share ours."""

import hmac
import os
import pathlib
import socket
import struct
import subprocess
import time

import daemon
import member
import namespace
import pytest
from peer import Peer, call
from programs import Machine, answered, copied, finish, found
from roost import BINARY, Roost
from test_nomadnet import as_it_should_be, conversation
from test_programs import answer, ask

PATIENCE = 60


def take_part(port, group, home, name=None):
    """Joins, posts, and reads what was posted; as a program that shares the instance `name`, or over TCP."""
    if name:
        member.share(name)
    client = member.join(port, group, home)
    client.request("/api/v1/messages/post", {"text": "hello"})
    return [message["text"] for message in client.request("/api/v1/messages")["messages"]]


def wait_for(what, condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def test_beside_a_running_daemon_members_come_in_through_it_also_after_its_restart(tmp_path):
    port = daemon.free_port()
    machine = Machine(tmp_path / "machine", daemon.listener(port))
    server = Roost(tmp_path / "data")
    try:
        machine.wait_for_daemon()
        server.start("--instance-name", machine.name, listen=None)
        assert server.port is None, "it needs no interface of its own"
        address = {"port": port, "group": server.group}
        assert call(take_part, **address, home=str(tmp_path / "first")) == ["hello"]
        shared = {**address, "name": machine.name}
        assert call(take_part, **shared, home=str(tmp_path / "second")) == ["hello"] * 2

        machine.rnsd.kill()
        machine.rnsd.wait()
        wait_for("it says so", lambda: "interface is down" in server.log())
        machine.rnsd = machine.begin("rnsd")
        machine.wait_for_daemon()
        wait_for("it comes back", lambda: server.log().count("connected to the shared instance") == 2)
        assert call(take_part, **address, home=str(tmp_path / "third")) == ["hello"] * 3
    finally:
        server.stop()
        machine.stop()


@pytest.fixture
def started():
    started = []
    yield started
    for running in reversed(started):
        running.stop()


def shared_by_us(tmp_path, started, **options):
    """Our server as the shared instance of a machine, and the machine, whose user ours runs as."""
    user = tmp_path / "user"
    machine = Machine(user / ".reticulum", rnsd=False, **options)
    server = Roost(tmp_path / "data")
    started += [machine, server]
    key = [f'rpc_key = "{value}"' for value in [options.get("rpc_key")] if value]
    file = tmp_path / "server.toml"
    lines = ["[reticulum]", "share_instance = true", f'instance_name = "{machine.name}"', *key]
    file.write_text("\n".join(lines))
    file.chmod(0o600)
    return server.start("--config", str(file), home=user), machine


def test_the_programs_of_the_package_and_mail_work_through_us(tmp_path, started):
    server, near = shared_by_us(tmp_path, started)
    far = Machine(tmp_path / "far", daemon.client(server.port), transport="Yes", respond_to_probes="Yes")
    started.append(far)
    far.wait_for_daemon()
    inbox = Peer(answer, home=str(far.home))
    started.append(inbox)
    mail = Peer(ask, home=str(near.home), to=inbox.read_line("READY "))
    started.append(mail)
    received = tmp_path / "received"
    received.mkdir()
    copies = near.listen("rncp", "-n", "-b", "0", "-s", received, "-v")
    file = tmp_path / "a megabyte"
    file.write_bytes(os.urandom(1_000_000))

    path = near.begin("rnpath", "-w", "45", far.probe_address())
    probe = near.begin("rnprobe", "-t", "45", "rnstransport.probe", far.probe_address())
    copy = far.begin("rncp", "-w", "45", file, copies)
    output = found(path, 1)
    assert "on TCPInterface[Client on tcp-server/" in output, output
    answered(probe)
    copied(copy, received, file)
    assert inbox.result(60) == "there"
    assert mail.result(60) == "and back"


def test_who_looks_after_the_machine_sees_interfaces_and_paths_and_can_drop_them(tmp_path, started):
    server, machine = shared_by_us(tmp_path, started)
    far = Machine(tmp_path / "far", daemon.client(server.port), transport="Yes", respond_to_probes="Yes")
    started.append(far)
    far.wait_for_daemon()
    address = far.probe_address()

    def say(program, *arguments):
        code, output = finish(machine.begin(program, *arguments))
        assert code == 0, output
        return output

    say("rnpath", "-w", "45", address)
    status = say("rnstatus", "-a")
    for part in (f"Shared Instance[rns/{machine.name}]", "Serving   : 0 programs", "TCPServerInterface[tcp-server]"):
        assert part in status, status
    assert "Clients   : 1" in status and "LocalInterface[" in status and "Down" not in status, status
    # No transport node, so none is shown.
    assert "Transport Instance" not in status, status
    for options in (["-A", "-P", "-l", "-t"], ["-s", "rxs"], ["-j"]):
        assert "Shared Instance[" in say("rnstatus", *options)
    assert f"<{address}> is 1 hop  away" in say("rnpath", "-t")
    assert "No information available" in say("rnpath", "-r")
    assert "Dropped path" in say("rnpath", "-d", address)
    assert address not in say("rnpath", "-t")
    say("rnpath", "-D")


def test_who_has_another_key_learns_nothing_and_nobody_is_kept_from_asking(tmp_path, started):
    server, machine = shared_by_us(tmp_path, started)
    stranger = Machine(tmp_path / "stranger", rnsd=False)
    started.append(stranger)
    text = (stranger.home / "config").read_text()
    (stranger.home / "config").write_text(text.replace(stranger.name, machine.name))
    # The first program that its user runs makes the key.
    _, output = finish(machine.begin("rnstatus"))
    assert "Shared Instance[" in output, output
    _, output = finish(stranger.begin("rnstatus"))
    assert "Shared Instance[" not in output, output

    idle, claims_much, guesses = (socket.socket(socket.AF_UNIX) for _ in range(3))
    for sock in (idle, claims_much, guesses):
        sock.connect(f"\0rns/{machine.name}/rpc")
    with idle, claims_much, guesses:
        claims_much.sendall(b"\x7f\xff\xff\xff")
        guesses.sendall(b"\x00\x00\x00\x10" + bytes(16))
        heard = {sock: sock.makefile("rb").read() for sock in (claims_much, guesses)}
        assert heard[claims_much].startswith(b"\x00\x00\x00\x3b#CHALLENGE#{sha256}")
        assert len(heard[claims_much]) == 4 + 59
        assert heard[guesses][63:] == b"\x00\x00\x00\x09#FAILURE#"
        _, output = finish(machine.begin("rnstatus"))
        assert "Shared Instance[" in output, output


def answer_of_later_python(key, challenge):
    return b"{sha256}" + hmac.digest(key, challenge, "sha256")


def ask_as_later_python_does(name, key, question):
    """From 3.12 on, `multiprocessing.connection` uses SHA-256 and says so; done by hand, for there is no such Python."""
    from RNS.vendor import umsgpack

    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(f"\0rns/{name}/rpc")
        stream = sock.makefile("rwb")

        def receive():
            return stream.read(struct.unpack("!i", stream.read(4))[0])

        def send(message):
            stream.write(struct.pack("!i", len(message)) + message)
            stream.flush()

        challenge = receive().removeprefix(b"#CHALLENGE#")
        assert challenge.startswith(b"{sha256}")
        send(answer_of_later_python(key, challenge))
        assert receive() == b"#WELCOME#"
        ours = b"{sha256}" + os.urandom(40)
        send(b"#CHALLENGE#" + ours)
        assert receive() == answer_of_later_python(key, ours)
        send(b"#WELCOME#")
        send(umsgpack.packb(question))
        return umsgpack.unpackb(receive())


def test_nomadnet_works_through_us_and_a_configured_key_counts(tmp_path, started):
    key = "5ca1ab1e" * 6
    server, machine = shared_by_us(tmp_path, started, rpc_key=key)
    config = daemon.config(shared=machine.name, rpc_key=key)
    as_it_should_be(call(conversation, config=config, inbox=server.lxmf, home=str(tmp_path / "nomad"), timeout=120))
    _, output = finish(machine.begin("rnstatus"))
    assert "Shared Instance[" in output, output
    stats = ask_as_later_python_does(machine.name, bytes.fromhex(key), {"get": "interface_stats"})
    assert stats["rxb"] == 0 and len(stats["interfaces"]) == 2, stats


def run(home, *arguments):
    """`roost run` as a newcomer types it; what it prints until it is ready."""
    log = open(pathlib.Path(home, "log"), "a")
    process = subprocess.Popen([BINARY, "run", *arguments], stdout=subprocess.PIPE, stderr=log, text=True)
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            break
    return process, "".join(lines)


def newcomer(home):
    """Starts without any configuration, first beside a daemon and then without one; what happens."""
    namespace.enter()
    os.environ.update(HOME=home)
    os.environ.pop("XDG_DATA_HOME", None)
    rns = pathlib.Path(home, ".reticulum")
    # The name is the default one, and nothing but Reticulum itself is configured.
    daemon.write(rns, daemon.config(shared="default"))
    rnsd = Peer(daemon.serve, home=str(rns))
    try:
        rnsd.read_line("UP")
        first, beside = run(home)
        group = beside.split("Group address")[1].split()[0]
        member_of = call(take_part, port=0, group=group, home=f"{home}/member", name="default")
        first.terminate()
        first.wait()
    finally:
        rnsd.stop()
    second, alone = run(home)
    over_tcp = call(take_part, port=4242, group=group, home=f"{home}/other")
    second.terminate()
    second.wait()
    return {"beside": beside, "member": member_of, "alone": alone, "over_tcp": over_tcp}


def test_without_configuration_it_uses_the_daemon_that_runs_and_otherwise_interfaces_of_its_own(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    result = call(newcomer, home=str(home), timeout=200)
    assert "through the shared instance rns/default" in result["beside"]
    assert "Listening" not in result["beside"]
    assert result["member"] == ["hello"]
    assert "over the local network and TCP on 127.0.0.1:4242" in result["alone"]
    assert "finds peers on local networks" in result["alone"]
    assert result["over_tcp"] == ["hello", "hello"]
