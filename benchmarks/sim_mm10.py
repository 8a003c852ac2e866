"""M/M/10 at load 0.9: customers a CPU second, against SimPy, Ciw and Cimba.

The waits are checked against Erlang's formula before anything is timed. All features of the event
engine are compiled in. `--quick`: one repeat, fewer customers.
"""

from __future__ import annotations

import argparse
from typing import Any

import cimba as cb
from cimba import inputs
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

SERVERS, LOAD = 10, 9.0
UNIT = 100  # units of time in a day of ours


class Desk(cb.Model):
    """Ten processes that serve from one store, as Cimba's own examples have it."""

    gap: cb.Input[float] = inputs.dist.exponential(mean=1 / LOAD)
    effort: cb.Input[float] = inputs.dist.exponential(mean=1.0)
    queue: cb.Store[float]
    served: cb.Output[float]
    waited: cb.Output[float]
    total: float = 0.0
    count: int = 0

    @cb.process
    def arrivals(self) -> None:
        """Customers come."""
        while True:
            cb.hold(self.gap.next())
            self.queue.put(cb.now())

    @cb.process(copies=SERVERS)
    def server(self) -> None:
        """A server takes the next."""
        while True:
            came = self.queue.get()
            self.total += cb.now() - came
            self.count += 1
            cb.hold(self.effort.next())

    @cb.on_end
    def measure(self) -> None:
        """Leave what was seen."""
        self.served = float(self.count)
        self.waited = self.total


def with_cimba(customers: int, *, seed: int) -> tuple[int, float]:
    """Cimba, compiled before; customers and mean wait."""
    model = Desk()
    window = cb.Window(warmup=0, duration=customers / LOAD / 4)
    found = cb.Experiment(model, replications=4, window=window, seed=seed).run()[model]
    served = float(found.served.values.sum())
    return int(served), float(found.waited.values.sum()) / served


def erlang_c_wait() -> float:
    """Mean wait of M/M/c with mean effort 1."""
    blocked = 1.0
    for n in range(1, SERVERS + 1):
        blocked = LOAD * blocked / (n + LOAD * blocked)
    return blocked / (1.0 - LOAD / SERVERS * (1.0 - blocked)) / (SERVERS - LOAD)


def main() -> None:
    """Run the benchmark and print its JSON last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one repeat, fewer customers")
    quick = parser.parse_args().quick
    repeats, few, many = (1, 20_000, 500_000) if quick else (5, 100_000, 4_000_000)
    network = Network((SERVERS,), (1.0 / UNIT,), (LOAD * UNIT,), ((0.0,),))
    scaled = Network((SERVERS,), (1.0,), (LOAD,), ((0.0,),))
    theory = erlang_c_wait()
    first = first_call(network)
    known = agreement(network, [theory / UNIT], 1000, 20 if quick else 60, 50)
    mine = our_runs(network, 1000, many // 900_000 + 1, repeats)
    with_cimba(20_000, seed=1)
    mine["load_or_compile_s"] = first
    peers: dict[str, dict[str, Any]] = {
        "simpy": timed_runs(lambda seed: with_simpy(scaled, few, seed=seed), repeats),
        "ciw": timed_runs(lambda seed: with_ciw(scaled, few, seed=seed), repeats),
        "cimba": timed_runs(lambda seed: with_cimba(many, seed=seed), repeats),
    }
    mine["mean_wait"] = round(mine["mean_wait"] * UNIT, 4)
    print_result(
        name="sim-mm10",
        work={"servers": SERVERS, "load": LOAD, "customers": mine["visits"], "quick": quick},
        packages=PACKAGES,
        ours=mine,
        peers=peers,
        ratio=ratios(mine, peers),
        accuracy={"theory_mean_wait": round(theory, 4), "agreement": known},
    )


if __name__ == "__main__":
    main()
