"""Shocks suggested from data, for a person to accept: nothing is applied by itself.

Each history, without its season, is taken for a level that moves a little every period and noise
around it. A pulse, a level shift or a ramp leaves a known trace in the one-step errors of that
model, so its size and how unlikely it is follow by least squares; the largest is taken off and the
search begins again. Scale and smoothing are estimated so that the shocks do not spoil them.

References: Chen and Liu (1993), Joint estimation of model parameters and outlier effects in time
series.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.errors import NotFound, Problem, UsageError
from forethought.plan.series import Series, checked_series, natural_season, periods_of
from forethought.plan.shocks import Shape, Shock
from forethought.plan.traits import season_of_changes

Floats = NDArray[np.float64]

FEWEST = 16  # periods below which nothing can be told from noise
LENGTHS = (1, 2, 3, 6, 9, 12, 18)  # periods that a pulse may last
RAMPS = (3, 6, 12)  # periods that a ramp may take
SMOOTHING = np.array([0.02, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0])
EDGE = 3  # periods that a level must be seen on either side
MOST = 4  # shocks of one series
LONGEST = 400  # periods, the last of a history, that are searched
TRACE = 1e-9  # a shape that leaves less than this cannot be told


@dataclass(frozen=True, eq=False)
class Suggestions:
    """Shocks that the data suggest.

    Args:
        frame: One row a shock: `unique_id`, `shape`, `start`, `end` (null: for good), `periods`,
            `size` (units of y; of a pulse, its mean), `share` (of the level before), `p_value`
            (of so large a trace anywhere in the series, were there none).
    """

    frame: pl.DataFrame

    def accepted(self, row: int, name: str) -> Shock:
        """The shock of one row, named by the person who accepts it.

        Raises:
            NotFound: There is no such row.
        """
        if not 0 <= row < self.frame.height:
            raise NotFound(f"No suggestion is in row {row}.", remedy="Rows count from 0.")
        one = self.frame.row(row, named=True)
        return Shock(name, one["start"], one["end"], one["shape"])

    def headline(self) -> str:
        """One sentence: how many, and the least likely."""
        if self.frame.is_empty():
            return "No shock stands out from the histories."
        first = self.frame.sort("p_value", "unique_id").row(0, named=True)
        until = f" to {first['end']}" if first["end"] else ""
        return (
            f"{self.frame.height} suggested; the clearest is a {first['shape'].replace('_', ' ')} "
            f"of {first['size']:+,.4g} in {first['unique_id']}, {first['start']}{until}."
        )

    def _repr_html_(self) -> str:
        """The sentence and the table."""
        from forethought.results.protocol import notebook_html

        return notebook_html(self.headline(), self.frame)


@dataclass(frozen=True)
class _Candidate:
    shape: Shape
    start: int
    periods: int
    size: float
    p_value: float


def suggest_shocks(
    frame: Any,
    *,
    freq: str = "1mo",
    season_length: int | None = None,
    p_value: float = 0.01,
) -> Suggestions:
    """What in these histories looks like something that happened once?

    Args:
        frame: Long frame `unique_id`, `ds`, `y`, as for `forecast`; the last 400 periods of each
            history are searched.
        freq: Distance of two periods, of dates.
        season_length: None takes the season that the frequency usually has.
        p_value: The largest that is suggested, 0-1, of each series by itself.

    Raises:
        UsageError: Arguments that cannot be used.
        DataError: Every gap, duplicate and value that is missing, at once.
    """
    problems = []
    if not 0 < p_value < 1:
        problems.append(Problem(f"{p_value} is no p-value.", "p_value", "Give 0-1, such as 0.01."))
    if freq.endswith("i"):
        problems.append(Problem("shocks have dates.", "freq", "Give histories with dates."))
    if problems:
        raise UsageError("The arguments cannot be used.", problems=problems)
    panel = checked_series(frame, freq)
    m = season_length or natural_season(freq)
    rows = []
    for series in panel.series:
        found = _search(series.y, m, p_value)
        ds = periods_of(series, panel)
        rows += [_row(series, ds, one) for one in found]
    schema: dict[str, Any] = {
        "unique_id": pl.String(), "shape": pl.String(), "start": pl.Date(), "end": pl.Date(),
        "periods": pl.Int64(), "size": pl.Float64(), "share": pl.Float64(), "p_value": pl.Float64(),
    }  # fmt: skip
    return Suggestions(pl.DataFrame(rows, schema=schema, orient="row"))


def _row(series: Series, ds: pl.Series, one: _Candidate) -> tuple[Any, ...]:
    days = ds.cast(pl.Date)
    last = one.start + one.periods - 1
    before = float(np.median(series.y[max(0, one.start - 12) : one.start]))
    return (
        series.unique_id, one.shape, days[one.start],
        None if one.shape == "level_shift" else days[last],
        one.periods, one.size, one.size / abs(before) if before else None, one.p_value,
    )  # fmt: skip


def _search(y: Floats, m: int, largest: float) -> list[_Candidate]:
    if y.size < FEWEST or np.ptp(y) == 0:
        return []
    skipped = max(0, y.size - LONGEST)
    x = (y - season_of_changes(y, m))[skipped:]
    found: list[_Candidate] = []
    for _ in range(MOST):
        best, effect = _largest(x)
        if best is None or best.p_value > largest:
            break
        found.append(replace(best, start=best.start + skipped))
        x = x - effect
    return sorted(found, key=lambda one: one.start)


@lru_cache(maxsize=8)
def _shapes(n: int) -> tuple[tuple[Shape, int, int, Floats], ...]:
    """Every pulse, shift and ramp that the history could tell, as its effect of size 1."""
    at = np.arange(n)
    shapes: list[tuple[Shape, int, int, Floats]] = []
    for start in range(2, n):
        for length in LENGTHS:
            if start + length + (EDGE if length > 1 else 0) <= n:
                inside = ((at >= start) & (at < start + length)).astype(np.float64)
                shapes.append(("pulse", start, length, inside))
        if EDGE <= start <= n - EDGE:
            shapes.append(("level_shift", start, n - start, (at >= start).astype(np.float64)))
        shapes += [
            ("ramp", start, length, np.clip((at - start + 1) / length, 0, 1))
            for length in RAMPS
            if start >= EDGE and start + length + EDGE <= n
        ]
    return tuple(shapes)


@lru_cache(maxsize=16)
def _traces(n: int, alpha: float) -> Floats:
    """What each shape leaves in the one-step errors, shape (K, n - 1)."""
    return _errors(np.stack([effect for *_, effect in _shapes(n)]), alpha)[:, 1:]


def _largest(x: Floats) -> tuple[_Candidate | None, Floats]:
    """The least likely shape, with the p-value of the best of all, and its effect."""
    from scipy.stats import t

    alpha, spread = _robust_level(x)
    if spread == 0:
        return None, np.zeros(x.size)
    traces = _traces(x.size, alpha)
    errors = _errors(x[None], alpha)[0, 1:]
    squares = (traces**2).sum(axis=1)
    sizes = np.divide(traces @ errors, squares, out=np.zeros(len(squares)), where=squares > TRACE)
    values = np.abs(sizes) * np.sqrt(squares) / spread
    best = int(np.argmax(values))
    # Neighbouring shapes are nearly one and the same: a search over n periods of a few lengths is
    # about three independent ones a period; the tail allows for an estimated scale.
    tail = 2 * float(t.sf(values[best], max(x.size / 4, 6)))
    chance = float(-np.expm1(3 * x.size * np.log1p(-min(tail, 1 - 1e-12))))
    shape, start, periods, effect = _shapes(x.size)[best]
    size = float(sizes[best])
    return _Candidate(shape, start, periods, size, min(chance, 1.0)), size * effect


def _errors(paths: Floats, alpha: float) -> Floats:
    """One-step errors of exponential smoothing, along the rows."""
    level = paths[:, 0].copy()
    errors = np.zeros_like(paths)
    for k in range(1, paths.shape[1]):
        errors[:, k] = paths[:, k] - level
        level = level + alpha * errors[:, k]
    return errors


def _robust_level(x: Floats) -> tuple[float, float]:
    """The smoothing with the smallest typical error, and the spread of its errors.

    Both by medians, which a few shocks do not move.
    """
    spreads = []
    for alpha in SMOOTHING:
        errors = _errors(x[None], float(alpha))[0, 1:]
        spreads.append(1.4826 * float(np.median(np.abs(errors - np.median(errors)))))
    # Halves of a two-point error hide from a median: the mean absolute error of the middle 80%
    # keeps the scale from vanishing where most periods do not change at all.
    best = int(np.argmin(spreads))
    errors = np.sort(np.abs(_errors(x[None], float(SMOOTHING[best]))[0, 1:]))
    middle = float(errors[: max(1, int(0.8 * errors.size))].mean()) / 0.5
    chosen = 1 + 1 / np.sqrt(x.size)  # the smallest of several medians is too small
    return float(SMOOTHING[best]), max(spreads[best], middle) * chosen
