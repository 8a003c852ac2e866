"""Visitor nights in Australia: 308 series, and the 425 of their hierarchy, beside MinTrace.

The bottom series are compared with single models as in the other benchmarks. The hierarchy (total,
state, purpose, both, region, region by purpose) is compared with AutoETS on all series reconciled
by MinTrace (shrunk covariance) with normal intervals, hierarchicalforecast's usual answer, by the
continuous ranked probability score over the scale of MASE. The last two years are hidden.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from common import shared_data, timed
from common_forecast import PATHS, BenchmarkSet, all_measured, arguments, ours, printed
from common_forecast_sets import tourism
from numpy.typing import NDArray

from forethought.plan.hierarchy import tree_of
from forethought.plan.members import quiet
from forethought.plan.preparation import usual_change
from forethought.plan.series import checked_series, history_of
from forethought.stats.blocks import run_blocks

Floats = NDArray[np.float64]
NORMAL_95 = 1.959963984540054


@dataclass(frozen=True, eq=False)
class Levels:
    """All series of the hierarchy, in one order.

    Args:
        names: N of them.
        histories: Shape (N, n).
        came: Shape (N, h).
        summing: Shape (N, B).
        bottom: Names of the bottom series.
        tags: Names by level.
    """

    names: list[str]
    histories: Floats
    came: Floats
    summing: Floats
    bottom: tuple[str, ...]
    tags: dict[str, Floats]


def levels_of(one: BenchmarkSet) -> Levels:
    """The hierarchy of a set, train and test."""
    panel = checked_series(one.train, one.freq)
    tree = tree_of(panel, history_of(panel), one.hierarchy or ())
    parts = tree.frame.sort("unique_id", "ds").partition_by("unique_id", as_dict=True)
    above = sorted(str(key[0]) for key in parts if str(key[0]) not in tree.bottom)
    names = [*above, *tree.bottom]  # the order that hierarchicalforecast asks for
    summing = tree.summing(names)
    tags: dict[str, list[str]] = {}
    for name in names:
        size = int(summing[names.index(name)].sum())
        kind = "bottom" if size == 1 else "+".join(p.split("=")[0] for p in name.split("/"))
        tags.setdefault(kind, []).append(name)
    return Levels(
        names=names,
        histories=np.stack([parts[name,]["y"].to_numpy() for name in names]),
        came=summing @ one.came(),
        summing=summing,
        bottom=tree.bottom,
        tags={kind: np.array(own) for kind, own in tags.items()},
    )


def in_order(frame: pl.DataFrame, levels: Levels) -> pl.DataFrame:
    """Rows in the order of the levels' names, and of the periods."""
    order = pl.DataFrame({"unique_id": levels.names, "place": range(len(levels.names))})
    return frame.join(order, on="unique_id").sort("place", "ds")


def ets(task: tuple[Floats, int, int]) -> tuple[Floats, Floats, Floats]:
    """AutoETS: forecast, its standard deviation, and the fitted values."""
    from statsforecast.models import AutoETS

    y, m, h = task
    with quiet():
        model = AutoETS(m).fit(y)
        answer = model.predict(h, level=[95])
    spread = (answer["hi-95"] - answer["lo-95"]) / (2 * NORMAL_95)
    return answer["mean"], spread, np.asarray(model.model_["fitted"])


def min_trace(levels: Levels, m: int, h: int, jobs: int) -> tuple[Floats, Floats, float]:
    """Mean and standard deviation after MinTrace, shape (N, h) each, and CPU seconds."""
    from hierarchicalforecast.core import HierarchicalReconciliation
    from hierarchicalforecast.methods import MinTrace

    n = levels.histories.shape[1]
    with timed() as cost:
        answers = run_blocks(ets, [(y, m, h) for y in levels.histories], n_jobs=jobs)
        mean, spread, fitted = (np.stack([a[k] for a in answers]) for k in range(3))
        ahead = pl.DataFrame(
            {
                "unique_id": np.repeat(levels.names, h),
                "ds": np.tile(np.arange(n, n + h), len(levels.names)),
                "ETS": mean.ravel(),
                "ETS-lo-95": (mean - NORMAL_95 * spread).ravel(),
                "ETS-hi-95": (mean + NORMAL_95 * spread).ravel(),
            }
        )
        history = pl.DataFrame(
            {
                "unique_id": np.repeat(levels.names, n),
                "ds": np.tile(np.arange(n), len(levels.names)),
                "y": levels.histories.ravel(),
                "ETS": fitted.ravel(),
            }
        )
        matrix = pl.DataFrame(levels.summing, schema=list(levels.bottom)).insert_column(
            0, pl.Series("unique_id", levels.names)
        )
        found = HierarchicalReconciliation([MinTrace("mint_shrink")]).reconcile(
            ahead.to_pandas(), tags=levels.tags, S_df=matrix.to_pandas(), Y_df=history.to_pandas(),
            level=[95], intervals_method="normality",
        )  # fmt: skip
    table = in_order(pl.from_pandas(found.reset_index(drop="unique_id" in found.columns)), levels)
    name = "ETS/MinTrace_method-mint_shrink"
    middle = table[name].to_numpy().reshape(-1, h)
    width = (table[f"{name}-hi-95"] - table[f"{name}-lo-95"]).to_numpy().reshape(-1, h)
    return middle, width / (2 * NORMAL_95), cost.rounded()["cpu_s"]


def crps_of_normal(came: Floats, mean: Floats, spread: Floats) -> Floats:
    """Of a normal distribution (Gneiting and Raftery 2007, equation 21)."""
    from scipy.stats import norm

    usable = np.maximum(spread, 1e-12)
    z = (came - mean) / usable
    return usable * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))


def crps_of_paths(came: Floats, paths: Floats) -> Floats:
    """Of samples (N, count, h), without the bias of their number."""
    count = paths.shape[1]
    ordered = np.sort(paths, axis=1)
    rank = 2 * np.arange(1, count + 1) - count - 1
    spread = np.einsum("k,nkh->nh", rank, ordered) / (count * (count - 1))
    return np.abs(paths - came[:, None]).mean(axis=1) - spread


def hierarchy(one: BenchmarkSet, jobs: int) -> dict[str, Any]:
    """Scores by level of ours and of MinTrace."""
    levels = levels_of(one)
    answers, result = ours(one, jobs=jobs, paths=PATHS)
    drawn = (
        in_order(result.paths.sort("ds"), levels)
        .sort("place", "path", "ds")["y"]
        .to_numpy()
        .reshape(len(levels.names), PATHS, one.h)
    )
    frame = in_order(result.frame, levels)
    mean, spread, peer_cpu = min_trace(levels, one.m, one.h, jobs)
    scale = np.array([usual_change(y, one.m) for y in levels.histories])[:, None]
    table = {
        "ours": crps_of_paths(levels.came, drawn) / scale,
        "min_trace": crps_of_normal(levels.came, mean, spread) / scale,
    }
    median = frame["median"].to_numpy().reshape(-1, one.h)
    errors = {
        "ours": np.abs(levels.came - median) / scale,
        "min_trace": np.abs(levels.came - mean) / scale,
    }
    inside = {
        "ours": [_inside(frame, levels.came, level) for level in (80, 95)],
        "min_trace": [
            np.abs(levels.came - mean) <= reach * spread for reach in (1.2815515655, NORMAL_95)
        ],
    }
    place = {name: k for k, name in enumerate(levels.names)}
    scores = {}
    for kind, own in [("all", levels.names), *levels.tags.items()]:
        rows = [place[name] for name in own]
        scores[kind] = {"series": len(rows)} | {
            model: {
                "scaled_crps": round(float(table[model][rows].mean()), 4),
                "mase": round(float(errors[model][rows].mean()), 4),
                "coverage_80": round(float(inside[model][0][rows].mean()), 4),
                "coverage_95": round(float(inside[model][1][rows].mean()), 4),
            }
            for model in table
        }
    total = float(np.abs(levels.came).sum())
    return {
        "levels": scores,
        "crps_over_sum": {
            model: round(float((table[model] * scale).sum() / total), 5) for model in table
        },
        "cpu_s": {"ours": answers.cost["cpu_s"], "min_trace": peer_cpu},
        "crps_ratio": round(float(table["ours"].mean() / table["min_trace"].mean()), 4),
    }


def _inside(frame: pl.DataFrame, came: Floats, level: int) -> NDArray[np.bool_]:
    low, high = (frame[f"{side}-{level}"].to_numpy().reshape(came.shape) for side in ("lo", "hi"))
    return np.asarray((came >= low) & (came <= high))


def main() -> None:
    """Run the benchmark and print its JSON last."""
    chosen = arguments(__doc__)
    one = tourism(shared_data() / "forecast")
    flat = BenchmarkSet(one.name, one.freq, one.m, one.h, one.train, one.test)
    found = all_measured([flat], chosen, arima=400)
    if chosen.quick:
        state = pl.col("state") == "Tasmania"
        names = one.train.filter(state)["unique_id"].unique().to_list()
        test = one.test.filter(pl.col("unique_id").is_in(names))
        one = BenchmarkSet(
            one.name, one.freq, one.m, one.h, one.train.filter(state), test, one.hierarchy
        )
    coherent = hierarchy(one, chosen.jobs)
    print("crps ratio", coherent["crps_ratio"], file=sys.stderr)
    printed("forecast-tourism-au", found, chosen, accuracy={one.name: {"hierarchy": coherent}})


if __name__ == "__main__":
    main()
