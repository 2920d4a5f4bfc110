"""Measures what a unit of work costs the server's processor, ours and the reference, and prints both.

Each round runs every kind of work once on either server, so that whatever else the machine does hits both alike.
What is counted is the processor time of the server's process, not the time that passes; the load comes from outside
and costs the server nothing. Every kind of work counts what the server has really done, and fails if it is too little.
"""

import argparse
import pathlib
import statistics
import tempfile

import announces
import latest
import links
import mail

WORK = [*announces.WORK, *links.WORK, *latest.WORK, *mail.WORK]


def measure(work, kind, home):
    """Microseconds of the server per unit."""
    seconds, units = work.run(kind, home)
    return seconds * 1e6 / units


def table(results):
    """Medians of all rounds, as text."""
    lines = [f"{'work':<44}{'Roost':>10}{'rns 1.5.7':>12}{'ratio':>8}{'goal':>8}"]
    for work, (ours, theirs) in results.items():
        ours, theirs = statistics.median(ours), statistics.median(theirs)
        goal = f"{work.goal}" if work.goal else "–"
        lines.append(f"{work.name:<44}{ours:>7.1f} µs{theirs:>9.0f} µs{theirs / ours:>7.1f}×{goal:>8}")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="only work whose name holds this")
    options = parser.parse_args()
    chosen = [work for work in WORK if options.only in work.name]
    results = {work: ([], []) for work in chosen}
    for number in range(options.rounds):
        for work in chosen:
            for kind, costs in zip(("roost", "reference"), results[work]):
                with tempfile.TemporaryDirectory() as home:
                    costs.append(measure(work, kind, pathlib.Path(home)))
            ours, theirs = (costs[-1] for costs in results[work])
            print(f"round {number + 1}  {work.name:<44}{ours:>10.1f}{theirs:>12.1f}", flush=True)
    print("\n" + table(results))


if __name__ == "__main__":
    main()
