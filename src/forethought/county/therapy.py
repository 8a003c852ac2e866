"""Occupational therapy: requests, assessments, equipment and grants, and who does the work.

The last stage of the county: it reads the truth of all others, draws from streams of its own and
keeps its own files, so that it changes no digit of theirs. The scale is that of Devon, which
answered a freedom of information request on its therapists (docs/reference/synthetic-county.md);
what no public figure gives is marked assumed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from forethought.county.arrays import Floats, Integers, Words
from forethought.county.clients import days_series, la_ids
from forethought.county.contacts import DISCHARGE
from forethought.county.county import County
from forethought.county.days import NEVER, OLD_AGE, age_at
from forethought.county.events import recorded, references
from forethought.county.needs import PHYSICAL
from forethought.county.queues import fifo
from forethought.county.teams import Staff, first_monday, mondays, staffed
from forethought.stats.streams import Stream

TEAMS = ("Occupational therapists", "Therapy assistants", "Grant officers")
THERAPISTS, ASSISTANTS, OFFICERS = range(len(TEAMS))
STAGES = ("therapy_request", "therapy_assessment", "equipment", "grant_decision")
REQUEST, ASSESSMENT, EQUIPMENT, GRANT = range(len(STAGES))
_PREFIX = dict(zip(STAGES, ("TR", "TA", "TE", "TG"), strict=True))
REASONS = ("Hospital discharge", "Fall", "Home adaptation")
DISCHARGED, FALL, HOME = range(len(REASONS))

_ASKS = np.array([0.33, 0.24, 0.20])
"""Chance that a request for support is one for therapy, by reason (before frailty), such that the
assessments of a year are as many as Devon's."""
_FRAILTY = 0.30
_FALL_AT_65, _FALL_PER_YEAR = 0.45, 0.015
_OTHER_GROUPS = 0.25
"""Assumed: what frailty adds (log), that older people who live at home ask for after a fall (share
at 65, growth a year of age), and how often younger people without a physical disability ask."""
_URGENT = np.array([0.45, 0.12, 0.03])
"""Assumed: share of urgent requests by reason."""
_TO_ASSESSMENT = np.array([0.72, 0.92])
_STRAIGHT_TO_EQUIPMENT = 0.10
"""Assumed: share of standard and urgent requests that are assessed; of the standard ones whose
equipment is sent without one."""
OUTCOMES = np.array([0.422, 0.248, 0.330])
"""Equipment or minor adaptations, a grant for major ones, neither (Devon, 2021 to 2022: 1,779 and
1,046 of 4,214)."""
PIECES_PER_FTE_WEEK = {REQUEST: 24.0, ASSESSMENT: 1.95, EQUIPMENT: 6.0, GRANT: 3.6}
_RATIO = {REQUEST: 1.15, ASSESSMENT: 1.0, EQUIPMENT: 1.10, GRANT: 1.04}
"""Pieces an FTE does in a week: assessments such that staff are as many as Devon's; others and
the capacity against the trend of the work are assumed."""
_DELIVERY_DAYS, _GRANT_DAYS = 4.0, 26.0
"""Assumed: mean days of delivery, and of papers and landlord's consent, after the work."""


@dataclass(frozen=True, eq=False)
class Therapy:
    """The work of the therapists, their assistants and the grant officers.

    Args:
        items: Rows of `therapy_items` with the column `person`.
        staff: Staff of each kind of work.
    """

    items: pl.DataFrame
    staff: list[Staff]


@dataclass(frozen=True, eq=False)
class _Cases:
    """Pieces of work of one stage: the request behind each, when it came, when it was done."""

    request: Integers
    received: Integers
    done: Integers

    def of(self, which: Integers) -> tuple[Integers, Integers]:
        """Request and day of those that are done by the end, and go on."""
        return self.request[which], self.done[which]


def therapy(county: County) -> Therapy:
    """All occupational therapy work, with the staff that did it."""
    asked = county.asked
    stream = Stream(county.seed, "occupational therapy")
    entity = asked.entity()
    reason, real = _reasons(county, stream)
    urgent = stream.happens(entity, _URGENT[reason], "urgent")
    staff: list[Staff] = []
    came = asked.day[real] + stream.whole(entity[real], 0, 3, "passed on")
    sorted_ = _worked(county, stream, REQUEST, real, came, urgent, staff)
    goes_on = stream.happens(entity, _TO_ASSESSMENT[urgent.astype(int)], "is assessed")
    direct = stream.happens(entity, _STRAIGHT_TO_EQUIPMENT, "equipment alone") & ~urgent & ~goes_on
    open_ = _goes_on(county, sorted_)
    which = np.flatnonzero(open_ & goes_on[sorted_.request])
    assessed = _worked(county, stream, ASSESSMENT, *sorted_.of(which), urgent, staff)
    outcome = stream.choice(entity, OUTCOMES, "outcome")[assessed.request]
    ended = _goes_on(county, assessed)
    sent = [
        assessed.of(np.flatnonzero(ended & (outcome == 0))),
        sorted_.of(np.flatnonzero(open_ & direct[sorted_.request])),
    ]
    request, day = (np.concatenate(parts) for parts in zip(*sent, strict=True))
    equipped = _worked(county, stream, EQUIPMENT, request, day, urgent, staff)
    granted = _worked(
        county,
        stream,
        GRANT,
        *assessed.of(np.flatnonzero(ended & (outcome == 1))),
        urgent,
        staff,
    )
    teams = (ASSISTANTS, THERAPISTS, ASSISTANTS, OFFICERS)
    stages = zip(STAGES, (sorted_, assessed, equipped, granted), teams, strict=True)
    items = pl.concat(
        _frame(county, stage, cases, TEAMS[team], reason, urgent) for stage, cases, team in stages
    ).filter(pl.col("recorded_on") <= county.today)
    return Therapy(items.sort("received_on", "therapy_item_id"), staff)


def _reasons(county: County, stream: Stream) -> tuple[Integers, Integers]:
    """Why each request would be one for therapy, and the positions of those that are."""
    asked = county.asked
    entity = asked.entity()
    age = age_at(county.people.born[asked.person], asked.day)
    old = age >= OLD_AGE
    fall = _FALL_AT_65 + _FALL_PER_YEAR * (age - OLD_AGE)
    fell = old & stream.happens(entity, np.clip(fall, 0, 0.95), "fell")
    reason = np.where(asked.route == DISCHARGE, DISCHARGED, np.where(fell, FALL, HOME))
    group = county.lasting.group(asked.person, age, asked.day)
    chance: Floats = _ASKS[reason] * np.exp(_FRAILTY * county.lasting.frail[asked.person])
    chance = np.where(old | (group == PHYSICAL), chance, _OTHER_GROUPS * chance)
    asks = ~asked.is_repeat & stream.happens(entity, np.clip(chance, 0, 0.9), "asks")
    first = int(county.months[0])
    return reason, np.flatnonzero(asks & (asked.day >= first) & (asked.day < county.last_day - 3))


def _worked(
    county: County,
    stream: Stream,
    stage: int,
    request: Integers,
    received: Integers,
    urgent: np.ndarray,
    staff: list[Staff],
) -> _Cases:
    """When staff get to each piece of a stage: urgent ones at once, others in their turn."""
    order = np.lexsort((request, received))
    request, received = request[order], received[order]
    entity = county.asked.entity()[request]
    name = STAGES[stage]
    team = np.full(request.size, _TEAM_OF[stage])
    group = staffed(received, team, county.months, PIECES_PER_FTE_WEEK[stage], _RATIO[stage])
    staff.append(group)
    weekly = group.weekly_capacity(mondays(county.months), county.months)
    done = fifo(received, np.zeros(request.size, np.int64), weekly, first_monday(county.months))
    soon = received + stream.whole(entity, 0, 5, f"soon {name}")
    done = np.where(urgent[request], np.minimum(done, soon), done)
    mean = {EQUIPMENT: _DELIVERY_DAYS, GRANT: _GRANT_DAYS}.get(stage, 0.0)
    if mean:
        later = np.floor(mean * stream.exponential(entity, f"elapsed {name}")).astype(np.int64)
        done = np.where(done < NEVER, done + later, NEVER)
    gone = np.minimum(county.people.died, county.people.left)[county.asked.person[request]]
    done = np.minimum(done, np.maximum(gone, received))
    return _Cases(request, received, np.where(done > county.last_day, NEVER, done))


_TEAM_OF = {REQUEST: ASSISTANTS, ASSESSMENT: THERAPISTS, EQUIPMENT: ASSISTANTS, GRANT: OFFICERS}


def _goes_on(county: County, cases: _Cases) -> np.ndarray:
    """Cases that were done while their person lived here."""
    person = county.asked.person[cases.request]
    gone = np.minimum(county.people.died, county.people.left)[person]
    return np.asarray((cases.done < NEVER) & (cases.done < gone))


def _frame(
    county: County, stage: str, cases: _Cases, team: str, reason: Integers, urgent: np.ndarray
) -> pl.DataFrame:
    """Rows of one stage."""
    stream = Stream(county.seed, f"therapy records {stage}")
    entity = county.asked.entity()[cases.request]
    person = county.asked.person[cases.request]
    open_ = cases.done >= NEVER
    until = np.where(open_, county.last_day, cases.done)
    begun = cases.received + np.floor((until - cases.received) * 0.8).astype(np.int64)
    begun = np.where(open_ & stream.happens(entity, 0.85, "not begun"), NEVER, begun)
    priority: Words = np.where(urgent[cases.request], "Urgent", "Standard")
    return pl.DataFrame(
        {
            "therapy_item_id": references(_PREFIX[stage], cases.request),
            "person": person,
            "la_person_unique_identifier": la_ids(person),
            "stage": [stage] * person.size,
            "reason": np.array(REASONS)[reason[cases.request]],
            "priority": priority,
            "received_on": days_series(cases.received),
            "started_on": days_series(begun),
            "completed_on": days_series(cases.done),
            "status": np.where(open_, "open", "completed"),
            "team": [team] * person.size,
            "recorded_on": days_series(recorded(stream, entity, cases.received)),
        }
    )
