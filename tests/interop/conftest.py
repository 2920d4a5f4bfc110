"""Fixtures: a server that is stopped whatever happens."""

import pytest

from roost import Roost


@pytest.fixture
def server(tmp_path):
    server = Roost(tmp_path / "data").start()
    yield server
    server.kill()
    assert "panicked" not in server.log(), server.log()
