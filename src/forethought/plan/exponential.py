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

    The full search fits up to 15 forms. The usual one first settles error and season without
    trend, then asks whether that form wants a trend, plain or damped: a third of the cost.

    Source: Hyndman and Athanasopoulos (2021), Forecasting: Principles and Practice, 8.6.
    """
    if thorough or m == 1:
        return _best(y, m, [EtsChoice("ZZZ", None)])
    positive = y.min() > 0
    seasonal = ["ANN", "ANA", *(["MNM"] if positive else [])]
    level = _best(y, m, [EtsChoice(form, damped=False) for form in seasonal])
    trended = f"{level.form[0]}A{level.form[2]}"
    return _best(y, m, [level, EtsChoice(trended, damped=False), EtsChoice(trended, damped=True)])


def _best(y: Floats, m: int, choices: list[EtsChoice]) -> EtsChoice:
    scored = []
    for choice in choices:
        try:
            model = fit_ets(y, m, choice).model_
        except Exception:  # noqa: BLE001  statsforecast raises bare Exception
            continue
        criterion = float(model["aicc"])
        components = str(model["components"])
        scored.append(
            (
                criterion if np.isfinite(criterion) else np.inf,
                EtsChoice(components[:3], damped=components[3] != "N"),
            )
        )
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
