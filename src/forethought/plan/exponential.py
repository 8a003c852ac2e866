"""Exponential smoothing state space models: a shorter search, and how their errors add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LONGEST_SEASON = 24  # beyond it one state a season's period is more than a history can tell


@dataclass(frozen=True)
class EtsChoice:
    """A form of the model: error, trend and season (`A`, `M`, `N`, `Z`), and damping."""

    form: str
    damped: bool | None


def choose_ets(y: Floats, m: int, *, thorough: bool) -> EtsChoice:
    """The form with the smallest corrected information criterion.

    The full search fits up to 15 forms, each with a state for every period of the season. The
    usual one settles the trend on the history without its season, where a fit costs little, and
    then compares error and season under that trend.

    Source: Hyndman and Athanasopoulos (2021), Forecasting: Principles and Practice, 8.6.
    """
    if thorough or m == 1:
        return _best(y, m, [EtsChoice("ZZZ", None)])
    trend = _best(y - seasonal_means(y, m), 1, [EtsChoice("AZN", None)])
    letter, damped = trend.form[1] if trend.form[1] in "NA" else "N", bool(trend.damped)
    seasons = [f"A{letter}N", f"A{letter}A", *([f"M{letter}M"] if y.min() > 0 else [])]
    return _best(y, m, [EtsChoice(form, damped) for form in seasons])


def seasonal_means(y: Floats, m: int) -> Floats:
    """Mean deviation of each of the season's periods from a centred moving average."""
    kernel = np.full(m + 1 - m % 2, 1.0 / m)
    if m % 2 == 0:
        kernel[[0, -1]] /= 2
    half = kernel.size // 2
    if y.size <= 2 * half + m:
        return np.zeros(y.size)
    rest = y[half : y.size - half] - np.convolve(y, kernel, mode="valid")
    phase = np.arange(half, y.size - half) % m
    means = np.bincount(phase, weights=rest, minlength=m) / np.bincount(phase, minlength=m)
    return np.asarray((means - means.mean())[np.arange(y.size) % m])


def _best(y: Floats, m: int, choices: list[EtsChoice]) -> EtsChoice:
    scored: list[tuple[float, EtsChoice]] = []
    for choice in choices:
        try:
            model = fit_ets(y, m, choice).model_
        except ImportError:
            raise
        except Exception:  # noqa: BLE001, S112  statsforecast raises bare Exception; next form
            continue
        criterion, parts = float(model["aicc"]), str(model["components"])
        chosen = EtsChoice(parts[:3], damped=parts[3] != "N")
        scored.append((criterion if np.isfinite(criterion) else np.inf, chosen))
    if not scored:
        return EtsChoice("ZZN", None)
    return min(scored, key=lambda pair: pair[0])[1]


def fit_ets(y: Floats, m: int, choice: EtsChoice | None) -> Any:
    """A fitted `statsforecast.models.AutoETS` of one form; without season where m is long."""
    from statsforecast.models import AutoETS

    form = choice or EtsChoice("ZZZ", None)
    return AutoETS(m, model=form.form, damped=form.damped).fit(y)


def moving_average_weights(model: dict[str, Any], h: int) -> Floats:
    """How much of today's error is still in the forecast error `j` periods later, shape (h,).

    Exact for additive forms; for multiplicative ones to the first order.

    Source: Hyndman et al. (2008), Forecasting with Exponential Smoothing, table 6.1.
    """
    alpha, beta, gamma, phi = (
        0.0 if np.isnan(value) else float(value) for value in np.asarray(model["par"][:4])
    )
    trend, season, damping = (model["components"][index] for index in (1, 2, 3))
    steps = np.arange(h)
    weights = np.full(h, alpha)
    if trend != "N":
        run = np.cumsum(phi ** steps[1:]) if damping == "D" else steps[1:].astype(np.float64)
        weights[1:] += beta * run
    if season != "N":
        weights += gamma * (steps % int(model["m"]) == 0)
    weights[0] = 1.0
    return weights
