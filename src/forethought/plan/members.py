"""The members of the combination, fitted to one series at its end and at earlier origins.

Everything here is a pure function of its task, so that series can be fitted in any process.
Member models come from statsforecast, as model objects (its frame interface refits, seeds by the
order of series and keeps more than is needed).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forethought.plan.exponential import EtsChoice, choose_ets, fit_ets, moving_average_weights

Floats = NDArray[np.float64]

ETS, CES, THETA, SEASONAL_NAIVE = "AutoETS", "AutoCES", "DynamicOptimizedTheta", "SeasonalNaive"
NAIVE, AVERAGE, WINDOW, TSB = "Naive", "HistoricAverage", "WindowAverage", "TSB"
SMOOTHING = "SimpleExponentialSmoothing"
FULL = (ETS, CES, THETA, SEASONAL_NAIVE)
FAST = (CES, THETA, SEASONAL_NAIVE)
SHORT = (NAIVE, AVERAGE)
ZERO_HEAVY = (AVERAGE, WINDOW, SMOOTHING, TSB)

MOST_TELLING = 40  # periods beyond which one member would silence the others for good
FURTHEST_IN_RANGES = 10.0  # a forecast further from history than this many ranges is no forecast


@dataclass(frozen=True, eq=False)
class Task:
    """One series to fit.

    Args:
        y: History, shape (n,), finite.
        m: Season length; 1 has none.
        h: Horizon.
        members: Names of the members to fit.
        cutoffs: Lengths of the histories at the rolling origins, each below n.
        thorough: Whether to search all ETS forms.
        silent: Members that are not asked, with the reason.
    """

    y: Floats
    m: int
    h: int
    members: tuple[str, ...]
    cutoffs: tuple[int, ...]
    thorough: bool
    silent: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Forms:
    """What the search at the end of the history chose, kept at the origins.

    A search at each origin would cost as much again as all else together.
    """

    ets: EtsChoice | None = None
    ces: str = "Z"


@dataclass(frozen=True, eq=False)
class MemberFit:
    """A member's forecast and how its errors add up over the horizon.

    Args:
        mean: Shape (h,); NaN where the member has no answer.
        weights: Moving-average weights of its errors, shape (h,), the first is 1.
        residuals: One-step errors in the history, shape (n,), NaN where there is none.
        form: What was chosen inside the member, or empty.
    """

    mean: Floats
    weights: Floats
    residuals: Floats
    form: str = ""


@dataclass(frozen=True, eq=False)
class Fit:
    """All members of one series.

    Args:
        members: Names, M of them.
        means: Shape (M, h): forecasts from the end.
        origin_means: Shape (W, M, h): forecasts from the cutoffs.
        spread: Shape (h,): standard deviation that the members' own models expect.
        origin_spreads: Shape (W, h).
        correlation: Shape (h, h): of the errors at two horizons, as the members expect.
        residuals: Shape (n,): one-step errors of the first member that has some.
        forms: What was chosen inside the members, by name.
        dropped: Members without a usable forecast, with the reason.
    """

    members: tuple[str, ...]
    means: Floats
    origin_means: Floats
    spread: Floats
    origin_spreads: Floats
    correlation: Floats
    residuals: Floats
    forms: dict[str, str]
    dropped: dict[str, str]


@contextmanager
def quiet() -> Iterator[None]:
    """Library noise kept in; numpy's global generator left as it was found."""
    state = np.random.get_state()  # noqa: NPY002  statsforecast reseeds the global generator
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(state)  # noqa: NPY002


def fit_members(task: Task) -> Fit:
    """Fit every member of a task at its end and at its cutoffs."""
    with quiet():
        searched = Forms(ets=_ets_choice(task))
        last = {name: _fit(name, task.y, task, searched) for name in task.members}
        forms = Forms(searched.ets, _ces_form(last))
        origins = [
            {name: _fit(name, task.y[:cutoff], task, forms) for name in task.members}
            for cutoff in task.cutoffs
        ]
        spread, correlation = _joint_spread(last, task)
        origin_spreads = [_joint_spread(fits, task)[0] for fits in origins]
    shape = (len(task.cutoffs), len(task.members), task.h)
    return Fit(
        members=task.members,
        means=np.stack([last[name].mean for name in task.members]),
        origin_means=np.array(
            [[fits[name].mean for name in task.members] for fits in origins], dtype=np.float64
        ).reshape(shape),
        spread=spread,
        origin_spreads=np.array(origin_spreads, dtype=np.float64).reshape(shape[0], task.h),
        correlation=correlation,
        residuals=_first_residuals(last, task),
        forms={name: fit.form for name, fit in last.items() if fit.form},
        dropped={
            name: dict(task.silent).get(name, "gave no usable forecast")
            for name, fit in last.items()
            if not np.isfinite(fit.mean).all()
        },
    )


def _ets_choice(task: Task) -> EtsChoice | None:
    if ETS not in task.members:
        return None
    return choose_ets(task.y, task.m, thorough=task.thorough)


def _ces_form(fits: dict[str, MemberFit]) -> str:
    return fits[CES].form[4] if CES in fits and fits[CES].form else "Z"


def _fit(name: str, y: Floats, task: Task, forms: Forms) -> MemberFit:
    """A member's fit; NaN where it has no answer, or one that is out of this world."""
    if name in dict(task.silent):
        return MemberFit(np.full(task.h, np.nan), _no_weights(task.h), np.full(y.size, np.nan))
    try:
        fit: MemberFit = _FITS[name](y, task.m, task.h, forms)
    except ImportError:
        raise  # a broken installation is no property of the series
    except Exception:  # noqa: BLE001  statsforecast raises bare Exception and what numpy raises
        return MemberFit(np.full(task.h, np.nan), _no_weights(task.h), np.full(y.size, np.nan))
    width = max(float(np.ptp(y)), float(np.abs(y).max()), 1e-300)
    away = np.maximum(fit.mean - y.max(), y.min() - fit.mean)
    if not np.isfinite(fit.mean).all() or away.max() > FURTHEST_IN_RANGES * width:
        return MemberFit(np.full(task.h, np.nan), fit.weights, fit.residuals, fit.form)
    return fit


def _no_weights(h: int) -> Floats:
    weights = np.zeros(h)
    weights[0] = 1.0
    return weights


def _level_weights(h: int, alpha: float) -> Floats:
    weights = np.full(h, alpha)
    weights[0] = 1.0
    return weights


def _ets(y: Floats, m: int, h: int, forms: Forms) -> MemberFit:
    model = fit_ets(y, m, forms.ets)
    return MemberFit(
        mean=np.asarray(model.predict(h)["mean"], dtype=np.float64),
        weights=moving_average_weights(model.model_, h),
        residuals=_degrees_adjusted(y - model.model_["fitted"], model.model_["n_params"]),
        form=str(model.model_.get("method", "")),
    )


def _ces(y: Floats, m: int, h: int, forms: Forms) -> MemberFit:
    from statsforecast.models import AutoCES

    model = AutoCES(m, model=forms.ces).fit(y)
    residuals = _degrees_adjusted(y - np.asarray(model.model_["fitted"]).ravel(), 2 + m)
    return MemberFit(
        mean=np.asarray(model.predict(h)["mean"], dtype=np.float64),
        weights=_no_weights(h) * np.nan,
        residuals=residuals,
        form=f"CES({model.model_['seasontype']})",
    )


def _theta(y: Floats, m: int, h: int, _: Forms) -> MemberFit:
    from statsforecast.models import DynamicOptimizedTheta

    model = DynamicOptimizedTheta(m).fit(y)
    residuals = np.asarray(model.model_["residuals"], dtype=np.float64).copy()
    residuals[:3] = np.nan
    return MemberFit(
        mean=np.asarray(model.predict(h)["mean"], dtype=np.float64),
        weights=_level_weights(h, float(model.model_["par"]["alpha"])),
        residuals=_degrees_adjusted(residuals, 3),
    )


def _seasonal_naive(y: Floats, m: int, h: int, _: Forms) -> MemberFit:
    residuals = np.full(y.size, np.nan)
    residuals[m:] = y[m:] - y[:-m]
    steps = np.arange(h)
    return MemberFit(
        mean=y[-m:][steps % m], weights=(steps % m == 0).astype(np.float64), residuals=residuals
    )


def _naive(y: Floats, _: int, h: int, __: Forms) -> MemberFit:
    residuals = np.full(y.size, np.nan)
    residuals[1:] = np.diff(y)
    return MemberFit(np.full(h, y[-1]), _level_weights(h, 1.0), residuals)


def _average(y: Floats, _: int, h: int, __: Forms) -> MemberFit:
    return MemberFit(np.full(h, y.mean()), _no_weights(h), _degrees_adjusted(y - y.mean(), 1))


def _window_average(y: Floats, m: int, h: int, _: Forms) -> MemberFit:
    window = y[-max(2 * m, 6) :]
    return MemberFit(np.full(h, window.mean()), _no_weights(h), y - window.mean())


def _smoothing(y: Floats, _: int, h: int, __: Forms) -> MemberFit:
    from statsforecast.models import SimpleExponentialSmoothing

    model = SimpleExponentialSmoothing(alpha=0.1).fit(y)
    return MemberFit(
        mean=np.asarray(model.predict(h)["mean"], dtype=np.float64),
        weights=_level_weights(h, 0.1),
        residuals=y - np.asarray(model.model_["fitted"], dtype=np.float64),
    )


def _tsb(y: Floats, _: int, h: int, __: Forms) -> MemberFit:
    from statsforecast import models

    model = models.TSB(alpha_d=0.2, alpha_p=0.1).fit(y)
    mean = np.asarray(model.predict(h)["mean"], dtype=np.float64)
    return MemberFit(mean, _no_weights(h), np.full(y.size, np.nan))


_FITS: dict[str, Any] = {
    ETS: _ets,
    CES: _ces,
    THETA: _theta,
    SEASONAL_NAIVE: _seasonal_naive,
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


def _first_residuals(fits: dict[str, MemberFit], task: Task) -> Floats:
    for fit in fits.values():
        if np.isfinite(fit.residuals).sum() >= min(4, task.y.size - 1):
            return fit.residuals
    return np.full(task.y.size, np.nan)


def _joint_spread(fits: dict[str, MemberFit], task: Task) -> tuple[Floats, Floats]:
    """Standard deviation by horizon and correlation between horizons, as the members expect.

    The spread is the members' median. For the correlation, members count by how well they follow
    the history one step ahead: a naive member's errors hang together over the whole horizon
    whatever the history is like.
    """
    lags = np.subtract.outer(np.arange(task.h), np.arange(task.h))
    covariances, variances = [], []
    for fit in fits.values():
        known = fit.residuals[np.isfinite(fit.residuals)]
        if known.size == 0 or not np.isfinite(fit.weights).all() or np.isnan(fit.mean[0]):
            continue
        response = np.where(lags >= 0, fit.weights[np.abs(lags)], 0.0)
        variances.append(float(np.mean(known**2)))
        covariances.append(variances[-1] * response @ response.T)
    if not covariances:
        return np.full(task.h, np.nan), np.eye(task.h)
    spreads = np.sqrt([np.diag(covariance) for covariance in covariances])
    usable = np.where(spreads > 0, spreads, 1.0)
    correlations = [c / np.outer(s, s) for c, s in zip(covariances, usable, strict=True)]
    correlation = np.average(correlations, axis=0, weights=_likelihoods(variances, task.y.size))
    np.fill_diagonal(correlation, 1.0)
    return np.asarray(np.median(spreads, axis=0)), np.asarray(correlation)


def _likelihoods(variances: Sequence[float], n: int) -> Floats:
    """Relative normal likelihoods of models with these error variances over `n` periods."""
    smallest = max(min(variances), 1e-300)
    ratios = smallest / np.maximum(variances, smallest)
    return np.asarray(ratios ** (min(n, MOST_TELLING) / 2))
