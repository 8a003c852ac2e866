"""What `scan` gives back."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

COLUMNS: dict[str, type[pl.DataType] | pl.DataType] = {
    "cluster": pl.Int64,
    "centre": pl.String,
    "areas": pl.List(pl.String),
    "n_areas": pl.Int64,
    "radius": pl.Float64,
    "start": pl.Null,
    "end": pl.Null,
    "observed": pl.Int64,
    "expected": pl.Float64,
    "relative_risk": pl.Float64,
    "direction": pl.String,
    "llr": pl.Float64,
    "p": pl.Float64,
    "p_rank": pl.Float64,
}


@dataclass(frozen=True, eq=False)
class Scan:
    """Clusters on a map, the likeliest first.

    Args:
        frame: A row a cluster: `cluster` (1 is the likeliest), `centre`, `areas`, `n_areas`,
            `radius` (in the unit of x and y; kilometres for polygons), `start`, `end` (null
            without time), `observed`, `expected`, `relative_risk` (inside to outside; null where
            all cases are inside), `direction`, `llr` (log likelihood ratio), `p` (fitted Gumbel
            tail, no floor), `p_rank` (rank among the shuffled maps).
        maxima: Largest ratio of each shuffled map.
        cases: All cases.
        areas: Areas scanned.
        windows: Windows looked at.
    """

    frame: pl.DataFrame
    maxima: NDArray[np.float64] = field(repr=False)
    cases: int
    areas: int
    windows: int

    def clusters(self, level: float = 0.05) -> pl.DataFrame:
        """Clusters that chance alone makes with at most this probability, on one map."""
        return self.frame.filter(pl.col("p") <= level)

    def members(self) -> pl.DataFrame:
        """A row an area of a cluster: `area`, `cluster`, `relative_risk`, `p`; for a map."""
        return self.frame.select(
            pl.col("areas").alias("area"), "cluster", "relative_risk", "p"
        ).explode("area")

    def headline(self) -> str:
        """One sentence on the likeliest cluster."""
        if self.frame.is_empty():
            return f"No window of the {self.areas:,} areas stands out."
        row = self.frame.row(0, named=True)
        since = f" since {row['start']}" if row["start"] is not None else ""
        more = "more" if row["direction"] == "high" else "fewer"
        sure = f"p = {row['p']:.2g}" if row["p"] >= 1e-4 else "p below 0.0001"  # noqa: PLR2004
        words = "area" if row["n_areas"] == 1 else "areas"
        return (
            f"{row['observed']:,} cases where {row['expected']:,.1f} were expected{since}, in "
            f"{row['n_areas']:,} {words} round {row['centre']}: {more} than elsewhere ({sure})."
        )

    def _repr_html_(self) -> str:
        """The sentence and the clusters."""
        from forethought.results.protocol import notebook_html

        return notebook_html(self.headline(), self.frame)
