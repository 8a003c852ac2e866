"""What is watched: series in blocks of one length, each cut into a past and the last periods."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.errors import Problem, UsageError
from forethought.plan.series import Panel, natural_season
from forethought.plan.watch.farrington import YEAR, Farrington
from forethought.plan.watch.ordinary import LONGEST
from forethought.plan.watch.periods import Periods
from forethought.plan.watch.surprise import Nature, nature_of
from forethought.stats.streams import Stream

Floats = NDArray[np.float64]
LEAST_PAST = 12  # periods of past without which nothing is told
SEASONS_NEEDED = 2
SEASONS_WANTED = 3
MOST_REHEARSALS = 3


@dataclass(frozen=True)
class Watch:
    """How a watch is kept.

    Args:
        periods: Last periods of each series that are looked at.
        newest_share: Share of the error budget that the newest period has, 0-1; the earlier ones
            share the rest. 0 treats all periods alike.
        dependence: `positive`: Benjamini and Hochberg; `any`: Benjamini and Yekutieli, stricter.
        shift: Lasting shift that the CUSUM is made for, in standard deviations; k is half of it.
        run_length: Periods between false alarms of one series' CUSUM, from which h follows.
        farrington: Settings of that rule.
        screen: Whether XmR limits are screened.
        fix_after: Points that make XmR limits; None: all.
    """

    periods: int = 12
    newest_share: float = 0.5
    dependence: Literal["positive", "any"] = "positive"
    shift: float = 1.0
    run_length: float = 500.0
    farrington: Farrington = field(default_factory=Farrington)
    screen: bool = True
    fix_after: int | None = None

    def __post_init__(self) -> None:
        problems = []
        if self.periods < 1:
            problems.append(Problem(f"{self.periods} periods.", "periods", "Give 1 or more."))
        if not 0 <= self.newest_share < 1:
            problems.append(Problem(f"{self.newest_share} is no share.", "newest_share",
                                    "Give 0 up to 1."))  # fmt: skip
        if self.dependence not in {"positive", "any"}:
            problems.append(Problem(f'"{self.dependence}" is no dependence.', "dependence",
                                    "Give positive or any."))  # fmt: skip
        if self.shift <= 0:
            problems.append(Problem(f"{self.shift} is no shift.", "shift", "Give 0.5 to 2."))
        if problems:
            raise UsageError("The watch cannot be kept.", problems=problems)


@dataclass(frozen=True, eq=False)
class Block:
    """Series of one nature and length.

    Args:
        names: Their names.
        values: (S, T) their last periods, newest last.
        inside: (S, T) numbers of 0-1 that belong to seed, series and period.
        nature: What they measure.
        season: Periods of the season; 1: none.
        ahead: Newest periods that are watched.
        rehearsals: Cuts before those, each watched for as long, whose scores tell what chance does.
        ds: Periods of the first series; weeks are matched by them.
    """

    names: tuple[str, ...]
    values: Floats
    inside: Floats
    nature: Nature
    season: int
    ahead: int
    rehearsals: tuple[int, ...]
    ds: pl.Series

    @property
    def cut(self) -> int:
        """Periods of past of the watched periods."""
        return int(self.values.shape[1]) - self.ahead


def blocks_of(
    panel: Panel,
    stretches: Mapping[str, tuple[int, ...]],
    season_length: int | None,
    watch: Watch,
    seed: int,
    periods: Periods,
) -> tuple[list[Block], dict[str, str]]:
    """Blocks, and the series that are too short, with the reason in words."""
    season = season_length or natural_season(panel.freq)
    stream = Stream(seed, "watch")
    groups: dict[Any, list[tuple[str, Floats, Floats, pl.Series]]] = defaultdict(list)
    short: dict[str, str] = {}
    for series in panel.series:
        start = max(stretches[series.unique_id][-1], series.y.size - _longest(panel.freq))
        y = series.y[start:]
        needed = max(LEAST_PAST, SEASONS_NEEDED * season)
        if y.size <= needed:
            short[series.unique_id] = (
                f"{y.size} periods: limits are on trial, no rule but the chart answers; "
                f"{needed + 1} are needed."
            )
            continue
        ds = periods.of(series)[start:]
        key = np.arange(start, series.y.size) - series.y.size + _position(ds)
        lots = stream.uniform(_number_of(series.unique_id) + key.astype(np.uint64))
        groups[nature_of(y), y.size, ds[0]].append((series.unique_id, y, lots, ds))
    return [
        _block(members, nature, season, watch) for (nature, *_), members in groups.items()
    ], short


def _number_of(name: str) -> np.uint64:
    """A number that belongs to a name."""
    return np.uint64(int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big"))


def _longest(freq: str) -> int:
    """Periods that are looked at; Farrington's rule wants up to six years."""
    return max(LONGEST, 6 * YEAR.get(freq, 1))


def _position(ds: pl.Series) -> int:
    """A number of the newest period that does not change when history is added or dropped."""
    newest = ds[-1:].cast(pl.Date) if ds.dtype.is_temporal() else ds[-1:]
    return int(newest.cast(pl.Int64)[0])


def _block(
    members: list[tuple[str, Floats, Floats, pl.Series]], nature: Nature, season: int, watch: Watch
) -> Block:
    values = np.stack([y for _, y, _, _ in members])
    length = values.shape[1]
    least = max(LEAST_PAST, SEASONS_NEEDED * season)
    ahead = min(watch.periods, length - least)
    cuts = [length - ahead * (n + 2) for n in range(MOST_REHEARSALS)]
    wanted = [cut for cut in cuts if cut >= max(least, SEASONS_WANTED * season)]
    return Block(
        names=tuple(name for name, *_ in members),
        values=values,
        inside=np.stack([lots for _, _, lots, _ in members]),
        nature=nature,
        season=season,
        ahead=ahead,
        rehearsals=tuple(wanted or [cut for cut in cuts[:1] if cut >= least]),
        ds=members[0][3],
    )
