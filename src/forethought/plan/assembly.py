"""From distributions to the result: intervals, paths and report as frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.plan.distributions import Distribution
from forethought.plan.driver_report import drivers_frame, held_frame, held_medians, told_of
from forethought.plan.forecast_result import Forecast, interval_columns
from forethought.plan.hierarchy import Tree, reconciled
from forethought.plan.intervals import offsets_at
from forethought.plan.preparation import Prepared, Settings
from forethought.plan.sampling import between_series, sample
from forethought.plan.series import Panel, history_of

Floats = NDArray[np.float64]

EVENLY = (np.arange(199) + 0.5) / 199  # probabilities over which a mean is taken
COMBINATION = "between weighted mean and weighted median"
ROUNDING = 1e-9  # of the usual change; less than this is zero
FEWEST_COHERENT = 1000  # paths from which quantiles of reconciled series are read


@dataclass(frozen=True, eq=False)
class Answers:
    """The numbers of the answer, by series, before they are put into frames.

    Args:
        mean: Shape (S, h).
        quantiles: Shape (S, k, h): the median, then the interval bounds in the columns' order.
        paths: Shape (S, count, h).
    """

    mean: Floats
    quantiles: Floats
    paths: Floats


def probabilities(settings: Settings) -> Floats:
    """Of the median and the interval bounds, in the order of the columns."""
    return np.array([0.5, *(p for _, p in interval_columns(settings.level))])


def assemble(
    panel: Panel,
    prepared: Sequence[Prepared],
    distributions: Sequence[Distribution],
    settings: Settings,
) -> Forecast:
    """The answer where every series stands by itself."""
    quantiles, means = [], []
    for one, d in zip(prepared, distributions, strict=True):
        at = d.centre + offsets_at(d.offsets, probabilities(settings))
        quantiles.append(bounded(at, one, settings))
        even = d.centre + offsets_at(d.offsets, EVENLY)
        means.append((even if one.floor is None else np.maximum(even, one.floor)).mean(axis=0))
    drawn = np.empty((len(prepared), 0, settings.h))
    if settings.paths:
        raw = sample(prepared, distributions, settings.paths, settings.seed)
        drawn = np.stack([bounded(own, o, settings) for own, o in zip(raw, prepared, strict=True)])
    answers = Answers(np.stack(means), np.stack(quantiles), drawn)
    return _result(panel, prepared, distributions, answers, settings)


def assemble_coherent(
    panel: Panel,
    tree: Tree,
    prepared: Sequence[Prepared],
    distributions: Sequence[Distribution],
    settings: Settings,
) -> Forecast:
    """The answer where all levels add up: everything is read off reconciled paths."""
    count = max(settings.paths, FEWEST_COHERENT)
    raw = sample(prepared, distributions, count, settings.seed)
    summing = tree.summing([one.series.unique_id for one in prepared])
    spread = np.sqrt(raw.var(axis=1).mean(axis=1))
    covariance = between_series(prepared, distributions) * np.outer(spread, spread)
    floor = all(one.floor is not None for one in prepared)
    coherent = reconciled(raw, summing, covariance, floor=floor, integer=settings.integer)
    quantiles = np.quantile(coherent, probabilities(settings), axis=1).transpose(1, 0, 2)
    answers = Answers(coherent.mean(axis=1), quantiles, coherent[:, : settings.paths])
    return _result(panel, prepared, distributions, answers, settings)


def bounded(values: Floats, one: Prepared, settings: Settings) -> Floats:
    """Values inside the bounds of the series, whole where asked for, and zeros exact."""
    values = np.where(np.abs(values) < ROUNDING * one.scale, 0.0, values)
    inside = values if one.floor is None else np.maximum(values, one.floor)
    return np.round(inside) if settings.integer else inside


def _result(
    panel: Panel,
    prepared: Sequence[Prepared],
    distributions: Sequence[Distribution],
    answers: Answers,
    settings: Settings,
) -> Forecast:
    answer = Forecast(
        frame=_frame(panel, prepared, answers, settings),
        paths=_paths(panel, prepared, answers, settings),
        report=report_of(prepared, distributions),
        history=history_of(panel),
        level=settings.level,
    )
    if prepared[0].driven is None:
        return answer
    medians = list(answers.quantiles[:, 0])
    held = held_medians(prepared, medians)
    return replace(
        answer,
        drivers=drivers_frame(prepared, medians, held),
        held=held_frame(panel, prepared, held, settings),
    )


def _frame(
    panel: Panel, prepared: Sequence[Prepared], answers: Answers, settings: Settings
) -> pl.DataFrame:
    h = settings.h
    names = [one.series.unique_id for one in prepared]
    columns = ["median", *(name for name, _ in interval_columns(settings.level))]
    frame = pl.DataFrame(
        {
            "unique_id": np.repeat(names, h),
            "ds": pl.concat([panel.future(one.series, h) for one in prepared]),
            "mean": answers.mean.reshape(-1),
            **{c: answers.quantiles[:, k].reshape(-1) for k, c in enumerate(columns)},
        }
    )
    if not panel.keys:
        return frame
    joined = frame.join(panel.key_values, on="unique_id", how="left", maintain_order="left")
    return joined.select("unique_id", "ds", *panel.keys, "mean", *columns)


def _paths(
    panel: Panel, prepared: Sequence[Prepared], answers: Answers, settings: Settings
) -> pl.DataFrame:
    count, h = answers.paths.shape[1], settings.h
    schema = pl.Schema(
        {"unique_id": pl.String(), "ds": panel.ds_type, "path": pl.Int32(), "y": pl.Float64()}
    )
    if count == 0:
        return pl.DataFrame(schema=schema)
    frames = [
        pl.DataFrame(
            {
                "ds": pl.concat([panel.future(one.series, h)] * count),
                "path": np.repeat(np.arange(count, dtype=np.int32), h),
                "y": own.reshape(-1),
            }
        ).select(pl.lit(one.series.unique_id).alias("unique_id"), "ds", "path", "y")
        for one, own in zip(prepared, answers.paths, strict=True)
    ]
    return pl.concat(frames)


def report_of(prepared: Sequence[Prepared], distributions: Sequence[Distribution]) -> pl.DataFrame:
    """One row a series: how it was treated and combined, and what was given up for it."""
    rows = [
        {
            "unique_id": one.series.unique_id,
            "kind": one.traits.kind,
            "season_length": one.traits.m,
            "members": list(one.fit.members),
            "forms": [one.fit.forms.get(name, "") for name in one.fit.members],
            "combination": COMBINATION,
            "weights": [float(weight) for weight in distribution.weights],
            "origins": len(one.traits.cutoffs),
            "reason": "; ".join(
                [one.traits.reason, distribution.reason, *one.adjusted.told, *told_of(one)]
            ),
            "fallback": _fallback(one),
        }
        for one, distribution in zip(prepared, distributions, strict=True)
    ]
    return pl.DataFrame(rows)


def _fallback(one: Prepared) -> str:
    """What was given up for this series, empty where nothing was."""
    kind = [one.traits.reason] if one.traits.kind != "usual" else []
    dropped = [f"{name}: {why}" for name, why in one.fit.dropped.items()]
    return "; ".join([*kind, *dropped])
