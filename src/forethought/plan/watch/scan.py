"""Kulldorff's scan: where, and since when, are there more cases than chance would put there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.errors import Problem, UsageError, did_you_mean
from forethought.plan.watch.circles import circles
from forethought.plan.watch.likelihood import gumbel_tail
from forethought.plan.watch.scan_input import Map, checked_map
from forethought.plan.watch.scan_result import COLUMNS, Scan
from forethought.plan.watch.scan_windows import (
    MODELS,
    NEVER,
    Direction,
    Model,
    Ratios,
    Windows,
    ratios_of,
    slices_of,
    windows_of,
)
from forethought.stats.blocks import cpu_count
from forethought.stats.streams import Stream

Floats = NDArray[np.float64]

_CHUNK = 128  # shuffled maps that are drawn at a time
_ABREAST = 32  # maps that go side by side through the windows
_LEAST = (5.0, 3.0)  # ratios that are looked for first


def scan(  # noqa: PLR0913  the public surface; all but the three frames by keyword
    cases: Any,
    population: Any,
    areas: Any,
    *,
    area: str = "area",
    model: Model = "poisson",
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
    """Clusters of areas, and of areas and periods, under Kulldorff's models.

    Each area's centre and its nearest areas make circular windows; with periods, cylinders. The
    window whose cases are likeliest at a rate of their own is held against the best windows of
    maps on which the same number of cases falls where people live (`poisson`), or on as many
    people, nobody twice (`binomial`).

    Args:
        cases: Frame of `area`, `cases`, and `ds` where time plays a part.
        population: Frame of `area`, `population` (people at risk, or expected cases where age,
            sex or deprivation count), and `ds` where it changes.
        areas: Frame of `area`, `x`, `y`; or a GeoJSON collection of polygons.
        area: Name of the column, or property, that holds the area.
        model: `poisson` where cases are events (contacts, referrals) or few among many people;
            `binomial` where each person counted in `population` is a case or not.
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
    _checked(model, direction, largest_share, longest_share, when, permutations, most_clusters)
    scanned = checked_map(cases, population, areas, area, of_people=model == "binomial")
    windows = windows_of(
        scanned,
        circles(scanned.points, scanned.people, largest_share),
        slices_of(len(scanned.periods), longest_share, when),
        direction,
        least_cases,
    )
    ratios = ratios_of(scanned, windows, model)
    maxima = _maxima(windows, ratios, permutations, seed, workers or cpu_count())
    return Scan(
        frame=_clusters(scanned, windows, ratios, maxima, most_clusters),
        maxima=maxima,
        cases=scanned.total,
        areas=len(scanned.areas),
        windows=int((windows.floors < NEVER).sum() if direction == "high"
                    else ((windows.floors < NEVER) | (windows.ceilings >= 0)).sum()),
    )  # fmt: skip


def _checked(
    model: str,
    direction: str,
    largest: float,
    longest: float,
    when: str,
    permutations: int,
    most: int,
) -> None:
    problems = []
    if model not in MODELS:
        problems.append(Problem(f'"{model}" is no model.', "model", did_you_mean(model, MODELS)))
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


def _sliced(counts: NDArray[np.int64], slices: tuple[tuple[int, int], ...]) -> NDArray[np.int32]:
    """(R, I, A) counts of each slice, from (R, T, A) of each period."""
    return np.stack([counts[:, a : b + 1].sum(axis=1) for a, b in slices], axis=1, dtype=np.int32)


def _maxima(windows: Windows, ratios: Ratios, permutations: int, seed: int, workers: int) -> Floats:
    """Largest ratio of each shuffled map."""
    stream = Stream(seed, "scan")
    # A map with a window of ratio 5 has its largest among such windows; only where there is none
    # are lower ones looked at, at last all.
    looked_at = [ratios.raised(least) for least in _LEAST]
    looked_at.append((windows.floors, windows.ceilings))

    def chunk(number: int) -> Floats:
        size = min(_CHUNK, permutations - number * _CHUNK)
        counts = _sliced(ratios.shuffled(stream.generator(number), size), windows.slices)
        best = np.full(size, -1.0)
        for high, low in looked_at:
            left = np.flatnonzero(best < 0)
            for start in range(0, left.size, _ABREAST):
                some = left[start : start + _ABREAST]
                found = np.full(some.size, -1.0)
                abreast = np.ascontiguousarray(counts[some].transpose(1, 2, 0))
                ratios.largest(abreast, high, low, found)
                best[some] = found
        return np.asarray(np.maximum(best, 0.0))

    chunks = range(-(-permutations // _CHUNK))
    with ThreadPoolExecutor(max(1, workers)) as pool:
        return np.concatenate(list(pool.map(chunk, chunks)))


def _clusters(
    scanned: Map, windows: Windows, ratios: Ratios, maxima: Floats, most: int
) -> pl.DataFrame:
    """The best window, then the best that share no area with an earlier one."""
    held = windows.circles
    seen = _sliced(scanned.cases[None], windows.slices)[0]
    best, where = ratios.each_centre(seen)
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
