"""Needs: lifelong conditions, dementia, and how often each adult turns to the council."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from forethought.county.areas import ASSOCIATION, COUNCIL, Areas
from forethought.county.arrays import Flags, Floats, Integers
from forethought.county.days import ADULT_AGE, DAYS_IN_YEAR, NEVER, OLD_AGE, Days, number
from forethought.county.residents import Residents
from forethought.county.vital import frailty
from forethought.stats.streams import Stream

GROUPS = ("older_people", "learning_disability", "physical_disability", "mental_health")
OLDER, LEARNING, PHYSICAL, MENTAL = range(len(GROUPS))
LEARNING_DISABILITY_SHARE = 0.0070
MENTAL_ILLNESS_SHARE = 0.016
DEMENTIA_AT_80, DEMENTIA_PER_YEAR, DEMENTIA_FRAILTY = 0.12, 0.125, 0.25
"""Cumulative hazard of dementia at 80, its growth a year of age, effect of frailty (log)."""

REQUEST_AGES = np.array([18, 30, 45, 60, 65, 70, 75, 80, 85, 90, 100])
REQUEST_RATES = np.array(
    [0.0062, 0.0057, 0.0077, 0.0115, 0.0172, 0.0254, 0.0423, 0.0722, 0.1197, 0.1740, 0.2280]
)
"""Requests a year of an adult alike the average, by age."""
REQUEST_EFFECTS = {
    "frailty": 0.40,
    "deprivation": 0.13,
    "lives alone, from 65": 0.30,
    "social rent": 0.20,
    "learning disability": 2.2,
    "mental illness": 2.15,
    "dementia": 0.75,
    "last 18 months of life": 0.90,
    "district": 0.0,
}
"""Effects on the rate of requests (log rate ratios); locality has none beyond its people."""
LAST_DAYS_OF_LIFE = 540
_LONGEST_LIFE, _MENTAL_ILLNESS_TO = 115, 75

_SEASON = np.array([1.10, 1.03, 1.06, 0.97, 1.00, 0.98, 1.00, 0.95, 0.99, 1.04, 1.02, 0.86])
"""Requests by calendar month against the year's mean, January first."""
_SHOCKS = (
    (date(2020, 3, 16), date(2020, 4, 1), 0.80),
    (date(2020, 4, 1), date(2020, 5, 1), 0.66),
    (date(2020, 5, 1), date(2020, 6, 1), 0.76),
    (date(2020, 6, 1), date(2020, 8, 1), 0.90),
    (date(2021, 3, 1), date(2022, 4, 1), 1.15),
    (date(2022, 10, 1), date(2023, 7, 1), 1.04),
)
"""First wave, its echo in 2021 to 2022, cost of living 2022 to 2023: (from, before, factor)."""
_DRIFT_A_YEAR = 0.004


@dataclass(frozen=True, eq=False)
class Needs:
    """Lasting needs of each person.

    Args:
        learning_disability: Known from childhood.
        mental_illness_from: Day from which a severe mental illness is there, or `NEVER`.
        dementia_from: Day from which dementia is there, or `NEVER`.
        frail: Frailty (standard normal, unmeasured).
    """

    learning_disability: Flags
    mental_illness_from: Integers
    dementia_from: Integers
    frail: Floats

    def group(self, person: Integers, age: Integers, day: Integers) -> Integers:
        """Position in `GROUPS` of people of an age on a day."""
        ill = self.mental_illness_from[person] <= day
        working = np.where(
            self.learning_disability[person], LEARNING, np.where(ill, MENTAL, PHYSICAL)
        )
        return np.where(age >= OLD_AGE, OLDER, working)


def needs(seed: int, people: Residents) -> Needs:
    """Lasting needs of everybody."""
    stream = Stream(seed, "needs")
    person = np.arange(people.count)
    frail = frailty(seed, person)
    ill = stream.happens(person, MENTAL_ILLNESS_SHARE, "mental illness")
    onset = people.born + np.floor(
        (17 + 33 * stream.uniform(person, "onset of mental illness") ** 1.4) * DAYS_IN_YEAR
    ).astype(np.int64)
    exposure = stream.exponential(person, "dementia") * np.exp(-DEMENTIA_FRAILTY * frail)
    years = 80 + np.log(np.maximum(exposure, 1e-12) / DEMENTIA_AT_80) / DEMENTIA_PER_YEAR
    dementia = people.born + np.floor(np.clip(years, 45, _LONGEST_LIFE) * DAYS_IN_YEAR).astype(
        np.int64
    )
    return Needs(
        learning_disability=stream.happens(person, LEARNING_DISABILITY_SHARE, "learning"),
        mental_illness_from=np.where(ill, onset, NEVER),
        dementia_from=np.where(years < _LONGEST_LIFE, dementia, NEVER),
        frail=frail,
    )


def month_factors(months: Days) -> Floats:
    """How many requests each month brings against an ordinary one: season, shocks, drift.

    Args:
        months: First days of the months, with the end of the last; one factor less than these.
    """
    factors = np.empty(months.size - 1)
    for i, (start, end) in enumerate(zip(months[:-1].tolist(), months[1:].tolist(), strict=True)):
        calendar_month = (3 + i) % 12
        weight = np.full(end - start, 1.0)
        for begins, before, factor in _SHOCKS:
            weight[max(0, number(begins) - start) : max(0, number(before) - start)] = factor
        factors[i] = _SEASON[calendar_month] * weight.mean() * (1 + _DRIFT_A_YEAR) ** (i / 12)
    return factors


def request_rates(
    people: Residents, where: Areas, lasting: Needs, start: int, end: int
) -> tuple[Integers, Floats]:
    """Adults on day `start` and their expected requests in an ordinary year that begins then.

    Args:
        people: The population.
        where: The areas.
        lasting: Lasting needs.
        start: First day of the year.
        end: Day after the last.
    """
    home = people.household_on(start)
    size = np.bincount(home[home >= 0], minlength=people.household_area.size)
    age = (start - people.born) / DAYS_IN_YEAR + 0.5
    adults = np.flatnonzero((home >= 0) & (age >= ADULT_AGE + 0.5))
    home, age = home[adults], age[adults]
    middle = (start + end) // 2
    effects = REQUEST_EFFECTS
    log_rate = np.log(np.interp(age, REQUEST_AGES, REQUEST_RATES))
    log_rate += effects["frailty"] * lasting.frail[adults] - effects["frailty"] ** 2 / 2
    log_rate += effects["deprivation"] * where.deprivation[people.household_area[home]]
    log_rate += effects["lives alone, from 65"] * ((size[home] == 1) & (age >= OLD_AGE))
    log_rate += effects["social rent"] * np.isin(
        people.household_tenure[home], (COUNCIL, ASSOCIATION)
    )
    log_rate += effects["learning disability"] * (
        lasting.learning_disability[adults] & (age < OLD_AGE)
    )
    ill = (lasting.mental_illness_from[adults] <= middle) & (age < _MENTAL_ILLNESS_TO)
    log_rate += effects["mental illness"] * ill
    log_rate += effects["dementia"] * (lasting.dementia_from[adults] <= middle)
    log_rate += effects["last 18 months of life"] * (
        people.died[adults] - middle < LAST_DAYS_OF_LIFE
    )
    return adults, np.exp(log_rate)
