"""Overload with priorities, 13 arrivals for 10 served: the backlog grows to thousands.

Three classes, 15,000 arrivals, against SimPy's PriorityResource and Ciw's priorities. Before
anything is timed the waits of the two classes that are served in time are checked: all servers are
busy, so that of Cobham's formula only the chance to wait is left out (it is 1). `--quick`: one
repeat.
"""

from __future__ import annotations

import argparse
from typing import Any

from common import print_result
from common_queues import (
    PACKAGES,
    Network,
    agreement,
    first_call,
    our_runs,
    ratios,
    timed_runs,
    with_ciw,
    with_simpy,
)

SERVERS, RATE, CASES = 10, 13.0, 15_000
NETWORK = Network((SERVERS,), (1.0,), (RATE / 3,) * 3, ((0.0,),), classes=3)
DAYS = round(CASES / RATE)


def waits_when_all_are_busy() -> list[float]:
    """Mean wait of the first and second class (Cobham)."""
    load = RATE / 3 / SERVERS
    return [1 / SERVERS / (1 - load), 1 / SERVERS / (1 - load) / (1 - 2 * load)]


def main() -> None:
    """Run the benchmark and print its JSON last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one repeat")
    quick = parser.parse_args().quick
    repeats = 1 if quick else 5
    first = first_call(NETWORK)
    known = agreement(NETWORK, waits_when_all_are_busy(), DAYS, 400, 100)
    mine = our_runs(NETWORK, DAYS, 60, repeats)
    mine["load_or_compile_s"] = first
    peers: dict[str, dict[str, Any]] = {
        "simpy": timed_runs(lambda seed: with_simpy(NETWORK, CASES, seed=seed), repeats),
        "ciw": timed_runs(lambda seed: with_ciw(NETWORK, CASES, seed=seed), repeats),
    }
    print_result(
        name="sim-priority-backlog",
        work={"servers": SERVERS, "arrivals": CASES, "rate": RATE, "classes": 3, "quick": quick},
        packages=PACKAGES,
        ours=mine,
        peers=peers,
        ratio=ratios(mine, peers),
        accuracy={"agreement": known},
    )


if __name__ == "__main__":
    main()
