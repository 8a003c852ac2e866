"""How good forecasts were: errors, interval scores and coverage of forecasts beside what came."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from forethought.plan.forecast_result import interval_name


def scored(forecasts: pl.DataFrame, level: Sequence[float]) -> pl.DataFrame:
    """Add the scores of each single forecast.

    Args:
        forecasts: `y` (what came), `median`, `lo-L`, `hi-L` for each level, and `scale`: mean
            absolute seasonal change of the history that the forecast was made from.
        level: Prediction intervals, per cent.

    Returns:
        The frame with `scaled_error` (its mean is MASE), `smape` (per cent), `wis` (weighted
        interval score over `scale`), `bias` (forecast - actual, over `scale`), `covered-L` (0/1).

    References:
        Hyndman and Koehler (2006) for MASE; Makridakis and Hibon (2000) for sMAPE as in M3;
        Bracher, Ray, Gneiting and Reich (2021) for the weighted interval score.
    """
    y, median = pl.col("y"), pl.col("median")
    size = y.abs() + median.abs()
    covered = [
        y.is_between(pl.col(interval_name("lo", one)), pl.col(interval_name("hi", one)))
        .cast(pl.Float64)
        .alias(f"covered-{one:g}")
        for one in level
    ]
    interval_scores = [_interval_score(one) * (1 - one / 100) / 2 for one in level]
    weighted = (0.5 * (y - median).abs() + pl.sum_horizontal(interval_scores)) / (len(level) + 0.5)
    return forecasts.with_columns(
        scaled_error=(y - median).abs() / pl.col("scale"),
        smape=pl.when(size > 0).then(200 * (y - median).abs() / size).otherwise(0.0),
        wis=weighted / pl.col("scale"),
        bias=(median - y) / pl.col("scale"),
    ).with_columns(covered)


def _interval_score(level: float) -> pl.Expr:
    """Width, and 2/alpha for each unit outside (Gneiting and Raftery 2007, equation 43)."""
    low, high = pl.col(interval_name("lo", level)), pl.col(interval_name("hi", level))
    outside = (low - pl.col("y")).clip(lower_bound=0) + (pl.col("y") - high).clip(lower_bound=0)
    return high - low + 2 / (1 - level / 100) * outside


def summarised(scores: pl.DataFrame, by: Sequence[str], level: Sequence[float]) -> pl.DataFrame:
    """Mean scores by some columns, every forecast counting once.

    Returns:
        `by`, `forecasts` (how many), `mase`, `smape`, `wis`, `bias`, `coverage-L` (0-1).
    """
    return (
        scores.group_by(by, maintain_order=True)
        .agg(
            pl.len().alias("forecasts"),
            pl.col("scaled_error").mean().alias("mase"),
            pl.col("smape", "wis", "bias").mean(),
            *(pl.col(f"covered-{one:g}").mean().alias(f"coverage-{one:g}") for one in level),
        )
        .sort(by, maintain_order=True)
    )
