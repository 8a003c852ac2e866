"""What `forecast` gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING

import polars as pl

from forethought.errors import NotFound, did_you_mean
from forethought.place.calendar import long_date, month_name

if TYPE_CHECKING:
    from forethought.results.drawing import Drawing


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
        readings: Where a shock has readings, the forecast under each of them, by `stays` and
            `goes`; `frame` and `paths` are those of the first.
        evidence: Where a shock has readings, one row a series: `periods` since, `ratio` of what
            came to what was foreseen on its eve, `p_value`, and which reading it `favours`.
        drivers: Where drivers were given, one row a series and driver: `unique_id`, `driver`,
            `used`, `unit`, `coefficient`, `standard_error`, `p_value`, `shared_p_value`, `last`,
            `effect`, `effect_share`. A unit more of the driver adds `coefficient` to y where `unit`
            is `y`, and multiplies y by its exponential where it is `share of y` (0.05: about 5%).
            The p-values are that of the series' own estimate and that of what all series share.
            `effect` is the mean over the horizon of the median less what it would be with the
            driver held at `last`, its last value, in the units of y; `effect_share` the same over
            the latter. The coefficient is 0 where it could be noise.
        held: Where drivers were given: `unique_id`, `ds`, `driver`, and the `median` with that
            driver held at its last value. `effort="thorough"` has two members with drivers of their
            own, which are not asked again for it.
    """

    frame: pl.DataFrame
    paths: pl.DataFrame
    report: pl.DataFrame
    history: pl.DataFrame = field(repr=False)
    level: tuple[float, ...]
    readings: Mapping[str, Forecast] = field(default_factory=dict, repr=False)
    evidence: pl.DataFrame | None = field(default=None, repr=False)
    drivers: pl.DataFrame | None = field(default=None, repr=False)
    held: pl.DataFrame | None = field(default=None, repr=False)

    def headline(self) -> str:
        """One sentence on the first series' last period, or on how many there are."""
        names = self.frame["unique_id"].unique(maintain_order=True)
        last = self.frame.filter(pl.col("unique_id") == names[0]).tail(1).row(0, named=True)
        widest = max(self.level)
        words = (
            f"{names[0]} is forecast at {last['median']:,.4g} for {_period(last['ds'])}, "
            f"{widest:g}% interval {last[f'lo-{widest:g}']:,.4g} to {last[f'hi-{widest:g}']:,.4g}"
        )
        others = len(names) - 1
        return f"{words}; {others:,} more series." if others else f"{words}."

    def chart(self, unique_id: str | None = None) -> Drawing:
        """A fan chart of one series (the first, unless named): history, forecast and bands.

        Raises:
            NotFound: No series has that name.
            DataError: The chart's levels, 80 and 95, were not asked for, or `ds` holds no dates.
        """
        from forethought.results.charts import fan

        name = self._named(unique_id)
        chosen = pl.col("unique_id") == name
        return fan(self.history.filter(chosen), self.frame.filter(chosen), what=name)

    def explain(self, unique_id: str | None = None) -> str:
        """Which driver mattered in one series (the first, unless named), the largest first.

        Raises:
            NotFound: No drivers were given, or no series has that name.
        """
        from forethought.plan.driver_report import explanation

        if self.drivers is None:
            raise NotFound("No drivers were given.", remedy='Give forecast drivers=("price",).')
        name = self._named(unique_id)
        rows = self.drivers.filter(pl.col("unique_id") == name)
        periods = self.frame.filter(pl.col("unique_id") == name).height
        alone = self.drivers["unique_id"].n_unique() == 1
        return f"{name}: {explanation(rows, periods, alone=alone)}"

    def _named(self, unique_id: str | None) -> str:
        names = self.frame["unique_id"].unique(maintain_order=True).to_list()
        name = names[0] if unique_id is None else unique_id
        if name not in names:
            raise NotFound(f"No series is named {name}.", remedy=did_you_mean(name, names))
        return str(name)

    def _repr_html_(self) -> str:
        """The sentence and the first rows."""
        from forethought.results.protocol import notebook_html

        return notebook_html(self.headline(), self.frame)


def _period(ds: object) -> str:
    """A period as people write it: the month where it is dated by its first day."""
    if isinstance(ds, datetime):
        return f"{long_date(ds)}, {ds:%H:%M}" if ds.time() != time() else long_date(ds)
    if isinstance(ds, date):
        return month_name(ds) if ds.day == 1 else long_date(ds)
    return f"period {ds}"


def interval_name(side: str, level: float) -> str:
    """Name of an interval column: `lo-95`."""
    return f"{side}-{level:g}"


def interval_columns(level: Sequence[float]) -> list[tuple[str, float]]:
    """Names of the interval columns, narrow to wide, with the probability of each."""
    columns = []
    for value in sorted(level):
        columns.append((interval_name("lo", value), (1 - value / 100) / 2))
        columns.append((interval_name("hi", value), (1 + value / 100) / 2))
    return columns
