"""What happened to people in long-term support, written down as it happens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from forethought.county.arrays import Flags, Integers
from forethought.county.days import NEVER

_SEGMENT = ("client", "person", "group", "setting", "level", "start", "entered", "end", "reason")


@dataclass(frozen=True, eq=False)
class SupportHistory:
    """The history of long-term support.

    Args:
        segments: One package each: client, person, group, setting, level, start (day), entered
            (first day of the support), end (last day; `NEVER` where open), reason (0 open).
        step_ups: client, person, day, setting and level before and after.
        reviews: client, person, group, day, due (day), planned (0 or 1).
        safeguarding: person, day of the concern.
        hazards: At the start of each financial year: client, person, day, log_hazard (monthly,
            of stepping up), and the eleven factors.
    """

    segments: dict[str, Integers]
    step_ups: dict[str, Integers]
    reviews: dict[str, Integers]
    safeguarding: dict[str, Integers]
    hazards: dict[str, Any]


@dataclass(eq=False)
class Log:
    """Collects the parts of a `SupportHistory`."""

    segments: list[dict[str, Integers]] = field(default_factory=list)
    step_ups: list[dict[str, Integers]] = field(default_factory=list)
    reviews: list[dict[str, Integers]] = field(default_factory=list)
    concerns: list[dict[str, Integers]] = field(default_factory=list)
    hazards: list[dict[str, Any]] = field(default_factory=list)

    def _segment(
        self, active: Any, which: Integers | Flags, end: Integers, reason: Integers
    ) -> None:
        self.segments.append(
            {
                "client": active.client[which],
                "person": active.person[which],
                "group": active.group[which],
                "setting": active.setting[which],
                "level": active.level[which],
                "start": active.since[which].copy(),
                "entered": active.entered[which],
                "end": end,
                "reason": reason,
            }
        )

    def end(self, active: Any, ended: Flags, day: Integers, reason: Integers) -> None:
        """Support that ends."""
        last = np.maximum(day[ended], active.since[ended])
        self._segment(active, ended, last, reason[ended])

    def close_open(self, active: Any) -> None:
        """Support that still runs."""
        size = active.client.size
        self._segment(active, np.ones(size, bool), np.full(size, NEVER), np.zeros(size, np.int64))

    def step_up(
        self, active: Any, hit: Integers, day: Integers, setting: Integers, level: Integers
    ) -> None:
        """A package that gives way to a greater one on `day`."""
        self._segment(active, hit, day - 1, np.full(hit.size, 6))
        self.step_ups.append(
            {
                "client": active.client[hit],
                "person": active.person[hit],
                "day": day,
                "setting_before": active.setting[hit].copy(),
                "level_before": active.level[hit].copy(),
                "setting_after": setting,
                "level_after": level,
            }
        )

    def review(self, active: Any, which: Integers, day: Integers, *, planned: bool) -> None:
        """Reviews on their days."""
        self.reviews.append(
            {
                "client": active.client[which],
                "person": active.person[which],
                "group": active.group[which],
                "day": day,
                "due": active.reviewed[which] + 365,
                "planned": np.full(which.size, int(planned)),
            }
        )

    def safeguard(self, person: Integers, day: Integers) -> None:
        """Safeguarding concerns."""
        self.concerns.append({"person": person, "day": day})

    def snapshot(self, active: Any, day: int, hazard: Any, factors: dict[str, Any]) -> None:
        """The hazards of everybody in support on a day."""
        with np.errstate(divide="ignore"):
            log_hazard = np.log(hazard)
        self.hazards.append(
            {
                "client": active.client,
                "person": active.person,
                "day": np.full(active.client.size, day),
                "log_hazard": log_hazard,
            }
            | factors
        )

    def history(self) -> SupportHistory:
        """All of it."""
        return SupportHistory(
            segments=_joined(self.segments),
            step_ups=_joined(self.step_ups),
            reviews=_joined(self.reviews),
            safeguarding=_joined(self.concerns),
            hazards=_joined(self.hazards),
        )


def _joined(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
