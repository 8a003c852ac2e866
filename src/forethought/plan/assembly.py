"""From distributions to the result: intervals, paths and report as frames."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.plan.distributions import Distribution
from forethought.plan.forecast_result import Forecast, interval_columns
from forethought.plan.intervals import offsets_at
from forethought.plan.paths import (
    common_correlation,
    horizon_correlation,
    joint_ranks,
    mean_correlation,
    past_correlation,
    paths_from,
    series_correlation,
)
from forethought.plan.preparation import Prepared, Settings
from forethought.plan.series import Panel, history_of

Floats = NDArray[np.float64]

MEAN_AT = (np.arange(199) + 0.5) / 199  # probabilities over which a mean is taken


def assemble(
    panel: Panel,
    prepared: Sequence[Prepared],
    distributions: Sequence[Distribution],
    settings: Settings,
) -> Forecast:
    """Put the answer into frames."""
    frames = [
        _frame_of(panel, one, distribution, settings)
        for one, distribution in zip(prepared, distributions, strict=True)
    ]
    return Forecast(
        frame=_with_keys(pl.concat(frames), panel),
        paths=_paths_frame(panel, prepared, distributions, settings),
        report=_report(prepared, distributions),
        history=history_of(panel),
        level=settings.level,
    )


def bounded(values: Floats, one: Prepared, settings: Settings) -> Floats:
    """Values inside the bounds of the series, whole where asked for."""
    inside = values if one.floor is None else np.maximum(values, one.floor)
    return np.round(inside) if settings.integer else inside


def _frame_of(
    panel: Panel, one: Prepared, distribution: Distribution, settings: Settings
) -> pl.DataFrame:
    columns = interval_columns(settings.level)
    probabilities = np.array([0.5, *(probability for _, probability in columns)])
    quantiles = distribution.centre + offsets_at(distribution.offsets, probabilities)
    quantiles = bounded(quantiles, one, settings)
    many = distribution.centre + offsets_at(distribution.offsets, MEAN_AT)
    mean = many.mean(axis=0) if one.floor is None else np.maximum(many, one.floor).mean(axis=0)
    return pl.DataFrame(
        {
            "unique_id": [one.series.unique_id] * settings.h,
            "ds": panel.future(one.series, settings.h),
            "mean": mean,
            "median": quantiles[0],
            **{name: row for (name, _), row in zip(columns, quantiles[1:], strict=True)},
        }
    )


def _with_keys(frame: pl.DataFrame, panel: Panel) -> pl.DataFrame:
    if not panel.keys:
        return frame
    joined = frame.join(panel.key_values, on="unique_id", how="left", maintain_order="left")
    rest = [name for name in frame.columns if name not in ("unique_id", "ds")]
    return joined.select("unique_id", "ds", *panel.keys, *rest)


def sample(
    prepared: Sequence[Prepared], distributions: Sequence[Distribution], count: int, seed: int
) -> Floats:
    """Joint paths of all series, before bounds; shape (S, count, h)."""
    seen, trust = past_correlation(np.concatenate([d.errors for d in distributions]))
    horizon = [horizon_correlation(one.fit.correlation, seen, trust) for one in prepared]
    ranks = joint_ranks(
        [one.series.unique_id for one in prepared],
        horizon,
        between_series(prepared, distributions),
        count,
        seed=seed,
    )
    return np.stack(
        [paths_from(d.centre, d.offsets, own) for d, own in zip(distributions, ranks, strict=True)]
    )


def between_series(prepared: Sequence[Prepared], distributions: Sequence[Distribution]) -> Floats:
    """Correlation of errors between series, shape (S, S); none where their ends differ."""
    if len(prepared) == 1 or len({one.series.last for one in prepared}) > 1:
        return np.eye(len(prepared))
    residuals = _common_residuals(prepared)
    one_step = mean_correlation(residuals)
    errors = [
        {
            one.adjusted.y.size - cutoff: own
            for cutoff, own in zip(one.traits.cutoffs, d.errors, strict=True)
        }
        for one, d in zip(prepared, distributions, strict=True)
    ]
    return series_correlation(residuals, common_correlation(errors, one_step))


def _common_residuals(prepared: Sequence[Prepared]) -> Floats:
    """One-step errors of the periods that all series have, shape (n, S)."""
    shortest = min(one.fit.residuals.size for one in prepared)
    return np.stack([one.fit.residuals[-shortest:] for one in prepared], axis=1)


def _paths_frame(
    panel: Panel,
    prepared: Sequence[Prepared],
    distributions: Sequence[Distribution],
    settings: Settings,
) -> pl.DataFrame:
    count, h = settings.paths, settings.h
    schema = {"unique_id": pl.String, "ds": panel.ds_type, "path": pl.Int32, "y": pl.Float64}
    if count == 0:
        return pl.DataFrame(schema=schema)
    drawn = sample(prepared, distributions, count, settings.seed)
    frames = [
        pl.DataFrame(
            {
                "ds": pl.concat([panel.future(one.series, h)] * count),
                "path": np.repeat(np.arange(count, dtype=np.int32), h),
                "y": bounded(own, one, settings).reshape(-1),
            }
        ).select(pl.lit(one.series.unique_id).alias("unique_id"), "ds", "path", "y")
        for one, own in zip(prepared, drawn, strict=True)
    ]
    return pl.concat(frames)


def _report(prepared: Sequence[Prepared], distributions: Sequence[Distribution]) -> pl.DataFrame:
    rows = []
    for one, distribution in zip(prepared, distributions, strict=True):
        dropped = [f"{name} {why}" for name, why in one.fit.dropped.items()]
        rows.append(
            {
                "unique_id": one.series.unique_id,
                "kind": one.traits.kind,
                "season_length": one.traits.m,
                "members": list(one.fit.members),
                "forms": [one.fit.forms.get(name, "") for name in one.fit.members],
                "combination": distribution.rule.kind,
                "weights": [float(weight) for weight in distribution.weights],
                "origins": len(one.traits.cutoffs),
                "reason": "; ".join([one.traits.reason, distribution.reason, *one.adjusted.told]),
                "fallback": "; ".join(
                    [*([one.traits.reason] if one.traits.kind != "usual" else []), *dropped]
                ),
            }
        )
    return pl.DataFrame(rows)
