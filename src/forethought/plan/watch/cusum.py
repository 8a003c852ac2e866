"""Average run lengths of the standardised two-sided CUSUM, exactly enough to choose its limit.

References:
    Brook and Evans (1972), An approach to the probability distribution of CUSUM run length
    (a Markov chain over slices of the CUSUM); Hawkins and Olwell (1998), chapter 3.
"""

from __future__ import annotations

from functools import lru_cache
from math import log

import numpy as np

from forethought.errors import UsageError

_SLICES = 120


def average_run_length(k: float, h: float, shift: float = 0.0) -> float:
    """Periods until a two-sided CUSUM of standard normal numbers first exceeds its limit.

    Args:
        k: Allowance, in standard deviations.
        h: Limit, in standard deviations.
        shift: Lasting shift of the mean, in standard deviations; 0: false alarms.
    """
    upper, lower = _one_sided(k, h, shift), _one_sided(k, h, -shift)
    # both sides cannot be up at once where h >= 2k: their rates add up
    return 1 / (1 / upper + 1 / lower)


def _one_sided(k: float, h: float, shift: float) -> float:
    from scipy.special import ndtr

    width = 2 * h / (2 * _SLICES - 1)
    middle = np.arange(_SLICES) * width
    edges = middle[None, :] - middle[:, None] + k - shift
    move = ndtr(edges + width / 2) - ndtr(edges - width / 2)
    move[:, 0] = ndtr(width / 2 - middle + k - shift)
    lengths = np.linalg.solve(np.eye(_SLICES) - move, np.ones(_SLICES))
    return float(lengths[0])


@lru_cache(maxsize=32)
def limit_for(k: float, run_length: float) -> float:
    """The limit h at which false alarms come every `run_length` periods on average.

    Raises:
        UsageError: A run length that no limit gives.
    """
    from scipy.optimize import brentq

    low, high = 0.1, 20.0
    if not average_run_length(k, low) < run_length < average_run_length(k, high):
        raise UsageError(
            f"No CUSUM with k = {k:g} has a false alarm every {run_length:g} periods.",
            where="run_length",
            remedy="Give 20 to 10,000.",
        )
    return float(brentq(lambda h: log(average_run_length(k, h) / run_length), low, high, xtol=1e-9))
