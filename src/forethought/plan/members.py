"""The members of the combination, fitted to one series at its end and at earlier origins.

Everything here is a pure function of its task, so that series can be fitted in any process.
Member models come from statsforecast, as model objects (its frame interface refits, seeds by the
order of series and keeps more than is needed).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from forethought.plan.driven_models import arima_with_drivers
from forethought.plan.member_models import ARIMA, FITS, WHOLE, MemberFit, Question, no_weights
from forethought.plan.seasons import without_longer

if TYPE_CHECKING:
    from forethought.plan.driven import Driven, Effect

Floats = NDArray[np.float64]

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
        longer: Further season lengths that the history spans twice, such as 168 of hours.
        driven: Its drivers, where it has some; members then forecast what they leave.
    """

    y: Floats
    m: int
    h: int
    members: tuple[str, ...]
    cutoffs: tuple[int, ...]
    thorough: bool
    silent: tuple[tuple[str, str], ...] = ()
    longer: tuple[int, ...] = ()
    driven: Driven | None = None

    def question(self) -> Question:
        """What each member is asked."""
        return Question(self.m, self.h, self.thorough, self.longer)

    def effect(self, length: int) -> Effect | None:
        """What the drivers do to the first `length` periods, where there are drivers."""
        return None if self.driven is None else self.driven.effects.get(length)

    def seen(self, length: int) -> Floats:
        """The first `length` periods, without what the drivers do to them."""
        effect = self.effect(length)
        return self.y[:length] if effect is None else effect.off(self.y[:length])


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
    """Fit every member of a task at its end and at its cutoffs.

    Forms are searched anew at every cutoff: a form that was chosen knowing the end would make its
    member look better at the origins than it is.
    """
    with quiet():
        last = {name: _fit(name, task.y.size, task) for name in task.members}
        origins = [
            {name: _fit(name, cutoff, task) for name in task.members} for cutoff in task.cutoffs
        ]
        spread, correlation = _joint_spread(last, task, task.y.size)
        origin_spreads = [
            _joint_spread(fits, task, cutoff)[0]
            for fits, cutoff in zip(origins, task.cutoffs, strict=True)
        ]
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


def _fit(name: str, length: int, task: Task) -> MemberFit:
    """A member's fit to the first periods, with what the drivers do put back."""
    effect = task.effect(length)
    if effect is None:
        return _sane_fit(name, task.y[:length], task)
    if name == ARIMA:
        with suppress(Exception):  # statsforecast raises bare Exception; then as all others
            fit = arima_with_drivers(task.y[:length], task.question(), effect)
            left = replace(fit, mean=effect.without(fit.mean))
            return replace(fit, mean=effect.back(_sane(left, effect.off(task.y[:length])).mean))
    fit = _sane_fit(name, effect.off(task.y[:length]), task)
    return replace(fit, mean=effect.back(fit.mean))


def _sane_fit(name: str, y: Floats, task: Task) -> MemberFit:
    """A member's fit; NaN where it has no answer, or one that is out of this world."""
    if name in dict(task.silent):
        return MemberFit(np.full(task.h, np.nan), no_weights(task.h), np.full(y.size, np.nan))
    try:
        fit = _asked(name, y, task)
    except ImportError:
        raise  # a broken installation is no property of the series
    except Exception:  # noqa: BLE001  statsforecast raises bare Exception and what numpy raises
        return MemberFit(np.full(task.h, np.nan), no_weights(task.h), np.full(y.size, np.nan))
    return _sane(fit, y)


def _sane(fit: MemberFit, y: Floats) -> MemberFit:
    """The fit, without its forecast where that is out of this world."""
    width = max(float(np.ptp(y)), float(np.abs(y).max()), 1e-300)
    away = np.maximum(fit.mean - y.max(), y.min() - fit.mean)
    if not np.isfinite(fit.mean).all() or away.max() > FURTHEST_IN_RANGES * width:
        return replace(fit, mean=np.full(fit.mean.size, np.nan))
    return fit


def _asked(name: str, y: Floats, task: Task) -> MemberFit:
    """A member's fit, to the history without its longer seasons where it knows one season only."""
    if not task.longer or name in WHOLE:
        return FITS[name](y, task.question())
    parts = without_longer(y, task.m, task.longer)
    fit = FITS[name](parts.y, task.question())
    return replace(fit, mean=parts.restored(fit.mean))


def _first_residuals(fits: dict[str, MemberFit], task: Task) -> Floats:
    for fit in fits.values():
        if np.isfinite(fit.residuals).sum() >= min(4, task.y.size - 1):
            return fit.residuals
    return np.full(task.y.size, np.nan)


def _joint_spread(fits: dict[str, MemberFit], task: Task, length: int) -> tuple[Floats, Floats]:
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
    spread, effect = np.asarray(np.median(spreads, axis=0)), task.effect(length)
    if effect is None:
        return spread, np.asarray(correlation)
    mean = np.nanmedian([fit.mean for fit in fits.values()], axis=0)
    return effect.widened(spread, np.asarray(correlation), mean)


def _likelihoods(variances: Sequence[float], n: int) -> Floats:
    """Relative normal likelihoods of models with these error variances over `n` periods."""
    smallest = max(min(variances), 1e-300)
    ratios = smallest / np.maximum(variances, smallest)
    return np.asarray(ratios ** (min(n, MOST_TELLING) / 2))
