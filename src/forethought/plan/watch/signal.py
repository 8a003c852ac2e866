"""A signal: what changed, since when, by how much, how sure that is, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from forethought.place.calendar import long_date, month_name
from forethought.results.words import listed

Direction = Literal["up", "down"]
Meaning = Literal["improvement", "concern", "neutral"]
SURE = ((0.001, "almost certain"), (0.01, "very likely"), (0.05, "likely"), (1.0, "probable"))
RULE_WORDS = {
    "xmr": "its XmR chart",
    "farrington": "the same months of earlier years",
    "cusum": "its cumulative sum",
    "residual": "an earlier forecast",
}


@dataclass(frozen=True)
class Signal:
    """One series that changed.

    Args:
        unique_id: The series.
        since: Period in which the change began.
        latest: Last period in which a rule raised it.
        direction: `up` or `down`.
        meaning: `improvement`, `concern`, or `neutral` where the measure has no desired direction.
        shape: `lasting` or `one-off`.
        size: How much higher (or lower) a period is, in units of y.
        size_low: Lower end of its 95% interval.
        size_high: Upper end.
        usual: What a period would have been without the change.
        p: Smallest p-value of a rule.
        q: Smallest false discovery rate at which the series is an alarm.
        rules: Rules that raised it.
        drivers: Related series that moved at the same time.
        unit: A word for the periods: `month`, `week`, `period`.
    """

    unique_id: str
    since: Any
    latest: Any
    direction: Direction
    meaning: Meaning
    shape: Literal["lasting", "one-off"]
    size: float
    size_low: float
    size_high: float
    usual: float
    p: float
    q: float
    rules: tuple[str, ...]
    drivers: tuple[str, ...] = ()
    unit: str = "month"

    @property
    def sure(self) -> str:
        """How sure it is, in words, from `q`."""
        return next(words for limit, words in SURE if self.q <= limit)

    @property
    def sentence(self) -> str:
        """What a person reads first."""
        more = "higher" if self.direction == "up" else "lower"
        size = (
            f"{_number(abs(self.size))} a {self.unit} {more} than the usual {_number(self.usual)}"
        )
        low, high = sorted((abs(self.size_low), abs(self.size_high)))
        if self.size_low * self.size_high < 0:
            low = 0.0
        when = (
            f"in {_when(self.since)}" if self.shape == "one-off" else f"since {_when(self.since)}"
        )
        drivers = f" Moved at the same time: {', '.join(self.drivers)}." if self.drivers else ""
        told = listed([RULE_WORDS[rule] for rule in self.rules])
        return (
            f"{self.unique_id}: {size} {when} (95% interval {_number(low)} to {_number(high)}); "
            f"{self.sure}, against {told}.{drivers}"
        )

    @property
    def action(self) -> str:
        """What to do next."""
        when = _when(self.since)
        if self.shape == "one-off":
            first = f"Check the record of {when} (late, missing or double entries)"
            return (
                f"{first}, then note what happened."
                if self.meaning == "improvement"
                else f"{first}, then ask the service what happened."
            )
        if self.meaning == "improvement":
            return (
                f"Find out what changed in {when}, so that it can be kept; then rebase the chart."
            )
        drivers = " and ".join(self.drivers[:2])
        look = f" Look at {drivers} first." if drivers else ""
        if self.meaning == "concern":
            return (
                f"Ask the service what changed in {when} and agree a response; forecast again "
                f"with a level shift.{look}"
            )
        return f"Find out what changed in {when}; forecast again with a level shift.{look}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:,.1f}"  # noqa: PLR2004  two digits


def _when(ds: object) -> str:
    if isinstance(ds, date | datetime):
        return month_name(ds) if ds.day == 1 else long_date(ds)
    return f"period {ds}"
