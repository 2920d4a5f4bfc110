"""Fixtures: a server that is stopped whatever happens."""

import pytest

from roost import Roost


@pytest.fixture
def server(group):
    """A server that runs and listens."""
    return group.start()


@pytest.fixture
def group(tmp_path):
    """A server that the test starts, in its own way."""
    server = Roost(tmp_path / "data")
    yield server
    server.kill()
    assert "panicked" not in server.log(), server.log()
