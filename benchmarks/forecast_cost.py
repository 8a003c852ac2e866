"""What forecasts cost: 500 monthly series of ten years, three years ahead, with paths.

CPU seconds of `forecast` with its rehearsals, intervals and 200 joint paths a series, beside
AutoETS with its own intervals on a sample of the same series. `--quick` takes 50 series.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from common import print_result
from common_forecast import PATHS, BenchmarkSet, arguments, of_peer, ours

SERIES, MONTHS, H = 500, 120, 36
PEER_SERIES = 50


def invented(count: int, seed: int) -> BenchmarkSet:
    """Histories with level, trend, season and noise of every size; nothing real."""
    rng = np.random.default_rng(seed)
    t = np.arange(MONTHS + H)
    months = pl.date_range(date(2010, 1, 1), date(2022, 12, 1), "1mo", eager=True)
    parts = []
    for k in range(count):
        walk = np.cumsum(rng.normal(rng.normal(0, 0.2), rng.uniform(0.2, 3), t.size))
        wave = rng.uniform(0, 15) * np.sin(2 * np.pi * (t + rng.integers(12)) / 12)
        y = np.maximum(100 + walk + wave + rng.normal(0, rng.uniform(1, 8), t.size), 0.0)
        parts.append(
            pl.DataFrame({"ds": months, "y": y}).with_columns(unique_id=pl.lit(f"{k:04d}"))
        )
    frame = pl.concat(parts).select("unique_id", "ds", "y")
    known = pl.col("ds") < months[MONTHS]
    return BenchmarkSet("invented", "1mo", 12, H, frame.filter(known), frame.filter(~known))


def main() -> None:
    """Run the benchmark and print its JSON last."""
    chosen = arguments(__doc__)
    one = invented(50 if chosen.quick else SERIES, seed=0)
    answers, _ = ours(one, jobs=chosen.jobs, paths=PATHS)
    sample = one.sampled(PEER_SERIES)
    peer = of_peer(sample, "AutoETS", jobs=1)
    count = len(one.histories())
    per_series = answers.cost["cpu_s"] / count
    print_result(
        name="forecast-cost",
        work={"series": count, "months": MONTHS, "h": H, "paths": PATHS, "jobs": chosen.jobs},
        packages=("forethought", "statsforecast", "numpy", "scipy"),
        ours=answers.cost | {"cpu_s_per_series": round(per_series, 4)},
        peers={
            "AutoETS": peer.cost
            | {
                "series": PEER_SERIES,
                "cpu_s_per_series": round(peer.cost["cpu_s"] / PEER_SERIES, 4),
            }
        },
        ratio={"cpu_per_series": round(per_series / (peer.cost["cpu_s"] / PEER_SERIES), 3)},
        accuracy={},
    )


if __name__ == "__main__":
    main()
