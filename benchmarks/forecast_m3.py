"""M3 competition: our forecasts and single models on the same series, in the same run.

Each series' training part is forecast over its official horizon; the test part is read only to
score. No constant of the method was tuned on a test part: they were settled on the training
parts, with their own last horizon held out. `--quick` takes 150 monthly series.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from common import Cost, print_result, shared_data, timed

from forethought.plan import forecast
from forethought.plan.accuracy import scored, summarised
from forethought.plan.forecast_result import interval_columns
from forethought.plan.peers import PEERS, PeerTask, peer_forecast
from forethought.plan.preparation import usual_change
from forethought.stats.blocks import cpu_count, run_blocks

LEVEL = (50.0, 80.0, 95.0)
FREQUENCY = {"MONTHLY": "1mo", "QUARTERLY": "1q", "YEARLY": "1y", "OTHER": "1i"}
QUICK = 150
PATHS = 200
PUBLISHED = ("THETA", "ForecastPro", "NAIVE2")


@dataclass(frozen=True)
class Group:
    """The series of one period.

    Args:
        name: As the competition names it.
        m: Season length of MASE.
        h: Official horizon.
        train: `unique_id`, `ds`, `y`.
        test: The same, of the test parts.
    """

    name: str
    m: int
    h: int
    train: pl.DataFrame
    test: pl.DataFrame


def group(name: str, folder: Path, most: int | None) -> Group:
    """Read a group; dates are made up, as many series have none."""
    meta = pl.read_parquet(folder / "m3_meta.parquet").filter(pl.col("period") == name)
    if most is not None:
        chosen = np.random.default_rng(0).choice(meta.height, min(most, meta.height), replace=False)
        meta = meta[np.sort(chosen)]
    series = (
        pl.read_parquet(folder / "m3_series.parquet")
        .with_columns(unique_id=pl.col("series").cast(pl.String), step=pl.col("t").cast(pl.Int64))
        .filter(pl.col("unique_id").is_in(meta["series"].to_list()))
        .sort("unique_id", "step")
    )
    freq = FREQUENCY[name]
    ds = pl.col("step")
    if freq != "1i":
        ds = pl.lit(date(1900, 1, 1)).dt.offset_by(pl.format("{}" + freq[1:], pl.col("step") - 1))
    dated = series.select("unique_id", ds.alias("ds"), "y", "is_test")
    return Group(
        name=name,
        m=meta["m"][0],
        h=meta["h"][0],
        train=dated.filter(~pl.col("is_test")).drop("is_test"),
        test=dated.filter("is_test").drop("is_test"),
    )


def ours(one: Group, jobs: int) -> tuple[pl.DataFrame, pl.DataFrame, Cost]:
    """Our forecasts, our paths, and what they cost."""
    with timed() as cost:
        answer = forecast(
            one.train, h=one.h, freq=FREQUENCY[one.name], level=LEVEL, paths=PATHS, n_jobs=jobs
        )
    return answer.frame.with_columns(model=pl.lit("ours")), answer.paths, cost


def of_peer(one: Group, peer: str, jobs: int) -> tuple[pl.DataFrame, Cost]:
    """A single model's forecasts with its own intervals, and what they cost."""
    histories = one.train.partition_by("unique_id", as_dict=True, maintain_order=True)
    tasks = [
        PeerTask(peer, part["y"].to_numpy(), one.m, one.h, LEVEL) for part in histories.values()
    ]
    with timed() as cost:
        answers = run_blocks(peer_forecast, tasks, n_jobs=jobs)
    columns = ["median", *(name for name, _ in interval_columns(LEVEL))]
    ahead = one.test.partition_by("unique_id", as_dict=True, maintain_order=True)
    frames = [
        pl.DataFrame(answer, schema=columns, orient="col").with_columns(
            unique_id=pl.lit(key[0]), ds=ahead[key]["ds"], model=pl.lit(peer)
        )
        for key, answer in zip(histories, answers, strict=True)
        if answer is not None
    ]
    return pl.concat(frames), cost


def scores(one: Group, frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Every forecast with its scores."""
    columns = ["model", "unique_id", "ds", "median", *(name for name, _ in interval_columns(LEVEL))]
    scale = pl.DataFrame(
        [
            {"unique_id": key[0], "scale": usual_change(part["y"].to_numpy(), one.m)}
            for key, part in one.train.partition_by("unique_id", as_dict=True).items()
        ]
    )
    test = one.test.with_columns(horizon=pl.int_range(1, pl.len() + 1).over("unique_id"))
    every = pl.concat([frame.select(columns) for frame in frames])
    return scored(every.join(test, on=["unique_id", "ds"]).join(scale, on="unique_id"), LEVEL)


def sum_coverage(one: Group, paths: pl.DataFrame) -> dict[str, float]:
    """How often the sum over the first year lay inside the band read off the sample paths."""
    if one.m == 1:
        return {}
    first = one.test.group_by("unique_id", maintain_order=True).head(one.m)
    came = first.group_by("unique_id").agg(pl.col("y").sum().alias("came"))
    sums = paths.join(first.select("unique_id", "ds"), on=["unique_id", "ds"])
    sums = sums.group_by("unique_id", "path").agg(pl.col("y").sum())
    shares = {}
    for level in LEVEL:
        low, high = (1 - level / 100) / 2, (1 + level / 100) / 2
        bands = sums.group_by("unique_id").agg(
            pl.col("y").quantile(low, "linear").alias("low"),
            pl.col("y").quantile(high, "linear").alias("high"),
        )
        inside = bands.join(came, on="unique_id").select(
            pl.col("came").is_between("low", "high").mean()
        )
        shares[f"{level:g}"] = round(float(inside.item()), 4)
    return shares


def published(one: Group, folder: Path) -> dict[str, dict[str, float]]:
    """What entrants of the competition reached on the whole group."""
    table = pl.read_csv(folder / "m3_published_accuracy.csv.gz").filter(
        (pl.col("period") == one.name) & pl.col("method").is_in(PUBLISHED)
    )
    return {
        row["method"]: {"mase": row["mase"], "smape": row["smape"]}
        for row in table.iter_rows(named=True)
    }


def measured(one: Group, folder: Path, jobs: int) -> dict[str, Any]:
    """All figures of one group."""
    frame, paths, cost = ours(one, jobs)
    frames, costs = [frame], {"ours": cost.rounded()}
    for peer in PEERS:
        answered, peer_cost = of_peer(one, peer, jobs)
        frames.append(answered)
        costs[peer] = peer_cost.rounded()
    every = scores(one, frames)
    models = {
        row.pop("model"): {key: round(value, 4) for key, value in row.items()}
        for row in summarised(every, ["model"], LEVEL).iter_rows(named=True)
    }
    horizons = summarised(every.filter(pl.col("model") == "ours"), ["horizon"], LEVEL)
    return {
        "series": one.train["unique_id"].n_unique(),
        "models": models,
        "costs": costs,
        "coverage_95_by_horizon": [round(value, 3) for value in horizons["coverage-95"]],
        "first_year_sum_coverage": sum_coverage(one, paths),
        "published_whole_group": published(one, folder),
    }


def main() -> None:
    """Run the benchmark and print its JSON last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} monthly series")
    parser.add_argument("--groups", default=",".join(FREQUENCY), help="such as MONTHLY,YEARLY")
    parser.add_argument("--jobs", type=int, default=cpu_count(), help="processes")
    chosen = parser.parse_args()
    names = ["MONTHLY"] if chosen.quick else chosen.groups.upper().split(",")
    folder = shared_data() / "forecast"
    found = {}
    for name in names:
        found[name] = measured(
            group(name, folder, QUICK if chosen.quick else None), folder, chosen.jobs
        )
        print(name, found[name]["models"]["ours"], file=sys.stderr)
    best = {name: min(of["models"][peer]["mase"] for peer in PEERS) for name, of in found.items()}
    print_result(
        name="forecast-m3",
        work={
            "series": {name: of["series"] for name, of in found.items()},
            "level": list(LEVEL),
            "paths": PATHS,
            "jobs": chosen.jobs,
            "quick": chosen.quick,
        },
        packages=("forethought", "statsforecast", "numpy", "polars", "scipy"),
        ours={name: of["models"]["ours"] | of["costs"]["ours"] for name, of in found.items()},
        peers={
            peer: {name: of["models"][peer] | of["costs"][peer] for name, of in found.items()}
            for peer in PEERS
        },
        ratio={
            "mase_to_best_single": {
                name: round(of["models"]["ours"]["mase"] / best[name], 4)
                for name, of in found.items()
            }
        },
        accuracy={
            name: {
                key: of[key]
                for key in (
                    "coverage_95_by_horizon",
                    "first_year_sum_coverage",
                    "published_whole_group",
                )
            }
            for name, of in found.items()
        },
    )


if __name__ == "__main__":
    main()
