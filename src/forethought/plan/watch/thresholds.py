"""From an expected count to a threshold: three ways, as in the literature on outbreaks.

References:
    Farrington, Andrews, Beale and Catchpole (1996), A statistical algorithm for the early
    detection of outbreaks of infectious disease (`delta`); Noufaily et al. (2013), An improved
    algorithm for outbreak detection in multiple surveillance systems (`nbPlugin`, `muan`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

Floats = NDArray[np.float64]
Method = Literal["delta", "nbPlugin", "muan"]
PowerTransformation = Literal["none", "1/2", "2/3"]

METHODS: tuple[Method, ...] = ("delta", "nbPlugin", "muan")
POWERS: dict[PowerTransformation, float] = {"none": 1.0, "1/2": 0.5, "2/3": 2 / 3}


@dataclass(frozen=True, eq=False)
class Threshold:
    """Arrays of one shape: limits, chance of so many cases or more, and exceedance score.

    Args:
        lower: Lower limit, in cases.
        upper: Upper limit, in cases; more than these are an alarm.
        p: Chance of as many cases or more.
        score: (y - expected) / (upper - expected); above 1 means beyond the limit.
    """

    lower: Floats
    upper: Floats
    p: Floats
    score: Floats


def delta_threshold(
    mean: ArrayLike,
    standard_error: ArrayLike,
    phi: ArrayLike,
    y: ArrayLike,
    *,
    alpha: float,
    powertrans: PowerTransformation = "2/3",
) -> Threshold:
    """Normal limits on a power of the count, with the error of the expectation in them.

    Args:
        mean: Expected counts.
        standard_error: Their standard errors, in cases.
        phi: Dispersions, from 1 up.
        y: Counts seen.
        alpha: One-sided chance of a false alarm.
        powertrans: Power on which the count is close to normal.
    """
    mean, error, phi, y = (np.asarray(each, dtype=np.float64) for each in
                           (mean, standard_error, phi, y))  # fmt: skip
    power = POWERS[powertrans]
    tau = phi + error**2 / mean
    spread = power * np.sqrt(mean ** (2 * power - 1) * tau)
    centre, reach = mean**power, ndtri(1 - alpha) * spread
    with np.errstate(invalid="ignore"):
        lower = np.nan_to_num((centre - reach) ** (1 / power), nan=0.0)
    upper = (centre + reach) ** (1 / power)
    return Threshold(
        np.maximum(lower, 0.0),
        upper,
        ndtr((centre - y**power) / spread),
        (y - mean) / (upper - mean),
    )


def count_threshold(
    log_mean: ArrayLike,
    standard_error: ArrayLike,
    phi: ArrayLike,
    y: ArrayLike,
    *,
    alpha: float,
    method: Method = "nbPlugin",
) -> Threshold:
    """Limits of a negative binomial (Poisson where phi is 1) count.

    Args:
        log_mean: Logarithms of expected counts.
        standard_error: Their standard errors, on the log scale; only `muan` looks at them.
        phi: Dispersions, from 1 up.
        y: Counts seen.
        alpha: One-sided chance of a false alarm.
        method: `nbPlugin` takes the expectation as known, `muan` its upper limit at `alpha`.

    The score's expectation stays a logarithm, as in the reference implementation, so that scores
    can be compared; whether it is above 1 does not depend on that.
    """
    from scipy.stats import nbinom, poisson

    eta, error, phi, y = (np.asarray(each, dtype=np.float64) for each in
                          (log_mean, standard_error, phi, y))  # fmt: skip
    mean = np.exp(eta if method == "nbPlugin" else eta + ndtri(1 - alpha) * error)
    wide = phi > 1
    size = mean / np.where(wide, phi - 1, 1.0)
    spread = nbinom(size, np.where(wide, 1 / phi, 0.5))
    plain = poisson(mean)
    lower = np.where(wide, spread.ppf(alpha), plain.ppf(alpha))
    upper = np.where(wide, spread.ppf(1 - alpha), plain.ppf(1 - alpha))
    p = np.where(wide, spread.sf(y - 1), plain.sf(y - 1))
    return Threshold(np.maximum(lower, 0.0), upper, p, (y - eta) / (upper - eta))


def baseline_weights(residuals: ArrayLike, threshold: float = 2.58) -> Floats:
    """Weights of a baseline from its Anscombe residuals: past outbreaks lose weight.

    Args:
        residuals: (n) standardised Anscombe residuals.
        threshold: Residual beyond which the weight falls with the residual's square.

    Returns:
        Shape (n), summing to n.
    """
    s = np.asarray(residuals, dtype=np.float64)
    beyond = s > threshold
    weights = np.where(beyond, np.where(beyond, s, 1.0) ** -2.0, 1.0)
    return np.asarray(weights * s.size / weights.sum())
