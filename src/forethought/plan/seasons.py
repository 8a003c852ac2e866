"""Seasons by averages: shrunk as far as they are noise, so that a weak season is not repeated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forethought.plan.exponential import seasonal_means

Floats = NDArray[np.float64]

MOST_LOG = 300.0  # a logarithm beyond this has no number


@dataclass(frozen=True, eq=False)
class WithoutSeason:
    """A history without its season.

    Args:
        x: Shape (n,): logarithms where the history is positive, so that a season that grows with
            the level is taken off in proportion.
        profile: The season that was taken off, shape (m,), by position from the first period.
        log: Whether `x` and `profile` are logarithms.
    """

    x: Floats
    profile: Floats
    log: bool

    def level(self) -> Floats:
        """The history without its season in its own units."""
        return np.exp(self.x) if self.log else self.x

    def restored(self, x: Floats) -> Floats:
        """A continuation of `x`, shape (h,), with its season and in the history's units."""
        steps = self.x.size + np.arange(x.size)
        seasonal = x + self.profile[steps % self.profile.size]
        return np.exp(np.minimum(seasonal, MOST_LOG)) if self.log else seasonal


def without_season(
    y: Floats, m: int, *, seasonal: bool = True, log: bool | None = None
) -> WithoutSeason:
    """Take the season off a history, where it spans two of them.

    Args:
        y: Shape (n,).
        m: Season length; 1 has none.
        seasonal: Whether to take a season off at all; if not, only the units change.
        log: Whether to take logarithms; None takes them of a history that is positive.
    """
    logarithmic = bool(y.min() > 0) if log is None else log
    x = np.log(y) if logarithmic else y.astype(np.float64)
    profile = shrunk_profile(x, m) if seasonal else np.zeros(1)
    return WithoutSeason(x - profile[np.arange(y.size) % profile.size], profile, logarithmic)


def shrunk_profile(x: Floats, m: int) -> Floats:
    """Mean deviation of each of the season's periods from a moving average, shrunk to none.

    The factor is that of James and Stein: one less the inverse of the variance ratio of season
    and rest, so a season that could be noise nearly vanishes.

    Source: Miller and Williams (2003), Shrinkage estimators of time series seasonal factors.
    """
    if m == 1 or x.size < 2 * m:
        return np.zeros(m)
    raw = seasonal_means(x, m)[:m]
    rest = _detrended(x, m)
    if rest.size <= m:
        return np.asarray(raw)
    half = (m + 1 - m % 2) // 2
    noise = rest - raw[(half + np.arange(rest.size)) % m]
    variance = float(noise @ noise) / max(rest.size - m, 1)
    if variance == 0:
        return np.asarray(raw)
    ratio = rest.size / m * float(raw @ raw) / (m - 1) / variance
    lost = (m - 3) / (m - 1) if m > 3 else 1.0  # noqa: PLR2004  James and Stein need four means
    return np.asarray(raw * max(0.0, 1.0 - lost / max(ratio, 1e-12)))


def _detrended(x: Floats, m: int) -> Floats:
    """Deviation from a moving average over one season, without the ends."""
    kernel = np.full(m + 1 - m % 2, 1.0 / m)
    if m % 2 == 0:
        kernel[[0, -1]] /= 2
    half = kernel.size // 2
    if x.size <= 2 * half:
        return np.empty(0)
    return x[half : x.size - half] - np.convolve(x, kernel, mode="valid")


@dataclass(frozen=True, eq=False)
class WithoutLonger:
    """A history without its longer seasons, the shortest left in.

    Args:
        y: Shape (n,), in the history's units.
        profiles: What was taken off, one array a season; logarithms where `log`.
        log: Whether the seasons multiply.
    """

    y: Floats
    profiles: tuple[Floats, ...]
    log: bool

    def restored(self, mean: Floats) -> Floats:
        """A forecast, shape (..., h), with the longer seasons put back."""
        steps = self.y.size + np.arange(mean.shape[-1])
        season = np.zeros(mean.shape[-1])
        for profile in self.profiles:
            season = season + profile[steps % profile.size]
        return np.asarray(mean * np.exp(season) if self.log else mean + season)


def without_longer(y: Floats, m: int, longer: tuple[int, ...]) -> WithoutLonger:
    """Take the seasons beyond `m` off a history, where it spans two of them.

    Each is learnt from what the shorter ones leave: the week of hours from days that are alike.
    """
    rest = without_season(y, m)
    x, profiles = rest.x, []
    for length in longer:
        if y.size < 2 * length:
            continue
        profile = shrunk_profile(x, length)
        x = x - profile[np.arange(y.size) % length]
        profiles.append(profile)
    if not profiles:
        return WithoutLonger(y, (), rest.log)
    restored = x + rest.profile[np.arange(y.size) % rest.profile.size]
    return WithoutLonger(np.exp(restored) if rest.log else restored, tuple(profiles), rest.log)
