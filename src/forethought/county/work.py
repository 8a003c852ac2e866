"""Work items: what came in, who did it and when, at every stage of the council's work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from forethought.county.arrays import Integers, Words, unfolded
from forethought.county.clients import days_series, la_ids
from forethought.county.contacts import DECLINED, DISCHARGE, DIVERSION
from forethought.county.county import County
from forethought.county.days import DAYS_IN_YEAR, NEVER, number
from forethought.county.events import recorded, references
from forethought.county.packages import RESIDENTIAL
from forethought.county.queues import fifo
from forethought.county.teams import (
    ACCESS,
    LIBERTY,
    PIECES_PER_FTE_WEEK,
    SAFEGUARDING,
    TEAMS,
    Staff,
    first_monday,
    mondays,
    review_team_of,
    staffed,
)
from forethought.county.teams import DISCHARGE as DISCHARGE_TEAM
from forethought.stats.streams import Stream

LEGAL_BREAK = date(2026, 6, 2)
"""From here on the changed legal test leaves about half of the DoLS applications."""
DOLS_AFTER_BREAK = 0.52
_DOLS_EVERY_DAYS = 200
_DOLS_AT_ONCE = 0.17
_CONCERN_SHARE = 0.11
_RATIO = {"safeguarding": 1.03, "dols": 0.93}
DUE_DAYS = {"request": 2, "assessment": 28, "support_planning": 28, "safeguarding": 28, "dols": 21}
_PREFIX = {"request": "WQ", "assessment": "WA", "support_planning": "WP", "review": "WR",
           "safeguarding": "WS", "dols": "WD"}  # fmt: skip
CHANNELS = (
    "Telephone",
    "Online form",
    "Email",
    "Hospital referral",
    "Professional referral",
    "In person",
)
CLASSES = ("Older people", "Learning disability", "Physical disability", "Mental health")
WORKERS_PER_FTE = 1.25


@dataclass(frozen=True, eq=False)
class Work:
    """The work of all teams.

    Args:
        items: Rows of `asc_work_items` with the column `person`.
        staff: Staff of each kind of work.
    """

    items: pl.DataFrame
    staff: list[Staff]


def work(county: County) -> Work:
    """All work items, with the staff that did them."""
    staff: list[Staff] = [county.assessed.staff]
    parts = [_requests(county, staff), _assessments(county), _planning(county)]
    parts += [_reviews(county, staff), _safeguarding(county, staff), _dols(county, staff)]
    items = pl.concat(parts, how="diagonal_relaxed")
    items = items.filter(pl.col("recorded_on") <= county.today)
    return Work(items.sort("received_on", "work_item_id"), staff)


def _frame(
    county: County,
    stage: str,
    number_of: Integers,
    person: Integers,
    received: Integers,
    completed: Integers,
    team: Integers,
) -> pl.DataFrame:
    """Rows that all stages share; work that outlives its person is closed on that day."""
    stream = Stream(county.seed, f"work records {stage}")
    entity = number_of
    gone = np.minimum(county.people.died, county.people.left)[person]
    done = np.minimum(completed, np.maximum(gone, received))
    done = np.where(done > county.last_day, NEVER, done)
    open_ = done >= NEVER
    until = np.where(open_, county.last_day, done)
    wait = np.floor((until - received) * np.where(open_, 1.0, 0.72)).astype(np.int64)
    begun = received + np.minimum(wait, 400)
    begun = np.where(open_ & stream.happens(entity, 0.8, "not begun"), NEVER, begun)
    due_days = DUE_DAYS.get(stage, 0)
    staff_number = stream.whole(person, 1, 9, "worker")
    worker = _workers(team, staff_number)
    return pl.DataFrame(
        {
            "work_item_id": references(stage[:3].upper(), number_of),
            "person": person,
            "la_person_unique_identifier": la_ids(person),
            "stage": [stage] * person.size,
            "received_on": days_series(received),
            "started_on": days_series(begun),
            "completed_on": days_series(done),
            "status": np.where(open_, "open", "completed"),
            "team": np.array(TEAMS)[team],
            "worker_id": worker.set(pl.Series(begun >= NEVER), None),
            "due_on": days_series(received + due_days),
            "recorded_on": days_series(recorded(stream, entity, received)),
        }
    )


def _workers(team: Integers, place: Integers) -> pl.Series:
    text = pl.lit("W") + pl.lit(pl.Series(team * 100 + place)).cast(pl.String).str.zfill(5)
    return pl.select(text).to_series()


def _classes(county: County, person: Integers, day: Integers) -> Words:
    age = np.floor((day - county.people.born[person]) / DAYS_IN_YEAR).astype(np.int64)
    found: Words = np.array(CLASSES)[county.lasting.group(person, age, day)]
    return found


def _requests(county: County, staff: list[Staff]) -> pl.DataFrame:
    asked = county.asked
    stream = Stream(county.seed, "request work")
    entity = asked.entity()
    hospital = np.isin(asked.route, (DISCHARGE, DIVERSION))
    team = np.where(hospital, DISCHARGE_TEAM, ACCESS)
    real = np.flatnonzero(~asked.is_repeat)
    staff.append(
        staffed(asked.day[real], team[real], county.months, PIECES_PER_FTE_WEEK["request"])
    )
    quick = np.floor(1.6 * stream.exponential(entity, "days")).astype(np.int64)
    frame = _frame(
        county, "request", np.arange(asked.count), asked.person, asked.day, asked.day + quick, team
    )
    shares = np.where(
        hospital[:, None], [0.05, 0.0, 0.05, 0.85, 0.05, 0.0], [0.55, 0.14, 0.08, 0.0, 0.19, 0.04]
    )
    previous = pl.DataFrame({"person": asked.person, "day": asked.day}).select(
        (pl.col("day") - pl.col("day").shift(1).over("person") <= round(DAYS_IN_YEAR)).fill_null(
            value=False
        )
    )
    return frame.with_columns(
        pl.Series("work_class", _classes(county, asked.person, asked.day)),
        pl.Series("channel", np.array(CHANNELS)[stream.choice(entity, shares, "channel")]),
        pl.Series("repeat_contact", np.where(previous["day"].to_numpy(), "Yes", "No")),
        pl.Series("declined_support", np.where(asked.path == DECLINED, "Yes", "No")),
    )


def _assessments(county: County) -> pl.DataFrame:
    done = county.assessed
    frame = _frame(
        county,
        "assessment",
        np.arange(done.person.size),
        done.person,
        done.asked,
        done.done,
        done.team,
    )
    return frame.with_columns(pl.Series("work_class", np.array(CLASSES)[done.group]))


def _planning(county: County) -> pl.DataFrame:
    done = county.assessed
    which = np.flatnonzero(done.eligible)
    frame = _frame(
        county,
        "support_planning",
        which,
        done.person[which],
        done.done[which],
        done.starts[which],
        done.team[which],
    )
    return frame.with_columns(pl.Series("work_class", np.array(CLASSES)[done.group[which]]))


def _reviews(county: County, staff: list[Staff]) -> pl.DataFrame:
    """Planned reviews, and those still due at the end for people in support."""
    done = county.supported.reviews
    planned = np.flatnonzero(done["planned"] == 1)
    person, day, due = (done[name][planned] for name in ("person", "day", "due"))
    group = done["group"][planned]
    waiting = _waiting_reviews(county)
    person = np.concatenate([person, waiting["person"]])
    group = np.concatenate([group, waiting["group"]])
    due = np.concatenate([due, waiting["due"]])
    day = np.concatenate([day, np.full(waiting["person"].size, NEVER)])
    received = np.minimum(due - 28, day)
    inside = (received >= int(county.months[0])) & (received <= county.last_day)
    person, group, due, day, received = (x[inside] for x in (person, group, due, day, received))
    team = review_team_of(county.district_at(person, received))
    finished = day < NEVER
    staff.append(
        staffed(day[finished], team[finished], county.months, PIECES_PER_FTE_WEEK["review"])
    )
    frame = _frame(county, "review", np.arange(person.size), person, received, day, team)
    return frame.with_columns(
        pl.Series("work_class", np.array(CLASSES)[group]), days_series(due).alias("due_on")
    )


def _waiting_reviews(county: County) -> dict[str, Integers]:
    """People in support whose review is due, or will be within four weeks."""
    rows, done = county.supported.segments, county.supported.reviews
    open_ = np.flatnonzero(rows["end"] >= NEVER)
    latest = np.zeros(county.people.count, dtype=np.int64)
    np.maximum.at(latest, rows["person"][open_], rows["entered"][open_])
    np.maximum.at(latest, done["person"], done["day"])
    person = rows["person"][open_]
    due = latest[person] + 365
    soon = due - 28 <= county.last_day
    return {"person": person[soon], "group": rows["group"][open_][soon], "due": due[soon]}


def _safeguarding(county: County, staff: list[Staff]) -> pl.DataFrame:
    known = county.supported.safeguarding
    asked, stream = county.asked, Stream(county.seed, "concerns")
    also = np.flatnonzero(
        stream.happens(asked.entity(), _CONCERN_SHARE, "concern") & ~asked.is_repeat
    )
    person = np.concatenate([known["person"], asked.person[also]])
    day = np.concatenate([known["day"], asked.day[also]])
    order = np.lexsort((person, day))
    person, day = person[order], day[order]
    team = np.full(person.size, SAFEGUARDING)
    done = _queue(county, day, team, "safeguarding", staff)
    enquiry = stream.happens(person * 65536 + day, 0.30, "enquiry")
    done = np.where(enquiry & (done < NEVER), done + 35, done)
    frame = _frame(county, "safeguarding", np.arange(person.size), person, day, done, team)
    return frame.with_columns(
        pl.Series("work_class", np.where(enquiry, "Section 42 enquiry", "Concern"))
    )


def _dols(county: County, staff: list[Staff]) -> pl.DataFrame:
    """Applications to deprive people in care homes of their liberty, until the law changed."""
    rows = county.supported.segments
    home = np.flatnonzero(rows["setting"] >= RESIDENTIAL)
    person, client = rows["person"][home], rows["client"][home]
    first = int(county.months[0])
    start = np.maximum(rows["start"][home], first)
    end = np.minimum(rows["end"][home], county.last_day)
    count = np.maximum((end - start) // _DOLS_EVERY_DAYS + 1, 0)
    which, place = unfolded(count)
    stream = Stream(county.seed, "deprivation of liberty")
    entity = (client[which] * 8 + rows["setting"][home][which]) * 64 + place
    day = start[which] + place * _DOLS_EVERY_DAYS + stream.whole(entity, 0, 80, "day")
    keeps = np.where(day >= number(LEGAL_BREAK), DOLS_AFTER_BREAK, 1.0)
    lacks = np.where(county.lasting.dementia_from[person[which]] <= day, 0.95, 0.6)
    real = (day <= end[which]) & stream.happens(entity, keeps * lacks, "applies")
    person, day, entity = person[which][real], day[real], entity[real]
    order = np.lexsort((person, day))
    person, day, entity = person[order], day[order], entity[order]
    team = np.full(person.size, LIBERTY)
    done = _queue(county, day, team, "dols", staff)
    at_once = stream.happens(entity, _DOLS_AT_ONCE, "at once")
    done = np.where(at_once, np.minimum(done, day + stream.whole(entity, 3, 20, "soon")), done)
    urgent = stream.happens(entity, 0.45, "urgent")
    frame = _frame(county, "dols", np.arange(person.size), person, day, done, team)
    return frame.with_columns(
        pl.Series("work_class", np.where(urgent, "Urgent authorisation", "Standard authorisation"))
    )


def _queue(
    county: County, day: Integers, team: Integers, kind: str, staff: list[Staff]
) -> Integers:
    """Staff for the work that comes, and the day on which they get to each piece."""
    group = staffed(day, team, county.months, PIECES_PER_FTE_WEEK[kind], _RATIO[kind])
    staff.append(group)
    weekly = group.weekly_capacity(mondays(county.months), county.months)
    return fifo(day, np.searchsorted(group.team, team), weekly, first_monday(county.months))
