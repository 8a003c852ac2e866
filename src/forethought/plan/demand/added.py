"""Forecast value added: what judgement adds to a forecast, and what the forecast adds to none.

Each month that has come is held against three forecasts: as it was published, without judgement,
and the same month of the year before. A step of the work is worth its while where it makes the
error smaller.

References:
    Gilliland (2010), The Business Forecasting Deal: the stairstep report.
    Fildes, Goodwin, Lawrence and Nikolopoulos (2009), Effective forecasting and judgmental
    adjustments. International Journal of Forecasting 25, 3-23.
    Newey and West (1987), A simple, positive semi-definite, heteroskedasticity and autocorrelation
    consistent covariance matrix. Econometrica 55, 703-708.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.plan.demand.prices import TENTH
from forethought.plan.demand.vocabulary import ALL

MONTHS_THAT_COUNT = 6
"""Months that must have come before anything is said of whether judgement helps."""
EVERYBODY, NOBODY = "everybody", ""
TOO_EARLY, UNCLEAR, HELPED, HARMED = (
    "too early to tell", "no clear difference", "smaller error", "larger error",
)  # fmt: skip
TOUCHES = {
    "requests": ("requests",),
    "starts": ("starts", "supported", "ends"),
    "leaving": ("ends", "supported"),
}
"""Measures that an adjustment of a flow moves."""
_SCHEMA = {
    "measure": pl.String, "service": pl.String, "author": pl.String, "months": pl.Int64,
    "published": pl.Float64, "unadjusted": pl.Float64, "naive": pl.Float64,
    "judgement_added": pl.Float64, "method_added": pl.Float64,
    "judgement": pl.String, "method": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class Judgement:
    """An adjustment that was in force when a forecast was made.

    Args:
        author: Who made it.
        flow: `requests`, `starts` or `leaving`.
        first: First month that it touches.
        service: The one service; None: all.
    """

    author: str
    flow: str
    first: date
    service: str | None = None

    def touches(self, measure: str, service: str, month: date) -> bool:
        """Whether it moves a measure of a service (or of all) in a month."""
        mine = self.service is None or service in {ALL, self.service}
        return mine and measure in TOUCHES[self.flow] and month >= self.first


@dataclass(frozen=True, eq=False)
class ValueAdded:
    """What judgement and method added.

    Args:
        frame: `measure`, `service`, `author` (`everybody` is all rows together; an author the
            months that a judgement of theirs touched; several who touched the same months stand
            together), `months` (that have come), mean absolute errors `published`, `unadjusted`,
            `naive`; `judgement_added` (share of the unadjusted error that went away; null where
            nobody judged), `method_added` (the same of the unadjusted beside the naive);
            `judgement`, `method` in words: `too early to tell`, `no clear difference`, `smaller
            error`, `larger error`.
    """

    frame: pl.DataFrame

    def headline(self) -> str:
        """What judgement added to people supported in the county, in a sentence."""
        rows = self.frame.filter(
            (pl.col("measure") == "supported") & (pl.col("service") == ALL)
            & (pl.col("author") == EVERYBODY)
        )  # fmt: skip
        if rows.is_empty():
            return "No month has come yet that could tell what judgement or method add."
        row = rows.row(0, named=True)
        method = _sentence("The forecast without judgement", row, "method", "naive forecast")
        if row["judgement_added"] is None:
            return f"{method} Nobody changed the forecasts that are judged."
        return f"{_sentence('Judgement', row, 'judgement', 'forecast without it')} {method}"


def _sentence(who: str, row: dict[str, Any], name: str, than: str) -> str:
    months = f"{row['months']} months" if row["months"] != 1 else "1 month"
    if row[name] == TOO_EARLY:
        return f"{who}: {TOO_EARLY} ({months} of {MONTHS_THAT_COUNT})."
    added = row[f"{name}_added"]
    if row[name] == UNCLEAR or added is None:
        return f"{who}: no clear difference to the {than} in {months}."
    way = "smaller" if added > 0 else "larger"
    return f"{who}: error {abs(added):.0%} {way} than that of the {than} in {months}."


def value_added_by(rows: pl.DataFrame) -> ValueAdded:
    """Hold three forecasts of each month against what came, by measure, service and author.

    Args:
        rows: `measure`, `service`, `ds`, `published`, `unadjusted`, `naive`, `actual`, `authors`
            (names of those whose judgement touched it, joined; empty: nobody); several forecasts
            of a month are averaged first, as they err together.
    """
    known = rows.drop_nulls(["published", "unadjusted", "naive", "actual"])
    found = []
    for (measure, service), part in known.group_by("measure", "service", maintain_order=True):
        judged = part.filter(pl.col("authors") != NOBODY)
        found.append(_row(str(measure), str(service), EVERYBODY, part, judged))
        for (author,), own in judged.group_by("authors", maintain_order=True):
            found.append(_row(str(measure), str(service), str(author), own, own))
    frame = pl.DataFrame(found, schema=_SCHEMA)
    return ValueAdded(frame.sort("measure", "service", maintain_order=True))


def _row(
    measure: str, service: str, author: str, part: pl.DataFrame, judged: pl.DataFrame
) -> dict[str, Any]:
    errors = _errors(part)
    own = _errors(judged) if judged.height else None
    published, unadjusted, naive = (float(errors[name].mean()) for name in _THREE)
    return {
        "measure": measure, "service": service, "author": author, "months": part["ds"].n_unique(),
        "published": published, "unadjusted": unadjusted, "naive": naive,
        "judgement_added": None if own is None else _share(own, "published", "unadjusted"),
        "method_added": _share(errors, "unadjusted", "naive"),
        "judgement": "" if own is None else _verdict(own, "published", "unadjusted"),
        "method": _verdict(errors, "unadjusted", "naive"),
    }  # fmt: skip


_THREE = ("published", "unadjusted", "naive")


def _errors(part: pl.DataFrame) -> dict[str, NDArray[np.float64]]:
    """Absolute errors by month, in order: the mean over the forecasts that told it."""
    by_month = (
        part.group_by("ds")
        .agg((pl.col(name) - pl.col("actual")).abs().mean().alias(name) for name in _THREE)
        .sort("ds")
    )
    return {name: by_month[name].to_numpy() for name in _THREE}


def _share(errors: dict[str, NDArray[np.float64]], one: str, other: str) -> float | None:
    before = float(errors[other].mean())
    return float(1 - errors[one].mean() / before) if before > 0 else None


def _verdict(errors: dict[str, NDArray[np.float64]], one: str, other: str) -> str:
    """Whether errors of one lie below the other's: paired by month, 9 in 10 sure on either side."""
    apart = errors[one] - errors[other]
    if apart.size < MONTHS_THAT_COUNT:
        return TOO_EARLY
    middle, margin = float(apart.mean()), TENTH * standard_error(apart)
    if middle + margin < 0:
        return HELPED
    return HARMED if middle - margin > 0 else UNCLEAR


def standard_error(values: Sequence[float] | NDArray[np.float64]) -> float:
    """Standard error of a mean of values that follow each other (Newey and West, Bartlett)."""
    series = np.asarray(values, dtype=float) - np.mean(values)
    size = series.size
    lags = int(np.floor(size ** (1 / 3)))
    variance = float(series @ series) / size
    for lag in range(1, lags + 1):
        weight = 1 - lag / (lags + 1)
        variance += 2 * weight * float(series[lag:] @ series[:-lag]) / size
    return float(np.sqrt(max(variance, 0.0) / size))
