"""How tests of tier W compare our bridge with the reference's: the same scenario on live nodes over loopback TCP.

A scenario drives two nodes, one that listens and one that is connected to it, and returns what anybody can observe.
It runs on two reference nodes, which is the yardstick, and with ours in either place and in both; the results must be
equal. What the protocol leaves open, such as hashes and times, a scenario turns into what it has to be.
"""

import concurrent.futures
import time

from nodes import Network

YARDSTICK = ("reference", "reference")
PAIRS = [YARDSTICK, ("ours", "reference"), ("reference", "ours"), ("ours", "ours")]
#: For what must come, on a machine that has other things to do.
LONG = 60000
#: For what must not come.
SHORT = 700
NAME = {"app_name": "bridge", "aspects": ["wire", "test"]}


def everywhere(run, kinds=PAIRS):
    """Runs a function for each combination of implementations at the same time; results by combination."""
    with concurrent.futures.ThreadPoolExecutor(len(kinds)) as pool:
        running = {each: pool.submit(run, each) for each in kinds}
        for each, future in running.items():
            if future.exception():
                raise AssertionError(f"with {each}") from future.exception()
        return {each: future.result() for each, future in running.items()}


def agree(results):
    """All results are those of the yardstick."""
    for pair, result in results.items():
        expected = results[next(iter(results))]
        assert result == expected, f"{pair} behaves otherwise than the reference: {result} instead of {expected}"


def on_its_own_network(kinds=PAIRS):
    """Makes a test of a scenario that starts nodes of its own. It begins with the first test, and the test takes what has
    come of it: most of its time is spent waiting."""

    def decorate(scenario):
        def begin():
            def run(each):
                network = Network()
                try:
                    return scenario(network, each)
                finally:
                    network.end()

            return everywhere(run, kinds)

        def test(begun):
            agree(begun[begin].result())

        test.begin, test.__doc__ = begin, scenario.__doc__
        return test

    return decorate


def compare(pairs, scenario):
    """Runs a scenario on all pairs."""
    agree(everywhere(lambda kinds: scenario(*pairs[kinds])))


def heard(node, destination):
    """Waits for the announce of a destination. After many of them a node holds newcomers back, but not if it has asked."""
    if not node.call("wire_poll_path", destination_hash=destination, timeout_ms=1500)["found"]:
        node.call("wire_request_path", destination_hash=destination)
        assert node.call("wire_poll_path", destination_hash=destination, timeout_ms=LONG)["found"]
    return destination


def listen(server, client, **options):
    """A destination that the other side has heard of."""
    return heard(client, server.call("wire_listen", **NAME, **options)["destination_hash"])


def opened(client, destination):
    return client.call("wire_link_open", destination_hash=destination, **NAME, timeout_ms=LONG)["link_id"]


def linked(server, client, **options):
    """A destination, and a link to it that both sides know to be active."""
    destination = listen(server, client, **options)
    link = opened(client, destination)
    assert inbound(server, destination, "ACTIVE")["link_id"] == link
    return destination, link


def transfer(client, link, data, **options):
    """Sends a Resource that is wanted. On a busy machine the reference's sender misses one in thirty times what the
    other side answers to its advertisement at once, whoever that is, and gives up."""
    for _ in range(5):
        sent = client.call("wire_resource_send", link_id=link, data=data.hex(), timeout_ms=LONG, **options)
        if sent["success"]:
            break
    assert sent["success"], sent
    return sent


def inbound(server, destination, state):
    """The newest link to a destination once it is in a state."""
    return eventually(
        lambda: server.call("wire_listener_link_status", destination_hash=destination, timeout_ms=LONG),
        lambda status: status["status_name"] == state,
    )


def eventually(ask, good):
    """Asks until the answer is good."""
    end = time.monotonic() + LONG / 1000
    while not good(answer := ask()):
        assert time.monotonic() < end, answer
        time.sleep(0.02)
    return answer


def only(answer, *fields):
    return {field: answer[field] for field in fields}
