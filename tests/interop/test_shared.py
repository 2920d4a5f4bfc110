"""One machine, several programs: ours beside a running `rnsd`, and programs of others that share ours."""

import os
import pathlib
import subprocess
import time

import daemon
import member
import namespace
from peer import Peer, call
from programs import Machine
from roost import BINARY, Roost

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
    assert "no shared instance runs" in result["alone"] and "127.0.0.1:4242" in result["alone"]
    assert result["over_tcp"] == ["hello", "hello"]
