"""What `forecast` gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl


@dataclass(frozen=True, eq=False)
class Forecast:
    """Forecasts of any number of series.

    Args:
        frame: `unique_id`, `ds`, the caller's key columns, `mean`, `median`, and `lo-L`, `hi-L`
            for each level, in the units of y; one row a series and period.
        paths: `unique_id`, `ds`, `path` (from 0), `y`: joint sample paths; empty where none was
            asked for. A year's total is a sum over `ds` within `unique_id` and `path`.
        report: One row a series: `unique_id`, `kind`, `season_length`, `members`, `combination`,
            `weights`, `origins`, `reason`, `fallback`.
        history: The caller's `unique_id`, `ds`, `y`.
        level: Prediction intervals, per cent.
    """

    frame: pl.DataFrame
    paths: pl.DataFrame
    report: pl.DataFrame
    history: pl.DataFrame = field(repr=False)
    level: tuple[float, ...]

    def headline(self) -> str:
        """One sentence on the first series' last period, or on how many there are."""
        names = self.frame["unique_id"].unique(maintain_order=True)
        last = self.frame.filter(pl.col("unique_id") == names[0]).tail(1).row(0, named=True)
        widest = max(self.level)
        words = (
            f"{names[0]} is forecast at {last['median']:,.4g} in {last['ds']}, "
            f"{widest:g}% interval {last[f'lo-{widest:g}']:,.4g} to {last[f'hi-{widest:g}']:,.4g}"
        )
        others = len(names) - 1
        return f"{words}; {others:,} more series." if others else f"{words}."

    def chart(self, unique_id: str | None = None) -> Any:
        """A fan chart of one series (the first, unless named): history, median and bands."""
        from forethought.results.charts import fan

        name = unique_id or self.frame["unique_id"][0]
        chosen = pl.col("unique_id") == name
        return fan(
            self.history.filter(chosen),
            self.frame.filter(chosen),
            what=str(name),
            number=lambda value: f"{value:,.4g}",
        )

    def _repr_html_(self) -> str:
        table = self.frame.head(12)._repr_html_()
        return f"<p>{self.headline()}</p>{table}"


def interval_columns(level: Sequence[float]) -> list[tuple[str, float]]:
    """Names of the interval columns with the probability of each."""
    ordered = sorted(level)
    columns = []
    for value in ordered:
        columns += [
            (f"lo-{value:g}", (1 - value / 100) / 2),
            (f"hi-{value:g}", (1 + value / 100) / 2),
        ]
    return columns
