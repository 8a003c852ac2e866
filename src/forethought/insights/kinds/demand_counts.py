"""Demand from counted series: the computation of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from forethought.data.disclosure import protect
from forethought.errors import DataError
from forethought.insights.base import Check, Result, RunContext
from forethought.insights.kinds.demand import CountsSource, DemandSpec
from forethought.plan.demand.counts import (
    TOTAL,
    CountedOutlook,
    counted_outlook,
    counted_series,
)
from forethought.plan.shocks import Shock

if TYPE_CHECKING:
    from forethought.insights.base import Frames

OURS = "forethought"
TOLERANCE = 1e-6
GOOD_COVERAGE = (0.65, 0.95)


def compute_counts(frames: Frames, spec: DemandSpec, context: RunContext) -> Result:
    """Forecast counted series by key, and judge the method on earlier dates."""
    settings, source = spec.settings, spec.settings.source
    if not isinstance(source, CountsSource):
        raise DataError("This insight reads events, not counts.", where=spec.id)
    rows = selected(frames[source.dataset], source).filter(pl.col("ds") <= context.as_of)
    series = counted_series(rows, most=settings.most_series)
    done = counted_outlook(
        series,
        h=source.months_ahead,
        flow=source.flow,
        shocks=[Shock(s.name, s.start, s.end, s.shape) for s in settings.shocks],
        paths=settings.paths,
        seed=context.seed,
    )
    hidden = _hidden(done, context.minimum_count) if source.people else []
    shown = ~pl.col("key").is_in(hidden)
    keys = sorted(k for k in done.history["key"].unique() if k != TOTAL and k not in hidden)
    last = max(done.history["ds"].to_list())
    ours = done.accuracy.row(by_predicate=pl.col("model") == OURS, named=True)
    return Result(
        tables={
            "history": done.history.filter(shown),
            "months": done.months.filter(shown),
            "years": done.years.filter(shown),
            "accuracy": done.accuracy.sort(pl.col("model") != OURS, "mase", "model"),
            "by_horizon": done.by_horizon,
        },
        values={
            "keys": keys,
            "data_to": last.isoformat(),
            "pooled": list(done.pooled),
            "hidden": len(hidden),
        },
        metrics={
            f"{row['model']}_{name}".lower(): float(row[name])
            for row in done.accuracy.iter_rows(named=True)
            for name in ("mase", "smape", "coverage-80", "coverage-95")
        },
        checks=[_adds_up(done), _coverage(ours["coverage-80"], ours["forecasts"])],
    )


def selected(frame: pl.DataFrame, source: CountsSource) -> pl.DataFrame:
    """`key`, `ds`, `y` of the rows that the specification asks for.

    Raises:
        DataError: No row is left.
    """
    wanted, unwanted = source.where, source.without
    chosen = frame.filter(
        *(pl.col(column).cast(pl.String).is_in(_texts(value)) for column, value in wanted.items()),
        *(
            ~pl.col(column).cast(pl.String).is_in(_texts(value)).fill_null(value=False)
            for column, value in unwanted.items()
        ),
    )
    if chosen.is_empty():
        raise DataError(
            "No row has what `where` asks for.",
            where=source.dataset,
            remedy="Compare its values with those of the file: upper case, spaces.",
        )
    label = (
        pl.concat_str(
            [pl.col(key).cast(pl.String).fill_null("not known") for key in source.keys],
            separator=", ",
        )
        if source.keys
        else pl.lit(TOTAL)
    )
    key = label if len(source.keys) != 1 else pl.col(source.keys[0]).cast(pl.String)
    day = pl.col(source.date)
    if chosen.schema[source.date] == pl.String:
        day = day.str.to_date("%Y-%m-%d")
    return chosen.select(
        key.alias("key"), day.cast(pl.Date).alias("ds"), pl.col(source.value).alias("y")
    )


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list | tuple) else [str(value)]


def _hidden(done: CountedOutlook, minimum: int) -> list[str]:
    """Keys with a small count in any month, and those whose count would tell one."""
    if minimum <= 1:
        return []
    half = 0.5
    small = pl.col("y").is_between(half, minimum, closed="left").any().alias("small")
    cells = done.history.sort("ds").group_by("key").agg(pl.col("y").last(), small)
    if cells.height <= 2:  # noqa: PLR2004 (one key and its total are the same number)
        return cells.filter("small")["key"].to_list()
    table = protect(
        cells,
        count="y",
        by=("key",),
        minimum_count=minimum,
        totals={"key": TOTAL},
        sensitive="small",
    ).table
    return table.filter(pl.col("suppressed").is_not_null())["key"].to_list()


def _adds_up(done: CountedOutlook) -> Check:
    parts = done.months.filter(pl.col("key") != TOTAL).group_by("ds").agg(pl.col("mean").sum())
    whole = done.months.filter(pl.col("key") == TOTAL).select("ds", pl.col("mean").alias("whole"))
    both = parts.join(whole, on="ds")
    gap = max(((both["mean"] - both["whole"]).abs() / both["whole"].abs().clip(1.0)).to_list())
    return Check(
        "Parts add up",
        "The total is the sum of its parts in every month ahead",
        f"largest difference {gap:.1e} of the total",
        gap < TOLERANCE,
    )


def _coverage(share: float, forecasts: int) -> Check:
    low, high = GOOD_COVERAGE
    return Check(
        "Earlier forecasts",
        f"Between {low:.0%} and {high:.0%} of what came inside the 8 in 10 range",
        f"{share:.0%} of {forecasts:,}",
        low <= share <= high,
    )
