"""What kind of history each series has, and hence which members may speak and where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forethought.plan import member_models as named
from forethought.plan.exponential import seasonal_means

Floats = NDArray[np.float64]

FEWEST = 8  # periods below which no model is fitted
ZERO_HEAVY_SHARE = 0.4
ORIGINS = {"fast": 3, "standard": 5, "thorough": 8}
CLEAR_SEASON = 2.5  # standard deviations of the variance ratio above its mean without a season
ALIKE = 0.2  # correlation of periods a longer season apart, above which there is one
WHOLE = 1e-9
JUMP_SPREADS = 6.0  # a jump is this many robust standard deviations of a change
LEVEL_PERIODS = 24  # periods that tell the level on either side; longer than most pulses last
SHIFT_LASTS = 3  # periods that must be seen on either side
SHIFT_STAYS = 0.6  # share of the jump that must last


@dataclass(frozen=True)
class Traits:
    """How a series is treated, and why.

    Args:
        kind: `usual`, `short`, `constant`, `zero_heavy`.
        m: Season length used.
        members: Names of the members.
        cutoffs: Lengths of the histories at the rolling origins.
        reason: In plain words.
        nonnegative: Whether the history is never negative.
        silent: Members that are not asked, with the reason.
        longer: Further season lengths beyond `m`.
    """

    kind: str
    m: int
    members: tuple[str, ...]
    cutoffs: tuple[int, ...]
    reason: str
    nonnegative: bool
    silent: tuple[tuple[str, str], ...] = ()
    longer: tuple[int, ...] = ()


def traits_of(
    y: Floats,
    *,
    h: int,
    season: int,
    detect: bool,
    effort: str,
    longer: tuple[int, ...] = (),
) -> Traits:
    """How a history is to be treated.

    Args:
        y: Shape (n,).
        h: Horizon.
        season: Season length, given or natural to the frequency.
        detect: Whether the history must show that season for it to be used.
        effort: `fast`, `standard` or `thorough`.
        longer: Further seasons that the frequency may have, such as 168 of hours.
    """
    nonnegative = bool(y.min() >= 0)
    constant = float(np.ptp(y)) <= WHOLE * max(1.0, abs(float(y[0])))
    if constant:
        what = "zero" if y[0] == 0 else "the same value"
        told = f"{what} in all {y.size} periods: no band can tell of a first change"
        return Traits("constant", 1, (named.NAIVE,), (), told, nonnegative)
    if y.size < FEWEST:
        told = f"only {y.size} periods: last value and average"
        return Traits("short", 1, named.SHORT, _cutoffs(y.size, h, 1, 2), told, nonnegative)
    m, told = _season_of(y, season, detect=detect)
    if nonnegative and np.mean(y == 0) >= ZERO_HEAVY_SHARE:
        share = f"{np.mean(y == 0):.0%} of the periods are zero: rates, no season"
        cutoffs = _cutoffs(y.size, h, 1, ORIGINS[effort])
        return Traits("zero_heavy", m, named.ZERO_HEAVY, cutoffs, share, nonnegative)
    found, also = _longer_seasons(y, m, longer, detect=detect)
    told += also
    names = members_for(m, effort, several=bool(found))
    cutoffs = _cutoffs(y.size, h, max(m, *found) if found else m, ORIGINS[effort])
    since = level_shift(y, m)
    if since is None:
        return Traits("usual", m, names, cutoffs, told, nonnegative, longer=found)
    told += f"; the level shifted {since} periods before the end: declare it as a shock if known"
    silent = ((named.SEASONAL_NAIVE, "would repeat the level before the shift"),)
    return Traits("usual", m, names, cutoffs, told, nonnegative, silent if since < m else (), found)


def members_for(m: int, effort: str, *, several: bool) -> tuple[str, ...]:
    """Names of the members of a usual history; without a season a damped trend takes a place."""
    names = {"fast": named.FAST, "standard": named.FULL, "thorough": named.THOROUGH}[effort]
    if m == 1:
        return tuple(named.DAMPED if name == named.SEASONAL_AVERAGE else name for name in names)
    return (*names, *named.SEVERAL) if several else names


def _longer_seasons(
    y: Floats, m: int, longer: tuple[int, ...], *, detect: bool
) -> tuple[tuple[int, ...], str]:
    """Those of the longer seasons that the history spans twice and, where asked, shows."""
    spanned = tuple(length for length in longer if m > 1 and y.size >= 2 * length + m)
    shown = tuple(
        length
        for length in spanned
        if not detect or _shows_longer(y - seasonal_means(y, m), length)
    )
    return shown, "".join(f", and of {length}" for length in shown)


def level_shift(y: Floats, m: int) -> int | None:
    """Periods since the level jumped for good, or None.

    A jump is a change larger than anything in the rest of the history by far, after which the
    level stays nearer to the new than to the old one. Walks and trends have no such change.
    """
    rest = y - season_of_changes(y, m)
    changes = np.diff(rest)
    middle = float(np.median(changes))
    spread = 1.4826 * float(np.median(np.abs(changes - middle)))
    at = int(np.argmax(np.abs(changes - middle)))
    jump = float(changes[at] - middle)
    after, before = rest[at + 1 :], rest[max(0, at - LEVEL_PERIODS + 1) : at + 1]
    if after.size < SHIFT_LASTS or before.size < SHIFT_LASTS:
        return None
    if abs(jump) <= JUMP_SPREADS * max(spread, 0.02 * float(np.ptp(rest))):
        return None
    moved = float(np.median(after[:LEVEL_PERIODS]) - np.median(before))
    return int(after.size) if moved / jump > SHIFT_STAYS else None


def season_of_changes(y: Floats, m: int) -> Floats:
    """Season by the medians of the changes at each of its periods; 0 where there is none."""
    if m == 1 or y.size < 3 * m:
        return np.zeros(y.size)
    changes = np.diff(y, prepend=np.nan)
    phase = np.arange(y.size) % m
    steps = np.array([np.nanmedian(changes[phase == p]) for p in range(m)])
    path = np.cumsum(steps - steps.mean())
    return np.asarray((path - path.mean())[phase])


def _season_of(y: Floats, season: int, *, detect: bool) -> tuple[int, str]:
    if season == 1:
        return 1, "no season"
    if y.size < 2 * season:
        return 1, f"less than two seasons of {season}: no season"
    if not detect:
        return season, f"season of {season}, as given"
    if _shows_season(y, season):
        return season, f"season of {season} found"
    return season, f"no clear season of {season}: each member decides"


def _shows_season(y: Floats, m: int) -> bool:
    """Whether the season's periods differ more than chance makes them (analysis of variance)."""
    season = seasonal_means(y, m)
    rest = np.diff(y - season)
    with_season = np.diff(y)
    left = y.size - m
    if left < m or float(rest @ rest) == 0:
        return bool(np.ptp(season) > 0)
    explained = float(with_season @ with_season - rest @ rest) / (m - 1)
    ratio = explained / (float(rest @ rest) / left)
    return bool(ratio > 1 + CLEAR_SEASON * np.sqrt(2 / (m - 1) + 2 / left))


def _shows_longer(rest: Floats, length: int) -> bool:
    """Whether values a longer season apart are alike, and more so than half of it apart."""
    t = np.arange(rest.size)
    x = rest - np.poly1d(np.polyfit(t, rest, 1))(t)
    square = float(x @ x) / x.size
    if square == 0:
        return False
    whole, half = (
        float(x[lag:] @ x[:-lag]) / (x.size - lag) / square for lag in (length, length // 2)
    )
    return bool(whole > max(ALIKE, half + 2 / np.sqrt(x.size)))


def _cutoffs(n: int, h: int, m: int, count: int) -> tuple[int, ...]:
    """Lengths of the histories at `count` rolling origins, evenly from early to late.

    The first leaves the whole horizon to be seen where the history is long enough; the last
    sees half a season at least.
    """
    fewest = 2 * m if m > 1 else min(FEWEST, max(2, n // 2))
    if n - fewest < 1:
        return ()
    last = n - max(1, min(h, m, n - fewest) // 2)
    first = max(fewest, min(n - h - max(m, h // 4), last))
    return tuple(sorted({round(float(c)) for c in np.linspace(first, last, count)}))
