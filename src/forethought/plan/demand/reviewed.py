"""Forecasts that were kept, beside what came: bias, error, and how many lay in their range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

import polars as pl

from forethought.errors import DataError
from forethought.place.calendar import month_name
from forethought.plan.demand.added import Judgement, ValueAdded, value_added_by
from forethought.plan.demand.judged import LEVEL
from forethought.plan.demand.vocabulary import ALL

LOW, HIGH = f"lo-{LEVEL}", f"hi-{LEVEL}"
AXES = ("service", "who", "district")
NEEDED = (*AXES, "measure", "ds", "observed", "mean", LOW, HIGH)
Basis = Literal["kept", "made late", "made again", "none"]
_THREE = {
    "measure": pl.String, "service": pl.String, "ds": pl.Date, "published": pl.Float64,
    "unadjusted": pl.Float64, "naive": pl.Float64, "actual": pl.Float64, "authors": pl.String,
}  # fmt: skip
_ROWS = {
    "measure": pl.String, "service": pl.String, "origin": pl.Date, "ds": pl.Date,
    "ahead": pl.Int64, "mean": pl.Float64, LOW: pl.Float64, HIGH: pl.Float64,
    "actual": pl.Float64, "inside": pl.Boolean,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Made:
    """A forecast as a run kept it.

    Args:
        run_id: The run.
        made_at: When it was made.
        months: `service`, `who`, `district`, `measure`, `ds` (first day), `observed` (null ahead),
            `mean`, `lo-80`, `hi-80`; cells that may not be shown are null.
        unadjusted: The county's forecast without judgement: `ds`, `mean`, `service`, `measure`;
            None where nobody judged.
        judgements: Adjustments that were in force.
    """

    run_id: str
    made_at: datetime
    months: pl.DataFrame
    unadjusted: pl.DataFrame | None = None
    judgements: tuple[Judgement, ...] = ()

    @property
    def origin(self) -> date:
        """The last month that it knew."""
        known = self.months.drop_nulls("observed")["ds"].max()
        if not isinstance(known, date):
            raise DataError("The forecast has no observed month.", where=self.run_id)
        return known


@dataclass(frozen=True, eq=False)
class Reviewed:
    """The record of forecasts.

    Args:
        rows: A row for each month that was forecast and has come: `measure`, `service`, `origin`
            (last month then known), `ds`, `ahead` (months), `mean`, `lo-80`, `hi-80`, `actual`,
            `inside` (its 8 in 10 range).
        by_ahead: `measure`, `service`, `ahead`, `judged`, `bias` (mean of forecast less what
            came), `error` (mean absolute), `mean_actual`, `inside` (share of those judged, 0-1).
        basis: Whether the forecasts were `kept` before what they foretold was known, `made late`
            (afterwards, as of an earlier day), or `made again` by the newest run; `none`: there
            are none of any sort.
        origins: Last known month of each forecast, oldest first.
        runs: The run of each; empty where they were made again.
        provisional: Months of `rows` whose actual is estimated, as records are still coming in.
        added: What judgement and method added.
    """

    rows: pl.DataFrame
    by_ahead: pl.DataFrame
    basis: Basis
    origins: tuple[date, ...]
    runs: tuple[str, ...]
    provisional: tuple[date, ...] = ()
    added: ValueAdded = field(default_factory=lambda: value_added_by(pl.DataFrame(schema=_THREE)))

    @property
    def overall(self) -> pl.DataFrame:
        """The same by measure and service over all months ahead."""
        return _summary(self.rows, ("measure", "service"))

    def table(self) -> list[dict[str, Any]]:
        """Rows of measure and service: all months together (`ahead` None), then by months ahead."""
        whole = self.overall.with_columns(pl.lit(None, pl.Int64).alias("ahead"))
        both = pl.concat([whole.select(self.by_ahead.columns), self.by_ahead])
        return both.sort("measure", "service", "ahead", nulls_last=False).to_dicts()

    def as_json(self) -> dict[str, Any]:
        """All of it in plain values."""
        return {
            "headline": self.headline(),
            "basis": self.basis,
            "origins": [str(day) for day in self.origins],
            "runs": list(self.runs),
            "provisional": [str(day) for day in self.provisional],
            "summary": self.table(),
            "value_added": self.added.frame.to_dicts(),
            "rows": self.rows.to_dicts(),
        }

    def notes(self) -> tuple[str, ...]:
        """What a reader must know of it, in sentences."""
        found = []
        if self.basis == "made again":
            found.append(
                "No month has come yet that a kept forecast was made for: these are forecasts of "
                "earlier years, made again with what was known then."
            )
        elif self.basis == "made late":
            found.append(
                "These runs were made after the months they forecast had come: their settings may "
                "owe something to it."
            )
        if self.rows.height:
            found.append(self.added.headline())
        if self.provisional:
            months = ", ".join(month_name(day) for day in self.provisional)
            found.append(f"Records of {months} are still coming in: that figure is estimated.")
        return tuple(found)

    def _repr_html_(self) -> str:
        """The sentence, what must be known, and the summary."""
        from forethought.results.protocol import notebook_html

        words = " ".join((self.headline(), *self.notes()))
        return notebook_html(words, pl.DataFrame(self.table()))

    def headline(self) -> str:
        """The record of people supported in the county, in a sentence."""
        whole = self.overall.filter((pl.col("measure") == "supported") & (pl.col("service") == ALL))
        if whole.is_empty():
            return "No month that an earlier forecast was made for has come yet."
        row = whole.row(0, named=True)
        many = "forecast" if len(self.origins) == 1 else "forecasts"
        way = "more" if row["bias"] > 0 else "fewer"
        return (
            f"{len(self.origins)} {many} of people supported, {self.basis}: "
            f"{abs(row['bias']):,.1f} {way} than came on average, wrong by {row['error']:,.1f}; "
            f"{row['inside']:.0%} of {row['judged']} months inside the 8 in 10 range."
        )


def review(
    made: Sequence[Made], *, again: pl.DataFrame | None = None, provisional: Sequence[date] = ()
) -> Reviewed:
    """Hold every forecast that was kept against what the newest one has observed.

    Of several runs that knew the same months, the one counts that stood when the next data came:
    the last made before any run knew more. A run that was made only after that is judged where no
    other can be, and said to be late: its settings may owe something to what had come.

    Args:
        made: Runs' forecasts, in any order; the one that knows most tells what came.
        again: Forecasts of earlier years that the newest run made again (`beside_what_came`), shown
            where no forecast was kept.
        provisional: Months whose observed figure is an estimate.

    Raises:
        DataError: No run, or frames without the columns named by `Made`.
    """
    if not made:
        raise DataError("There is no run whose forecasts could be judged.", where="made")
    for each in made:
        missing = [name for name in NEEDED if name not in each.months.columns]
        if missing:
            raise DataError(
                f"The months of a forecast lack {', '.join(missing)}.", where=each.run_id
            )
    newest = max(made, key=lambda each: (each.origin, each.made_at))
    came = _county(newest.months).drop_nulls("observed")
    for basis, stood in (("kept", _standing(made, newest)), ("made late", _late(made, newest))):
        rows = _beside(stood, came)
        if rows.height:
            added = value_added_by(_three(stood, came))
            return _reviewed(rows, basis, tuple(stood), provisional, added)  # type: ignore[arg-type]
    rows = _made_again(again)
    added = value_added_by(_three_again(again))
    return _reviewed(rows, "made again" if rows.height else "none", (), provisional, added)


def _standing(made: Sequence[Made], newest: Made) -> list[Made]:
    """Of each date the forecast that stood when the next data came."""
    found = {}
    for each in sorted(made, key=lambda one: one.made_at):
        later = [one.made_at for one in made if one.origin > each.origin]
        if each.origin < newest.origin and each.made_at < min(later):
            found[each.origin] = each
    return [found[origin] for origin in sorted(found)]


def _late(made: Sequence[Made], newest: Made) -> list[Made]:
    """Of each date the first that was made."""
    found: dict[date, Made] = {}
    for each in sorted(made, key=lambda one: one.made_at):
        if each.origin < newest.origin:
            found.setdefault(each.origin, each)
    return [found[origin] for origin in sorted(found)]


def _county(months: pl.DataFrame) -> pl.DataFrame:
    """The county as a whole, and each service of it."""
    return months.filter((pl.col("who") == ALL) & (pl.col("district") == ALL))


def _beside(stood: Sequence[Made], came: pl.DataFrame) -> pl.DataFrame:
    actual = came.select("measure", "service", "ds", pl.col("observed").alias("actual"))
    parts = []
    for each in stood:
        ahead = _county(each.months).filter(pl.col("observed").is_null()).drop_nulls("mean")
        parts.append(
            ahead.select(
                "measure", "service", pl.lit(each.origin).alias("origin"), "ds",
                _months_between(pl.lit(each.origin), pl.col("ds")).alias("ahead"),
                "mean", LOW, HIGH,
            ).join(actual, on=["measure", "service", "ds"], how="inner", maintain_order="left")
        )  # fmt: skip
    return _judged(pl.concat(parts)) if parts else pl.DataFrame(schema=_ROWS)


def _made_again(again: pl.DataFrame | None) -> pl.DataFrame:
    if again is None or again.is_empty():
        return pl.DataFrame(schema=_ROWS)
    rows = _county(again).drop_nulls(("mean", "actual"))
    ahead = _months_between(pl.col("origin"), pl.col("ds")).alias("ahead")
    return _judged(
        rows.select("measure", "service", "origin", "ds", ahead, "mean", LOW, HIGH, "actual")
    )


def _judged(rows: pl.DataFrame) -> pl.DataFrame:
    """With `inside`: ranges of people are whole people, rounded outwards."""
    inside = pl.col("actual").round().is_between(pl.col(LOW).floor(), pl.col(HIGH).ceil())
    order = ("measure", "service", "origin", "ds")
    return rows.with_columns(inside.alias("inside")).cast(_ROWS).sort(order)  # type: ignore[arg-type]


def _months_between(first: pl.Expr, last: pl.Expr) -> pl.Expr:
    years = last.dt.year().cast(pl.Int64) - first.dt.year().cast(pl.Int64)
    return years * 12 + last.dt.month().cast(pl.Int64) - first.dt.month().cast(pl.Int64)


def _summary(rows: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    error = pl.col("mean") - pl.col("actual")
    return (
        rows.group_by(by)
        .agg(
            pl.len().cast(pl.Int64).alias("judged"),
            error.mean().alias("bias"),
            error.abs().mean().alias("error"),
            pl.col("actual").mean().alias("mean_actual"),
            pl.col("inside").mean().alias("inside"),
        )
        .sort(by)
    )


def _reviewed(
    rows: pl.DataFrame,
    basis: Basis,
    stood: Sequence[Made],
    provisional: Sequence[date],
    added: ValueAdded,
) -> Reviewed:
    origins = tuple(rows["origin"].unique().sort().to_list())
    months = set(rows["ds"].to_list())
    return Reviewed(
        rows=rows,
        by_ahead=_summary(rows, ("measure", "service", "ahead")),
        basis=basis,
        origins=origins,
        runs=tuple(each.run_id for each in stood if each.origin in origins),
        provisional=tuple(month for month in provisional if month in months),
        added=added,
    )


def _three(stood: Sequence[Made], came: pl.DataFrame) -> pl.DataFrame:
    """Three forecasts of each month that came: published, without judgement, naive."""
    actual = came.select("measure", "service", "ds", pl.col("observed").alias("actual"))
    parts = [_three_of(each).join(actual, on=["measure", "service", "ds"]) for each in stood]
    return pl.concat(parts) if parts else pl.DataFrame(schema=_THREE)


def _three_of(made: Made) -> pl.DataFrame:
    months = _county(made.months)
    key = ["measure", "service", "ds"]
    ahead = pl.col("ds") > made.origin  # cells that may not be shown are null before it, too
    told = months.filter(ahead).select(*key, pl.col("mean").alias("published"))
    plain = _plain(made)
    joined = told if plain is None else told.join(plain, on=key, how="left", maintain_order="left")
    unadjusted = pl.col("published") if plain is None else pl.coalesce("unadjusted", "published")
    back = 12 * ((_months_between(pl.lit(made.origin), pl.col("ds")) - 1) // 12 + 1)
    naive = months.drop_nulls("observed").select(
        "measure", "service", pl.col("ds").alias("then"), pl.col("observed").alias("naive")
    )
    found = (
        joined.with_columns(
            unadjusted.alias("unadjusted"),
            pl.col("ds").dt.offset_by(pl.format("-{}mo", back)).alias("then"),
        )
        .join(naive, on=["measure", "service", "then"], how="left", maintain_order="left")
        .drop("then")
    )
    authors = [
        ", ".join(dict.fromkeys(j.author for j in made.judgements if j.touches(*row)))
        for row in found.select(key).iter_rows()
    ]
    return found.with_columns(pl.Series("authors", authors, dtype=pl.String))


def _plain(made: Made) -> pl.DataFrame | None:
    """The forecast without judgement by measure, service and month; None where nobody judged."""
    if made.unadjusted is None or not made.judgements:
        return None
    rows = made.unadjusted
    if "service" not in rows.columns:  # of an earlier version: people supported in the county
        rows = rows.with_columns(pl.lit("supported").alias("measure"), pl.lit(ALL).alias("service"))
    return rows.select("measure", "service", "ds", pl.col("mean").alias("unadjusted"))


def _three_again(again: pl.DataFrame | None) -> pl.DataFrame:
    """The same of forecasts made again, which hold no judgement."""
    if again is None or again.is_empty() or "naive" not in again.columns:
        return pl.DataFrame(schema=_THREE)
    mean = pl.col("mean")
    return _county(again).select(
        "measure", "service", "ds", mean.alias("published"), mean.alias("unadjusted"), "naive",
        "actual", pl.lit("").alias("authors"),
    )  # fmt: skip
