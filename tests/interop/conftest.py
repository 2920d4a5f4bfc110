"""Fixtures: a server that is stopped whatever happens."""

import pytest

from radio import Ether
from roost import Roost


def pytest_collection_modifyitems(items):
    """What waits for the air begins first: it takes longest, and hardly any work."""
    items.sort(key=lambda item: "ether" not in item.fixturenames)


@pytest.fixture
def ether():
    """Emulated radios: two stations, if a test does not say more of them."""
    started = []

    def start(**options):
        started.append(Ether(**options))
        return started[-1]

    yield start
    for running in started:
        running.stop()


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
