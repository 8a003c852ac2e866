"""Average run lengths of the standardised two-sided CUSUM, exactly enough to choose its limit.

A standard deviation that is estimated from a past of a few years shortens the average time to a
false alarm: where it was told too small, alarms come often, and where too large, they hardly become
rarer in the same measure. The limit takes that into account.

References:
    Brook and Evans (1972), An approach to the probability distribution of CUSUM run length
    (a Markov chain over slices of the CUSUM); Hawkins and Olwell (1998), chapter 3; Jones, Champ
    and Rigdon (2004), The run length distribution of the CUSUM with estimated parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import log

import numpy as np
from numpy.typing import NDArray

from forethought.errors import UsageError

Floats = NDArray[np.float64]

_SLICES = 120
_NODES = 15  # scales over which run lengths are averaged
_FAR = 9.0  # standard deviations beyond which nothing lies


def average_run_length(k: float, h: float, shift: float = 0.0, degrees: int | None = None) -> float:
    """Periods until a two-sided CUSUM of standard normal numbers first exceeds its limit.

    Args:
        k: Allowance, in standard deviations.
        h: Limit, in standard deviations.
        shift: Lasting shift of the mean, in standard deviations; 0: false alarms.
        degrees: Degrees of freedom of the standard deviation, where it was estimated and errors
            are brought from Student's t to normal numbers, as the watch does; None: it is known.
            Periods watched over alarms, over many series, is then this length.
    """
    rates = [
        # both sides cannot be up at once where h >= 2k: their rates add up
        1 / _one_sided(k, h, at(shift)) + 1 / _one_sided(k, h, at(-shift))
        for at in _distributions(degrees)
    ]
    return 1 / float(np.mean(rates))


Distribution = Callable[[Floats], Floats]


def _distributions(degrees: int | None) -> list[Callable[[float], Distribution]]:
    """Distributions of the numbers that are added up, by shift; one for each scale."""
    from scipy.special import chdtri, ndtr, stdtrit

    if degrees is None:
        return [lambda shift: lambda x: np.asarray(ndtr(x - shift))]

    def seen(scale: float) -> Callable[[float], Distribution]:
        # an error e becomes the normal number of t = e / scale: P(number <= x) = P(e <= scale * t)
        def student(x: Floats) -> Floats:
            near = np.clip(x, -_FAR, _FAR)
            return np.asarray(-np.sign(near) * stdtrit(degrees, ndtr(-np.abs(near))))

        return lambda shift: lambda x: np.asarray(ndtr(scale * student(x) - shift))

    shares = (np.arange(_NODES) + 0.5) / _NODES
    return [seen(float(scale)) for scale in np.sqrt(chdtri(degrees, shares) / degrees)]


def _one_sided(k: float, h: float, below: Distribution) -> float:
    width = 2 * h / (2 * _SLICES - 1)
    middle = np.arange(_SLICES, dtype=np.float64) * width
    # the chance of a move hangs on the number of slices alone
    steps = np.arange(-_SLICES + 1.0, _SLICES + 1.0) * width - width / 2 + k
    chance = np.diff(below(np.asarray(steps)))
    at = np.arange(_SLICES)
    move = chance[at[None, :] - at[:, None] + _SLICES - 1]
    move[:, 0] = below(np.asarray(width / 2 - middle + k))
    lengths = np.linalg.solve(np.eye(_SLICES) - move, np.ones(_SLICES))
    return float(lengths[0])


@lru_cache(maxsize=64)
def limit_for(k: float, run_length: float, degrees: int | None = None) -> float:
    """The limit h at which false alarms come every `run_length` periods on average.

    Args:
        k: Allowance, in standard deviations.
        run_length: Periods between false alarms.
        degrees: Degrees of freedom of an estimated standard deviation; None: it is known.

    Raises:
        UsageError: A run length that no limit gives.
    """
    from scipy.optimize import brentq

    def length(h: float) -> float:
        return average_run_length(k, h, degrees=degrees)

    low, high = 0.1, 20.0
    if not length(low) < run_length < length(high):
        raise UsageError(
            f"No CUSUM with k = {k:g} has a false alarm every {run_length:g} periods.",
            where="run_length",
            remedy="Give 20 to 10,000.",
        )
    return float(brentq(lambda h: log(length(h) / run_length), low, high, xtol=1e-7))
