"""Monthly series that somebody else has counted: forecasts by key that add up to the total."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from forethought.errors import DataError
from forethought.place.calendar import add_months, months_between
from forethought.plan.shocks import Shock

TOTAL = "total"
OTHERS = "All others"
NOT_KNOWN = "Not known"
FEWEST_MONTHS = 24
YEAR = 12
LEVEL = (50.0, 80.0, 95.0)


@dataclass(frozen=True, eq=False)
class CountedSeries:
    """Histories that run through the same months.

    Args:
        frame: `key`, `ds` (first of the month), `y`; no gap in any key.
        pooled: Keys that are summed as "All others": months are missing, or they are too many.
    """

    frame: pl.DataFrame
    pooled: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class CountedOutlook:
    """Forecasts of counted series.

    Args:
        history: `key` ("total" for the sum), `ds`, `y`.
        months: `key`, `ds`, `mean`, `median`, `lo-50` ... `hi-95`.
        years: `key`, `year` (12 months ahead from 1), `first`, `last`, `mean`, ranges, and
            `before`, the same number of months up to the last known; sums of paths. Empty for
            what is no flow.
        pooled: Keys summed as "All others".
        accuracy: One row a model: forecasts made at earlier dates held against what came.
        by_horizon: The same by months ahead.
    """

    history: pl.DataFrame
    months: pl.DataFrame
    years: pl.DataFrame
    pooled: tuple[str, ...]
    accuracy: pl.DataFrame
    by_horizon: pl.DataFrame


def counted_series(frame: pl.DataFrame, *, most: int) -> CountedSeries:
    """Series fit to be forecast together and to add up.

    Args:
        frame: `key`, `ds`, `y`; rows of one key and month are added up.
        most: Most series; the largest stand alone.

    Raises:
        DataError: Fewer than 24 months, or no value.
    """
    monthly = (
        frame.with_columns(pl.col("key").fill_null(NOT_KNOWN), pl.col("ds").dt.month_start())
        .drop_nulls(("ds", "y"))
        .group_by("key", "ds")
        .agg(pl.col("y").cast(pl.Float64).sum())
    )
    days = monthly["ds"].to_list()
    count = months_between(min(days), max(days)) + 1 if days else 0
    if count < FEWEST_MONTHS:
        raise DataError(
            f"The counts span {count} months.",
            remedy=f"A forecast needs {FEWEST_MONTHS} or more; look at `where` and `date`.",
        )
    months = [add_months(min(days), step) for step in range(count)]
    missing = sorted(set(months) - set(days))
    if missing:
        raise DataError(
            f"No key has a count for {len(missing)} months, the first {missing[0]:%B %Y}.",
            remedy="Fill them, or leave out what lies before.",
        )
    size = monthly.group_by("key").agg(pl.len().alias("months"), pl.col("y").sum().alias("volume"))
    whole = size.filter(pl.col("months") == count).sort("volume", "key", descending=[True, False])
    alone = whole["key"].head(most - 1 if whole.height < size.height else most).to_list()
    if len(alone) < size.height and len(alone) == most:
        alone = alone[:-1]
    named = pl.when(pl.col("key").is_in(alone)).then(pl.col("key")).otherwise(pl.lit(OTHERS))
    pooled = tuple(sorted(set(size["key"]) - set(alone)))
    series = (
        monthly.with_columns(named.alias("key"))
        .group_by("key", "ds")
        .agg(pl.col("y").sum())
        .sort("key", "ds")
    )
    if not pooled:
        return CountedSeries(series, ())
    grid = pl.DataFrame({"key": [OTHERS] * count, "ds": months})
    others = grid.join(series, on=["key", "ds"], how="left").with_columns(
        pl.col("y").fill_null(0.0)
    )
    kept = series.filter(pl.col("key") != OTHERS)
    return CountedSeries(pl.concat([kept, others]), pooled)


def counted_outlook(
    series: CountedSeries,
    *,
    h: int,
    flow: bool = True,
    windows: int = 3,
    shocks: Sequence[Shock] = (),
    paths: int = 1000,
    seed: int = 0,
) -> CountedOutlook:
    """Forecast each key and the total, coherently, and judge the method on earlier dates.

    Args:
        series: Histories of the same months.
        h: Months ahead.
        flow: Whether months may be added up to years.
        windows: Earlier dates to forecast from, 6 months apart, 12 months ahead.
        shocks: What happened once.
        paths: Sample futures.
        seed: Same seed, same digits.

    Raises:
        DataError: A history that cannot be forecast.
    """
    from forethought.plan.evaluation import evaluate

    history, months, drawn = _coherent(series, h=h, shocks=shocks, paths=paths, seed=seed)
    judged = evaluate(
        history.rename({"key": "unique_id"}),
        h=min(YEAR, h),
        windows=_windows(history, windows),
        step=6,
        shocks=shocks,
        level=LEVEL,
        seed=seed,
    )
    years = _years(history, drawn, h)
    return CountedOutlook(
        history=history,
        months=months,
        years=years if flow else years.clear(),
        pooled=series.pooled,
        accuracy=judged.frame,
        by_horizon=judged.by_horizon,
    )


def _coherent(
    series: CountedSeries, *, h: int, shocks: Sequence[Shock], paths: int, seed: int
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """History, months ahead and paths of each key and of the total, which all add up."""
    from forethought.plan.forecasting import forecast

    bottom = series.frame.with_columns(pl.col("key").alias("unique_id"))
    single = bottom["key"].n_unique() == 1
    made = forecast(
        bottom, h=h, freq="1mo", level=LEVEL, hierarchy=None if single else [(), ("key",)],
        shocks=shocks, paths=paths, seed=seed,
    )  # fmt: skip
    total = pl.coalesce("key", pl.lit(TOTAL)).alias("key")
    months = made.frame.with_columns(total)
    keys = made.frame.select("unique_id", "key").unique()
    drawn = made.paths.join(keys, on="unique_id", how="left").with_columns(total)
    if single:
        months = pl.concat([months, months.with_columns(key=pl.lit(TOTAL))])
        drawn = pl.concat([drawn, drawn.with_columns(key=pl.lit(TOTAL))])
    whole = series.frame.group_by("ds").agg(pl.col("y").sum())
    history = pl.concat(
        [series.frame.select("key", "ds", "y"), whole.select(key=pl.lit(TOTAL), ds="ds", y="y")]
    ).sort("key", "ds")
    ranges = [c for c in months.columns if c[:3] in ("lo-", "hi-")]
    columns = ["key", "ds", "mean", "median", *ranges]
    return history, months.select(columns).sort("key", "ds"), drawn


def _windows(history: pl.DataFrame, wanted: int) -> int:
    """How many dates, six months apart, leave two years of history and a year to judge."""
    months = history["ds"].n_unique()
    return max(1, min(wanted, (months - YEAR - FEWEST_MONTHS) // 6 + 1))


def _years(history: pl.DataFrame, drawn: pl.DataFrame, h: int) -> pl.DataFrame:
    """Sums of paths over each 12 months ahead, beside the 12 months up to the last known."""
    last = max(history["ds"].to_list())
    before = (
        history.filter(pl.col("ds") > add_months(last, -YEAR))
        .group_by("key")
        .agg(pl.col("y").sum().alias("before"))
    )
    parts = []
    for year in range(1, h // YEAR + 1):
        first, end = add_months(last, 1 + (year - 1) * YEAR), add_months(last, year * YEAR)
        sums = (
            drawn.filter(pl.col("ds").is_between(first, end))
            .group_by("key", "path")
            .agg(pl.col("y").sum())
        )
        parts.append(_ranges(sums, year, first, end))
    if not parts:
        parts = [_ranges(drawn.select("key", "path", "y").clear(), 0, last, last)]
    return pl.concat(parts).join(before, on="key", how="left").sort("key", "year")


def _ranges(sums: pl.DataFrame, year: int, first: date, end: date) -> pl.DataFrame:
    quantiles = {
        f"{side}-{level:g}": (1 - level / 100) / 2 if side == "lo" else (1 + level / 100) / 2
        for level in LEVEL
        for side in ("lo", "hi")
    }
    return sums.group_by("key", maintain_order=True).agg(
        pl.lit(year, pl.Int32).alias("year"),
        pl.lit(first).alias("first"),
        pl.lit(end).alias("last"),
        pl.col("y").mean().alias("mean"),
        pl.col("y").median().alias("median"),
        *(
            pl.col("y").quantile(probability, interpolation="linear").alias(name)
            for name, probability in quantiles.items()
        ),
    )
