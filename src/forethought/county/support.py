"""Long-term support month by month: starts, stepping up, reviews, safeguarding, ends."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from forethought.county.areas import DOMAINS, Areas
from forethought.county.arrays import Flags, Floats, Integers
from forethought.county.days import ADULT_AGE, DAYS_IN_YEAR, NEVER, OLD_AGE, VERY_OLD_AGE, Days
from forethought.county.needs import LAST_DAYS_OF_LIFE, MENTAL, OLDER, Needs
from forethought.county.packages import (
    END_BASE,
    END_CARE_HOME,
    FACTORS,
    LEVELS,
    NEW_LEVELS,
    NEW_SETTINGS,
    NURSING,
    RESIDENTIAL,
    SAFEGUARDING_BASE,
    STEP_UP_BASE,
    STEP_UP_CARE_HOME,
    STOCK_LEVELS,
    STOCK_SETTINGS,
    SUPPORTED,
    UNMEASURED,
    financial_year_of,
    weekly_cost,
)
from forethought.county.residents import Residents
from forethought.county.support_log import Log, SupportHistory
from forethought.stats.streams import Stream

ENDED_DEAD, ENDED_MOVED, ENDED_PLANNED, ENDED_OTHER, ENDED_NHS, STEPPED_UP = range(1, 7)
REVIEW_DUE_DAYS = 330
AGE_FROM = 75
_STOCK_AGES = np.array([18, 40, 64.9, 65, 70, 75, 80, 85, 90, 100])
_STOCK_RATES = np.array(
    [0.0010, 0.0015, 0.0032, 0.0052, 0.0085, 0.0160, 0.0340, 0.0680, 0.1150, 0.1700]
)
"""Share in support on the first day by age, for people without a lifelong condition."""
_COVERAGE_YEARS = np.array([2016, 2019, 2020, 2021, 2022, 2024, 2026.8])
_COVERAGE = np.array([0.88, 0.82, 0.48, 0.60, 0.62, 0.68, 0.70])
"""Reviews done a month against a twelfth of the people supported."""


@dataclass(frozen=True, eq=False)
class Starts:
    """Starts of long-term support in the order of their day.

    Args:
        person: Who starts.
        day: First day.
        in_stock: Whether support had begun before the county's first day.
    """

    person: Integers
    day: Integers
    in_stock: Flags


@dataclass(eq=False)
class _Active:
    """People in support, one position each; all arrays have one length."""

    client: Integers
    person: Integers
    group: Integers
    setting: Integers
    level: Integers
    since: Integers
    entered: Integers
    reviewed: Integers
    safeguarded: Integers
    area: Integers

    def kept(self, keep: Flags | Integers) -> _Active:
        return _Active(**{name: values[keep] for name, values in vars(self).items()})

    def joined(self, other: _Active) -> _Active:
        return _Active(**{n: np.concatenate([v, getattr(other, n)]) for n, v in vars(self).items()})


@dataclass(eq=False)
class _Care:
    """The world around the people in support, and the log of what happens to them."""

    seed: int
    people: Residents
    where: Areas
    lasting: Needs
    alone: Flags = field(default_factory=lambda: np.empty(0, dtype=bool))
    log: Log = field(default_factory=Log)


def support(
    seed: int, people: Residents, where: Areas, lasting: Needs, starts: Starts, months: Days
) -> SupportHistory:
    """The history of long-term support.

    Args:
        seed: Seed of the county.
        people: The population.
        where: The areas.
        lasting: Lasting needs.
        starts: Who starts when; a start of somebody who has support already is ignored.
        months: First days of the months, and the end of the last.
    """
    care = _Care(seed, people, where, lasting)
    episodes = np.zeros(people.count, dtype=np.int64)
    busy = np.zeros(people.count, dtype=bool)
    active = _new(care, starts.person[:0], starts.day[:0], starts.in_stock[:0], episodes)
    for month, (first, after) in enumerate(
        zip(months[:-1].tolist(), months[1:].tolist(), strict=True)
    ):
        if month % 12 == 0:
            care.alone = _alone(people, first)
        due = (starts.day >= first) & (starts.day < after) & ~starts.in_stock
        if month == 0:
            due |= starts.in_stock
        chosen = np.flatnonzero(due)
        _, once = np.unique(starts.person[chosen], return_index=True)
        chosen = chosen[np.sort(once)]
        chosen = chosen[~busy[starts.person[chosen]]]
        newcomers = _new(
            care, starts.person[chosen], starts.day[chosen], starts.in_stock[chosen], episodes
        )
        episodes[newcomers.person] += 1
        busy[newcomers.person] = True
        active = active.joined(newcomers)
        if month % 12 == 0:
            factors = factor_values(care, active, first)
            care.log.snapshot(active, first, step_up_hazard(care, active, first), factors)
        ended = _month(care, active, first, after)
        busy[active.person[ended]] = False
        active = active.kept(~ended)
    care.log.close_open(active)
    return care.log.history()


def first_stock(seed: int, people: Residents, where: Areas, lasting: Needs, day: int) -> Starts:
    """Who was in long-term support on the county's first day, and since when."""
    stream = Stream(seed, "first stock")
    home = people.household_on(day)
    person = np.flatnonzero(home >= 0)
    age = (day - people.born[person]) / DAYS_IN_YEAR
    base = np.interp(age, _STOCK_AGES, _STOCK_RATES)
    base = base * np.exp(0.5 * lasting.frail[person] - 0.02)
    base = base * np.exp(0.15 * where.deprivation[people.household_area[home[person]]])
    ill = (lasting.mental_illness_from[person] <= day) & (age < OLD_AGE)
    base = np.where(ill, 0.17, base)
    base = np.where(lasting.learning_disability[person], 0.60, base)
    chosen = person[stream.happens(person, np.where(age >= ADULT_AGE, base, 0.0), "in support")]
    years = stream.exponential(chosen, "since") * np.where(
        lasting.learning_disability[chosen], 9.0, 2.0
    )
    adult = (day - people.born[chosen]) / DAYS_IN_YEAR - ADULT_AGE
    begun = day - np.floor(
        np.minimum(np.minimum(years, 30.0), np.maximum(adult, 0.02)) * DAYS_IN_YEAR
    )
    return Starts(chosen, begun.astype(np.int64), np.ones(chosen.size, dtype=bool))


def _new(
    care: _Care, person: Integers, day: Integers, in_stock: Flags, episodes: Integers
) -> _Active:
    """People who start, with setting and level of their package."""
    stream = Stream(care.seed, "new packages")
    client = person * 16 + episodes[person]
    age = np.floor((day - care.people.born[person]) / DAYS_IN_YEAR).astype(np.int64)
    group = care.lasting.group(person, age, day)
    weights = np.where(in_stock[:, None], STOCK_SETTINGS[group], NEW_SETTINGS[group])
    tilt = np.zeros(weights.shape)
    demented = care.lasting.dementia_from[person] <= day
    dying = (care.people.died[person] - day < LAST_DAYS_OF_LIFE) & (group == OLDER)
    tilt[:, RESIDENTIAL] = 0.6 * demented + 0.2 * care.lasting.frail[person] + 0.5 * dying
    tilt[:, NURSING] = 0.4 * demented + 0.3 * care.lasting.frail[person] + 0.9 * dying
    levels = np.where(in_stock[:, None], STOCK_LEVELS, NEW_LEVELS)
    levels = levels * np.exp(0.2 * np.outer(care.lasting.frail[person], np.arange(LEVELS)))
    home = care.people.household[person]
    return _Active(
        client=client,
        person=person,
        group=group,
        setting=stream.choice(client, weights * np.exp(tilt), "setting") if person.size else person,
        level=stream.choice(client, levels, "level") if person.size else person,
        since=day,
        entered=day,
        reviewed=np.where(in_stock, day + 30 * stream.whole(client, 0, 9, "reviewed"), day),
        safeguarded=np.full(person.size, -NEVER),
        area=care.people.household_area[home],
    )


def _month(care: _Care, active: _Active, first: int, after: int) -> Flags:
    """One month of everybody in support; returns whose support ended."""
    stream = Stream(care.seed, f"support {first}")
    _safeguarding(care, active, stream, first, after)
    hazard = step_up_hazard(care, active, first)
    end_day, reason = _ends(care, active, stream, first, after)
    _step_up(care, active, stream, hazard, end_day, first, after)
    _reviews(care, active, stream, end_day, first, after)
    ended = end_day < after
    care.log.end(active, ended, end_day, reason)
    return ended


def step_up_hazard(care: _Care, active: _Active, day: int) -> Floats:
    """Monthly hazard of needing greater support on a day, by the county's stated effects."""
    parts = factor_values(care, active, day)
    home = active.setting >= RESIDENTIAL
    log_hazard = np.log(STEP_UP_BASE[active.group]) + home * np.log(STEP_UP_CARE_HOME)
    for name, effect in FACTORS.items():
        log_hazard = log_hazard + effect * parts[name]
    age = (day - care.people.born[active.person]) / DAYS_IN_YEAR
    log_hazard += UNMEASURED["frailty"] * care.lasting.frail[active.person]
    log_hazard += UNMEASURED["alone and 85 or over"] * (
        care.alone[active.person] & (age >= VERY_OLD_AGE)
    )
    top = (active.setting == NURSING) & (active.level == LEVELS - 1)
    hazard: Floats = np.where(top, 0.0, np.exp(log_hazard))
    return hazard


def factor_values(care: _Care, active: _Active, day: int) -> dict[str, Floats]:
    """The eleven factors of people in support on a day, in the units of their effects."""
    domains = care.where.domains[active.area]
    place = {name: domains[:, i] for i, name in enumerate(DOMAINS)}
    year = financial_year_of(np.full(active.person.size, day))
    cost = weekly_cost(active.setting, active.level, active.group, year)
    middle = weekly_cost(active.setting, np.ones_like(active.level), active.group, year)
    age = (day - care.people.born[active.person]) / DAYS_IN_YEAR
    waited = (day - active.reviewed) / DAYS_IN_YEAR
    return {
        "housing_deprivation": place["housing"],
        "education_and_employment_deprivation": (place["education"] + place["employment"]) / 2,
        "cost_of_services": np.log(cost / middle),
        "age": np.maximum(age - AGE_FROM, 0),
        "time_in_service": np.clip((day - active.entered) / DAYS_IN_YEAR, 0, 5),
        "specialism": (care.lasting.dementia_from[active.person] <= day).astype(np.float64),
        "locality": care.where.district[active.area].astype(np.float64),
        "marital_status": partnered(care.seed, active.person, care.alone).astype(np.float64),
        "living_environment": place["living_environment"],
        "safeguarding_episodes": (day - active.safeguarded < DAYS_IN_YEAR).astype(np.float64),
        "time_since_last_review": 2 * np.clip(waited - 1, 0, 2),
    }


def partnered(seed: int, person: Integers, alone: Flags) -> Flags:
    """Whether people are married or in a partnership and live together."""
    drawn = Stream(seed, "marriage").happens(person, 0.78, "partnered")
    return np.asarray(drawn & ~alone[person])


def _safeguarding(care: _Care, active: _Active, stream: Stream, first: int, after: int) -> None:
    chance = SAFEGUARDING_BASE * np.where(active.setting >= SUPPORTED, 1.35, 0.85)
    chance = (
        chance
        * np.exp(0.2 * care.lasting.frail[active.person])
        * np.where(active.group == MENTAL, 1.5, 1.0)
    )
    hit = np.flatnonzero(stream.happens(active.client, chance, "safeguarding"))
    day = stream.whole(active.client[hit], first, after - 1, "safeguarding day")
    day = np.maximum(day, active.since[hit])
    gone = np.minimum(care.people.died, care.people.left)[active.person[hit]]
    hit, day = hit[day < gone], day[day < gone]
    active.safeguarded[hit] = day
    care.log.safeguard(active.person[hit], day)


def _ends(
    care: _Care, active: _Active, stream: Stream, first: int, after: int
) -> tuple[Integers, Integers]:
    """Day on which each person's support ends (`NEVER` for most), and why."""
    chance = np.where(
        active.setting >= RESIDENTIAL, END_CARE_HOME[active.group], END_BASE[active.group]
    )
    ends = stream.happens(active.client, chance, "ends")
    day = np.maximum(stream.whole(active.client, first, after - 1, "end day"), active.since + 7)
    day = np.where(ends & (day < after), day, NEVER)
    reason = np.array([ENDED_PLANNED, ENDED_OTHER, ENDED_NHS])[
        stream.choice(active.client, [0.55, 0.30, 0.15], "why")
    ]
    died, left = care.people.died[active.person], care.people.left[active.person]
    for gone, why in ((died, ENDED_DEAD), (left, ENDED_MOVED)):
        sooner = gone <= day
        day = np.where(sooner, gone, day)
        reason = np.where(sooner, why, reason)
    return day, reason


def _step_up(
    care: _Care,
    active: _Active,
    stream: Stream,
    hazard: Floats,
    end_day: Integers,
    first: int,
    after: int,
) -> None:
    """Greater support: the next level, or a care home."""
    up = stream.happens(active.client, 1 - np.exp(-hazard), "steps up")
    day = stream.whole(active.client, first, after - 1, "step day")
    hit = np.flatnonzero(up & (day > active.since + 14) & (day < end_day))
    if hit.size == 0:
        return
    setting, level = active.setting[hit].copy(), active.level[hit].copy()
    old = active.group[hit] == OLDER
    at_top = level == LEVELS - 1
    at_home = setting < RESIDENTIAL
    to_home = (
        stream.happens(
            active.client[hit], np.where(at_top, 0.45, np.where(old, 0.13, 0.04)), "to care home"
        )
        & at_home
    )
    to_nursing = stream.happens(active.client[hit], np.where(old, 0.32, 0.15), "to nursing")
    from_residential = (setting == RESIDENTIAL) & (to_nursing | at_top)
    new_setting = np.where(to_home, np.where(to_nursing, NURSING, RESIDENTIAL), setting)
    new_setting = np.where(from_residential, NURSING, new_setting)
    moved = new_setting != setting
    new_level = np.where(moved, np.minimum(level, 1), np.minimum(level + 1, LEVELS - 1))
    care.log.step_up(active, hit, day[hit], new_setting, new_level)
    active.setting[hit], active.level[hit], active.since[hit] = new_setting, new_level, day[hit]
    seen = stream.happens(active.client[hit], 0.6, "review at step")
    reviewed = hit[seen]
    care.log.review(active, reviewed, day[reviewed], planned=False)
    active.reviewed[reviewed] = day[reviewed]


def _reviews(
    care: _Care, active: _Active, stream: Stream, end_day: Integers, first: int, after: int
) -> None:
    """Planned reviews: what the month's staff can do, mostly the longest overdue."""
    district = care.where.district[active.area]
    year = 1970 + first / DAYS_IN_YEAR
    coverage = np.interp(year, _COVERAGE_YEARS, _COVERAGE)
    waited = first - active.reviewed
    due = (waited >= REVIEW_DUE_DAYS) & (end_day >= after)
    urgency = waited * (0.7 + 0.6 * stream.uniform(active.client, "urgency"))
    for place in np.unique(district):
        here = np.flatnonzero(due & (district == place))
        supported = int((district == place).sum())
        count = int(supported / 12 * coverage + stream.uniform(np.array([place]), "part")[0])
        chosen = here[np.argsort(-urgency[here], kind="stable")[:count]]
        day = stream.whole(active.client[chosen], first, after - 1, "review day")
        day = np.maximum(day, active.since[chosen])
        care.log.review(active, chosen, day, planned=True)
        active.reviewed[chosen] = day


def _alone(people: Residents, day: int) -> Flags:
    home = people.household_on(day)
    size = np.bincount(home[home >= 0], minlength=people.household_area.size)
    return np.asarray((home >= 0) & (size[np.maximum(home, 0)] == 1))
