"""Farrington's outbreak detection in its improved form, for any number of series at once.

References:
    Noufaily et al. (2013), An improved algorithm for outbreak detection in multiple surveillance
    systems, Statistics in Medicine 32; Farrington et al. (1996). Answers equal those of
    `farringtonFlexible` of the R package `surveillance` with the same settings; standard errors of
    predictions (which `delta`, `muan` and trend tests use, `nbPlugin` does not) follow its
    dispersion, that is taken with the reweighting weights alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.errors import DataError, Problem, UsageError, did_you_mean
from forethought.plan.series import Panel, Series, checked_series, periods_of
from forethought.plan.watch.thresholds import (
    METHODS,
    POWERS,
    Method,
    PowerTransformation,
    count_threshold,
    delta_threshold,
)

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

YEAR = {"1mo": 12, "1w": 52, "1q": 4, "3mo": 4}
"""Periods of a year, for the frequencies that the method knows."""
_HALF_WINDOW = {12: 1, 52: 3, 4: 0}
_BLOCKS = {12: 10, 52: 10, 4: 4}
_LEAST_YEARS_OF_A_TREND = 3


@dataclass(frozen=True)
class Farrington:
    """Settings, by the names of R's `farringtonFlexible`; the defaults are the improved ones.

    Args:
        b: Years of baseline; fewer are taken where the history is shorter, down to `least_b`.
        w: Half width of the window about the same time of earlier years, in periods; None takes 3
            for weeks, 1 for months, 0 for quarters.
        no_periods: Blocks of the season, the window being one; 1 looks at the windows alone. None
            takes 10 (for quarters 4).
        weights_threshold: Anscombe residual beyond which a past count loses weight.
        past_not_included: Periods before the one looked at that are left out of the baseline, so
            that an outbreak that is under way does not hide itself. None takes half a year.
        trend: Whether a trend is tried (from three years of baseline).
        p_threshold_trend: p-value up to which it is kept; 1 keeps it always.
        reweight: Whether past outbreaks lose weight.
        threshold_method: `nbPlugin`, `muan` or `delta`.
        powertrans: Power transformation of `delta`.
        alpha: One-sided chance of a false alarm of one series in one period.
        limit54: Cases and periods: no alarm with fewer than so many cases in so many periods.
        least_b: Fewest years of baseline.
    """

    b: int = 5
    w: int | None = None
    no_periods: int | None = None
    weights_threshold: float = 2.58
    past_not_included: int | None = None
    trend: bool = True
    p_threshold_trend: float = 1.0
    reweight: bool = True
    threshold_method: Method = "nbPlugin"
    powertrans: PowerTransformation = "2/3"
    alpha: float = 0.01
    limit54: tuple[int, int] = (5, 4)
    least_b: int = 2

    def __post_init__(self) -> None:
        problems = []
        if self.threshold_method not in METHODS:
            remedy = did_you_mean(self.threshold_method, METHODS)
            problems.append(
                Problem(f'"{self.threshold_method}" is no method.', "threshold_method", remedy)
            )
        if self.powertrans not in POWERS:
            remedy = did_you_mean(self.powertrans, POWERS)
            problems.append(Problem(f'"{self.powertrans}" is no power.', "powertrans", remedy))
        if not 0 < self.alpha < 0.5:  # noqa: PLR2004  a one-sided chance
            problems.append(Problem(f"{self.alpha} is no chance.", "alpha", "Give 0.001 to 0.1."))
        if not 1 <= self.least_b <= self.b:
            problems.append(Problem(f"{self.b} years of baseline.", "b", "Give least_b or more."))
        if self.limit54[0] < 0 or self.limit54[1] < 1:
            problems.append(
                Problem(f"{self.limit54} is no limit.", "limit54", "Give cases and periods.")
            )
        if problems:
            raise UsageError("The settings cannot be used.", problems=problems)


@dataclass(frozen=True, eq=False)
class Baseline:
    """Which periods each period looked at is held against, for series of one length.

    Args:
        rows: (P, N) periods of the baseline; -1 fills.
        block: (P, N) season block of each.
        sizes: (P) rows in use; 0 where the history is too short.
        now: (P) periods looked at.
        blocks: Season blocks.
        years: (P) years of baseline.
    """

    rows: Integers
    block: Integers
    sizes: Integers
    now: Integers
    blocks: int
    years: Integers


@dataclass(frozen=True, eq=False)
class Expected:
    """What the baselines say, shape (S, P) each; nan where there is no answer."""

    log_mean: Floats
    standard_error: Floats
    phi: Floats
    slope: Floats


def farrington(
    frame: Any,
    *,
    freq: str = "1mo",
    settings: Farrington | None = None,
    periods: int = 12,
    population: str | None = None,
) -> pl.DataFrame:
    """Counts against what earlier years lead one to expect.

    Args:
        frame: Long frame `unique_id`, `ds`, `y` (counts).
        freq: `1mo`, `1w` or `1q`.
        settings: See `Farrington`.
        periods: Last periods of each series that are looked at.
        population: Column of people at risk, where rates rather than counts are stable.

    Returns:
        A row a series and period: `unique_id`, `ds`, `y`, `expected`, `lower`, `upper`, `p`,
        `score`, `phi`, `trend` (log change a period; null: none), `years` of baseline, `alarm`;
        nulls where the history is too short.

    Raises:
        UsageError: A frequency that the method does not know.
        DataError: Gaps, duplicates, values that are no counts, all at once.
    """
    settings = settings or Farrington()
    if freq not in YEAR:
        raise UsageError(
            f'Farrington\'s method knows no baseline for "{freq}".',
            where="freq",
            remedy=f"Give one of {', '.join(YEAR)}.",
        )
    panel = checked_series(frame, freq)
    refuse_no_counts(panel)
    exposures = _exposures(frame, population, panel)
    return pl.concat(
        _answers(series, exposures.get(series.unique_id), panel, settings, periods)
        for series in panel.series
    )


def refuse_no_counts(panel: Panel) -> None:
    """Stop at values that are no counts.

    Raises:
        DataError: Every series that has some.
    """
    problems = [
        Problem(
            f"{int(bad.sum()):,} values are no counts, the first is {series.y[bad][0]:g}.",
            where=f"series {series.unique_id}",
            remedy="Give whole numbers from 0, or leave this rule out.",
        )
        for series in panel.series
        if (bad := (series.y < 0) | (series.y != np.rint(series.y))).any()
    ]
    if problems:
        raise DataError("These series hold no counts.", where="frame", problems=problems)


def baseline(
    length: int, now: Integers, year: int, settings: Farrington, back: Integers
) -> Baseline:
    """Baselines of the periods looked at, each with as many years as the history has.

    Args:
        length: Periods of the history.
        now: (P) periods looked at.
        year: Periods of a year.
        settings: See `Farrington`.
        back: (T, b) period that lies so many years before each period; negative: before the
            history.
    """
    half = _HALF_WINDOW[year] if settings.w is None else settings.w
    blocks = _BLOCKS[year] if settings.no_periods is None else settings.no_periods
    silent = year // 2 if settings.past_not_included is None else settings.past_not_included
    found = [_rows(int(k), back[k], half, blocks, silent, settings) for k in now]
    most = max((len(rows) for rows, _, _ in found), default=0)
    filled = np.full((2, len(found), most), -1, dtype=np.int64)
    for place, (rows, block, _) in enumerate(found):
        filled[0, place, : len(rows)], filled[1, place, : len(rows)] = rows, block
    if (filled[0] >= length).any():
        raise UsageError("A baseline lies beyond the history.", where="now")
    return Baseline(
        filled[0],
        filled[1],
        np.array([len(rows) for rows, _, _ in found], dtype=np.int64),
        np.asarray(now, dtype=np.int64),
        blocks,
        np.array([years for _, _, years in found], dtype=np.int64),
    )


def _rows(
    k: int, back: Integers, half: int, blocks: int, silent: int, settings: Farrington
) -> tuple[list[int], list[int], int]:
    """Periods and blocks of one baseline, in order of time, and its years."""
    references = [k, *(int(each) for each in back[: settings.b])]
    years = sum(reference - half >= 0 for reference in references[1:])
    if years < settings.least_b:
        return [], [], 0
    block_of: dict[int, int] = {}
    for later, reference in pairwise(references[: years + 1]):
        block_of.update(dict.fromkeys(range(reference - half, reference + half + 1), blocks - 1))
        between = np.arange(reference + half + 1, later - half)
        if blocks > 1:
            for number, part in enumerate(np.array_split(between, blocks - 1)):
                block_of.update(dict.fromkeys(part.tolist(), number))
    rows = [row for row in sorted(block_of) if row < k - silent]
    return rows, [block_of[row] for row in rows], years


def years_back(length: int, year: int, b: int, ds: pl.Series | None = None) -> Integers:
    """(T, b) the period that lies 1, 2, ... years before each.

    Weeks are found by their dates (the nearest with the same weekday), where there are dates:
    some years have 53 of them.
    """
    at = np.arange(length)[:, None]
    back = at - year * np.arange(1, b + 1)[None, :]
    if year != YEAR["1w"] or ds is None or not ds.dtype.is_temporal():
        return back
    days = ds.cast(pl.Date)
    for years in range(1, b + 1):
        earlier = pl.Series([_years_before(day, years) for day in days], dtype=pl.Date)
        weeks = (days - earlier).dt.total_days().to_numpy() / 7
        back[:, years - 1] = at[:, 0] - np.rint(weeks).astype(np.int64)
    return back


def _years_before(day: date | datetime, years: int) -> date:
    try:
        return date(day.year - years, day.month, day.day)
    except ValueError:
        return date(day.year - years, 3, 1)  # 29 February


def expectations(
    counts: Floats, exposure: Floats, held_against: Baseline, settings: Farrington
) -> Expected:
    """Fit all series at all periods looked at.

    Args:
        counts: (S, T) counts.
        exposure: (S, T) logarithm of people at risk, or zeros.
        held_against: Baselines.
        settings: See `Farrington`.
    """
    from forethought.plan.watch.kernels.baseline import baselines

    out = np.full((counts.shape[0], held_against.now.size, 5), np.nan)
    out[:, :, 4] = 0.0
    asked = held_against.sizes > 0
    if asked.any():
        part = np.full((counts.shape[0], int(asked.sum()), 5), np.nan)
        trend = (held_against.years[asked] >= _LEAST_YEARS_OF_A_TREND) & settings.trend
        baselines(
            np.ascontiguousarray(counts), np.ascontiguousarray(exposure),
            np.ascontiguousarray(held_against.rows[asked]),
            np.ascontiguousarray(held_against.block[asked]),
            held_against.sizes[asked], held_against.now[asked], held_against.blocks, trend,
            _critical(held_against, asked, settings.p_threshold_trend),
            settings.reweight, settings.weights_threshold, part,
        )  # fmt: skip
        out[:, asked] = part
    log_mean = np.where(out[:, :, 4] == 1, out[:, :, 0], np.nan)
    return Expected(log_mean, out[:, :, 1], out[:, :, 2], out[:, :, 3])


def _critical(held_against: Baseline, asked: NDArray[np.bool_], p: float) -> Floats:
    """Absolute t from which a trend's p-value is below the limit."""
    from scipy.stats import t

    if p >= 1:
        return np.zeros(int(asked.sum()))
    blocks = [np.unique(row[row >= 0]).size for row in held_against.block[asked]]
    degrees = held_against.sizes[asked] - np.array(blocks) - 1
    return np.asarray(t.isf(max(p, 1e-300) / 2, degrees), dtype=np.float64)


def _answers(
    series: Series, exposure: Floats | None, panel: Panel, settings: Farrington, periods: int
) -> pl.DataFrame:
    year = YEAR[panel.freq]
    y, ds = series.y, periods_of(series, panel)
    now = np.arange(max(0, y.size - periods), y.size)
    back = years_back(y.size, year, settings.b, ds)
    held_against = baseline(y.size, now, year, settings, back)
    people = np.zeros_like(y) if exposure is None else np.log(exposure)
    told = expectations(y[None], people[None], held_against, settings)
    seen = y[now]
    if settings.threshold_method == "delta":
        mean = np.exp(told.log_mean[0])
        limits = delta_threshold(
            mean, told.standard_error[0] * mean, told.phi[0], seen,
            alpha=settings.alpha, powertrans=settings.powertrans,
        )  # fmt: skip
    else:
        limits = count_threshold(
            told.log_mean[0], told.standard_error[0], told.phi[0], seen,
            alpha=settings.alpha, method=settings.threshold_method,
        )  # fmt: skip
    enough = recent_cases(y, settings.limit54)[now] >= settings.limit54[0]
    alarm = enough & (limits.score > 1) & (seen > 0)
    frame = pl.DataFrame(
        {
            "ds": ds.gather(now), "y": seen, "expected": np.exp(told.log_mean[0]),
            "lower": limits.lower, "upper": limits.upper, "p": limits.p, "score": limits.score,
            "phi": told.phi[0], "trend": told.slope[0], "years": held_against.years,
            "alarm": alarm,
        }
    ).with_columns(pl.lit(series.unique_id).alias("unique_id"))  # fmt: skip
    answered = pl.col("expected").is_not_nan()
    return frame.select(
        "unique_id",
        "ds",
        "y",
        *(
            pl.when(answered & pl.col(name).is_not_nan()).then(name).alias(name)
            for name in ("expected", "lower", "upper", "p", "score", "phi", "trend")
        ),
        "years",
        pl.when(answered).then("alarm").alias("alarm"),
    )


def recent_cases(y: Floats, limit54: tuple[int, int]) -> Floats:
    """Cases of each period and those before it that the limit counts; (..., T)."""
    total = np.cumsum(y, axis=-1)
    before = np.zeros_like(total)
    span = limit54[1]
    before[..., span:] = total[..., :-span]
    return np.asarray(total - before)


def _exposures(frame: Any, population: str | None, panel: Panel) -> dict[str, Floats]:
    if population is None:
        return {}
    from forethought.plan.series import as_polars

    table = as_polars(frame)
    if population not in table.columns:
        raise DataError(
            f"Column {population} is missing.",
            where="population",
            remedy=did_you_mean(population, table.columns),
        )
    ordered = table.with_columns(pl.col("unique_id").cast(pl.String)).sort("unique_id", "ds")
    people = {
        part["unique_id"][0]: part[population].cast(pl.Float64).to_numpy()
        for part in ordered.partition_by("unique_id", maintain_order=True)
    }
    bad = [name for name, values in people.items() if not (values > 0).all()]
    if bad:
        raise DataError(
            f"People at risk must be above 0; they are not in {len(bad)} series.",
            where=f"series {bad[0]}",
            remedy="Fill the column, or leave it out.",
        )
    return {series.unique_id: people[series.unique_id] for series in panel.series}
