"""The series of a watch: monthly counts by measure and axis, none so small that it tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.errors import DataError
from forethought.insights.kinds.signals import FlowMeasure, RowMeasure, SignalsSettings
from forethought.place.calendar import add_months, months_between
from forethought.plan.demand.panel import Panel, last_whole_month
from forethought.plan.demand.record import known_panel
from forethought.plan.demand.vocabulary import AGE_BANDS, GROUPS, PROFILES, SERVICES

if TYPE_CHECKING:
    from forethought.insights.base import Frames, RunContext

Floats = NDArray[np.float64]

WHOLE = ""
REST = "All others"


@dataclass(frozen=True)
class Watched:
    """One series.

    Args:
        key: Its identifier: `measure`, or `measure/axis/part`.
        measure: Id of its measure.
        axis: Column or axis; empty for the whole.
        part: Value on that axis, as pages name it; empty for the whole.
        name: What pages call it.
        counts: Counts by month.
    """

    key: str
    measure: str
    axis: str
    part: str
    name: str
    counts: Floats


@dataclass(frozen=True, eq=False)
class Watchlist:
    """All series of a watch.

    Args:
        series: Those that may be watched and shown.
        months: First days of the months.
        merged: Parts that were too small and were put together, by measure and axis.
    """

    series: tuple[Watched, ...]
    months: tuple[date, ...]
    merged: Mapping[str, tuple[str, ...]]

    @property
    def frame(self) -> pl.DataFrame:
        """`unique_id`, `ds`, `y`."""
        return pl.DataFrame(
            {
                "unique_id": np.repeat([each.key for each in self.series], len(self.months)),
                "ds": list(self.months) * len(self.series),
                "y": np.concatenate([each.counts for each in self.series]),
            }
        )

    @property
    def within(self) -> dict[str, str]:
        """What each part lies within."""
        return {each.key: each.measure for each in self.series if each.axis}


def watchlist(frames: Frames, settings: SignalsSettings, context: RunContext) -> Watchlist:
    """Count everything that is to be watched.

    Of an axis whose parts are too small to publish in any month, the smallest are put together
    until what remains is not: no part can be told by taking the others from the whole.

    Raises:
        DataError: No measure has any rows.
    """
    last = last_whole_month(context.as_of)
    months = tuple(add_months(last, step - settings.months + 1) for step in range(settings.months))
    counted = _flows(frames, settings, context)
    series: list[Watched] = []
    merged: dict[str, tuple[str, ...]] = {}
    for measure in settings.measures:
        if isinstance(measure, FlowMeasure):
            if counted is None:
                continue
            axes = _of_flow(counted, measure, months, _district_names(frames, settings))
        else:
            axes = _of_rows(frames[measure.dataset], measure, months)
        whole = axes[WHOLE][WHOLE]
        if whole.sum() == 0 or (whole[-12:] < context.minimum_count).any():
            merged[measure.id] = (measure.name,)
            continue
        series.append(Watched(measure.id, measure.id, WHOLE, WHOLE, measure.name, whole))
        for axis, parts in axes.items():
            if axis == WHOLE:
                continue
            kept, small = _large_enough(parts, context.minimum_count)
            merged |= {f"{measure.id}/{axis}": small} if small else {}
            series += [
                Watched(
                    f"{measure.id}/{axis}/{part}", measure.id, axis, part,
                    f"{measure.name}, {part}", counts,
                )
                for part, counts in kept.items()
            ]  # fmt: skip
    if not series:
        raise DataError(
            "Nothing can be watched: every measure is empty or too small to publish.",
            where="settings.measures",
        )
    return Watchlist(tuple(series), months, merged)


def _large_enough(
    parts: Mapping[str, Floats], minimum: int
) -> tuple[dict[str, Floats], tuple[str, ...]]:
    """Parts that may be shown, and the names of those that were put together."""
    order = sorted(parts, key=lambda name: (float(parts[name].min()), float(parts[name].sum())))
    small = [name for name in order if parts[name].min() < minimum]
    if not small:
        return dict(parts), ()
    rest: Floats = np.sum([parts[name] for name in small], axis=0)
    for name in order[len(small) :]:
        if len(small) > 1 and rest.min() >= minimum:
            break
        small.append(name)
        rest = rest + parts[name]
    kept = {name: counts for name, counts in parts.items() if name not in small}
    if not kept:
        return {}, tuple(small)
    return ({**kept, REST: rest} if rest.min() >= minimum else kept), tuple(small)


def _flows(frames: Frames, settings: SignalsSettings, context: RunContext) -> Panel | None:
    """The demand panel, its last months estimated where records are late."""
    if not any(isinstance(each, FlowMeasure) for each in settings.measures):
        return None
    _, estimated, _ = known_panel(
        frames[settings.events], frames[settings.areas], as_of=context.as_of
    )
    return estimated


def _district_names(frames: Frames, settings: SignalsSettings) -> dict[str, str]:
    pairs = frames[settings.areas].select("district_code", "district_name").unique(
        "district_code", keep="last", maintain_order=True
    )  # fmt: skip
    return {str(code): str(name) for code, name in pairs.iter_rows()}


def _of_flow(
    panel: Panel, measure: FlowMeasure, months: Sequence[date], districts: Mapping[str, str]
) -> dict[str, dict[str, Floats]]:
    """Counts of a flow by axis and part."""
    cube = getattr(panel, measure.flow)
    if measure.flow == "requests":
        cube = cube[None]
    place = {month: at for at, month in enumerate(panel.months)}
    at = [place.get(month, -1) for month in months]
    if min(at) < 0:
        raise DataError(
            f'The events begin in {panel.months[0]:%B %Y}; "{measure.id}" is watched from '
            f"{months[0]:%B %Y}.",
            where="settings.months",
            remedy=f"Watch {months_between(panel.months[0], months[-1]) + 1} months at most.",
        )
    inside = np.rint(cube[..., at])
    found: dict[str, dict[str, Floats]] = {WHOLE: {WHOLE: inside.sum(axis=(0, 1, 2))}}
    for axis in measure.by:
        if axis == "service" and measure.flow != "requests":
            sums = inside.sum(axis=(1, 2))
            found[axis] = dict(zip(SERVICES.values(), sums, strict=True))
        elif axis == "district":
            sums = inside.sum(axis=(0, 1))
            names = [districts.get(code, "Outside or not known") for code in panel.districts]
            found[axis] = dict(zip(names, sums, strict=True))
        elif axis == "group":
            found[axis] = _by_group(inside.sum(axis=(0, 2)))
    return found


def _by_group(sums: Floats) -> dict[str, Floats]:
    """Counts by client group, and older people by age band."""
    found: dict[str, Floats] = {}
    for (group, band), counts in zip(PROFILES, sums, strict=True):
        older = group == "older_people"
        name = f"Older people, {AGE_BANDS[band]}" if older else GROUPS[group]
        found[name] = found.get(name, np.zeros_like(counts)) + counts
    return found


def _of_rows(
    rows: pl.DataFrame, measure: RowMeasure, months: Sequence[date]
) -> dict[str, dict[str, Floats]]:
    """Counts of rows by axis and part."""
    chosen = rows.filter(pl.col(measure.date).is_not_null())
    for column, wanted in measure.where.items():
        values = (wanted,) if isinstance(wanted, str) else wanted
        chosen = chosen.filter(pl.col(column).cast(pl.String).is_in(list(values)))
    month = pl.col(measure.date).cast(pl.Date).dt.month_start()
    inside = chosen.select(month.alias("month"), *measure.by).filter(
        pl.col("month").is_between(months[0], months[-1])
    )

    def counts(part: pl.DataFrame) -> Floats:
        tally = dict(part.group_by("month").len().iter_rows())
        return np.array([float(tally.get(each, 0)) for each in months])

    found = {WHOLE: {WHOLE: counts(inside)}}
    for column in measure.by:
        found[column] = {
            str(value): counts(part)
            for (value,), part in inside.drop_nulls(column)
            .sort(column)
            .group_by(column, maintain_order=True)
        }
    return found
