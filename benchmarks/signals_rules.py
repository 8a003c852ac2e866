"""Each rule of the watch alone: months between its false alarms, and months to a lasting change.

Every rule is asked with its own published limit, whatever else is watched. 48 months of past make
the limits, 72 are watched; the run length is months watched until the first alarm over alarms
(runs without an alarm count their months). The change lasts from the first watched month on, by so
many standard deviations of a month. The scan looks each month at the last twelve months of a map of
100 areas. Seeds from 5,000, none of which built the watch.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
import polars as pl
from common import print_result, timed
from common_watch import HELD_OUT, KINDS, Floats, Shift, frame_of, made
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from forethought.plan import Watch, scan, signals
from forethought.plan.watch.cusum import average_run_length, limit_for
from forethought.plan.watch.special_causes import (
    limits,
    seven_one_side,
    seven_point_trend,
)

PAST, AHEAD = 48, 72
SIZES = (0.0, 1.0, 2.0, 3.0)
STEADY = "steady normal values"
XMR = ("xmr, outside limits", "xmr, trend of 7", "xmr, 2 of 3 near a limit", "xmr, 7 on one side",
       "xmr, all four")  # fmt: skip
AREAS, LAST, LEVEL = 100, 12, 0.05
Alarms = dict[str, NDArray[np.bool_]]


def histories(kind: str, series: int, size: float, seed: int) -> Floats:
    """(S, 120) values, higher by so many standard deviations from month 49 on."""
    months = PAST + AHEAD
    if kind == STEADY:
        values = np.random.default_rng(seed).standard_normal((series, months))
        values[:, PAST:] += size
        return 100 + 5 * values
    shifts = (Shift("lasting", size),) if size else ()
    return made(kind, series, seed, months=months, shifts=shifts, share=1.0, starts=PAST).values


def alarms_of(values: Floats) -> Alarms:
    """(S, 72) whether each rule is past its own limit."""
    answer = signals(frame_of(values), watch=Watch(periods=AHEAD))
    series = len(values)
    charted = answer.charts.sort("unique_id", "ds")["charted"].to_numpy().reshape(series, -1)
    found = xmr_alarms(charted)
    evidence = answer.evidence.sort("rule", "unique_id", "ds")
    for rule in ("farrington", "cusum", "residual"):
        part = evidence.filter((pl.col("rule") == rule) & pl.col("p").is_not_null())
        if part.height == series * AHEAD:
            found[rule] = part["beyond"].to_numpy().reshape(series, AHEAD)
    return found


def xmr_alarms(charted: Floats) -> Alarms:
    """Months that complete a pattern, with limits of the first 48."""
    drawn = limits(charted, fix_after=PAST)
    side = np.sign(charted - drawn.mean[:, None])
    outside = (charted > drawn.upper[:, None]) | (charted < drawn.lower[:, None])
    near = ~outside & (
        (charted > drawn.near_upper[:, None]) | (charted < drawn.near_lower[:, None])
    )
    two = np.zeros_like(outside)
    together = sliding_window_view(near, 3, axis=1).sum(axis=2) >= 2
    together &= np.abs(sliding_window_view(side, 3, axis=1).sum(axis=2)) == 3
    two[:, 2:] = together & near[:, 2:]
    parts = [outside, seven_point_trend(charted) != 0, two, seven_one_side(side)]
    parts.append(np.logical_or.reduce(parts))
    return {name: part[:, PAST:] for name, part in zip(XMR, parts, strict=True)}


def run_length(alarms: NDArray[np.bool_]) -> float | str:
    """Months to the first alarm over alarms."""
    any_, first = alarms.any(axis=1), alarms.argmax(axis=1)
    months = int(np.where(any_, first + 1, alarms.shape[1]).sum())
    return round(months / int(any_.sum()), 1) if any_.any() else f"above {months:,}"


def of_series(series: int) -> dict[str, Any]:
    """Run lengths of every rule on every kind of histories, by size of the change."""
    told: dict[str, Any] = {}
    for kind in (STEADY, *KINDS):
        found = [alarms_of(histories(kind, series, size, HELD_OUT)) for size in SIZES]
        told[kind] = {
            rule: {
                ("no change" if size == 0 else f"{size:g} sd"): run_length(alarms[rule])
                for size, alarms in zip(SIZES, found, strict=True)
            }
            for rule in found[0]
        }
    return told


def of_scan(counties: int, months: int) -> dict[str, Any]:
    """Run lengths of the scan at p <= 0.05; the rate of five neighbours is raised."""
    told: dict[str, Any] = {}
    for factor in (1.0, 1.5, 2.0, 3.0):
        alarms = np.zeros((counties, months), dtype=bool)
        for county in range(counties):
            rng = np.random.default_rng([HELD_OUT, county, int(10 * factor)])
            points, people = rng.random((AREAS, 2)) * 30, rng.integers(1000, 2000, AREAS)
            near = np.argsort(np.hypot(*(points - points[0]).T))[:5]
            rate = np.full((LAST + months, AREAS), 0.002)
            rate[LAST:, near] *= factor
            seen = rng.poisson(rate * people)
            names = [f"{number:03d}" for number in range(AREAS)]
            areas = pl.DataFrame({"area": names, "x": points[:, 0], "y": points[:, 1]})
            population = pl.DataFrame({"area": names, "population": people})
            for month in range(months):
                window = seen[month + 1 : month + 1 + LAST]
                cases = pl.DataFrame(
                    {"area": names * LAST, "ds": np.repeat(np.arange(LAST), AREAS),
                     "cases": window.ravel()}
                )  # fmt: skip
                clusters = scan(
                    cases, population, areas, largest_share=0.25, permutations=99,
                    seed=county * months + month, workers=1,
                ).frame  # fmt: skip
                hit = clusters.height > 0 and clusters["p"][0] <= LEVEL
                alarms[county, month] = hit and (factor == 1 or "000" in clusters["areas"][0])
        told["no change" if factor == 1 else f"rate x{factor:g}"] = run_length(alarms)
    return told


def theory() -> dict[str, Any]:
    """The CUSUM's run lengths by a Markov chain."""
    told = {}
    for name, degrees in (("known spread", None), ("spread of 48 months", PAST - 3)):
        h = limit_for(0.5, 500.0, degrees)
        told[name] = {
            "limit": round(h, 3),
            **{("no change" if size == 0 else f"{size:g} sd"):
               round(average_run_length(0.5, h, size, degrees), 1) for size in SIZES},
        }  # fmt: skip
    plain = average_run_length(0.5, limit_for(0.5, 500.0), degrees=PAST - 3)
    told["spread of 48 months, limit as if it were known"] = {"no change": round(plain, 1)}
    return told


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="a look: fewer series and maps")
    quick = options.parse_args().quick
    series, counties, months = (100, 2, 12) if quick else (400, 8, 24)
    with timed() as cost:
        of_rules, of_maps = of_series(series), of_scan(counties, months)
    print_result(
        name="signals-rules",
        work={"series": series, "past": PAST, "watched": AHEAD, "maps": counties, "areas": AREAS,
              "months of a map": months, "seeds from": HELD_OUT},
        packages=["numba", "numpy", "polars", "scipy"],
        ours=dict(cost.rounded()),
        peers={},
        ratio={},
        accuracy={"cusum by theory": theory(), "scan": of_maps, **of_rules},
    )  # fmt: skip


if __name__ == "__main__":
    with threadpool_limits(1):  # threads that wait for work would be counted as CPU seconds
        main()
