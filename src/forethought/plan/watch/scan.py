"""Kulldorff's scan: where, and since when, are there more cases than chance would put there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.errors import Problem, UsageError
from forethought.plan.watch.circles import Circles, circles
from forethought.plan.watch.likelihood import count_table, gumbel_tail, window_terms
from forethought.plan.watch.scan_input import Map, checked_map
from forethought.plan.watch.scan_result import COLUMNS, Scan
from forethought.stats.blocks import cpu_count
from forethought.stats.streams import Stream

Floats = NDArray[np.float64]
Direction = Literal["high", "low", "both"]

_NEVER = np.int32(2**31 - 1)
_CHUNK = 128  # shuffled maps that are drawn at a time
_ABREAST = 32  # maps that go side by side through the windows
_LEAST = (5.0, 3.0)  # ratios that are looked for first


@dataclass(frozen=True, eq=False)
class Windows:
    """All windows of a map: I time slices by S centres by N areas, see `kernels.windows`."""

    circles: Circles
    slices: tuple[tuple[int, int], ...]
    expected: Floats
    floors: NDArray[np.int32]
    ceilings: NDArray[np.int32]
    slope: Floats
    base: Floats
    table: Floats


def scan(  # noqa: PLR0913  the public surface; all but the three frames by keyword
    cases: Any,
    population: Any,
    areas: Any,
    *,
    area: str = "area",
    direction: Direction = "high",
    largest_share: float = 0.5,
    longest_share: float = 0.5,
    when: Literal["now", "any"] = "now",
    least_cases: int = 2,
    permutations: int = 999,
    most_clusters: int = 10,
    seed: int = 0,
    workers: int | None = None,
) -> Scan:
    """Clusters of areas, and of areas and periods, under Kulldorff's Poisson model.

    Each area's centre and its nearest areas make circular windows; with periods, cylinders. The
    window whose cases are likeliest at a rate of their own is held against the best windows of
    maps on which the same number of cases falls where people live.

    Args:
        cases: Frame of `area`, `cases`, and `ds` where time plays a part.
        population: Frame of `area`, `population` (people at risk, or expected cases where age,
            sex or deprivation count), and `ds` where it changes.
        areas: Frame of `area`, `x`, `y`; or a GeoJSON collection of polygons.
        area: Name of the column, or property, that holds the area.
        direction: Windows with more cases than expected (`high`), fewer (`low`), or `both`.
        largest_share: Most of the people that a window holds, 0-1.
        longest_share: Most of the periods that a cylinder holds, 0-1.
        when: `now` looks at cylinders that reach the last period, `any` at all.
        least_cases: Fewest cases of a window with many.
        permutations: Shuffled maps.
        most_clusters: Clusters that are told; the second and later ones share no area with an
            earlier one.
        seed: Same seed, same answer, whatever the number of workers.
        workers: Threads; None takes what the machine has.

    Raises:
        UsageError: Settings that cannot be used, all at once.
        DataError: Frames that do not fit together, all problems at once.

    References:
        Kulldorff (1997), A spatial scan statistic; Kulldorff (2001), Prospective time periodic
        geographical disease surveillance using a scan statistic.
    """
    _checked(direction, largest_share, longest_share, when, permutations, most_clusters)
    scanned = checked_map(cases, population, areas, area)
    windows = _windows(
        scanned,
        circles(scanned.points, scanned.people, largest_share),
        _slices(len(scanned.periods), longest_share, when),
        direction,
        least_cases,
    )
    maxima = _maxima(scanned, windows, permutations, seed, workers or cpu_count())
    return Scan(
        frame=_clusters(scanned, windows, maxima, most_clusters),
        maxima=maxima,
        cases=scanned.total,
        areas=len(scanned.areas),
        windows=int((windows.floors < _NEVER).sum() if direction == "high"
                    else ((windows.floors < _NEVER) | (windows.ceilings >= 0)).sum()),
    )  # fmt: skip


def _checked(
    direction: str, largest: float, longest: float, when: str, permutations: int, most: int
) -> None:
    problems = []
    if direction not in {"high", "low", "both"}:
        problems.append(
            Problem(f'"{direction}" is no direction.', "direction", "Give high, low or both.")
        )
    if when not in {"now", "any"}:
        problems.append(Problem(f'"{when}" is no choice.', "when", "Give now or any."))
    for name, share in (("largest_share", largest), ("longest_share", longest)):
        if not 0 < share <= 1:
            problems.append(Problem(f"{share} is no share.", name, "Give 0 to 1, such as 0.5."))
    if permutations < 19:  # noqa: PLR2004  the fewest that can tell one in twenty
        problems.append(Problem(f"{permutations} are too few.", "permutations", "Give 999."))
    if most < 1:
        problems.append(Problem(f"{most} clusters.", "most_clusters", "Give a number from 1."))
    if problems:
        raise UsageError("The settings cannot be used.", problems=problems)


def _slices(periods: int, longest_share: float, when: str) -> tuple[tuple[int, int], ...]:
    """First and last period of each time slice."""
    longest = max(1, int(longest_share * periods + 1e-9))
    ends = [periods - 1] if when == "now" else range(periods)
    return tuple(
        (end - length + 1, end) for end in ends for length in range(1, min(longest, end + 1) + 1)
    )


def _windows(
    scanned: Map,
    held: Circles,
    slices: tuple[tuple[int, int], ...],
    direction: Direction,
    least_cases: int,
) -> Windows:
    total = scanned.total
    near = held.order.astype(np.int64)
    expected = np.stack(
        [scanned.expected[a : b + 1].sum(axis=0)[near].cumsum(axis=1) for a, b in slices]
    )
    usable = held.ends[None] & (expected > 0) & (expected < total * (1 - 1e-12))
    safe = np.where(usable, expected, total / 2)
    slope, base = window_terms(safe, total)
    high, low = direction in {"high", "both"}, direction in {"low", "both"}
    first = np.maximum(np.floor(safe) + 1, least_cases)
    floors = np.where(usable & high, first, _NEVER).astype(np.int32)
    ceilings = np.where(usable & low, np.ceil(safe) - 1, -1).astype(np.int32)
    return Windows(held, slices, expected, floors, ceilings, slope, base, count_table(total))


def _sliced(counts: NDArray[np.int64], slices: tuple[tuple[int, int], ...]) -> NDArray[np.int32]:
    """(R, I, A) counts of each slice, from (R, T, A) of each period."""
    return np.stack([counts[:, a : b + 1].sum(axis=1) for a, b in slices], axis=1, dtype=np.int32)


def _maxima(scanned: Map, windows: Windows, permutations: int, seed: int, workers: int) -> Floats:
    """Largest ratio of each shuffled map."""
    chances = scanned.expected.ravel() / scanned.expected.sum()
    chances = chances / chances.sum()
    stream = Stream(seed, "scan")
    shape = scanned.expected.shape
    looked_at = _worth_a_look(windows)

    def chunk(number: int) -> Floats:
        size = min(_CHUNK, permutations - number * _CHUNK)
        shuffled = stream.generator(number).multinomial(scanned.total, chances, size=size)
        counts = _sliced(shuffled.reshape(size, *shape), windows.slices)
        best = np.full(size, -1.0)
        for high, low in looked_at:
            left = np.flatnonzero(best < 0)
            for start in range(0, left.size, _ABREAST):
                some = left[start : start + _ABREAST]
                best[some] = _best_of(counts[some], windows, high, low)
        return np.asarray(np.maximum(best, 0.0))

    chunks = range(-(-permutations // _CHUNK))
    with ThreadPoolExecutor(max(1, workers)) as pool:
        return np.concatenate(list(pool.map(chunk, chunks)))


def _worth_a_look(windows: Windows) -> list[tuple[NDArray[np.int32], NDArray[np.int32]]]:
    """Counts that are worth a look, first for high ratios, then for lower ones.

    A map with a window of ratio 5 has its largest among such windows; only where there is none
    are lower ones looked at, at last all.
    """
    from forethought.plan.watch.kernels.windows import raised

    made = []
    for least in _LEAST:
        high, low = np.empty_like(windows.floors), np.empty_like(windows.ceilings)
        raised(
            windows.floors.ravel(), windows.ceilings.ravel(), windows.expected.ravel(),
            windows.slope.ravel(), windows.base.ravel(), windows.table, least, high.ravel(),
            low.ravel(),
        )  # fmt: skip
        made.append((high, low))
    return [*made, (windows.floors, windows.ceilings)]


def _best_of(
    counts: NDArray[np.int32],
    windows: Windows,
    high: NDArray[np.int32],
    low: NDArray[np.int32],
) -> Floats:
    """(R) largest ratios of maps that go side by side; -1 where no window is worth a look."""
    from forethought.plan.watch.kernels.windows import largest

    best = np.full(len(counts), -1.0)
    largest(
        np.ascontiguousarray(counts.transpose(1, 2, 0)), windows.circles.order,
        windows.circles.sizes, high, low, windows.slope, windows.base, windows.table, best,
    )  # fmt: skip
    return best


def _clusters(scanned: Map, windows: Windows, maxima: Floats, most: int) -> pl.DataFrame:
    """The best window, then the best that share no area with an earlier one."""
    from forethought.plan.watch.kernels.windows import each_centre

    held = windows.circles
    seen = _sliced(scanned.cases[None], windows.slices)[0]
    best = np.empty(len(scanned.areas))
    where = np.zeros((len(scanned.areas), 2), dtype=np.int64)
    each_centre(
        seen, held.order, held.sizes, windows.floors, windows.ceilings, windows.slope,
        windows.base, windows.table, best, where,
    )  # fmt: skip
    taken = np.zeros(len(scanned.areas), dtype=bool)
    rows: list[dict[str, Any]] = []
    for centre in np.argsort(-best, kind="stable"):
        if len(rows) == most or not np.isfinite(best[centre]) or best[centre] <= 0:
            break
        members = held.order[centre, : where[centre, 1] + 1]
        if taken[members].any():
            continue
        taken[members] = True
        place = (int(where[centre, 0]), int(centre), int(where[centre, 1]))
        rows.append(
            {"cluster": len(rows) + 1} | _told(scanned, windows, seen, float(best[centre]), place)
            | {
                "p": gumbel_tail(maxima, float(best[centre])),
                "p_rank": float((1 + (maxima >= best[centre] - 1e-9).sum()) / (maxima.size + 1)),
            }
        )  # fmt: skip
    return pl.DataFrame(rows, schema_overrides=None if rows else COLUMNS, schema=None if rows else
                        list(COLUMNS)).select(list(COLUMNS))  # fmt: skip


def _told(
    scanned: Map,
    windows: Windows,
    seen: NDArray[np.int32],
    ratio: float,
    place: tuple[int, int, int],
) -> dict[str, Any]:
    moment, centre, last = place
    members = windows.circles.order[centre, : last + 1]
    observed = int(seen[moment, members].sum())
    expected = float(windows.expected[moment, centre, last])
    rest = scanned.total - observed
    risk = (observed / expected) / (rest / (scanned.total - expected)) if rest else None
    first, final = windows.slices[moment]
    return {
        "centre": scanned.areas[centre],
        "areas": sorted(scanned.areas[member] for member in members),
        "n_areas": int(members.size),
        "radius": float(windows.circles.distance[centre, last]),
        "start": scanned.periods[first],
        "end": scanned.periods[final],
        "observed": observed,
        "expected": expected,
        "relative_risk": risk,
        "direction": "high" if observed > expected else "low",
        "llr": ratio,
    }
