"""A network of five stages with feedback: visits a CPU second, against SimPy and Ciw.

The mean waits of all five stages are checked against Jackson's theorem before anything is timed.
All features of the event engine are compiled in. `--quick`: one repeat, fewer customers.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
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

NETWORK = Network(
    servers=(6, 5, 4, 3, 3),
    effort=(0.010, 0.015, 0.015, 0.012, 0.012),
    rate=(350.0, 0.0, 0.0, 0.0, 0.0),
    to=(
        (0.0, 0.6, 0.0, 0.0, 0.0),
        (0.1, 0.0, 0.7, 0.0, 0.0),
        (0.0, 0.1, 0.0, 0.9, 0.0),
        (0.0, 0.0, 0.0, 0.0, 0.8),
        (0.0, 0.0, 0.2, 0.0, 0.0),
    ),
)


def jackson() -> list[float]:
    """Mean wait at each stage."""
    to = np.array(NETWORK.to)
    through = np.linalg.solve(np.eye(len(to)) - to.T, np.array(NETWORK.rate))
    waits = []
    for rate, many, mean in zip(through, NETWORK.servers, NETWORK.effort, strict=True):
        load, blocked = rate * mean, 1.0
        for n in range(1, many + 1):
            blocked = load * blocked / (n + load * blocked)
        chance = blocked / (1.0 - load / many * (1.0 - blocked))
        waits.append(float(chance * mean / (many - load)))
    return waits


def main() -> None:
    """Run the benchmark and print its JSON last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one repeat, fewer customers")
    quick = parser.parse_args().quick
    repeats, few, replications = (1, 10_000, 2) if quick else (5, 50_000, 4)
    first = first_call(NETWORK)
    known = agreement(NETWORK, jackson(), 1000, 20 if quick else 60, 50)
    mine = our_runs(NETWORK, 1000, replications, repeats)
    mine["load_or_compile_s"] = first
    peers: dict[str, dict[str, Any]] = {
        "simpy": timed_runs(lambda seed: with_simpy(NETWORK, few, seed=seed), repeats),
        "ciw": timed_runs(lambda seed: with_ciw(NETWORK, few, seed=seed), repeats),
    }
    print_result(
        name="sim-jackson",
        work={"stages": 5, "servers": list(NETWORK.servers), "visits": mine["visits"]}
        | {"quick": quick},
        packages=PACKAGES,
        ours=mine,
        peers=peers,
        ratio=ratios(mine, peers),
        accuracy={"agreement": known},
    )


if __name__ == "__main__":
    main()
