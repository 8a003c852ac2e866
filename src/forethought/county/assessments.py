"""From requests to support: reablement, the queue for assessment, the decision, the start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forethought.county.areas import Areas
from forethought.county.arrays import Flags, Integers
from forethought.county.contacts import ASSESSMENT, LOW_LEVEL, REABLEMENT, TRANSITION, Requests
from forethought.county.days import NEVER, Days, age_at
from forethought.county.needs import Needs
from forethought.county.queues import fifo
from forethought.county.residents import Residents
from forethought.county.teams import (
    PIECES_PER_FTE_WEEK,
    Staff,
    first_monday,
    mondays,
    staffed,
    team_of,
)
from forethought.stats.streams import Stream

ELIGIBLE = np.array([0.54, 0.78, 0.19, 0.60])
"""Chance that an assessment finds eligible needs, by client group (before frailty)."""
AFTER_REABLEMENT = np.array([0.695, 0.145, 0.090, 0.070])
"""Nothing further, assessment, low-level support, other (Essex: 69.5% nothing further)."""


@dataclass(frozen=True, eq=False)
class Assessments:
    """Reablement, low-level support, and assessments with what came of them.

    Args:
        reablement_request: Request that led to each spell of reablement.
        reablement_from: First day.
        reablement_to: Last day.
        reablement_outcome: Position in the list of `AFTER_REABLEMENT`.
        low_person: Ongoing low-level support: person,
        low_from: first day.
        person: Who is assessed.
        request: The request behind it.
        asked: Day on which the assessment was asked for.
        done: Day on which it was completed, or `NEVER`.
        team: Team that assesses.
        group: Client group.
        eligible: Whether eligible needs were found.
        starts: First day of long-term support, or `NEVER`.
        staff: The assessing staff.
    """

    reablement_request: Integers
    reablement_from: Integers
    reablement_to: Integers
    reablement_outcome: Integers
    low_person: Integers
    low_from: Integers
    person: Integers
    request: Integers
    asked: Integers
    done: Integers
    team: Integers
    group: Integers
    eligible: Flags
    starts: Integers
    staff: Staff


def assessments(
    seed: int, people: Residents, where: Areas, lasting: Needs, asked: Requests, months: Days
) -> Assessments:
    """What follows the requests, as far as staff got to it by the last day."""
    stream = Stream(seed, "assessments")
    entity = asked.entity()
    last_day = int(months[-1])
    wait = stream.whole(entity, 1, 12, "reablement wait")
    short, begins = _begun(people, asked, REABLEMENT, wait, last_day)
    ends = begins + stream.whole(entity[short], 14, 44, "reablement days")
    ends = np.minimum(ends, np.minimum(people.died, people.left)[asked.person[short]])
    outcome = stream.choice(entity[short], AFTER_REABLEMENT, "after reablement")
    further = short[outcome == 1]
    wait = stream.whole(entity, 3, 40, "low-level wait")
    low, low_from = _begun(people, asked, LOW_LEVEL, wait, last_day)
    wait = stream.whole(entity, 0, 6, "triage")
    direct, triaged = _begun(people, asked, ASSESSMENT, wait, last_day)
    further, ended = _alive(people, asked.person, further, ends[outcome == 1], last_day)
    request = np.concatenate([direct, further])
    asked_on = np.concatenate([triaged, ended])
    person = asked.person[request]
    age = age_at(people.born[person], asked_on)
    group = lasting.group(person, age, asked_on)
    team = team_of(where.district[people.household_area[people.household[person]]], group)
    staff, done = _served(asked_on, team, months)
    gone = np.minimum(people.died, people.left)[person]
    done = np.where((done < gone) & (done < last_day), done, NEVER)
    log_odds = np.log(ELIGIBLE / (1 - ELIGIBLE))[group] + 0.5 * lasting.frail[person]
    log_odds = log_odds + 1.2 * (asked.route[request] == TRANSITION)
    eligible = stream.happens(entity[request], 1 / (1 + np.exp(-log_odds)), "eligible")
    wait = 4 + np.floor(16 * stream.exponential(entity[request], "brokerage")).astype(np.int64)
    starts = np.where(eligible & (done < NEVER), done + wait, NEVER)
    starts = np.where((starts < gone) & (starts < last_day), starts, NEVER)
    return Assessments(
        reablement_request=short,
        reablement_from=begins,
        reablement_to=ends,
        reablement_outcome=outcome,
        low_person=asked.person[low],
        low_from=low_from,
        person=person,
        request=request,
        asked=asked_on,
        done=done,
        team=team,
        group=group,
        eligible=eligible & (done < NEVER),
        starts=starts,
        staff=staff,
    )


def _begun(
    people: Residents, asked: Requests, path: int, wait: Integers, last_day: int
) -> tuple[Integers, Integers]:
    """Requests of a path that were followed up, and the day on which that began."""
    request = np.flatnonzero(~asked.is_repeat & (asked.path == path))
    return _alive(people, asked.person, request, (asked.day + wait)[request], last_day)


def _served(asked_on: Integers, team: Integers, months: Days) -> tuple[Staff, Integers]:
    """The teams' staff, and the day on which they get to each assessment."""
    staff = staffed(asked_on, team, months, PIECES_PER_FTE_WEEK["assessment"])
    weekly = staff.weekly_capacity(mondays(months), months)
    return staff, fifo(asked_on, np.searchsorted(staff.team, team), weekly, first_monday(months))


def _alive(
    people: Residents, person_of: Integers, request: Integers, day: Integers, last_day: int
) -> tuple[Integers, Integers]:
    """Those requests whose person still lives here on the day, which has come."""
    person = person_of[request]
    here = (day < people.died[person]) & (day < people.left[person]) & (day < last_day)
    return request[here], day[here]
