"""Joint sample paths of requests, starts and leaving rates, each calibrated on its own kind.

The three flows are fitted apart, as their errors are unlike: requests drift with what people ask
for and how it is written down, starts of services are mostly the scatter of counts. What hangs
together from month to month is therefore learnt within a flow, what hangs together between series
over all of them, and all paths are drawn at once: sums over flows and services keep the spread
that the past shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.plan.assembly import report_of
from forethought.plan.demand.breaks import FLOWS, REQUESTS, Break
from forethought.plan.demand.series import Modelled
from forethought.plan.distributions import Distribution, distributions_of
from forethought.plan.paths import horizon_correlation, joint_ranks, past_correlation, paths_from
from forethought.plan.preparation import Prepared, Settings, prepare
from forethought.plan.sampling import between_series
from forethought.plan.series import checked_series
from forethought.plan.shocks import Shock

Floats = NDArray[np.float64]

SEASON = 12


@dataclass(frozen=True, eq=False)
class Drawn:
    """Paths of every modelled series.

    Args:
        values: By `unique_id`: months x paths, never negative.
        report: What the forecaster says of each series.
    """

    values: Mapping[str, Floats]
    report: pl.DataFrame


def joint_paths(
    modelled: Modelled, *, horizon: int, breaks: Sequence[Break], paths: int, seed: int
) -> Drawn:
    """Forecast every modelled series and draw joint paths.

    Args:
        modelled: The series.
        horizon: Months ahead.
        breaks: What happened once, each to its own series.
        paths: Sample futures.
        seed: Same seed, same digits.

    Raises:
        DataError: A series cannot be forecast.
    """
    prepared = [
        one
        for flow in FLOWS
        for one in _prepared(modelled, flow, horizon=horizon, breaks=breaks, seed=seed)
    ]
    distributions = distributions_of(prepared, _settings(horizon, (), seed))
    horizons = _over_months(prepared, distributions)
    ranks = joint_ranks(
        [one.series.unique_id for one in prepared],
        horizons,
        between_series(prepared, distributions),
        paths,
        seed=seed,
    )
    values = {
        one.series.unique_id: np.maximum(paths_from(d.centre, d.offsets, rank), 0.0).T
        for one, d, rank in zip(prepared, distributions, ranks, strict=True)
    }
    return Drawn(values, report_of(prepared, distributions))


def _over_months(
    prepared: Sequence[Prepared], distributions: Sequence[Distribution]
) -> list[Floats]:
    """How each series' errors at two horizons hang together: requests apart from the others."""
    asked = [one.series.unique_id.startswith(REQUESTS) for one in prepared]
    learnt = {
        kind: past_correlation(
            np.concatenate(
                [d.errors for d, own in zip(distributions, asked, strict=True) if own == kind]
            )
        )
        for kind in set(asked)
    }
    return [
        horizon_correlation(one.fit.correlation, *learnt[own])
        for one, own in zip(prepared, asked, strict=True)
    ]


def _prepared(
    modelled: Modelled, flow: str, *, horizon: int, breaks: Sequence[Break], seed: int
) -> list[Prepared]:
    """The series of a flow, fitted: those that the same breaks touched together."""
    together: dict[tuple[Shock, ...], list[str]] = {}
    for name, services in modelled.services.items():
        if name.startswith(f"{flow} "):
            shocks = tuple(one.shock for one in breaks if one.touches(flow, services))
            together.setdefault(shocks, []).append(name)
    prepared = []
    for shocks, names in together.items():
        rows = modelled.frame.filter(pl.col("unique_id").is_in(names))
        panel = checked_series(rows, "1mo")
        prepared += prepare(panel, _settings(horizon, shocks, seed))
    return sorted(prepared, key=lambda one: one.series.unique_id)


def _settings(horizon: int, shocks: tuple[Shock, ...], seed: int) -> Settings:
    """`fast` leaves AutoETS out: it changes no error of a county by a tenth and costs the most."""
    return Settings(
        h=horizon, freq="1mo", season_length=None, level=(80.0,), effort="fast", shocks=shocks,
        paths=0, seed=seed, n_jobs=None, nonnegative=None, integer=False,
    )  # fmt: skip
