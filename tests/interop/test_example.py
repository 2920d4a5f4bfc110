"""The example script, as a newcomer runs it."""

import subprocess
import sys

from peer import EXAMPLES


def test_example_script_joins_posts_sends_and_reads_back_signed(server):
    command = [sys.executable, EXAMPLES / "group_client.py", "--connect", f"127.0.0.1:{server.port}"]
    done = subprocess.run([*command, "--group", server.group], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all four are there, once, in order, signed" in done.stdout
    assert server.terminate() == 0
    rows = server.query("SELECT post_id FROM group_messages")
    assert len(rows) == len(set(rows)) == 4
