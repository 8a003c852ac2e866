"""From checked histories to fitted members: shocks off, traits told, members fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forethought.plan.combination import Rehearsal
from forethought.plan.driven import Driven, histories_with
from forethought.plan.drivers import Drivers
from forethought.plan.members import Fit, Task, fit_members
from forethought.plan.pooling import with_pooled
from forethought.plan.series import Panel, Series, longer_seasons, natural_season, periods_of
from forethought.plan.shocks import Adjusted, Shock, without_shocks
from forethought.plan.traits import Traits, traits_of
from forethought.stats.blocks import cpu_count, run_blocks

Floats = NDArray[np.float64]

EFFORTS = ("fast", "standard", "thorough")
WORTH_A_PROCESS = 24  # series; fewer are fitted before a second process has started


@dataclass(frozen=True)
class Settings:
    """The checked arguments of `forecast`."""

    h: int
    freq: str
    season_length: int | tuple[int, ...] | None
    level: tuple[float, ...]
    effort: str
    shocks: tuple[Shock, ...]
    paths: int
    seed: int
    n_jobs: int | None
    nonnegative: bool | None
    integer: bool

    @property
    def season(self) -> int:
        """The shortest season that is given, or that the frequency usually has."""
        if isinstance(self.season_length, tuple):
            return min(self.season_length)
        return self.season_length or natural_season(self.freq)

    @property
    def longer(self) -> tuple[int, ...]:
        """Further seasons: given, or those that the frequency may have."""
        if isinstance(self.season_length, tuple):
            return tuple(sorted(self.season_length))[1:]
        return longer_seasons(self.freq) if self.season_length is None else ()


@dataclass(frozen=True, eq=False)
class Prepared:
    """One series, ready to be combined."""

    series: Series
    traits: Traits
    adjusted: Adjusted
    fit: Fit
    scale: float
    floor: float | None
    driven: Driven | None = None

    def rehearsal(self) -> Rehearsal:
        """What the series offers to the choice of a combination."""
        return Rehearsal(
            y=self.adjusted.y,
            cutoffs=self.traits.cutoffs,
            means=self.fit.means,
            origin_means=self.fit.origin_means,
            scale=self.scale,
            counted=~self.adjusted.set_aside,
        )


def prepare(panel: Panel, settings: Settings, drivers: Drivers | None = None) -> list[Prepared]:
    """Fit the members of every series of the panel, to what its drivers leave."""
    adjusted = [_adjusted(series, panel, settings) for series in panel.series]
    traits = [_traits(a.y, settings) for a in adjusted]
    driven: dict[int, Driven] = {}
    if drivers is not None:
        traits, driven = _driven(panel, settings, drivers, adjusted, traits)
    tasks = [
        Task(
            a.y,
            t.m,
            settings.h,
            t.members,
            t.cutoffs,
            settings.effort == "thorough",
            t.silent,
            t.longer,
            driven.get(index),
        )
        for index, (a, t) in enumerate(zip(adjusted, traits, strict=True))
    ]
    fits = run_blocks(fit_members, tasks, n_jobs=processes(len(tasks), settings.n_jobs))
    usual = [index for index, t in enumerate(traits) if t.kind == "usual"]
    pooled = with_pooled([tasks[index] for index in usual], [fits[index] for index in usual])
    for index, fit in zip(usual, pooled, strict=True):
        fits[index] = fit
    return [
        Prepared(
            series=series,
            traits=t,
            adjusted=a,
            fit=fit,
            scale=usual_change(a.y, t.m),
            floor=_floor(t, settings.nonnegative),
            driven=driven.get(index),
        )
        for index, (series, t, a, fit) in enumerate(
            zip(panel.series, traits, adjusted, fits, strict=True)
        )
    ]


def _traits(y: Floats, settings: Settings) -> Traits:
    return traits_of(
        y,
        h=settings.h,
        season=settings.season,
        detect=settings.season_length is None,
        effort=settings.effort,
        longer=settings.longer,
    )


def _driven(
    panel: Panel,
    settings: Settings,
    drivers: Drivers,
    adjusted: Sequence[Adjusted],
    traits: Sequence[Traits],
) -> tuple[list[Traits], dict[int, Driven]]:
    """Traits of what the drivers leave, and what they do at the end and at every origin.

    Only usual histories are driven; a driver that explains a level shift leaves none.
    """
    usual = [k for k, t in enumerate(traits) if t.kind == "usual"]
    ys, aside = [a.y for a in adjusted], [a.set_aside for a in adjusted]
    histories = histories_with(panel, drivers, ys, aside, usual)
    seasons = [(settings.season, *settings.longer)] * len(usual)
    found = histories.effects_at([ys[k].size for k in usual], seasons)
    answers = list(traits)
    for k, effect in zip(usual, found, strict=True):
        left = traits[k] if effect is None else _traits(effect.off(ys[k]), settings)
        if left.kind == "usual":
            answers[k] = replace(left, nonnegative=traits[k].nonnegative)
    effects = [{} if e is None else {ys[k].size: e} for k, e in zip(usual, found, strict=True)]
    for origin in range(max((len(answers[k].cutoffs) for k in usual), default=0)):
        lengths = [
            answers[k].cutoffs[origin] if origin < len(answers[k].cutoffs) else None for k in usual
        ]
        for own, length, effect in zip(
            effects, lengths, histories.effects_at(lengths, seasons), strict=True
        ):
            if length is not None and effect is not None:
                own[length] = effect
    none = Driven(drivers.names, np.zeros(len(drivers.names), dtype=bool), {})
    return answers, dict.fromkeys(range(len(traits)), none) | {
        k: Driven(drivers.names, used, own)
        for k, used, own in zip(usual, histories.used, effects, strict=True)
    }


def usual_change(y: Floats, m: int) -> float:
    """Mean absolute change from a season before: the scale of MASE; 1 where nothing changes."""
    lag = m if y.size > m else 1
    change = float(np.mean(np.abs(y[lag:] - y[:-lag])))
    if change > 0:
        return change
    return float(np.mean(np.abs(y - y.mean()))) or 1.0


def _adjusted(series: Series, panel: Panel, settings: Settings) -> Adjusted:
    if not settings.shocks:
        return Adjusted(series.y, np.zeros(series.y.size, dtype=bool), ())
    return without_shocks(series.y, periods_of(series, panel), settings.season, settings.shocks)


def _floor(traits: Traits, nonnegative: bool | None) -> float | None:  # noqa: FBT001  three states
    return 0.0 if (traits.nonnegative if nonnegative is None else nonnegative) else None


def processes(tasks: int, n_jobs: int | None) -> int:
    """How many processes so many tasks are worth, unless told."""
    if n_jobs is not None:
        return max(1, n_jobs)
    return min(cpu_count(), max(1, tasks // WORTH_A_PROCESS))
