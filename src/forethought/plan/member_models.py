"""Single models as members of the combination: each a pure function of a history and a question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forethought.plan.exponential import choose_ets, fit_ets, moving_average_weights
from forethought.plan.seasons import without_season

Floats = NDArray[np.float64]

ETS, CES, THETA, SEASONAL_NAIVE = "AutoETS", "AutoCES", "DynamicOptimizedTheta", "SeasonalNaive"
NAIVE, AVERAGE, WINDOW, TSB = "Naive", "HistoricAverage", "WindowAverage", "TSB"
SMOOTHING = "SimpleExponentialSmoothing"
AGGREGATED, SEASONAL_AVERAGE, ARIMA = "AggregatedSmoothing", "SeasonalAverage", "AutoARIMA"
DAMPED, LONGEST_NAIVE = "DampedTrend", "LongestSeasonalNaive"
FAST = (CES, THETA, SEASONAL_NAIVE, AGGREGATED, SEASONAL_AVERAGE)
FULL = (ETS, *FAST)
THOROUGH = (*FULL, ARIMA)
SEVERAL = (DAMPED, LONGEST_NAIVE)  # join where there is more than one season
WHOLE = (LONGEST_NAIVE,)  # see the history with all its seasons; the others without the longer ones
SHORT = (NAIVE, AVERAGE)
ZERO_HEAVY = (AVERAGE, WINDOW, SMOOTHING, TSB)

RECENT_SEASONS = np.array([0.5, 0.3, 0.2])  # parts of the last three seasons in their average
FEWEST_SUMS = 5  # seasons below which their levels tell no trend


@dataclass(frozen=True)
class Question:
    """What is asked of a member.

    Args:
        m: Season length; 1 has none.
        h: Horizon.
        thorough: Whether to search all forms.
        longer: Further season lengths.
    """

    m: int
    h: int
    thorough: bool = False
    longer: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class MemberFit:
    """A member's forecast and how its errors add up over the horizon.

    Args:
        mean: Shape (h,); NaN where the member has no answer.
        weights: Moving-average weights of its errors, shape (h,), the first is 1; NaN where they
            are not known.
        residuals: One-step errors in the history, shape (n,), NaN where there is none.
        form: What was chosen inside the member, or empty.
    """

    mean: Floats
    weights: Floats
    residuals: Floats
    form: str = ""


def no_weights(h: int) -> Floats:
    """Errors that do not last."""
    weights = np.zeros(h)
    weights[0] = 1.0
    return weights


def _level_weights(h: int, alpha: float) -> Floats:
    weights = np.full(h, alpha)
    weights[0] = 1.0
    return weights


def _points_only(mean: Floats, y: Floats, form: str = "") -> MemberFit:
    """A member that gives no account of its errors."""
    return MemberFit(mean, np.full(mean.size, np.nan), np.full(y.size, np.nan), form)


def _ets(y: Floats, asked: Question) -> MemberFit:
    model = fit_ets(y, asked.m, choose_ets(y, asked.m, thorough=asked.thorough))
    return MemberFit(
        mean=np.asarray(model.predict(asked.h)["mean"], dtype=np.float64),
        weights=moving_average_weights(model.model_, asked.h),
        residuals=_degrees_adjusted(y - model.model_["fitted"], model.model_["n_params"]),
        form=str(model.model_.get("method", "")),
    )


def _ces(y: Floats, asked: Question) -> MemberFit:
    from statsforecast.models import AutoCES

    model = AutoCES(asked.m).fit(y)
    fitted = np.asarray(model.model_["fitted"]).ravel()
    return MemberFit(
        mean=np.asarray(model.predict(asked.h)["mean"], dtype=np.float64),
        weights=np.full(asked.h, np.nan),
        residuals=_degrees_adjusted(y - fitted, 2 + asked.m),
        form=f"CES({model.model_['seasontype']})",
    )


def _theta(y: Floats, asked: Question) -> MemberFit:
    from statsforecast.models import DynamicOptimizedTheta

    model = DynamicOptimizedTheta(asked.m).fit(y)
    residuals = np.asarray(model.model_["residuals"], dtype=np.float64).copy()
    residuals[:3] = np.nan
    return MemberFit(
        mean=np.asarray(model.predict(asked.h)["mean"], dtype=np.float64),
        weights=_level_weights(asked.h, float(model.model_["par"]["alpha"])),
        residuals=_degrees_adjusted(residuals, 3),
    )


def _arima(y: Floats, asked: Question) -> MemberFit:
    from statsforecast.models import AutoARIMA

    model = AutoARIMA(
        season_length=asked.m, max_p=2, max_q=2, max_P=1, max_Q=1, nmodels=30, approximation=True
    ).fit(y)
    orders = [int(k) for k in model.model_["arma"]]
    p, q, seasonal_p, seasonal_q, m, d, seasonal_d = orders
    form = f"ARIMA({p},{d},{q})({seasonal_p},{seasonal_d},{seasonal_q})[{m}]"
    return _points_only(np.asarray(model.predict(asked.h)["mean"], dtype=np.float64), y, form)


def _aggregated(y: Floats, asked: Question) -> MemberFit:
    """Damped trend of the levels of whole seasons: a year's average hides what a month hides.

    Source: Kourentzes, Petropoulos and Trapero (2014), on forecasting over several aggregations.
    """
    block = asked.m if asked.m > 1 else 2
    count = y.size // block
    if count < FEWEST_SUMS:
        raise ValueError("too few seasons")
    rest = without_season(y, asked.m)
    levels = rest.level()[y.size - count * block :].reshape(count, block).mean(axis=1)
    ahead = -(-asked.h // block) + 1
    known = np.append(levels[-1], _damped(levels, ahead))
    middle = np.arange(-1, ahead) * block + (block - 1) / 2
    level = np.interp(np.arange(asked.h), middle, known)
    mean = rest.restored(np.log(np.maximum(level, 1e-9)) if rest.log else level)
    return _points_only(mean, y)


def _damped_trend(y: Floats, asked: Question) -> MemberFit:
    """The season taken off as far as it is one, and a damped trend of what is left."""
    rest = without_season(y, asked.m)
    return _points_only(rest.restored(_damped(rest.x, asked.h)), y)


def _damped(y: Floats, h: int) -> Floats:
    from statsforecast.models import AutoETS

    model = AutoETS(1, model="AAN", damped=True).fit(y)
    return np.asarray(model.predict(h)["mean"], dtype=np.float64)


def _seasonal_naive(y: Floats, asked: Question) -> MemberFit:
    residuals = np.full(y.size, np.nan)
    residuals[asked.m :] = y[asked.m :] - y[: -asked.m]
    steps = np.arange(asked.h)
    return MemberFit(
        mean=y[-asked.m :][steps % asked.m],
        weights=(steps % asked.m == 0).astype(np.float64),
        residuals=residuals,
    )


def _longest_naive(y: Floats, asked: Question) -> MemberFit:
    """What came one of the longest seasons before."""
    longest = max(asked.m, *asked.longer)
    return _points_only(y[-longest:][np.arange(asked.h) % longest], y)


def _seasonal_average(y: Floats, asked: Question) -> MemberFit:
    """Average of the same period in the last three seasons, the recent ones counting more."""
    count = min(RECENT_SEASONS.size, y.size // asked.m)
    parts = RECENT_SEASONS[:count] / RECENT_SEASONS[:count].sum()
    recent = y[y.size - count * asked.m :].reshape(count, asked.m)[::-1]
    return _points_only((parts @ recent)[np.arange(asked.h) % asked.m], y)


def _naive(y: Floats, asked: Question) -> MemberFit:
    residuals = np.full(y.size, np.nan)
    residuals[1:] = np.diff(y)
    return MemberFit(np.full(asked.h, y[-1]), _level_weights(asked.h, 1.0), residuals)


def _average(y: Floats, asked: Question) -> MemberFit:
    residuals = _degrees_adjusted(y - y.mean(), 1)
    return MemberFit(np.full(asked.h, y.mean()), no_weights(asked.h), residuals)


def _window_average(y: Floats, asked: Question) -> MemberFit:
    window = y[-max(2 * asked.m, 6) :]
    return MemberFit(np.full(asked.h, window.mean()), no_weights(asked.h), y - window.mean())


def _smoothing(y: Floats, asked: Question) -> MemberFit:
    from statsforecast.models import SimpleExponentialSmoothing

    model = SimpleExponentialSmoothing(alpha=0.1).fit(y)
    return MemberFit(
        mean=np.asarray(model.predict(asked.h)["mean"], dtype=np.float64),
        weights=_level_weights(asked.h, 0.1),
        residuals=y - np.asarray(model.model_["fitted"], dtype=np.float64),
    )


def _tsb(y: Floats, asked: Question) -> MemberFit:
    from statsforecast import models

    model = models.TSB(alpha_d=0.2, alpha_p=0.1).fit(y)
    mean = np.asarray(model.predict(asked.h)["mean"], dtype=np.float64)
    return MemberFit(mean, no_weights(asked.h), np.full(y.size, np.nan))


FITS: dict[str, Callable[[Floats, Question], MemberFit]] = {
    ETS: _ets,
    CES: _ces,
    THETA: _theta,
    ARIMA: _arima,
    AGGREGATED: _aggregated,
    DAMPED: _damped_trend,
    LONGEST_NAIVE: _longest_naive,
    SEASONAL_NAIVE: _seasonal_naive,
    SEASONAL_AVERAGE: _seasonal_average,
    NAIVE: _naive,
    AVERAGE: _average,
    WINDOW: _window_average,
    SMOOTHING: _smoothing,
    TSB: _tsb,
}


def _degrees_adjusted(residuals: Floats, parameters: int) -> Floats:
    """Residuals scaled up for the parameters that were fitted to them."""
    known = int(np.isfinite(residuals).sum())
    left = max(known - parameters, known / 3, 1.0)
    return np.asarray(residuals * np.sqrt(known / left), dtype=np.float64)
