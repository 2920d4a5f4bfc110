"""Many links at once: no answer is lost, however early it could have come."""

import collections
import threading

import member
from peer import call

LINKS = 50
REQUESTS = 100


def many_links(port, group, home):
    import RNS

    client = member.connect(port, group, home)
    outcomes = collections.Counter()
    failures = []

    def ask(number):
        established = threading.Event()
        link = RNS.Link(client.group, established_callback=lambda link: established.set())
        if not established.wait(60):
            failures.append(f"link {number} was not established")
            return
        for turn in range(REQUESTS):
            try:
                client.request("/api/v1/info", link=link)
                outcomes["answered"] += 1
            except TimeoutError:
                failures.append(f"link {number} request {turn} got no answer")
        link.teardown()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(LINKS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"answered": outcomes["answered"], "failures": failures}


def test_fifty_links_with_a_hundred_requests_each_lose_no_answer(server, tmp_path):
    result = call(many_links, timeout=280, **server.address(tmp_path / "peer"))
    assert result["failures"] == []
    assert result["answered"] == LINKS * REQUESTS
