"""What one history says of its drivers' coefficients: a regression with autocorrelated errors.

Levels of trending histories go together by chance; differences throw half of the evidence away
where the errors do not last. So the errors are an ARMA(1, 1) process, which holds both (no memory,
and a random walk seen through noise), and its two numbers are chosen by restricted likelihood.
A constant, a trend and the seasons stand beside the drivers: a driver that only follows the
calendar explains nothing.

References:
    Harvey (1989), Forecasting, Structural Time Series Models and the Kalman Filter, 7.3, on
    explanatory variables beside a level that walks; Patterson and Thompson (1971) on restricted
    likelihood.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

MEMORIES = (
    (0.0, 0.0), (0.3, 0.0), (0.6, 0.0), (0.8, 0.0), (0.9, 0.0), (0.9, 0.3), (0.9, 0.6),
    (1.0, 0.0), (1.0, 0.2), (1.0, 0.4), (1.0, 0.6), (1.0, 0.8), (1.0, 0.9), (-0.3, 0.0),
)  # fmt: skip
MOST_PERIODS = 1_000  # the last ones; hours of a year would tell little more
PERIODS_A_WAVE = 8  # a season's shape is told by one wave for each so many periods
MOST_WAVES = 10
FEWEST_LEFT = 4  # periods beyond the numbers that are fitted
CONSTANT = 1e-9  # of its size; a driver that varies less does not vary
TINY = 1e-12


@dataclass(frozen=True, eq=False)
class Evidence:
    """What one history says of P drivers, in units of its own: `unit` turns them into the caller's.

    Args:
        information: Inverse covariance of the coefficients, shape (P, P); 0 where it is silent.
        weighted: The information times the history's own coefficients, shape (P,).
        unit: A coefficient of 1 means so much of y (of log y) by a unit of the driver, shape (P,).
        scores: Each period's part of `weighted` that the coefficients leave unexplained, (n, P).
        degrees: Degrees of freedom of the error variance.
        likelihood: Of the best errors, comparable between y and log y of the same history.
        memory: The errors' autoregressive and moving-average number.
    """

    information: Floats
    weighted: Floats
    unit: Floats
    scores: Floats
    degrees: int
    likelihood: float
    memory: tuple[float, float]

    def own(self) -> tuple[Floats, Floats]:
        """The history's own coefficients and their standard errors; NaN where it is silent."""
        told = np.diag(self.information) > TINY
        value, error = np.full(told.size, np.nan), np.full(told.size, np.nan)
        if told.any():
            covariance = np.linalg.pinv(self.information[np.ix_(told, told)], hermitian=True)
            value[told] = covariance @ self.weighted[told]
            error[told] = np.sqrt(np.maximum(np.diag(covariance), 0.0))
        return value, error


def evidence_of(
    y: Floats, x: Floats, seasons: Sequence[int], set_aside: Flags, *, log: bool
) -> Evidence:
    """Regress a history on its drivers.

    Args:
        y: Shape (n,), positive where `log`.
        x: Shape (n, P).
        seasons: Season lengths; 1 is none.
        set_aside: Periods that tell nothing, shape (n,).
        log: Whether the drivers move y in proportion.
    """
    y, x, set_aside = y[-MOST_PERIODS:], x[-MOST_PERIODS:], set_aside[-MOST_PERIODS:]
    z = np.log(y) if log else y
    size, spread = (1.0 if log else float(z.std()) or 1.0), _spreads(x)
    beside = _beside(y.size, seasons, set_aside)
    scaled = (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    unit = np.where(spread > 0, size / np.where(spread > 0, spread, 1.0), 0.0)
    count, given = beside.shape[1], x.shape[1]
    degrees = y.size - count - given
    if degrees < FEWEST_LEFT:
        silent = np.zeros((given, given))
        return Evidence(silent, silent[0], unit, np.zeros((y.size, given)), 0, 0.0, (0.0, 0.0))
    columns = np.column_stack([beside, np.where(spread > 0, scaled, 0.0), (z - z.mean()) / size])
    best, filtered, likelihood = _likeliest(columns, degrees)
    jacobian = float(np.log(y).sum()) * degrees / y.size if log else 0.0
    scale = degrees * np.log(size)
    return _evidence(filtered, count, degrees, unit, likelihood - jacobian - scale, best)


def _spreads(x: Floats) -> Floats:
    """Standard deviations, 0 of a column that does not vary."""
    varies = np.ptp(x, axis=0) > CONSTANT * np.maximum(np.abs(x).max(axis=0), TINY)
    return np.asarray(np.where(varies, x.std(axis=0), 0.0))


def _beside(n: int, seasons: Sequence[int], set_aside: Flags) -> Floats:
    """Constant, trend, waves of the seasons, and a column for each period that is set aside."""
    t = np.arange(n)
    columns = [np.ones(n), (t - t.mean()) / n]
    for m in seasons:
        if m == 1 or n < 2 * m:
            continue
        for wave in range(1, min(m // 2, n // PERIODS_A_WAVE, MOST_WAVES) + 1):
            columns.append(np.cos(2 * np.pi * wave * t / m))
            if 2 * wave != m:
                columns.append(np.sin(2 * np.pi * wave * t / m))
    return np.column_stack([*columns, np.eye(n)[:, set_aside]])


def _likeliest(columns: Floats, degrees: int) -> tuple[tuple[float, float], Floats, float]:
    """The errors' memory, the columns without it, and the restricted likelihood.

    Args:
        columns: Regressors, the history last, shape (n, k).
        degrees: Of the error variance.
    """
    from scipy.signal import lfilter

    filtered = np.stack(
        [lfilter([1.0, -phi], [1.0, -theta], columns, axis=0) for phi, theta in MEMORIES]
    )
    squares = filtered.transpose(0, 2, 1) @ filtered
    size = np.sqrt(np.einsum("gkk->gk", squares))
    size = np.where(size > 0, size, 1.0)
    scaled = squares / (size[:, :, None] * size[:, None, :])
    regressors = scaled[:, :-1, :-1] + 1e-10 * np.eye(columns.shape[1] - 1)
    product = scaled[:, :-1, -1]
    solved = np.linalg.solve(regressors, product[..., None])[..., 0]
    left = np.maximum(scaled[:, -1, -1] - (product * solved).sum(axis=1), TINY) * size[:, -1] ** 2
    volume = np.linalg.slogdet(regressors)[1] + 2 * np.log(size[:, :-1]).sum(axis=1)
    likelihoods = -0.5 * (volume + degrees * np.log(left))
    best = int(np.argmax(likelihoods))
    return MEMORIES[best], filtered[best], float(likelihoods[best])


def _evidence(
    filtered: Floats,
    count: int,
    degrees: int,
    unit: Floats,
    likelihood: float,
    memory: tuple[float, float],
) -> Evidence:
    """The drivers' part of the regression, after all that stands beside them."""
    beside, rest = filtered[:, :count], filtered[:, count:]
    share, *_ = np.linalg.lstsq(beside, rest, rcond=1e-10)
    drivers, history = (rest - beside @ share)[:, :-1], (rest - beside @ share)[:, -1]
    before = np.sqrt((rest[:, :-1] ** 2).sum(axis=0))
    drivers = np.where(np.sqrt((drivers**2).sum(axis=0)) > 1e-6 * before, drivers, 0.0)
    coefficients = np.linalg.pinv(drivers) @ history
    error = history - drivers @ coefficients
    variance = max(float(error @ error) / degrees, TINY * max(float(history @ history), TINY))
    return Evidence(
        information=drivers.T @ drivers / variance,
        weighted=drivers.T @ history / variance,
        unit=unit,
        scores=drivers * error[:, None] / variance,
        degrees=degrees,
        likelihood=likelihood,
        memory=memory,
    )
