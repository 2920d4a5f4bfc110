"""Fixtures for tests of tier W: pairs of nodes that are shared, and scenarios that begin before their test."""

import concurrent.futures

import pytest

from nodes import Network
from scenarios import everywhere


@pytest.fixture(scope="package", autouse=True)
def begun(request):
    """What was begun early, by its function."""
    tests = [getattr(item, "function", None) for item in request.session.items]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        yield {test.begin: pool.submit(test.begin) for test in tests if hasattr(test, "begin")}


@pytest.fixture(scope="package")
def pairs():
    """A listening node and a client of it, in all combinations."""
    network = Network()

    def start(kinds):
        server = network.server(kinds[0])
        return server, network.client(kinds[1], server)

    try:
        yield everywhere(start)
    finally:
        network.end()
