"""Levels of a hierarchy: built from the bottom series, and made to add up on every path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.errors import DataError, Problem, UsageError, did_you_mean
from forethought.plan.series import Panel
from forethought.plan.spreads import spread_out

Floats = NDArray[np.float64]

TOTAL = "total"
RIDGE = 1e-8  # of the mean variance, so that a series that never changed has an inverse


@dataclass(frozen=True, eq=False)
class Tree:
    """All series of a hierarchy and how they add up.

    Args:
        frame: Long frame of all levels: `unique_id`, `ds`, `y` and the keys (null where a level
            sums over them).
        bottom: Names of the bottom series, B of them.
        parts: By name of a series, which bottom series it sums, indices into `bottom`.
    """

    frame: pl.DataFrame
    bottom: tuple[str, ...]
    parts: dict[str, tuple[int, ...]]

    def summing(self, names: Sequence[str]) -> Floats:
        """The matrix that sums the bottom series to `names`, shape (N, B)."""
        matrix = np.zeros((len(names), len(self.bottom)))
        for row, name in enumerate(names):
            matrix[row, list(self.parts[name])] = 1.0
        return matrix


def checked_hierarchy(
    hierarchy: Sequence[Sequence[str]], panel: Panel
) -> tuple[tuple[str, ...], ...]:
    """The levels, where the panel can carry them.

    Raises:
        UsageError: A level names a column that is not there or not fixed by the series.
        DataError: The bottom series do not cover the same periods.
    """
    levels = tuple((level,) if isinstance(level, str) else tuple(level) for level in hierarchy)
    unknown = sorted({key for level in levels for key in level if key not in panel.keys})
    if unknown:
        raise UsageError(
            "The hierarchy names columns that the series do not have, or that vary within one.",
            where="hierarchy",
            problems=[Problem(f"{key}.", remedy=did_you_mean(key, panel.keys)) for key in unknown],
        )
    first, last = panel.series[0].first, panel.series[0].last
    uneven = [
        Problem(
            f"runs {series.first} to {series.last}.",
            f"series {series.unique_id}",
            "Fill the missing periods (0 where nothing happened) or leave it out.",
        )
        for series in panel.series
        if (series.first, series.last) != (first, last)
    ]
    if uneven:
        raise DataError(
            f"Sums need all series to run {first} to {last}.", where="frame", problems=uneven
        )
    return levels


def tree_of(panel: Panel, history: pl.DataFrame, levels: Sequence[Sequence[str]]) -> Tree:
    """Histories of all levels above the bottom series, and the bottom series themselves.

    A level that has one bottom series a group is the bottom itself and adds nothing.
    """
    keyed = history.join(panel.key_values, on="unique_id", how="left", maintain_order="left")
    bottom = tuple(series.unique_id for series in panel.series)
    place = {name: index for index, name in enumerate(bottom)}
    parts: dict[str, tuple[int, ...]] = {name: (index,) for name, index in place.items()}
    frames = [keyed.select("unique_id", "ds", "y", *panel.keys)]
    for level in levels:
        named = panel.key_values.with_columns(group=_group_name(level))
        sizes = named.group_by("group", maintain_order=True).agg(pl.col("unique_id"))
        if sizes.height == len(bottom):
            continue
        for name, members in sizes.iter_rows():
            parts[name] = tuple(place[member] for member in members)
        summed = (
            keyed.join(named.select("unique_id", "group"), on="unique_id")
            .group_by("group", "ds", *level, maintain_order=True)
            .agg(pl.col("y").sum())
            .rename({"group": "unique_id"})
        )
        absent = [
            pl.lit(None, dtype=keyed.schema[key]).alias(key)
            for key in panel.keys
            if key not in level
        ]
        frames.append(summed.with_columns(absent).select(frames[0].columns))
    return Tree(frame=pl.concat(frames), bottom=bottom, parts=parts)


def _group_name(level: Sequence[str]) -> pl.Expr:
    if not level:
        return pl.lit(TOTAL)
    return pl.concat_str(
        [pl.format(key + "={}", pl.col(key).cast(pl.String).fill_null("")) for key in level],
        separator="/",
    )


def projection(summing: Floats, covariance: Floats) -> Floats:
    """Weights that turn forecasts of all series into coherent bottom forecasts, shape (B, N).

    Minimum trace: of all unbiased ways, the one with the smallest error variance in sum.

    Args:
        summing: Shape (N, B).
        covariance: Of the forecast errors of all series, shape (N, N).

    Source: Wickramasuriya, Athanasopoulos and Hyndman (2019), theorem 1.
    """
    size = covariance.shape[0]
    ridged = covariance + np.eye(size) * RIDGE * max(float(np.trace(covariance)) / size, 1e-300)
    weighted = np.linalg.solve(ridged, summing)
    return np.asarray(np.linalg.solve(summing.T @ weighted, weighted.T))


def reconciled(
    paths: Floats, summing: Floats, covariance: Floats, *, floor: bool, integer: bool
) -> Floats:
    """Paths of all series that add up, each path by itself, as far apart as their levels are known.

    Args:
        paths: Shape (N, count, h).
        summing: Shape (N, B).
        covariance: Shape (N, N); its diagonal is what the calibration says of each series' error.
        floor: Whether no bottom series may be negative. What is cut off is taken from the other
            bottom series of that path in proportion, so that the total stays.
        integer: Whether bottom series are whole numbers.

    Returns:
        Shape (N, count, h): sums of the bottom paths.
    """
    bottom = np.tensordot(projection(summing, covariance), paths, axes=1)
    bottom = spread_out(bottom, summing, np.diag(covariance))
    if floor:
        total = np.maximum(bottom.sum(axis=0), 0.0)
        bottom = np.maximum(bottom, 0.0)
        kept = bottom.sum(axis=0)
        bottom = bottom * np.divide(total, kept, out=np.zeros_like(kept), where=kept > 0)
    if integer:
        bottom = np.round(bottom)
    return np.asarray(np.tensordot(summing, bottom, axes=1))
