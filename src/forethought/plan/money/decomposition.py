"""Why a product of factors changed: each factor's part, adding up exactly."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from forethought.errors import UsageError

Floats = NDArray[np.float64]


def logarithmic_mean(before: Floats, after: Floats) -> Floats:
    """(after - before) / log(after / before); the value itself where both are equal.

    Zero where either is zero: nothing can be said of a ratio there.
    """
    both = (before > 0) & (after > 0)
    b, a = np.where(both, before, 1.0), np.where(both, after, 1.0)
    logs = np.log(a) - np.log(b)
    near = np.abs(logs) < 1e-9  # noqa: PLR2004  the quotient loses its digits
    mean = np.where(near, (a + b) / 2, (a - b) / np.where(near, 1.0, logs))
    return np.where(both, mean, 0.0)


def effects(
    before: Mapping[str, Floats], after: Mapping[str, Floats], *, otherwise: str
) -> dict[str, Floats]:
    """What each factor contributed to the change of their product.

    Additive logarithmic mean Divisia index: exact, and the order of the factors does not matter.

    Args:
        before: Factors by name, arrays that broadcast together; none negative.
        after: The same factors later.
        otherwise: Factor that takes the whole change of a cell that began or ended.

    Raises:
        UsageError: The factors are not the same, or `otherwise` is none of them.

    References:
        Ang (2005), The LMDI approach to decomposition analysis: a practical guide.
    """
    if set(before) != set(after) or otherwise not in before:
        raise UsageError(f"The factors {sorted(before)} and {sorted(after)} are not the same.")
    first, last = product(before), product(after)
    weight = logarithmic_mean(first, last)
    alive = weight > 0
    found = {}
    for name, old in before.items():
        ratio = np.where(alive, after[name], 1.0) / np.where(alive, old, 1.0)
        found[name] = weight * np.log(ratio)
    found[otherwise] = np.where(alive, found[otherwise], last - first)
    return found


def product(factors: Mapping[str, Floats]) -> Floats:
    """The product of all factors."""
    result: Floats = np.asarray(1.0)
    for each in factors.values():
        result = result * each
    return result


def to_the_penny(parts: Mapping[str, float], total: float) -> dict[str, float]:
    """Parts rounded to pennies that add up to the rounded total (largest remainders).

    Args:
        parts: Pounds by name; they add up to `total` but for floating-point dust.
        total: Their sum, pounds.
    """
    pennies = {name: value * 100 for name, value in parts.items()}
    down = {name: int(np.floor(value)) for name, value in pennies.items()}
    missing = round(total * 100) - sum(down.values())
    order = sorted(pennies, key=lambda name: down[name] - pennies[name])
    for place in range(missing):
        down[order[place % len(order)]] += 1
    return {name: value / 100 for name, value in down.items()}
