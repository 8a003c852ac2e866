"""M3 competition: our forecasts, single models and plain combinations on the same series.

Each series' training part is forecast over its official horizon; the test part is read only to
score. No constant of the method was tuned on a test part: they were settled on the training
parts, with their own last horizon held out. `--quick` takes some series of each period.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
from common import shared_data
from common_forecast import LEVEL, BenchmarkSet, all_measured, arguments, printed
from common_forecast_sets import M3_FREQUENCY, m3

ARIMA_SERIES = {1: 1000, 4: 1000, 12: 40}


def sum_coverage(one: BenchmarkSet, paths: pl.DataFrame) -> dict[str, float]:
    """How often the sum over the first year lay inside the band read off the sample paths."""
    if one.m == 1:
        return {}
    first = one.test.sort("unique_id", "ds").group_by("unique_id", maintain_order=True).head(one.m)
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


def published(name: str, folder: Path) -> dict[str, dict[str, float]]:
    """What the entrants of the competition reached on the whole period, best sMAPE first."""
    table = pl.read_csv(folder / "m3_published_accuracy.csv.gz").filter(pl.col("period") == name)
    return {
        row["method"]: {"mase": row["mase"], "smape": row["smape"]}
        for row in table.sort("smape").iter_rows(named=True)
    }


def main() -> None:
    """Run the benchmark and print its JSON last."""
    chosen = arguments(__doc__)
    folder = shared_data() / "forecast"
    sets = {f"m3_{name.lower()}": m3(folder, name) for name in M3_FREQUENCY}
    found: dict[str, Any] = {}
    for name, one in sets.items():
        found |= all_measured([one], chosen, arima=ARIMA_SERIES[one.m])
        if name in found:
            paths = found[name]["result"].paths
            found[name]["first_year_sum_coverage"] = sum_coverage(one, paths)
    more = {
        name: {
            "first_year_sum_coverage": of["first_year_sum_coverage"],
            "published_whole_period": published(name[3:].upper(), folder),
        }
        for name, of in found.items()
    }
    printed("forecast-m3", found, chosen, accuracy=more)


if __name__ == "__main__":
    main()
