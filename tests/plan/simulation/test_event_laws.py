"""Laws of the event engine: one oracle, the same bits, more staff, other units, none at all."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ciw
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.plan.simulation.event_models import digest, lowered, queueing, small, work

from forethought.plan.simulation.event import (
    PoissonArrivals,
    Trace,
    observe_event,
    run_event,
)
from forethought.plan.simulation.pathway import Distribution, Route

ONE = np.array([0])
TESTS = Path(__file__).parents[2]


class Given(ciw.dists.Distribution):  # type: ignore[misc]
    """The effort of each customer at a node, as written down."""

    def __init__(self, efforts: list[float]) -> None:
        self.efforts: list[float] = efforts

    def sample(self, t: float | None = None, ind: Any = None) -> float:
        return self.efforts[int(ind.id_number) - 1]


def gaps(times: NDArray[np.float64]) -> Iterator[float]:
    yield from np.diff(times, prepend=0.0).tolist()
    yield math.inf


def replayed_by_ciw(
    times: NDArray[np.float64], efforts: NDArray[np.float64], servers: tuple[int, int]
) -> NDArray[np.float64]:
    """(n, 2) departures from two nodes."""
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Sequential(list(gaps(times))), None],
        service_distributions=[Given(efforts[:, 0].tolist()), Given(efforts[:, 1].tolist())],
        routing=[[0.0, 1.0], [0.0, 0.0]],
        number_of_servers=list(servers),
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(1e6)
    found = np.full((times.size, 2), np.nan)
    for record in simulation.get_all_records():
        found[record.id_number - 1, record.node - 1] = record.exit_date
    return found


def test_a_trace_departs_when_ciw_lets_it_depart() -> None:
    """The same arrivals and efforts, two stages of several servers, first come first served."""
    random = np.random.default_rng(7)
    times = np.cumsum(random.exponential(0.1, 1500))
    efforts = np.stack([random.lognormal(-1.2, 0.8, 1500), random.gamma(2.0, 0.12, 1500)], axis=1)
    stages = (
        work("one", pool="one", to=(Route("two", 1.0),)),
        work("two", pool="two"),
    )
    model = lowered(queueing(*stages, servers={"one": 4, "two": 3}), 400)
    trace = Trace(times=times, queue=np.zeros(1500, dtype=np.int64), efforts=efforts)
    seen = observe_event(model, trace, seed=1, replications=1, visits=True).visits[0]
    assert seen.shape[0] == 3000
    ours = np.full((1500, 2), np.nan)
    ours[seen[:, 0].astype(int), seen[:, 1].astype(int)] = seen[:, 4]
    theirs = replayed_by_ciw(times, efforts, (4, 3))
    assert np.abs(ours - theirs).max() < 1e-9
    assert (seen[:, 3] - seen[:, 2] > 0).mean() > 0.3  # there were queues


def started_at(servers: int) -> dict[int, float]:
    """When each case of a stream started."""
    model = lowered(queueing(work(effort=Distribution("gamma", 0.1, 1.3)), servers=servers), 60)
    streams = PoissonArrivals(rate=np.array([45.0]), queue=ONE)
    seen = observe_event(model, streams, seed=3, replications=1, visits=True).visits[0]
    return {int(row[0]): float(row[3]) for row in seen}


def test_one_more_server_delays_nobody() -> None:
    few, more = started_at(5), started_at(6)
    both = few.keys() & more.keys()
    assert len(both) > 2000
    assert all(more[case] <= few[case] + 1e-12 for case in both)
    assert sum(more[case] < few[case] for case in both) > 300


def test_other_units_of_time_change_nothing_but_the_units() -> None:
    """Days against quarters of days: effort times 4, rates by 4, four times the days."""
    runs = []
    for factor in (1, 4):
        stage = work(effort=Distribution("lognormal", 0.05 * factor, 0.8))
        model = lowered(queueing(stage, servers=3), 60 * factor)
        streams = PoissonArrivals(rate=np.array([50.0 / factor]), queue=ONE)
        runs.append(observe_event(model, streams, seed=9, replications=3))
    days, quarters = runs
    for name in ("incoming", "started", "closed"):
        totals = [getattr(each.record, name).sum(axis=1) for each in runs]
        assert np.array_equal(*totals)
    assert quarters.exact.waited == pytest.approx(4 * days.exact.waited, rel=1e-9)


def test_no_demand_leaves_nothing() -> None:
    model = lowered(queueing(work(), servers=2), 90)
    streams = PoissonArrivals(rate=np.zeros(1), queue=ONE)
    record = run_event(model, streams, seed=1, replications=2)
    for part in record._fields:
        if part not in {"hours_available", "half_waited", "ninety_waited"}:
            assert not np.any(getattr(record, part)), part
    assert record.hours_available.sum() == pytest.approx(2 * 2 * 90)


def test_without_staff_everybody_waits() -> None:
    model = lowered(queueing(work(), servers=0), 90)
    streams = PoissonArrivals(rate=np.full(1, 3.0), queue=ONE)
    record = run_event(model, streams, seed=1, replications=2)
    assert record.started.sum() == 0
    assert np.array_equal(record.waiting, np.cumsum(record.incoming, axis=1))
    assert record.incoming.sum() > 400


def test_blocks_and_workers_change_no_bit() -> None:
    expected = digest(small())
    for workers in (1, 2, 8):
        for block in (1, 2, 3):
            assert digest(small(block=block, workers=workers)) == expected


def test_a_replication_stands_for_itself() -> None:
    whole, part = small(), small(first=3, replications=2)
    for name in whole._fields[:-1]:
        assert np.array_equal(getattr(whole, name)[3:], getattr(part, name), equal_nan=True), name


def test_interpreted_and_compiled_runs_are_the_same() -> None:
    """Where numba is missing the same functions run on numpy arrays."""
    code = (
        "import sys, types\n"
        f"tests = types.ModuleType('tests'); tests.__path__ = [{str(TESTS)!r}]\n"
        "sys.modules['tests'] = tests\n"
        "from tests.plan.simulation.event_models import digest, small\n"
        "print(digest(small(replications=1)))"
    )
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == digest(small(replications=1))


def test_a_store_that_is_too_small_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = digest(small())
    monkeypatch.setattr("forethought.plan.simulation.event._FIRST_CASES", 1)
    monkeypatch.setattr("forethought.plan.simulation.event._FIRST_WAKES", 1)
    assert digest(small()) == expected
