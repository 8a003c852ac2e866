"""Earlier forecasts beside what came, and whether their ranges hold what they promise."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from forethought.plan.demand.outlook import Outlook
from forethought.plan.demand.prices import TENTH
from forethought.plan.demand.vocabulary import ALL

LEVEL = 80
PROMISED = LEVEL / 100
TOGETHER = 1.5
"""So many figures of one date count as one, as they err together (1.1 at most where measured)."""
IMPROBABLE = 0.01
YEAR_MONTHS = 12
CELL = ("service", "who", "district", "measure")
AXES = CELL[:3]


def beside_what_came(made: Outlook, now: Outlook) -> pl.DataFrame:
    """The first year of an earlier forecast beside what came and beside the seasonal naive.

    Ranges of people are whole people: the lower end is rounded down, the upper up.

    Args:
        made: The earlier forecast.
        now: The outlook whose history tells what came.

    Returns:
        `service`, `who`, `district`, `measure`, `ds`, `origin` (last month then known), `mean`,
        `lo-80`, `hi-80`, `actual`, `inside`; `naive` (the same month a year before),
        `naive_inside` (in a normal range as wide as that was wrong until then), and `scale` (its
        mean error until then, the scale of MASE).
    """
    low, high = f"lo-{LEVEL}", f"hi-{LEVEL}"
    history = made.months.drop_nulls("observed").select(*CELL, "ds", "observed").sort(*CELL, "ds")
    origin = history["ds"].max()
    came = now.months.drop_nulls("observed").select(*CELL, "ds", pl.col("observed").alias("actual"))
    year_ago = history.select(
        *CELL, pl.col("ds").dt.offset_by("1y"), pl.col("observed").alias("naive")
    )
    change = pl.col("observed") - pl.col("observed").shift(YEAR_MONTHS).over(CELL)
    past = (
        history.with_columns(change.alias("change"))
        .group_by(CELL)
        .agg(
            pl.col("change").abs().mean().alias("scale"),
            (pl.col("change") ** 2).mean().sqrt().alias("spread"),
        )
    )
    whole = pl.col("actual").round()
    width = TENTH * pl.col("spread")
    return (
        made.months.filter(pl.col("observed").is_null())
        .select(*CELL, "ds", pl.lit(origin).cast(pl.Date).alias("origin"), "mean", low, high)
        .join(came, on=[*CELL, "ds"], how="inner", maintain_order="left")
        .join(year_ago, on=[*CELL, "ds"], how="inner", maintain_order="left")
        .join(past, on=CELL, how="left", maintain_order="left")
        .with_columns(
            whole.is_between(pl.col(low).floor(), pl.col(high).ceil()).alias("inside"),
            whole.is_between(
                (pl.col("naive") - width).floor(), (pl.col("naive") + width).ceil()
            ).alias("naive_inside"),
        )
        .drop("spread")
    )


@dataclass(frozen=True)
class Verdict:
    """What earlier forecasts of people supported say of the method.

    Args:
        origins: Dates from which was forecast, a year apart.
        judged: Figures judged: people supported a year ahead by service, client group, age and
            district, and in the county.
        inside: How many lay in their 8 in 10 range.
        naive_inside: The same of the seasonal naive.
        mase: Mean absolute scaled error over all months of the years ahead.
        naive_mase: The same of the seasonal naive.
        chance: The chance of no more inside, were the ranges right.
    """

    origins: int
    judged: int
    inside: int
    naive_inside: int
    mase: float
    naive_mase: float
    chance: float

    @property
    def holds(self) -> bool:
        """Whether so few inside are not improbable."""
        return self.chance >= IMPROBABLE


def verdict(record: pl.DataFrame) -> Verdict | None:
    """Judge the ranges of earlier forecasts; None where there are none.

    Years do not overlap, so dates count apart; figures of one date err together, so `TOGETHER`
    of them count as one. The number inside is held against the binomial distribution.

    Args:
        record: Rows of `beside_what_came`, of any number of earlier forecasts.
    """
    from scipy.stats import binom

    single = pl.sum_horizontal((pl.col(axis) != ALL).cast(pl.Int32) for axis in AXES) <= 1
    rows = record.filter(
        single & (pl.col("measure") == "supported") & (pl.col("actual") > 0)
    ).drop_nulls("inside")
    ends = rows.filter(pl.col("ds") == pl.col("ds").max().over("origin"))
    if ends.is_empty():
        return None
    inside = int(ends["inside"].sum())
    error = rows.filter(pl.col("scale") > 0).select(
        ((pl.col("mean") - pl.col("actual")).abs() / pl.col("scale")).mean().alias("ours"),
        ((pl.col("naive") - pl.col("actual")).abs() / pl.col("scale")).mean().alias("naive"),
    )
    tried = max(round(ends.height / TOGETHER), 1)
    return Verdict(
        origins=rows["origin"].n_unique(),
        judged=ends.height,
        inside=inside,
        naive_inside=int(ends["naive_inside"].sum()),
        mase=float(error["ours"].item()),
        naive_mase=float(error["naive"].item()),
        chance=float(binom.cdf(round(inside / ends.height * tried), tried, PROMISED)),
    )
