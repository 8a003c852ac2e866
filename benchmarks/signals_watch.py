"""A watch over 5,000 series of 60 months: false alarms, power, delay, run lengths, time.

Three kinds of histories without any change (counts of all sizes, over-dispersed counts, values),
each with season, trend and memory of its own; then the same with 2% of the series shifted for good
in one of the last twelve months, by so many standard deviations of a month. Seeds from 1,000.
"""

from __future__ import annotations

import argparse
import statistics
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from common import peak_memory_mb, print_result, timed
from numpy.typing import NDArray

from forethought.plan import Signals, Watch, signals
from forethought.plan.watch.cusum import average_run_length, limit_for
from forethought.plan.watch.rules import RULES

MONTHS, WATCHED, SHARE = 60, 12, 0.02
KINDS = ("counts", "over-dispersed counts", "values")
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Made:
    """Histories, which of them were shifted, and from which month on."""

    frame: pl.DataFrame
    shifted: tuple[str, ...]
    start: dict[str, date]


def made(kind: str, series: int, seed: int, *, shift: float = 0.0, months: int = MONTHS) -> Made:
    """Histories of one kind; with a shift (in standard deviations), 2% of them have it."""
    rng = np.random.default_rng(seed)
    at = np.arange(months)
    level = np.exp(rng.uniform(np.log(0.5), np.log(400), series))
    amplitude, phase = rng.uniform(0, 0.4, series), rng.uniform(0, 12, series)
    memory, own = rng.choice([0, 0.3, 0.5, 0.7], series), rng.uniform(0.02, 0.25, series)
    slope = rng.normal(0, 0.03, series) / 12
    fading = np.zeros((series, months + 50))
    fresh = rng.standard_normal((series, months + 50))
    for t in range(1, months + 50):
        fading[:, t] = memory * fading[:, t - 1] + np.sqrt(1 - memory**2) * fresh[:, t]
    season = amplitude[:, None] * np.cos(2 * np.pi * (at - phase[:, None]) / 12)
    path = season + slope[:, None] * at + own[:, None] * fading[:, 50:]
    mean = level[:, None] * np.exp(path)
    spread = np.sqrt(level + (level * own) ** 2)
    chosen = rng.permutation(series)[: int(SHARE * series)] if shift else np.zeros(0, dtype=int)
    starts = rng.integers(months - WATCHED, months, chosen.size)
    for row, start in zip(chosen, starts, strict=True):
        mean[row, start:] += shift * spread[row]
    if kind == "counts":
        y = rng.poisson(mean).astype(np.float64)
    elif kind == "over-dispersed counts":
        y = rng.negative_binomial(mean / 0.8, 1 / 1.8).astype(np.float64)
    else:
        y = mean + spread[:, None] * rng.standard_normal(mean.shape)
    ds = pl.date_range(date(2020, 1, 1), date(2020 + (months - 1) // 12, 12, 1), "1mo", eager=True)
    ds = ds[:months]
    names = [f"series {n:05d}" for n in range(series)]
    frame = pl.DataFrame(
        {"unique_id": np.repeat(names, months).tolist(), "ds": pl.concat([ds] * series),
         "y": y.ravel()}
    )  # fmt: skip
    return Made(
        frame,
        tuple(names[row] for row in chosen),
        {names[row]: ds[int(start)] for row, start in zip(chosen, starts, strict=True)},
    )


def null(kind: str, series: int, repeats: int, watch: Watch) -> dict[str, float]:
    """Share of watches over unchanged series that raise anything, and how many they raise."""
    raised = [
        len(signals(made(kind, series, 1000 + seed).frame, seed=seed, watch=watch).signals)
        for seed in range(repeats)
    ]
    return {
        "watches": repeats,
        "with an alarm": round(sum(each > 0 for each in raised) / repeats, 3),
        "alarmed series a watch": round(statistics.mean(raised), 3),
    }


def planted(kind: str, series: int, repeats: int, shift: float) -> dict[str, object]:
    """False share, power and delay with 2% of the series shifted."""
    false, found, expected, delays = [], [], [], []
    by_rule: dict[str, list[float]] = {rule: [] for rule in RULES}
    for seed in range(repeats):
        histories = made(kind, series, 2000 + seed, shift=shift)
        answer = signals(histories.frame, seed=seed)
        told = {signal.unique_id for signal in answer.signals}
        wrong = told - set(histories.shifted)
        false.append(len(wrong) / max(1, len(told)))
        expected.append(answer.expected_false / max(1, len(told)))
        found.append(len(told - wrong) / len(histories.shifted))
        delays += delays_of(answer, histories)
        for rule in RULES:
            raised = set(answer.frame.filter(pl.col("rule") == rule)["unique_id"])
            by_rule[rule].append(len(raised & set(histories.shifted)) / len(histories.shifted))
    return {
        "false share": round(statistics.mean(false), 3),
        "false share expected": round(statistics.mean(expected), 3),
        "found": round(statistics.mean(found), 3),
        "found by rule": {rule: round(statistics.mean(each), 3) for rule, each in by_rule.items()},
        "median delay in months": statistics.median(delays) if delays else None,
    }


def delays_of(answer: Signals, histories: Made) -> list[int]:
    """Months from the shift to the first alarm at or after it."""
    first = answer.frame.group_by("unique_id").agg(pl.col("ds"))
    delays = []
    for name, periods in first.iter_rows():
        if name in histories.start:
            start = histories.start[name]
            later = [ds for ds in periods if ds >= start]
            if later:
                ds = min(later)
                delays.append((ds.year - start.year) * 12 + ds.month - start.month)
    return delays


def run_lengths(series: int) -> dict[str, dict[str, float]]:
    """Months between alarms of each rule's own published limits, alone, on unchanged series.

    48 months of past, then 72 watched; run length is months watched until the first alarm over
    alarms (censored runs count their months).
    """
    told = {}
    for kind in KINDS:
        frame = made(kind, series, 3000, months=120).frame
        evidence = signals(frame, watch=Watch(periods=72)).evidence
        runs = (
            evidence.filter(pl.col("p").is_not_null())
            .group_by("unique_id", "rule", maintain_order=True)
            .agg(pl.col("beyond").arg_max().alias("first"), pl.col("beyond").any(), pl.len())
            .with_columns(months=pl.when("beyond").then(pl.col("first") + 1).otherwise("len"))
            .group_by("rule")
            .agg(length=pl.col("months").sum() / pl.col("beyond").sum())
            .sort("rule")
        )
        told[kind] = {rule: round(length, 1) for rule, length in runs.iter_rows()}
    h = limit_for(0.5, 500.0)
    told["theory, independent normal values"] = {
        "cusum": round(average_run_length(0.5, h), 1),
        "cusum, months to a shift of 1 sd": round(average_run_length(0.5, h, 1.0), 1),
        "cusum, months to a shift of 2 sd": round(average_run_length(0.5, h, 2.0), 1),
    }
    return told


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="a look: fewer series and repeats")
    quick = options.parse_args().quick
    series, repeats, seeds = (1000, 3, 2) if quick else (5000, 8, 1)
    histories = made("counts", series, 1000)
    with timed() as first:
        signals(histories.frame)
    costs = []
    for _ in range(5):
        with timed() as cost:
            signals(histories.frame)
        costs.append(cost)
    print_result(
        name="signals-watch",
        work={"series": series, "months": MONTHS, "watched": WATCHED, "fdr": 0.1,
              "rules": list(RULES), "shifted": SHARE, "gate_wall_s": 10.0},
        packages=["numba", "numpy", "polars", "scipy"],
        ours={
            "wall_s": round(statistics.median(cost.wall_s for cost in costs), 2),
            "cpu_s": round(statistics.median(cost.cpu_s for cost in costs), 2),
            "first_call": first.rounded(),
            "memory_mb": peak_memory_mb(),
        },
        peers={},
        ratio={},
        accuracy={
            "no change, twelve months watched": {
                kind: null(kind, series, repeats, Watch()) for kind in KINDS
            },
            "no change, newest month alone": {
                kind: null(kind, series, repeats // 2, Watch(periods=1)) for kind in KINDS
            },
            "2% shifted": {
                f"{kind}, by {shift:g} sd": planted(kind, series, seeds, shift)
                for kind in KINDS
                for shift in (2.0, 3.0, 4.0)
            },
            "months between false alarms of a rule's own limits": run_lengths(series // 5),
        },
    )  # fmt: skip


if __name__ == "__main__":
    main()
